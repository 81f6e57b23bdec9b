/** Faults that others had, planted one by one: what the simulator cannot find it does not guard. */
import { expect, test } from 'vitest'
import { amount } from '../support/tier.ts'
import { FAULTS } from './faults.ts'
import { checkFits, hunt } from './plant.ts'

const SEEDS = amount({ short: 40, long: 200 })
const STEPS = 200
const HUNTED = FAULTS.filter(({ rare }) => !rare || amount({ short: 0, long: 1 }) === 1)

// Each hunt is a process of its own: together they use both cores.
test.concurrent.each(HUNTED)('found: $name', async (fault) => {
  const { found, report } = await hunt(fault, SEEDS, STEPS)
  expect(found, report).toBe(true)
})

test('every fault fits the source, also those that only the long run hunts', () => {
  for (const fault of FAULTS) checkFits(fault)
})

test('at least thirty faults are hunted', () => {
  expect(HUNTED.length).toBeGreaterThanOrEqual(30)
})
