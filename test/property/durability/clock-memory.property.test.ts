/** What was stamped within the last day of running is known as such, whatever the clock does and whenever a program ends. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS } from '../../../src/node/core/retention.ts'
import { ClockLife } from '../../support/clock-life.ts'

const HOUR = 3_600_000

const ms = (days: number) => fc.integer({ min: -days * DAY_MS, max: days * DAY_MS })
const deeds = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ does: fc.constant('run' as const), ms: fc.nat(DAY_MS / 3) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('park' as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('set' as const), ms: fc.oneof(ms(1), ms(400)) }) },
    fc.record({
      does: fc.constantFrom('end' as const, 'crash' as const),
      ms: fc.oneof(ms(1), ms(400), fc.constant(0)),
    }),
  ),
  { maxLength: 40 },
)

test('nothing of the last day of running is taken for older, and after a day of steady running all else is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), deeds, async (seed, list) => {
      const life = new ClockLife(seed)
      for (const deed of list) {
        await life.act(deed)
        expect(await life.forgotten()).toEqual([])
      }
      // A span that began before goes on for up to an hour.
      await life.act({ does: 'run', ms: DAY_MS + 2 * HOUR })
      expect(await life.forgotten()).toEqual([])
      expect(await life.late()).toEqual({ ms: 0, known: 0 })
    }),
    { numRuns: 300 },
  )
})
