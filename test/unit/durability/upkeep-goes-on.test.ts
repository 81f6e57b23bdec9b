/**
 * Old contents in the background, while one of the works fails or has to wait: the others are done, what
 * failed is tried again at its pace and told once, and nobody waits for what waits for others.
 */
import { describe, expect, test } from 'vitest'
import { sleepWith } from '../../../src/node/base/clock.ts'
import type { Clock } from '../../../src/node/base/clock.ts'
import type { Log } from '../../../src/node/base/log.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { PACKS } from '../../../src/node/durability/layout.ts'
import type { UpkeepSettings } from '../../../src/node/durability/upkeep.ts'
import { createFaultyFileSystem } from '../../../src/node/fs/faulty-file-system.ts'
import type { FaultPlan } from '../../../src/node/fs/faulty-file-system.ts'
import { DAY, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { allVersions, displace, itemOf, storeOn } from '../../support/versions.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MIB = 1024 * 1024

/** One sleeper at a time: the loop, or the work it waits for. */
function steppedSleep(add: (ms: number) => void) {
  let wake: (() => void) | undefined
  let sleepsMs = 0
  const after: Clock['after'] = (ms, run) => {
    sleepsMs = ms
    wake = run
    return { cancel: () => (wake = undefined) }
  }
  const sleep: Clock['sleep'] = (ms, signal) => sleepWith(after, ms, signal)
  /** Until the work has to wait again. */
  const step = async (): Promise<number> => {
    for (let turns = 0; wake === undefined; turns++) {
      if (turns > 100_000) throw new Error('nobody sleeps')
      await new Promise((resolve) => setImmediate(resolve))
    }
    const waking = wake
    wake = undefined
    add(sleepsMs)
    waking()
    return sleepsMs
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms;) passedMs += await step()
  }
  return { sleep, pass }
}

function countingLog(): { log: Log; warnings: string[] } {
  const warnings: string[] = []
  return { log: { ...silentLog(), warn: (text) => void warnings.push(text) }, warnings }
}

/** Contents that were parked days ago and are settled from now on. */
async function parkedDaysAgo(contents: Readonly<Record<string, string>>) {
  const folder = memoryFolder(1)
  const { clock, disk } = folder
  const { fileSystem, setPlan, failures } = createFaultyFileSystem(disk.fileSystem)
  const root = await fileSystem.openRoot('/folder')
  const settings = {
    sharePercent: 100,
    leaveFreeBytes: 0,
    settleMs: 90 * DAY,
  } satisfies Partial<UpkeepSettings>
  const { sleep, pass } = steppedSleep(clock.add)
  const { log, warnings } = countingLog()
  let isBusy = false
  const upkeep = upkeepOn({ fileSystem, root, clock, settings, log, sleep, isBusy: () => isBusy })
  for (const [number, [path, content]] of Object.entries(contents).entries()) {
    disk.user.write(`/folder/${path}`, content)
    disk.user.setMtime(`/folder/${path}`, itemOf(path, content).mtimeNs)
    await displace(root, storeOn(root, number + 1, clock), path, content, undefined)
  }
  upkeep.start()
  await upkeep.beforeStamp()
  await pass(MINUTE)
  clock.add(3 * DAY)
  await pass(HOUR)
  settings.settleMs = 0
  upkeep.parked()
  const plan = (next: FaultPlan): void => setPlan(next)
  const busy = (is: boolean): void => void (isBusy = is)
  return { root, disk, clock, settings, upkeep, pass, plan, failures, warnings, busy }
}

const paths = async (root: Parameters<typeof allVersions>[0]): Promise<string[]> =>
  (await allVersions(root)).map((version) => (version.origin === 'known' ? version.path : '?')).sort()

async function packed(root: Parameters<typeof allVersions>[0]): Promise<string[]> {
  const versions = await allVersions(root)
  return versions.flatMap((one) => (one.origin === 'known' && !one.parked ? one.path : [])).sort()
}

const FOUR = { a: 'a'.repeat(9_000), b: 'b'.repeat(9_000), c: 'c'.repeat(9_000), d: 'd'.repeat(9_000) }

