/** What a device does about one path, case by case. */
import { describe, expect, test } from 'vitest'
import { conflictCopyOf } from '../../../src/node/core/conflict-copy.ts'
import { planPath } from '../../../src/node/core/plan.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { resolve, sameContent, sameFields, sameState } from '../../../src/node/core/resolve.ts'
import { replicaId } from '../../../src/node/core/version-vector.ts'
import type { VersionVector } from '../../../src/node/core/version-vector.ts'

const LOW = `sha256:${'1'.repeat(64)}`
const HIGH = `sha256:${'2'.repeat(64)}`
const A: VersionVector = [['a/1', 1]]
const B: VersionVector = [['b/1', 1]]
const BOTH: VersionVector = [
  ['a/1', 1],
  ['b/1', 1],
]

const file: FileRecord = {
  path: 'p',
  kind: 'file',
  deleted: false,
  size: 1,
  mode: 0o644,
  mtimeNs: 5n,
  contentHash: LOW,
  replacedHash: '',
  linkTarget: '',
  manifest: { chunker: 'whole', blockCount: 1, root: '' },
  author: { device: 'a', name: 'A' },
  version: A,
  conflictOf: '',
}
const of = (fields: Partial<FileRecord>): FileRecord => ({ ...file, ...fields })
const { manifest: _manifest, ...plain } = file
const gone = (version: VersionVector, fields: Partial<FileRecord> = {}): FileRecord => ({
  ...plain,
  deleted: true,
  size: 0,
  mode: 0,
  mtimeNs: 0n,
  contentHash: '',
  replacedHash: LOW,
  version,
  ...fields,
})
const directory = (version: VersionVector): FileRecord => ({
  ...plain,
  kind: 'directory',
  size: 0,
  mode: 0o755,
  mtimeNs: 0n,
  contentHash: '',
  version,
})

describe('planPath', () => {
  test('where nobody knows anything there is nothing to do', () => {
    expect(planPath(undefined, [])).toEqual({ kind: 'nothing' })
  })

  test('what nobody else speaks of is left alone, a tombstone too', () => {
    expect(planPath(file, [])).toEqual({ kind: 'nothing' })
    expect(planPath(gone(A), [])).toEqual({ kind: 'nothing' })
  })

  test('what others hold is placed, and a tombstone of theirs is only taken note of', () => {
    expect(planPath(undefined, [file])).toEqual({ kind: 'place', record: file })
    expect(planPath(undefined, [gone(B)])).toEqual({ kind: 'adopt', record: gone(B) })
  })

  test('what all state alike is nothing to do', () => {
    expect(planPath(file, [file])).toEqual({ kind: 'nothing' })
    expect(planPath(gone(A), [gone(A)])).toEqual({ kind: 'nothing' })
  })

  test('the same state with another history is taken note of', () => {
    const record = of({ version: BOTH })
    expect(planPath(file, [of({ version: B })])).toEqual({ kind: 'adopt', record })
    expect(planPath(gone(A), [gone(B)])).toEqual({ kind: 'adopt', record: gone(BOTH) })
  })

  test('the same state and history with other fields is taken note of, once', () => {
    const theirs = of({ author: { device: 'b', name: 'B' } })
    expect(planPath(file, [theirs])).toEqual({ kind: 'adopt', record: theirs })
    expect(planPath(theirs, [file])).toEqual({ kind: 'nothing' })
  })

  test('a newer mode or time of the same content touches only the metadata', () => {
    const chmod = of({ mode: 0o600, version: BOTH })
    expect(planPath(file, [chmod])).toEqual({ kind: 'metadata', record: chmod })
    const touch = of({ mtimeNs: 6n, version: BOTH })
    expect(planPath(file, [touch])).toEqual({ kind: 'metadata', record: touch })
  })

  test('a newer content replaces ours without a copy', () => {
    const edit = of({ contentHash: HIGH, replacedHash: LOW, version: BOTH })
    expect(planPath(file, [edit])).toEqual({ kind: 'place', record: edit })
  })

  test('a newer deletion removes ours, and an older one does not', () => {
    expect(planPath(file, [gone(BOTH)])).toEqual({ kind: 'delete', record: gone(BOTH) })
    expect(planPath(of({ version: BOTH }), [gone(B)])).toEqual({ kind: 'nothing' })
  })

  test('what comes back after our deletion is placed', () => {
    const again = of({ version: BOTH })
    expect(planPath(gone(A), [again])).toEqual({ kind: 'place', record: again })
  })

  test('an edit that did not know of our deletion comes back, covering it', () => {
    const edit = of({ contentHash: HIGH, version: B })
    expect(planPath(gone(A), [edit])).toEqual({ kind: 'place', record: { ...edit, version: BOTH } })
  })

  test('our edit that did not know of their deletion stays and covers it', () => {
    expect(planPath(file, [gone(B)])).toEqual({ kind: 'adopt', record: of({ version: BOTH }) })
  })

  test('our loser becomes a copy with our mode and time, and the winner covers our history', () => {
    const winner = of({ contentHash: HIGH, version: B, mode: 0o600, mtimeNs: 9n })
    const keepCopy = conflictCopyOf(file)
    expect(planPath(file, [winner])).toEqual({
      kind: 'place',
      record: { ...winner, version: BOTH },
      keepCopy,
    })
  })

  test('the winner stays as it is and makes no copy of the loser of others', () => {
    expect(planPath(of({ contentHash: HIGH }), [of({ version: B })])).toEqual({ kind: 'nothing' })
  })

  test('a copy of content that others lost too covers their history and bears our mode', () => {
    const winner = of({ contentHash: HIGH, version: [['c/1', 1]] })
    const plan = planPath(of({ mode: 0o600, mtimeNs: 1n }), [winner, of({ version: B })])
    expect(plan).toMatchObject({
      keepCopy: {
        mode: 0o600,
        mtimeNs: 1n,
        version: [
          ['a/1/copy', 1],
          ['b/1/copy', 1],
        ],
      },
    })
  })

  test('what others say of the length and the blocks of our content is not taken over', () => {
    const manifest = { chunker: 'zzz', blockCount: 2, root: 'f'.repeat(64) }
    const theirs = { size: 9, linkTarget: 'z', manifest }
    expect(planPath(file, [of({ ...theirs, version: A })])).toEqual({ kind: 'nothing' })
    expect(planPath(file, [of({ ...theirs, version: B })])).toEqual({
      kind: 'adopt',
      record: of({ version: BOTH }),
    })
    expect(planPath(file, [of({ ...theirs, version: BOTH, mode: 0o600 })])).toEqual({
      kind: 'metadata',
      record: of({ version: BOTH, mode: 0o600 }),
    })
    const winner = of({ contentHash: HIGH, version: [['c/1', 1]] })
    const plan = planPath(file, [of({ ...theirs, version: B }), winner])
    expect(plan).toMatchObject({ keepCopy: { size: 1, linkTarget: '', manifest: file.manifest } })
    expect(planPath(undefined, [of(theirs)])).toEqual({ kind: 'place', record: of(theirs) })
  })

  test('a directory takes the name of our file, and our file becomes a copy', () => {
    const record = { ...directory(B), version: BOTH }
    expect(planPath(file, [directory(B)])).toEqual({ kind: 'place', record, keepCopy: conflictCopyOf(file) })
  })

  test('our directory keeps its name against a file', () => {
    expect(planPath(directory(A), [of({ version: B })])).toEqual({ kind: 'nothing' })
  })
})

