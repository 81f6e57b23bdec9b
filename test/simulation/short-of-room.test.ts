/**
 * Disks that run short while old contents lie on them: what policy lets go makes room for what comes, and
 * what was displaced within a day stays, even when something else has to wait for room then.
 */
import { expect, test } from 'vitest'
import { seededBytes } from '../support/chunker-feeding.ts'
import { twinDevices } from '../support/twin-devices.ts'
import type { TwinDevice, TwinDevices } from '../support/twin-devices.ts'
import { FOLDER } from './device.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const BYTES = 300_000

/** Nothing that a pack could make shorter. */
const text = (seed: string): string => Buffer.from(seededBytes(seed, BYTES)).toString('latin1')

/** B keeps what A replaced so many minutes ago; then its disk has room for hardly anything more. */
async function shortAfter(minutes: number) {
  const world = await twinDevices({}, {})
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  a.write('diary', text('first'))
  await world.rest()
  a.write('diary', 'second')
  await world.rest()
  expect(await versionsOf(world, b)).toEqual(['diary'])
  await world.pass(minutes * MINUTE_MS)
  const { disk } = b.device
  disk.settings.capacityBytes = disk.usedBytes() + BYTES / 2
  a.write('film', text('film'))
  await world.pass(MINUTE_MS)
  expect((await b.folder()).errors).toMatchObject([{ path: 'film', code: 'DISK_FULL' }])
  return { world, a, b }
}

async function versionsOf(world: TwinDevices, { device }: TwinDevice): Promise<string[]> {
  const asked = device.node!.listVersions(FOLDER, undefined, { limit: 100 })
  await world.pass(1_000)
  return (await asked).versions.map(({ path }) => path)
}

test('old contents give way to what comes, packs and all, and it comes by itself', async () => {
  const { world, a, b } = await shortAfter(DAY_MINUTES + 60)
  await world.pass(60 * MINUTE_MS)
  expect(await versionsOf(world, b)).toEqual([])
  expect(b.read('film')).toBe(a.read('film'))
  expect((await b.folder()).errors).toEqual([])
})

test('nothing of the last day goes by itself: what comes waits and is named, and a person may make room', async () => {
  const { world, a, b } = await shortAfter(90)
  await world.pass(120 * MINUTE_MS)
  expect(await versionsOf(world, b)).toEqual(['diary'])
  expect((await b.folder()).errors).toMatchObject([{ path: 'film', code: 'DISK_FULL' }])
  expect(b.names()).toEqual(['diary'])
  const pruned = b.device.node!.pruneVersions(FOLDER, { olderThanDays: 0, dryRun: false })
  await world.pass(60 * MINUTE_MS)
  expect(await pruned).toMatchObject({ versions: 1, because: { age: 1 } })
  expect(b.read('film')).toBe(a.read('film'))
})

test('a disk that stays full costs no more with every change and every hour', async () => {
  const world = await twinDevices({}, {})
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  a.write('first', 'first')
  await world.rest()
  const { disk } = a.device
  disk.settings.capacityBytes = disk.usedBytes()
  /** Of virtual time: whatever anybody waited for. */
  const eventsWithin = async (ms: number): Promise<number> => {
    const before = world.time.events
    await world.pass(ms)
    return world.time.events - before
  }
  disk.user.setMtime('/sync/first', 1_000_000_000n)
  b.write('large', 'x'.repeat(10_000))
  await world.pass(MINUTE_MS)
  const early = await eventsWithin(5 * MINUTE_MS)
  for (let change = 2; change < 60; change++) {
    disk.user.setMtime('/sync/first', BigInt(change) * 1_000_000_000n)
    b.write('large', `${change}`.padEnd(10_000))
    await world.pass(3_000)
  }
  await world.pass(MINUTE_MS)
  const late = await eventsWithin(5 * MINUTE_MS)
  expect(late, `${early} at first`).toBeLessThan(1.5 * early)
})
