/** Clocks that are wrong for a while, and what they must not let go: the old contents of the last day of running. */
import { describe, expect, test } from 'vitest'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice, CalmWorld } from './calm-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** B displaces an old content of "photo"; its clock is off by so much. */
async function displaced(seed: number, skewMs: number): Promise<{ world: CalmWorld; b: CalmDevice }> {
  const world = await calmWorld(seed, { skewMs: [0, skewMs] })
  const [a, b] = world.devices as [CalmDevice, CalmDevice]
  a.write('photo', 'precious')
  await world.settle()
  a.write('photo', 'spoiled')
  await world.settle()
  expect(keptBy(b)).toBe(1)
  return { world, b }
}

function keptBy({ sim }: CalmDevice): number {
  return sim.disk.tree('/sync').filter(({ path }) => /\/items\/.*\.json$/.test(path)).length
}

async function restart(world: CalmWorld, device: CalmDevice, deed: () => void): Promise<void> {
  await world.during(device.sim.stop())
  deed()
  await world.start(device)
}

describe('a clock that was months behind', () => {
  test('set right, lets go nothing that was displaced within the last day of running', async () => {
    const { world, b } = await displaced(107, -60 * DAY)
    b.sim.skewMs = 0
    await world.pass(23 * HOUR)
    expect(keptBy(b)).toBe(1)
    // Then it has the age that its stamp says.
    await world.pass(26 * HOUR)
    expect(keptBy(b)).toBe(0)
  })

  test.each(['kill', 'crash'] as const)('lets go nothing either after a %s at once', async (kind) => {
    const { world, b } = await displaced(108, -60 * DAY)
    b.sim.die(kind)
    b.sim.skewMs = 0
    await world.start(b)
    await world.pass(23 * HOUR)
    expect(keptBy(b)).toBe(1)
  })

  test('at every start anew does not keep for ever what is too old', async () => {
    const { world, b } = await displaced(109, 0)
    for (let day = 0; day < 6; day++) {
      await restart(world, b, () => (b.sim.skewMs = -20_000 * DAY))
      await world.pass(5 * 60_000)
      b.sim.skewMs = 40 * DAY
      await world.pass(15 * HOUR)
    }
    expect(keptBy(b)).toBe(0)
  })
})

describe('a clock that is a year ahead', () => {
  test('from the start is not believed for a day of running', async () => {
    const { world, b } = await displaced(110, 0)
    await world.pass(3 * DAY)
    await restart(world, b, () => (b.sim.skewMs = 365 * DAY))
    await world.pass(12 * HOUR)
    await restart(world, b, () => undefined)
    await world.pass(11 * HOUR)
    expect(keptBy(b)).toBe(1)
    b.sim.skewMs = 0
    await world.pass(3 * DAY)
    expect(keptBy(b)).toBe(1)
  })

  test('all at once is not believed for a day of running', async () => {
    const { world, b } = await displaced(111, 0)
    await world.pass(2 * DAY)
    b.sim.skewMs = 365 * DAY
    await world.pass(23 * HOUR)
    expect(keptBy(b)).toBe(1)
    b.sim.skewMs = 0
    await world.pass(3 * DAY)
    expect(keptBy(b)).toBe(1)
  })

  test('stamps nothing that a person could not let go', async () => {
    const { world, b } = await displaced(112, 365 * DAY)
    b.sim.skewMs = 0
    await world.pass(HOUR)
    const prune = { olderThanDays: 0, dryRun: false }
    expect(await world.during(b.node.pruneVersions(FOLDER, prune))).toMatchObject({ versions: 1 })
    expect(keptBy(b)).toBe(0)
  })
})

test('after months in which nothing ran, what is too old goes a day of running later', async () => {
  const { world, b } = await displaced(113, 0)
  await world.during(b.sim.stop())
  await world.pass(60 * DAY)
  await world.start(b)
  await world.pass(23 * HOUR)
  expect(keptBy(b)).toBe(1)
  await world.pass(26 * HOUR)
  expect(keptBy(b)).toBe(0)
})
