/** What a folder remembers of its changes goes in time, and no page is told from a place that has moved. */
import { expect, test } from 'vitest'
import { openInlineJob } from '../../../src/node/base/job-hosts.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createHistoryLog } from '../../../src/node/durability/history.ts'
import { openArchive } from '../../../src/node/files/archive.ts'
import { open as openBlockJob } from '../../../src/node/store/block-job.ts'
import { DAY } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

const ALL = { part: 'changes', under: '', exact: false } as const
const KEEP_MS = 30 * DAY

async function openWorld() {
  const { disk, clock, open } = memoryFolder(1)
  const root = await open()
  const settings = { keepMs: KEEP_MS, sharePercent: 90, leaveFreeBytes: 0, settleMs: 0 }
  const blocks = openInlineJob(openBlockJob({ fileSystem: disk.fileSystem }))
  const upkeep = { blocks, settings: () => settings, isBusy: () => false }
  const archive = await openArchive(root, { clock, random: seededRandom(1), log: silentLog(), upkeep })
  const save = (count: number, name: string) =>
    createHistoryLog(root).append(
      Array.from({ length: count }, (_, at) => ({
        ...{ timeMs: clock.nowMs(), path: `${name} ${at}`, is: undefined, was: undefined },
        ...{ device: 'd'.repeat(50), name: 'laptop', source: 'local' as const },
      })),
    )
  return { clock, archive, upkeep: archive.upkeep!, save }
}

test('it reaches back a week further than contents are kept, and no further', async () => {
  const { clock, archive, upkeep, save } = await openWorld()
  await save(1_000, 'old')
  clock.add(DAY)
  await save(1, 'kept')
  clock.add(KEEP_MS + 5 * DAY)
  const since = { ...ALL, cursor: '', sinceMs: clock.nowMs() - KEEP_MS - 5 * DAY - 1 }
  await upkeep.runNow()
  expect((await archive.history(since)).asOfMs, 'nothing is that old yet').toBeDefined()
  expect((await archive.history({ ...ALL, cursor: '' })).next).not.toBe('')
  clock.add(2 * DAY - 1)
  await upkeep.runNow()
  const { changes, next } = await archive.history({ ...ALL, cursor: '' })
  expect([changes.map(({ path }) => path), next]).toEqual([['kept 0', 'old 999'], ''])
  expect((await archive.history(since)).asOfMs, 'the last old line is how far it reaches').toBeDefined()
  const longAgo = { ...ALL, cursor: '', sinceMs: clock.nowMs() - 60 * DAY }
  expect((await archive.history(longAgo)).asOfMs).toBeUndefined()
})

test('who was reading when it was shortened is not told the same again, but that it ends', async () => {
  const { clock, archive, upkeep, save } = await openWorld()
  await save(1_500, 'old')
  clock.add(60 * DAY)
  await save(600, 'new')
  const first = await archive.history({ ...ALL, cursor: '' })
  expect(first.next).not.toBe('')
  const second = await archive.history({ ...ALL, cursor: first.next })
  expect(second.changes.length).toBeGreaterThan(0)
  await upkeep.runNow()
  expect(await archive.history({ ...ALL, cursor: first.next })).toMatchObject({ changes: [], next: '' })
  const again = await archive.history({ ...ALL, cursor: '' })
  expect(again.changes).toEqual(first.changes)
})