describe('what cannot be taken in', () => {
  test('because the disk is full does not keep old contents from making room', async () => {
    const { root, disk, settings, upkeep, pass, warnings } = await parkedDaysAgo(FOUR)
    disk.settings.capacityBytes = disk.usedBytes() + 1_000
    settings.leaveFreeBytes = 15_000
    await pass(3 * HOUR)
    expect(await paths(root)).toHaveLength(2)
    expect(await root.freeBytes()).toBeGreaterThan(15_000)
    expect((await upkeep.view()).problem).toBe('DISK_FULL')
    expect(warnings.filter((text) => text.includes('put in order'))).toHaveLength(1)
    disk.settings.capacityBytes += 100 * MIB
    await pass(2 * HOUR)
    expect((await upkeep.view()).problem).toBeUndefined()
    expect(await packed(root)).toHaveLength(2)
    await upkeep.stop()
  })

  test('because packs cannot be written is tried again by the hour, and retention goes on', async () => {
    const { root, clock, upkeep, pass, plan, failures, warnings } = await parkedDaysAgo(FOUR)
    plan(({ operation, path }) =>
      operation === 'create-file' && path.startsWith(PACKS) ? 'IO_ERROR' : undefined,
    )
    await pass(5 * HOUR)
    expect(failures().length).toBeGreaterThan(3)
    expect(failures().length).toBeLessThan(7)
    expect(warnings.filter((text) => text.includes('put in order'))).toHaveLength(1)
    clock.add(30 * DAY)
    await pass(HOUR)
    clock.add(DAY)
    await pass(HOUR)
    expect(await paths(root)).toEqual([])
    await upkeep.stop()
  })

  test('because it is too large for what is free lets smaller ones pass', async () => {
    const { root, disk, upkeep, pass } = await parkedDaysAgo({ ...FOUR, large: 'x'.repeat(200_000) })
    disk.settings.capacityBytes = disk.usedBytes() + 64 * MIB + 20_000
    await pass(HOUR)
    expect(await packed(root)).toEqual(['a', 'b', 'c', 'd'])
    expect((await upkeep.view()).problem).toBe('DISK_FULL')
    disk.settings.capacityBytes += 200_000
    await pass(2 * HOUR)
    expect(await packed(root)).toEqual(['a', 'b', 'c', 'd', 'large'])
    expect((await upkeep.view()).problem).toBeUndefined()
    await upkeep.stop()
  })

  test('needs room for a full pack and one file more, however much waits', async () => {
    const large = '\0'.repeat(12 * MIB)
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const world = await parkedDaysAgo(Object.fromEntries(names.map((name) => [name, large + name])))
    const { root, disk, upkeep, pass } = world
    disk.settings.capacityBytes = disk.usedBytes() + (64 + 64 + 13) * MIB
    await pass(10 * MINUTE)
    expect(await packed(root)).toEqual(names)
    await upkeep.stop()
  })
})

describe('as long as anything else moves', () => {
  test('nothing is taken in, and a person who prunes does not wait for it', async () => {
    const { root, upkeep, pass, busy } = await parkedDaysAgo(FOUR)
    busy(true)
    let pruned: number | undefined
    await pass(11 * MINUTE)
    const asked = upkeep.prune({ olderThanMs: 0, dryRun: false }).then(({ versions }) => (pruned = versions))
    await pass(MINUTE)
    await pass(20 * MINUTE)
    expect(pruned).toBe(4)
    await asked
    expect(await packed(root)).toEqual([])
    await upkeep.stop()
  })

  test('room that is short is made all the same', async () => {
    const { root, disk, settings, upkeep, pass, busy } = await parkedDaysAgo(FOUR)
    busy(true)
    disk.settings.capacityBytes = disk.usedBytes() + 1_000
    settings.leaveFreeBytes = 15_000
    await pass(30 * MINUTE)
    expect(await paths(root)).toHaveLength(2)
    busy(false)
    disk.settings.capacityBytes += 100 * MIB
    await pass(30 * MINUTE)
    expect(await packed(root)).toHaveLength(2)
    await upkeep.stop()
  })

  test('a short while is waited for', async () => {
    const { root, upkeep, pass, busy } = await parkedDaysAgo(FOUR)
    busy(true)
    await pass(10 * MINUTE + 20_000)
    busy(false)
    await pass(10_000)
    await pass(10 * MINUTE)
    expect(await packed(root)).toHaveLength(4)
    await upkeep.stop()
  })
})
