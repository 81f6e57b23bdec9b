/** Room on a disk: what is on its way counts, some is left, and what did not fit is tried ever more rarely. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { DiskSpace } from '../../../src/node/sync/disk-space.ts'

const MB = 1_000_000

function diskOf(totalBytes: number, free: { bytes: number }, clock = createFakeClock()): DiskSpace {
  const root = { freeBytes: async () => free.bytes, totalBytes: async () => totalBytes }
  return new DiskSpace(root as unknown as FolderRoot, { clock, random: seededRandom(1) })
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

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** A disk that says it has room and takes nothing of `size`; `tries` are when it was tried, seconds. */
async function triesOf(size: number, tookMs: number, forMs: number): Promise<number[]> {
  const clock = createFakeClock()
  const space = diskOf(1_000 * MB, { bytes: 500 * MB }, clock)
  const tries: number[] = []
  while (clock.monotonicMs() < forMs) {
    const room = await space.take(size).catch(() => undefined)
    if (room) {
      tries.push(clock.monotonicMs() / SECOND_MS)
      await clock.advance(tookMs)
      room.end()
      space.refused(size, tookMs)
    }
    await clock.advance(SECOND_MS)
  }
  return tries
}

test('what a disk with room did not take is tried again ever more rarely, and every few minutes in the end', async () => {
  const tries = await triesOf(10 * MB, 0, 120 * MINUTE_MS)
  const waits = tries.slice(1).map((at, i) => at - (tries[i] ?? 0))
  expect(waits[0]).toBeLessThan(40)
  expect(waits[1]).toBeGreaterThan(40)
  expect(waits[2]).toBeGreaterThan(80)
  expect(Math.max(...waits)).toBeLessThan(13 * 60)
  expect(tries.length).toBeGreaterThan(10)
})

test('what takes an hour to find out is not tried all the time', async () => {
  const tries = await triesOf(10 * MB, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS)
  // Every five hours, more or less.
  expect(tries.length).toBeGreaterThan(3)
  expect(tries.length).toBeLessThan(7)
})

test('what is smaller than what did not fit goes on, and as much is taken again once it fitted', async () => {
  const space = diskOf(1_000 * MB, { bytes: 500 * MB })
  space.refused(10 * MB, 0)
  await expect(space.take(10 * MB)).rejects.toMatchObject({ code: 'DISK_FULL' })
  await expect(space.take(10 * MB, true)).rejects.toMatchObject({ code: 'DISK_FULL' })
  const smaller = await space.take(10 * MB - 1)
  smaller.end()
  space.refused(2 * MB, 0)
  space.accepted(MB)
  await expect(space.take(2 * MB)).rejects.toMatchObject({ code: 'DISK_FULL' })
  space.accepted(2 * MB)
  await space.take(10 * MB)
})

test('a small file that found no room beside a large one on its way may try again at once', async () => {
  const space = diskOf(1_000 * MB, { bytes: 500 * MB })
  const large = await space.take(10 * MB)
  space.refused(MB, 0)
  large.end()
  space.refused(10 * MB, 0)
  await space.take(MB)
  await expect(space.take(10 * MB)).rejects.toMatchObject({ code: 'DISK_FULL' })
})
