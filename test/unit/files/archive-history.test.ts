/** What a folder remembers of its changes goes in time, and no page is told from a place that has moved. */
import { expect, test } from 'vitest'
import { openInlineJob } from '../../../src/node/base/job-hosts.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { createHistoryLog } from '../../../src/node/durability/history.ts'
import { openArchive } from '../../../src/node/files/archive.ts'
import { open as openBlockJob } from '../../../src/node/store/block-job.ts'
import { DAY } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

const ALL = { part: 'changes', under: '', exact: false } as const
const KEEP_MS = 30 * DAY
const A_RECORD: FileRecord = {
  ...{ path: 'a', kind: 'file', deleted: false, size: 1, mode: 0o644, mtimeNs: 5n },
  ...{ contentHash: `sha256:${'1'.repeat(64)}`, replacedHash: '', linkTarget: '', conflictOf: '' },
  ...{ author: { device: 'd', name: 'laptop' }, version: [['d/7', 1]] },
}

async function openWorld() {
  const { disk, clock, open } = memoryFolder(1)
  disk.user.mkdir('/folder/.peerfold')
  const root = await open()
  const settings = { keepMs: KEEP_MS, sharePercent: 90, leaveFreeBytes: 0, settleMs: 0 }
  const blocks = openInlineJob(openBlockJob({ fileSystem: disk.fileSystem }))
  const upkeep = { blocks, settings: () => settings, isBusy: () => false }
  const reopen = () => openArchive(root, { clock, random: seededRandom(1), log: silentLog(), upkeep })
  const archive = await reopen()
  const save = (count: number, name: string) =>
    createHistoryLog(root).append(
      Array.from({ length: count }, (_, at) => ({
        ...{ timeMs: clock.nowMs(), path: `${name} ${at}`, is: undefined, was: undefined },
        ...{ device: 'd'.repeat(50), name: 'laptop', source: 'local' as const },
      })),
    )
  return { disk, clock, archive, reopen, upkeep: archive.upkeep!, save }
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

test('a moment is not told from a log that lacks what the disk refused', async () => {
  const { clock, archive, disk } = await openWorld()
  const record = { ...A_RECORD, path: 'a' }
  await archive.note([{ record, before: undefined, source: 'local' }])
  const atMs = clock.nowMs()
  clock.add(DAY)
  disk.settings.capacityBytes = 0
  await archive.note([{ record: { ...record, deleted: true }, before: record, source: 'local' }])
  const since = { ...ALL, cursor: '', sinceMs: atMs }
  await expect(archive.history(since)).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect((await archive.history({ ...ALL, cursor: '' })).changes).toHaveLength(1)
  disk.settings.capacityBytes = Number.MAX_SAFE_INTEGER
  expect((await archive.history(since)).changes).toMatchObject([{ path: 'a', is: undefined }])
})

test('what the disk refused is written when the folder is closed', async () => {
  const { archive, disk, reopen } = await openWorld()
  disk.settings.capacityBytes = 0
  await archive.note([{ record: A_RECORD, before: undefined, source: 'local' }])
  disk.settings.capacityBytes = Number.MAX_SAFE_INTEGER
  await archive.close()
  expect((await (await reopen()).history({ ...ALL, cursor: '' })).changes).toHaveLength(1)
})

test('what comes after a moment ends with the way to what is older, and not once the log was shortened', async () => {
  const { clock, archive, upkeep, save } = await openWorld()
  await save(1_000, 'old')
  const atMs = clock.nowMs()
  clock.add(60 * DAY)
  await save(1, 'new')
  const page = await archive.history({ ...ALL, cursor: '', sinceMs: atMs })
  expect([page.changes.map(({ path }) => path), page.asOfMs]).toEqual([['new 0'], atMs])
  const older = await archive.history({ ...ALL, cursor: page.next })
  expect(older.changes.slice(0, 2).map(({ path }) => path)).toEqual(['old 999', 'old 998'])
  const again = { ...ALL, cursor: page.next, sinceMs: atMs }
  expect((await archive.history(again)).asOfMs).toBe(atMs)
  await upkeep.runNow()
  expect((await archive.history(again)).asOfMs).toBeUndefined()
})
