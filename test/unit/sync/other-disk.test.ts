/** What is missing where another disk is to be seen than when it was recorded is not deleted. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { syncedFolder } from '../../support/synced-folder.ts'

const OTHER = 99n

/** A file `d/x` that was recorded on a disk of that number, and is gone. */
async function missing(device: bigint) {
  const { context, path, scan } = await syncedFolder()
  const { index, folder, errors } = context
  fs.mkdirSync(join(path, 'd'))
  fs.writeFileSync(join(path, 'd/x'), 'x')
  await scan()
  const [row] = await index.call('local', { folder, paths: ['d/x'] })
  const { disk, announced } = row!
  const moved = { ...disk!, stat: { ...disk!.stat, device } }
  const rows = [{ path: 'd/x', disk: moved, basedOn: announced.sequence }]
  await index.call('refreshDisk', { folder, rows })
  fs.rmSync(join(path, 'd/x'))
  const isDeleted = async () =>
    (await index.call('local', { folder, paths: ['d/x'] }))[0]?.announced.record.deleted
  return { context, scan, isDeleted, errors: () => errors.list().map(({ path: at, code }) => [at, code]) }
}

test('it is named where the disk was, and kept', async () => {
  const { scan, isDeleted, errors } = await missing(OTHER)
  await scan()
  expect([await isDeleted(), errors()]).toEqual([false, [['d', 'DISK_AWAY']]])
})

test('where only the numbers of disks changed it is deleted', async () => {
  const { context, scan, isDeleted, errors } = await missing(OTHER)
  await context.index.call('addRootDevice', { folder: context.folder, device: OTHER })
  await scan()
  expect([await isDeleted(), errors()]).toEqual([true, []])
})

test('the numbers that a root had of late are kept, the newest first', async () => {
  const { context, scan } = await missing(OTHER)
  const { index, folder, rootStat } = context
  for (let device = 1n; device <= 9n; device++) await index.call('addRootDevice', { folder, device })
  await index.call('addRootDevice', { folder, device: 5n })
  expect(await index.call('rootDevices', { folder })).toEqual([5n, 9n, 8n, 7n, 6n, 4n, 3n, 2n])
  await scan()
  expect((await index.call('rootDevices', { folder }))[0]).toBe(rootStat.device)
})