describe('resolve', () => {
  test.each([
    { rule: 'the greater content hash', first: { contentHash: HIGH }, second: { contentHash: LOW } },
    {
      rule: 'a link before a file of one hash',
      first: { kind: 'symlink', contentHash: HIGH, size: 1 },
      second: { kind: 'file', contentHash: HIGH },
    },
  ] as const)('keeps the name for $rule', ({ first, second }) => {
    const winner = of({ ...first, version: A })
    const loser = of({ ...second, version: B })
    expect(resolve([winner, loser])).toEqual({ winner, losers: [loser] })
    expect(resolve([loser, winner])).toEqual({ winner, losers: [loser] })
  })

  test('three contents leave one winner, and the losers in the order of their hashes', () => {
    const contents = ['3', '1', '2'].map((digit, i) =>
      of({ contentHash: `sha256:${digit.repeat(64)}`, version: [[`${i}/1`, 1]] }),
    )
    const { winner, losers } = resolve(contents)
    expect([winner, ...losers].map(({ contentHash }) => contentHash[7])).toEqual(['3', '2', '1'])
  })

  test('an edit of an edit of the same base leaves one content and covers both', () => {
    const base = of({ version: A })
    const edit = of({ contentHash: HIGH, replacedHash: LOW, version: B })
    const next = of({ contentHash: `sha256:${'0'.repeat(64)}`, replacedHash: HIGH, version: [['c/1', 1]] })
    const { winner, losers } = resolve([base, edit, next])
    expect(losers).toEqual([])
    expect(winner).toEqual({
      ...next,
      version: [
        ['a/1', 1],
        ['b/1', 1],
        ['c/1', 1],
      ],
    })
  })

  test('an edit leaves nothing of its base, whatever else stands', () => {
    const base = of({ version: A })
    const edit = of({ contentHash: HIGH, replacedHash: LOW, version: B })
    const other = of({ contentHash: `sha256:${'0'.repeat(64)}`, version: [['c/1', 1]] })
    expect(resolve([base, edit, other])).toEqual({ winner: { ...edit, version: BOTH }, losers: [other] })
  })

  test('two contents that replaced each other both stand', () => {
    const one = of({ contentHash: HIGH, replacedHash: LOW, version: A })
    const other = of({ contentHash: LOW, replacedHash: HIGH, version: B })
    expect(resolve([one, other])).toEqual({ winner: one, losers: [other] })
  })

  test("directories and tombstones are nobody's base: an empty replaced hash supersedes nothing", () => {
    const made = of({ replacedHash: '', version: B })
    expect(resolve([directory(A), made]).losers).toEqual([made])
  })

  /** A part of the protocol: devices of two releases must choose alike. The first wins. */
  test.each([
    { field: 'the later time', first: { mtimeNs: 6n }, second: { mtimeNs: 5n } },
    { field: 'the greater mode', first: { mode: 0o755 }, second: { mode: 0o644 } },
    { field: 'the later time before the mode', first: { mtimeNs: 6n, mode: 0 }, second: { mode: 0o755 } },
    {
      field: 'the greater device',
      first: { author: { device: 'b', name: 'A' } },
      second: { author: { device: 'a', name: 'Z' } },
    },
    {
      field: 'the greater name of the author',
      first: { author: { device: 'a', name: 'B' } },
      second: { author: { device: 'a', name: 'A' } },
    },
    { field: 'the greater replaced hash', first: { replacedHash: HIGH }, second: { replacedHash: '' } },
    { field: 'the greater original', first: { conflictOf: 'q' }, second: { conflictOf: '' } },
    { field: 'the greater size', first: { size: 2 }, second: { size: 1 } },
    { field: 'the greater target', first: { linkTarget: 'b' }, second: { linkTarget: 'a' } },
    {
      field: 'the greater manifest: chunker',
      first: { manifest: { chunker: 'y', blockCount: 1, root: '' } },
      second: { manifest: { chunker: 'x', blockCount: 1, root: '' } },
    },
    {
      field: 'the greater manifest: blocks',
      first: { manifest: { chunker: 'x', blockCount: 2, root: '' } },
      second: { manifest: { chunker: 'x', blockCount: 1, root: '' } },
    },
    {
      field: 'the greater manifest: root',
      first: { manifest: { chunker: 'x', blockCount: 1, root: 'b' } },
      second: { manifest: { chunker: 'x', blockCount: 1, root: 'a' } },
    },
    {
      field: 'a manifest before none',
      first: { manifest: { chunker: 'A', blockCount: 1, root: '' } },
      second: { manifest: undefined as never },
    },
    {
      field: 'the greater unknown fields',
      first: { unknown: new Uint8Array([2]) },
      second: { unknown: new Uint8Array([1]) },
    },
    { field: 'some unknown fields before none', first: { unknown: new Uint8Array([0]) }, second: {} },
  ])('of equal contents takes the fields with $field', ({ first, second }) => {
    const winner = of({ ...first, version: A })
    const other = of({ ...second, version: B })
    const expected = { winner: { ...winner, version: BOTH }, losers: [] }
    expect(resolve([winner, other])).toEqual(expected)
    expect(resolve([other, winner])).toEqual(expected)
    expect(sameFields(winner, other)).toBe(false)
  })

  test('of two tombstones one record stays, with both histories', () => {
    const { winner, losers } = resolve([gone(A), gone(B, { replacedHash: HIGH })])
    expect(winner).toEqual(gone(BOTH, { replacedHash: HIGH }))
    expect(losers).toEqual([])
  })
})

