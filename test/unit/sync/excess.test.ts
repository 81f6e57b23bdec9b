/** What the guard counts: a deletion takes content away from others, whatever our disk made of ours. */
import { expect, test } from 'vitest'
import type { FileRecord, Stance } from '../../../src/node/core/record.ts'
import type { LocalRow } from '../../../src/node/index/index-port.ts'
import { isDestructive } from '../../../src/node/sync/excess.ts'
import { recordOfDeletion } from '../../../src/node/sync/local-record.ts'

const HELD: FileRecord = {
  ...{ path: 'a', kind: 'file', deleted: false, size: 1, mode: 0o644, mtimeNs: 1n, replacedHash: '' },
  ...{ contentHash: `sha256:${'1'.repeat(64)}`, linkTarget: '', author: { device: 'b', name: 'B' } },
  ...{ version: [['b/1', 1]], conflictOf: '' },
}

test.each<{ stance: Stance; counts: boolean }>([
  { stance: 'holds', counts: true },
  { stance: 'damaged', counts: true },
  { stance: 'withheld', counts: false },
  { stance: 'unwanted', counts: false },
])('the deletion of what was $stance counts: $counts', ({ stance, counts }) => {
  const row: LocalRow = { announced: { record: HELD, stance, reason: '', sequence: 1 }, disk: undefined }
  const record = recordOfDeletion(HELD, { device: 'a', name: 'A' })
  const change = { record, isOurs: true, stance: 'holds', reason: '', disk: undefined, basedOn: 1 } as const
  expect(isDestructive({ change, before: HELD }, row)).toBe(counts)
})
