/** Room on a disk: what is on its way counts, and some is left. */
import { expect, test } from 'vitest'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { DiskSpace } from '../../../src/node/sync/disk-space.ts'

const MB = 1_000_000

function diskOf(totalBytes: number, free: { bytes: number }): DiskSpace {
  const root = { freeBytes: async () => free.bytes, totalBytes: async () => totalBytes }
  return new DiskSpace(root as unknown as FolderRoot)
}

test('a hundredth of the disk is kept free, and no more than 256 MB of a large one', async () => {
  const small = diskOf(100 * MB, { bytes: 50 * MB })
  await expect(small.take(49 * MB + 1)).rejects.toMatchObject({ code: 'DISK_FULL' })
  await small.take(49 * MB)
  const large = diskOf(4_000_000 * MB, { bytes: 1_000 * MB })
  await expect(large.take(745 * MB)).rejects.toMatchObject({ code: 'DISK_FULL' })
  await large.take(744 * MB)
})

test('what is on its way counts until it is on the disk or given up', async () => {
  const free = { bytes: 100 * MB }
  const space = diskOf(100 * MB, free)
  const first = await space.take(60 * MB)
  await expect(space.take(40 * MB)).rejects.toMatchObject({ code: 'DISK_FULL' })
  first.used(50 * MB)
  free.bytes -= 50 * MB
  const second = await space.take(39 * MB)
  second.end()
  second.end()
  first.end()
  await space.take(49 * MB)
})

test('an empty file fits on a full disk', async () => {
  await expect(diskOf(100 * MB, { bytes: 0 }).take(0)).resolves.toBeDefined()
})