test('a replica is a device in one of its lives', () => {
  expect(replicaId('12D3', 7)).toBe('12D3/7')
})

describe('sameContent and sameState', () => {
  test('content is kind and bytes, and a tombstone has none', () => {
    expect(sameContent(file, of({ mode: 0, mtimeNs: 0n, version: B }))).toBe(true)
    expect(sameContent(file, of({ contentHash: HIGH }))).toBe(false)
    expect(sameContent(file, of({ kind: 'symlink' }))).toBe(false)
    expect(sameContent(gone(A), gone(A))).toBe(false)
    expect(sameContent(of({ deleted: true }), file)).toBe(false)
    expect(sameContent(file, of({ deleted: true }))).toBe(false)
  })

  test('state is content, mode and time, or being gone', () => {
    expect(sameState(file, of({ version: B, author: { device: 'z', name: 'z' } }))).toBe(true)
    expect(sameState(file, of({ mode: 0o600 }))).toBe(false)
    expect(sameState(file, of({ mtimeNs: 6n }))).toBe(false)
    expect(sameState(file, of({ contentHash: HIGH }))).toBe(false)
    expect(sameState(gone(A), gone(B))).toBe(true)
    expect(sameState(file, gone(A))).toBe(false)
    expect(sameState(gone(A), file)).toBe(false)
  })

  test('fields are everything but the vector', () => {
    expect(sameFields(file, of({ version: B }))).toBe(true)
    expect(sameFields(file, of({ unknown: new Uint8Array([1]) }))).toBe(false)
  })
})
