/** What devices remember, when that is much. */
import { expect, test } from 'vitest'
import type { HistoryPage, HistoryQuery, KeptVersion, PastChange } from '../../../src/node/core/history.ts'
import { recallPath } from '../../../src/node/files/recall.ts'
import type { RecallParts } from '../../../src/node/files/recall.ts'
import type { HistorySource } from '../../../src/node/sync/ports.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import { hashOf } from '../../support/versions.ts'

const { signal } = new AbortController()
const PAGE = 180
const BOB = { device: 'b', name: 'Bob' }

/** The save number `at` of a file, newest first: it replaced the one before. */
const change = (at: number): PastChange => ({
  ...{ timeMs: 1_000_000 - at, path: 'log', source: 'local', ...BOB },
  is: { kind: 'file', contentHash: hashOf(`${at}`) },
  was: { kind: 'file', contentHash: hashOf(`${at + 1}`) },
})
const version = (at: number): KeptVersion => ({
  ...{ id: `v${at}`, path: 'log', kind: 'file', size: 1, mode: 0o644, mtimeNs: 0n, linkTarget: '' },
  ...{ contentHash: hashOf(`${at}`), author: BOB, reason: 'replaced', displacedBy: BOB },
  displacedAtMs: 1_000_000 - at,
})

/** Tells everything in pages, as a device does. */
function teller(changes: readonly PastChange[], versions: readonly KeptVersion[]): HistorySource['ask'] {
  return async ({ part, cursor }: HistoryQuery): Promise<HistoryPage> => {
    const [from, total] = [Number(cursor), part === 'changes' ? changes.length : versions.length]
    const told = { changes: [] as readonly PastChange[], versions: [] as readonly KeptVersion[] }
    if (part === 'changes') told.changes = changes.slice(from, from + PAGE)
    else told.versions = versions.slice(from, from + PAGE)
    return { nowMs: 5, ...told, next: from + PAGE < total ? `${from + PAGE}` : '' }
  }
}

async function folderOf(own: HistorySource['ask'], bobs: HistorySource['ask']): Promise<RecallParts> {
  const { context } = await syncedFolder(['b'])
  Object.assign(context.archive, { history: own })
  const bob = { device: 'b', ask: bobs, read: async () => undefined }
  return { context, others: ['b'], histories: () => [bob] }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

test('of a file that was saved for weeks, everything that is kept is told as kept', async () => {
  const versions = numbers(900).map((at) => version(at * 3 + 1))
  const parts = await folderOf(teller(numbers(2_881).map(change), versions), teller([], []))
  const { entries } = await recallPath(parts, 'log', signal)
  const [kept, lost] = (['kept', 'not-kept'] as const).map(
    (told) =>
      new Set(entries.filter(({ state }) => state === told).map(({ content }) => content.contentHash)),
  )
  const keptHashes = versions.map(({ contentHash }) => contentHash)
  expect(keptHashes.filter((hash) => !kept?.has(hash))).toEqual([])
  expect(keptHashes.filter((hash) => lost?.has(hash))).toEqual([])
  expect(lost?.has(hashOf('0'))).toBe(true)
})

test('what one device remembers is not told as lost when it lies deep among what another keeps', async () => {
  const own = teller([], numbers(3_500).map(version))
  const parts = await folderOf(own, teller([change(3_400), change(9_000)], []))
  const { entries } = await recallPath(parts, 'log', signal)
  const stateOf = (at: number) =>
    entries.find(({ content }) => content.contentHash === hashOf(`${at}`))?.state
  expect([3_400, 3_401, 9_000].map(stateOf)).toEqual(['kept', 'kept', 'not-kept'])
  expect(entries.length, 'a bounded number is kept of one device').toBeLessThan(2_200)
})
