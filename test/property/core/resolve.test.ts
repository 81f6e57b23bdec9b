/** The laws of resolving statements of one path, on generated statements. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FileRecord, RecordKind } from '../../../src/node/core/record.ts'
import { resolve, sameContent, sameState } from '../../../src/node/core/resolve.ts'
import { planPath } from '../../../src/node/core/plan.ts'
import { compareVectors, mergeVectors, type VersionVector } from '../../../src/node/core/version-vector.ts'
import { amount } from '../../support/tier.ts'

const runs = { numRuns: amount({ short: 2_000, long: 50_000 }) }

/** Few contents, replicas and counters: unrelated statements would hardly ever meet. */
const HASHES = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`)
const vector = fc
  .dictionary(fc.constantFrom('a/1', 'b/1', 'c/1'), fc.integer({ min: 1, max: 3 }), { minKeys: 1 })
  .map((counters): VersionVector => Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)))

const statement: fc.Arbitrary<FileRecord> = fc
  .record({
    kind: fc.constantFrom<RecordKind>('file', 'file', 'file', 'directory', 'symlink'),
    deleted: fc.constantFrom(false, false, false, true),
    mode: fc.constantFrom(0o600, 0o644),
    mtimeNs: fc.constantFrom(-1n, 0n, 5n),
    hash: fc.constantFrom(...HASHES),
    replacedHash: fc.constantFrom('', '', ...HASHES),
    author: fc.constantFrom({ device: 'a', name: 'A' }, { device: 'b', name: 'B' }),
    version: vector,
    unknown: fc.constantFrom(undefined, new Uint8Array([120, 1]), new Uint8Array([120, 2])),
  })
  .map(({ kind, deleted, mode, mtimeNs, hash, replacedHash, author, version, unknown }) => {
    const hasContent = !deleted && kind !== 'directory'
    return {
      path: 'a.txt',
      kind,
      deleted,
      size: hasContent ? 1 : 0,
      mode: deleted || kind === 'symlink' ? 0 : mode,
      mtimeNs: hasContent ? mtimeNs : 0n,
      contentHash: hasContent ? hash : '',
      replacedHash: replacedHash === hash ? '' : replacedHash,
      linkTarget: hasContent && kind === 'symlink' ? `to ${hash}` : '',
      ...(hasContent && kind === 'file' && { manifest: { chunker: 'whole', blockCount: 1, root: '' } }),
      author,
      version,
      conflictOf: '',
      ...(unknown && { unknown }),
    }
  })
const statements = fc.array(statement, { minLength: 1, maxLength: 6 })
const shuffled = statements.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
)

const isDominated = (one: FileRecord, all: readonly FileRecord[]): boolean =>
  all.some((other) => compareVectors(one.version, other.version) === 'before')
/** As the rules say it: what one of the others was made from. */
const isReplaced = (one: FileRecord, all: readonly FileRecord[]): boolean =>
  all.some((other) => other.replacedHash !== '' && other.replacedHash === one.contentHash)

test('the order of statements does not matter', () => {
  const law = fc.property(shuffled, ([list, other]) => {
    expect(resolve(other)).toEqual(resolve(list))
  })
  fc.assert(law, runs)
})

test('saying something twice does not matter', () => {
  const law = fc.property(statements, statements, (list, again) => {
    const twice = [...list, ...again.map((_, i) => list[i % list.length] as FileRecord)]
    expect(resolve(twice)).toEqual(resolve(list))
  })
  fc.assert(law, runs)
})

const base = fc.sample(statement, { numRuns: 1, seed: 1 })[0] as FileRecord
const file = (fields: Partial<FileRecord>): FileRecord => ({
  ...base,
  kind: 'file',
  deleted: false,
  contentHash: HASHES[0] ?? '',
  replacedHash: '',
  linkTarget: '',
  ...fields,
})

/**
 * Changes that did not know of each other, made on one base by a device each: an edit, a new mode, a
 * deletion, a directory in its place. With the base itself.
 */
const changesOfOneBase: fc.Arbitrary<FileRecord[]> = fc
  .array(fc.constantFrom('edit', 'edit', 'chmod', 'remove', 'mkdir'), { minLength: 1, maxLength: 6 })
  .map((changes) => {
    const first = file({ contentHash: HASHES[0] ?? '', version: [['a/1', 1]] })
    const made = changes.map((does, nth) => {
      const replacedHash = first.contentHash
      const version = mergeVectors(first.version, [[`${'bcdefg'[nth]}/1`, 1]])
      const contentHash = `sha256:${((nth * 7) % 10).toString().repeat(63)}f`
      if (does === 'chmod') return { ...first, version, mode: 0o601 + nth }
      if (does === 'edit') return file({ version, replacedHash, contentHash })
      if (does === 'remove') return file({ version, replacedHash, contentHash: '', deleted: true })
      return file({ version, replacedHash, contentHash: '', kind: 'directory' })
    })
    return [first, ...made]
  })

/** All but the vectors: in its group a loser may have covered a tombstone, which then travels with it. */
function statesOf(records: readonly FileRecord[]): FileRecord[] {
  const { winner, losers } = resolve(records)
  return [winner, ...losers].map((record) => ({ ...record, version: [] }))
}

test('changes of one base may be gathered in groups and merged later', () => {
  const grouped = changesOfOneBase.chain((list) =>
    fc.tuple(fc.constant(list), fc.array(fc.nat(2), { minLength: list.length, maxLength: list.length })),
  )
  const law = fc.property(grouped, ([list, groupOf]) => {
    const groups = [0, 1, 2].map((group) => list.filter((_, i) => groupOf[i] === group))
    const gathered = groups
      .filter((group) => group.length > 0)
      .flatMap((group) => {
        const { winner, losers } = resolve(group)
        return [winner, ...losers]
      })
    expect(statesOf(gathered)).toEqual(statesOf(list))
  })
  fc.assert(law, runs)
})

test('stating the winner as well changes neither the winner nor the losers', () => {
  const law = fc.property(statements, (list) => {
    const { winner, losers } = resolve(list)
    // Where vectors come from a history, covering two statements covers nothing that neither saw.
    const lost = list.filter((one) => losers.some((loser) => sameContent(loser, one)))
    fc.pre(lost.every((one) => isDominated(one, list) || !isDominated(one, [winner])))
    expect(resolve([...list, winner])).toEqual({ winner, losers })
  })
  fc.assert(law, runs)
})

test('every content that nobody has seen or replaced is the winner or a loser', () => {
  const law = fc.property(statements, (list) => {
    const { winner, losers } = resolve(list)
    const kept = [winner, ...losers]
    const standing = list.filter((one) => !one.deleted && !isDominated(one, list) && !isReplaced(one, list))
    for (const one of standing) expect(kept.some((other) => sameContent(other, one))).toBe(true)
  })
  fc.assert(law, runs)
})

test('a live winner beside dropped contents is an edit of one of them, or of an edit of one', () => {
  const law = fc.property(statements, (list) => {
    const { winner, losers } = resolve(list)
    const kept = [winner, ...losers]
    const dropped = list.filter(
      (one) => !one.deleted && !isDominated(one, list) && !kept.some((other) => sameContent(other, one)),
    )
    // Walk from what stands to what it replaced: every dropped content is met on the way.
    const reached = new Set(kept.map(({ contentHash }) => contentHash))
    const live = list.filter((one) => !one.deleted && !isDominated(one, list))
    for (let grown = true; grown;) {
      const size = reached.size
      for (const { contentHash, replacedHash } of live)
        if (reached.has(contentHash) && replacedHash !== '') reached.add(replacedHash)
      grown = reached.size > size
    }
    for (const one of dropped) expect(reached.has(one.contentHash)).toBe(true)
  })
  fc.assert(law, runs)
})

test('what somebody has seen and changed never wins and is never a loser', () => {
  const law = fc.property(statements, (list) => {
    const { winner, losers } = resolve(list)
    for (const kept of [winner, ...losers]) {
      const origins = list.filter((one) => sameContent(one, kept) || (one.deleted && kept.deleted))
      expect(origins.some((one) => !isDominated(one, list))).toBe(true)
    }
  })
  fc.assert(law, runs)
})

test('the vector of the winner covers itself, tombstones and what it supersedes, but no loser by itself', () => {
  const law = fc.property(statements, (list) => {
    const { winner, losers } = resolve(list)
    const covered = list.filter(
      (one) => !isDominated(one, list) && !losers.some((loser) => sameContent(loser, one)),
    )
    const expected = covered.map(({ version }) => version).reduce(mergeVectors, [])
    expect(winner.version).toEqual(expected)
  })
  fc.assert(law, runs)
})

test('equal vectors with other content are concurrent', () => {
  const law = fc.property(statement, statement, (a, other) => {
    const b = { ...other, version: a.version, replacedHash: '' }
    fc.pre(!a.deleted && !b.deleted && !sameContent(a, b) && a.replacedHash !== b.contentHash)
    const { winner, losers } = resolve([a, b])
    expect([winner, ...losers]).toHaveLength(2)
  })
  fc.assert(law, runs)
})

test('something live beats every concurrent tombstone', () => {
  const law = fc.property(statements, (list) => {
    const live = list.some((one) => !one.deleted && !isDominated(one, list))
    expect(resolve(list).winner.deleted).toBe(!live)
  })
  fc.assert(law, runs)
})

test('a directory keeps the name', () => {
  const law = fc.property(statements, (list) => {
    const directory = list.some(
      (one) => one.kind === 'directory' && !one.deleted && !isDominated(one, list) && !isReplaced(one, list),
    )
    if (directory) expect(resolve(list).winner.kind).toBe('directory')
  })
  fc.assert(law, runs)
})

test('times and devices never decide between contents', () => {
  const law = fc.property(statement, statement, (a, b) => {
    fc.pre(!a.deleted && !b.deleted && !sameContent(a, b))
    const swapped = [
      { ...a, mtimeNs: b.mtimeNs, author: b.author },
      { ...b, mtimeNs: a.mtimeNs, author: a.author },
    ]
    expect(resolve(swapped).winner.contentHash).toBe(resolve([a, b]).winner.contentHash)
  })
  fc.assert(law, runs)
})

test('a change of metadata yields to a concurrent edit of that content, without a copy', () => {
  const changed = file({ mode: 0o600, contentHash: HASHES[2] ?? '', version: [['a/1', 2]] })
  const edit = file({
    contentHash: HASHES[0] ?? '',
    replacedHash: HASHES[2] ?? '',
    version: [
      ['a/1', 1],
      ['b/1', 1],
    ],
  })
  const { winner, losers } = resolve([changed, edit])
  expect(winner.contentHash).toBe(edit.contentHash)
  expect(losers).toEqual([])
  expect(winner.version).toEqual([
    ['a/1', 2],
    ['b/1', 1],
  ])
})

test('contents that replaced each other in a circle all stand, whoever else is there', () => {
  const hash = (digit: string): string => `sha256:${digit.repeat(64)}`
  const replaced = new Map([
    ['1', '2'],
    ['2', '3'],
    ['3', '1'],
  ])
  const circle = [...replaced].map(([now, before]) =>
    file({ contentHash: hash(now), replacedHash: hash(before), version: [[`${now}/1`, 1]] }),
  )
  const fourth = file({ contentHash: hash('4'), version: [['d/1', 1]] })
  const { winner, losers } = resolve([...circle, fourth])
  expect([winner, ...losers].map(({ contentHash }) => contentHash).sort()).toEqual(
    ['1', '2', '3', '4'].map(hash),
  )
})

// ---- plans ---------------------------------------------------------------------------------

test('whatever others say, a few plans carried out lead to nothing', () => {
  const law = fc.property(statement, statements, fc.boolean(), (mine, others, known) => {
    let held = known ? mine : undefined
    for (let step = 0; step < 6; step++) {
      const plan = planPath(held, others)
      if (plan.kind === 'nothing') return
      held = plan.record
    }
    expect(planPath(held, others).kind).toBe('nothing')
  })
  fc.assert(law, runs)
})

test('our vector never goes back', () => {
  const law = fc.property(statement, statements, (mine, others) => {
    const plan = planPath(mine, others)
    if (plan.kind === 'nothing') return
    expect(['equal', 'after']).toContain(compareVectors(plan.record.version, mine.version))
  })
  fc.assert(law, runs)
})

test('both sides of a pair end in the same record, and only one of them keeps a copy', () => {
  const law = fc.property(statement, statement, (mine, theirs) => {
    let here = mine
    let there = theirs
    let copies = 0
    for (let turn = 0; turn < 4; turn++) {
      const ours = planPath(here, [there])
      const others = planPath(there, [here])
      for (const plan of [ours, others]) if (plan.kind === 'place' && plan.keepCopy) copies++
      if (ours.kind !== 'nothing') here = ours.record
      if (others.kind !== 'nothing') there = others.record
    }
    expect(there).toEqual(here)
    expect(copies).toBeLessThanOrEqual(1)
    expect(planPath(here, [there]).kind).toBe('nothing')
  })
  fc.assert(law, runs)
})

test('a copy is kept exactly when our content lost, and it holds our content', () => {
  const law = fc.property(statement, statements, (mine, others) => {
    const plan = planPath(mine, others)
    const lost = !mine.deleted && resolve([mine, ...others]).losers.some((one) => sameContent(one, mine))
    const copy = plan.kind === 'place' ? plan.keepCopy : undefined
    expect(copy !== undefined).toBe(lost)
    if (!copy) return
    expect(sameContent(copy, mine) && sameState(copy, { ...mine, version: copy.version })).toBe(true)
    expect(copy.path).not.toBe(mine.path)
  })
  fc.assert(law, runs)
})
