/** What is withheld, by direction, cause, what is here and what the others say. */
import { describe, expect, test } from 'vitest'
import type { FolderMode } from '../../../src/node/core/folder-policy.ts'
import type { Announced, FileRecord } from '../../../src/node/core/record.ts'
import { kindOfWithheld, planWithin, REVERTING, tombstoneOf } from '../../../src/node/core/withheld.ts'
import type { GuardMark } from '../../../src/node/core/withheld.ts'
import type { VersionVector } from '../../../src/node/core/version-vector.ts'

const [LOW, HIGH, OTHER] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`) as [
  string,
  string,
  string,
]
const OLD: VersionVector = [['a/1', 1]]
const NEW: VersionVector = [['a/1', 2]]

const old: FileRecord = {
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
  version: OLD,
  conflictOf: '',
}
const edited: FileRecord = { ...old, contentHash: HIGH, replacedHash: LOW, version: NEW }
const touched: FileRecord = { ...old, mtimeNs: 6n, version: NEW }
const gone: FileRecord = { ...tombstoneOf(old), version: NEW }
const mine: FileRecord = { ...old, contentHash: OTHER }
const fresh: FileRecord = { ...mine, version: [] }

const says = (record: FileRecord, stance: Announced['stance'] = 'holds', reason = ''): Announced => {
  return { record, stance, reason, sequence: 1 }
}
const markOf = (record: FileRecord, approved = false): GuardMark => {
  return { device: record.author.device, contentHash: record.contentHash, approved }
}

/** In one line: what is done, or what is withheld, why, and as what a person sees it. */
function said(
  local: Announced | undefined,
  others: readonly FileRecord[],
  mode: FolderMode = 'send-receive',
  mark?: GuardMark,
): string {
  const plan = planWithin(local, others, { mode, mark: () => mark })
  if (plan.kind !== 'withheld') return plan.kind
  const { direction, cause, would } = plan
  const kind = kindOfWithheld(plan, local?.record)
  return `${direction} ${cause} ${kind}: ${would?.kind ?? 'unknown'}`
}

describe('what others say', () => {
  const here = says(old)
  test.each([
    {
      is: 'an edit',
      local: here,
      other: edited,
      free: 'place',
      sendOnly: 'replaced: place',
      held: 'replaced: place',
    },
    {
      is: 'a deletion',
      local: here,
      other: gone,
      free: 'delete',
      sendOnly: 'deleted: delete',
      held: 'deleted: delete',
    },
    {
      is: 'a time',
      local: here,
      other: touched,
      free: 'metadata',
      sendOnly: 'metadata: metadata',
      held: undefined,
    },
    {
      is: 'a new file',
      local: undefined,
      other: old,
      free: 'place',
      sendOnly: 'added: place',
      held: undefined,
    },
    {
      is: 'a file that came back',
      local: says(tombstoneOf(old)),
      other: edited,
      free: 'place',
      sendOnly: 'added: place',
      held: undefined,
    },
    {
      is: 'what is ignored here',
      local: says(old, 'unwanted'),
      other: edited,
      free: 'nothing',
      sendOnly: undefined,
      held: undefined,
    },
    { is: 'what is here', local: here, other: old, free: 'nothing', sendOnly: undefined, held: undefined },
  ])('is $is', ({ local, other, free, sendOnly, held }) => {
    expect(said(local, [other])).toBe(free)
    expect(said(local, [other], 'receive-only')).toBe(free)
    expect(said(local, [other], 'send-only')).toBe(sendOnly ? `in send-only ${sendOnly}` : free)
    expect(said(local, [other], 'send-receive', markOf(other))).toBe(held ? `in mass-change ${held}` : free)
    expect(said(local, [other], 'send-receive', markOf(other, true))).toBe(free)
  })

  test('a mark is about one change of one device, and about no other', () => {
    const another = { ...edited, author: { device: 'c', name: 'C' } }
    expect(said(here, [edited], 'send-receive', markOf(another))).toBe('place')
    expect(said(here, [edited], 'send-receive', markOf({ ...edited, contentHash: OTHER }))).toBe('place')
  })

  test('what the disk spoiled comes back in any mode; another content does not', () => {
    expect(said(says(old, 'damaged', 'IO_ERROR'), [old], 'send-only')).toBe('place')
    expect(said(says(old, 'damaged', 'IO_ERROR'), [edited], 'send-only')).toMatch(/^in send-only/)
  })
})

describe('what is here and was told to nobody', () => {
  test.each([
    { is: 'a new file', record: fresh, others: [], kept: 'added: delete', undone: 'delete' },
    {
      is: 'a new file, where others have another',
      record: fresh,
      others: [old],
      kept: 'added: place',
      undone: 'place',
    },
    { is: 'an edit', record: mine, others: [old], kept: 'replaced: place', undone: 'place' },
    {
      is: 'an edit of what others edited, too',
      record: mine,
      others: [edited],
      kept: 'replaced: place',
      undone: 'place',
    },
    {
      is: 'an edit of what others deleted',
      record: mine,
      others: [gone],
      kept: 'added: delete',
      undone: 'delete',
    },
    { is: 'a deletion', record: tombstoneOf(old), others: [old], kept: 'deleted: place', undone: 'place' },
    {
      is: 'another time',
      record: { ...old, mtimeNs: 9n },
      others: [old],
      kept: 'metadata: metadata',
      undone: 'metadata',
    },
    {
      is: 'an edit of what nobody tells of now',
      record: mine,
      others: [],
      kept: 'replaced: unknown',
      undone: undefined,
    },
    {
      is: 'a deletion of what nobody tells of now',
      record: tombstoneOf(old),
      others: [],
      kept: 'deleted: unknown',
      undone: undefined,
    },
  ])('is $is', ({ record, others, kept, undone }) => {
    for (const cause of ['receive-only', 'mass-change'] as const)
      expect(said(says(record, 'withheld', cause), others)).toBe(`out ${cause} ${kept}`)
    // The mode keeps it as well, and nothing is let through of that.
    expect(said(says(record, 'withheld', 'mass-change'), others, 'receive-only')).toBe(
      `out receive-only ${kept}`,
    )
    const reverting = said(says(record, 'withheld', REVERTING), others)
    expect(reverting).toBe(undone ?? `out mass-change ${kept}`)
  })

  test('what no longer differs is theirs again, and a new file takes their time', () => {
    expect(said(says(old, 'withheld', 'receive-only'), [old])).toBe('adopt')
    expect(said(says(tombstoneOf(old), 'withheld', 'mass-change'), [gone])).toBe('adopt')
    expect(said(says({ ...old, version: [], mtimeNs: 9n }, 'withheld', 'receive-only'), [old])).toBe(
      'metadata',
    )
  })
})
