/** What is missing where another disk is to be seen than when it was recorded is not deleted. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordDamaged } from '../../../src/node/sync/check-file.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const OTHER = 99n
/** Of the disk that the tests' folders are on. */
const ROOTS = (): bigint => fs.statSync(tmpdir(), { bigint: true }).dev

/** A file `d/x` that was recorded on a disk of that number, while the root's was `roots`, and is gone. */
async function missing(device: bigint, roots?: bigint) {
  const { context, path, scan } = await syncedFolder()
  const { index, folder, errors, rootStat } = context
  fs.mkdirSync(join(path, 'd'))
  fs.writeFileSync(join(path, 'd/x'), 'x')
  await scan()
  if (roots !== undefined) await index.call('setRootDevice', { folder, device: roots })
  const [row] = await index.call('local', { folder, paths: ['d/x'] })
  const { disk, announced } = row!
  const moved = { ...disk!, stat: { ...disk!.stat, device } }
  const rows = [{ path: 'd/x', disk: moved, basedOn: announced.sequence }]
  await index.call('refreshDisk', { folder, rows })
  await index.call('setRootDevice', { folder, device: rootStat.device })
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

test('what the disk had spoiled before it went is kept as well', async () => {
  const { context, scan, isDeleted, errors } = await missing(OTHER)
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: ['d/x'] })
  await recordDamaged(context, row!, { ...row!.disk!.stat, links: 1 }, 'IO_ERROR')
  await scan()
  expect([await isDeleted(), errors()]).toEqual([false, [['d', 'DISK_AWAY']]])
})

test('where only the numbers of disks changed it is deleted', async () => {
  const { scan, isDeleted, errors } = await missing(OTHER, OTHER)
  await scan()
  expect([await isDeleted(), errors()]).toEqual([true, []])
})

test('a disk whose number the root has got since is another one still', async () => {
  const { context, scan, isDeleted, errors } = await missing(ROOTS(), OTHER)
  await scan()
  expect([await isDeleted(), errors()]).toEqual([false, [['d', 'DISK_AWAY']]])
  expect(context.rootStat.device).toBe(ROOTS())
})
