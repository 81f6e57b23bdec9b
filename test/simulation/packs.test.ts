/**
 * Worlds in which old contents are taken into packs at once and let go by hand, while devices die in the
 * middle of it: whatever lay in packs is there at the end as it was, unless a person let it go, also
 * where clocks jump by a year.
 */
import { expect, test } from 'vitest'
import { PACKS } from '../../src/node/durability/layout.ts'
import { amount } from '../support/tier.ts'
import { simulate } from './world.ts'

const WORLDS = amount({ short: 8, long: 150 })
const STEPS = 150

test('packs lose nothing, whenever a device dies, and are collected when nobody needs them', async () => {
  const reached = new Map<string, number>()
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { problems, counts } = await simulate({ seed, devices: 2, steps: STEPS, packs: true })
    expect(problems, `npm run sim -- --seed ${seed} --devices 2 --steps ${STEPS} --packs`).toEqual([])
    for (const [event, times] of counts) reached.set(event, (reached.get(event) ?? 0) + times)
  }
  console.log(
    Object.fromEntries([...reached].filter(([event]) => /pack|old contents/.test(event)).toSorted()),
  )
  for (const event of ['taken into packs', 'let go'])
    expect(reached.get(`log: old contents ${event}`) ?? 0, event).toBeGreaterThan(0)
  for (const event of ['log: packs collected', 'packs read', `death awaits at ${PACKS}`])
    expect(reached.get(event) ?? 0, event).toBeGreaterThan(0)
})

test('packs lose nothing of the last day of running where clocks jump', async () => {
  const reached = new Map<string, number>()
  for (let seed = 1; seed <= amount({ short: 4, long: 100 }); seed++) {
    const world = { seed, devices: 2, steps: STEPS, packs: true, features: ['clocks'] } as const
    const { problems, counts } = await simulate(world)
    const command = `npm run sim -- --seed ${seed} --devices 2 --steps ${STEPS} --packs --features clocks`
    expect(problems, command).toEqual([])
    for (const [event, times] of counts) reached.set(event, (reached.get(event) ?? 0) + times)
  }
  for (const event of ['log: old contents taken into packs', 'packs read', 'clock: set'])
    expect(reached.get(event) ?? 0, event).toBeGreaterThan(0)
})
