/** What is to be done about a file that the disk spoiled, by what the others hold. */
import { expect, test } from 'vitest'
import { planRepair } from '../../../src/node/core/plan.ts'
import { recordOf } from '../../support/index-folder.ts'

const base = { path: 'a', content: 1, version: { 'self/7': 2 } }
const damaged = recordOf(base)
const newer = recordOf({ ...base, content: 2, version: { 'self/7': 2, 'b/1': 1 } })
const older = recordOf({ ...base, content: 0, version: { 'self/7': 1 } })
const apart = recordOf({ ...base, content: 0, version: { 'b/1': 1 } })
const greater = recordOf({ ...base, content: 3, version: { 'b/1': 1 } })
const gone = recordOf({ ...base, version: { 'self/7': 2, 'b/1': 1 }, deleted: true })

test.each([
  {
    rule: 'nobody has anything: the content is wanted all the same',
    others: [],
    kind: 'place',
    record: damaged,
  },
  { rule: 'others hold it: it is fetched', others: [damaged], kind: 'place', record: damaged },
  { rule: 'an older content never takes its place', others: [older], kind: 'place', record: damaged },
  { rule: 'what replaced it does', others: [newer], kind: 'place', record: newer },
  { rule: 'who saw it deleted deletes it', others: [gone], kind: 'delete', record: gone },
  {
    rule: 'what did not know of it waits until it is mended',
    others: [apart],
    kind: 'place',
    record: damaged,
  },
  { rule: 'even when that would win the name', others: [greater], kind: 'place', record: damaged },
])('$rule', ({ others, kind, record }) => {
  const plan = planRepair(damaged, others)
  expect(plan).toMatchObject({ kind, record: { contentHash: record.contentHash, deleted: record.deleted } })
  expect(plan, 'damaged bytes are never copied').not.toHaveProperty('keepCopy')
})

test('of the two contents apart one would win the name and one would lose it', () => {
  expect(apart.contentHash < damaged.contentHash).toBe(greater.contentHash > damaged.contentHash)
})
