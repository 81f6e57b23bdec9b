/**
 * Worlds in which people change the modes of their folders, guard them tightly and decide what is held
 * back, while devices die and lose their databases: in the end all agree, and nothing is lost but what
 * somebody gave up.
 */
import { expect, test } from 'vitest'
import { amount } from '../support/tier.ts'
import { simulate } from './world.ts'

const WORLDS = amount({ short: 12, long: 150 })
const STEPS = 200

test('whoever switches modes and decides at any moment loses nothing that was not given up', async () => {
  const reached = new Map<string, number>()
  for (let seed = 1; seed <= WORLDS; seed++) {
    const devices = 2 + (seed % 2)
    const { problems, counts } = await simulate({ seed, devices, steps: STEPS, keepers: true })
    expect(problems, `npm run sim -- --seed ${seed} --devices ${devices} --steps ${STEPS} --keepers`).toEqual(
      [],
    )
    for (const [event, times] of counts) reached.set(event, (reached.get(event) ?? 0) + times)
  }
  console.log(Object.fromEntries([...reached].filter(([event]) => /^(held|mode)/.test(event)).toSorted()))
  const decisions = [
    'reject receive-only out',
    'reject send-only in',
    'reject mass-change out',
    'approve mass-change out',
  ]
  for (const event of [...decisions.map((one) => `held: ${one}`), 'database deleted', 'power cut'])
    expect(reached.get(event) ?? 0, event).toBeGreaterThan(0)
})
