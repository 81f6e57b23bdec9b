/** Moments as the field for them takes and gives them, and what a plan amounts to. */
import { describe, expect, test } from 'vitest'
import type { RestorePlan } from '../../../../src/node/api/node-port.ts'
import {
  fieldOfMoment,
  momentOfField,
  momentText,
  sumOfPlan,
} from '../../../../src/renderer/screens/history/moment.ts'

describe('the field', () => {
  test.each([
    new Date(2026, 0, 1, 0, 0, 0),
    new Date(2026, 10, 20, 21, 5, 33),
    new Date(1999, 11, 31, 23, 59, 59),
  ])('holds %s to the second, in local time', (date) => {
    expect(momentOfField(fieldOfMoment(date.getTime()))).toBe(date.getTime())
  })

  test('rounds down, so that what began at a moment comes after it', () => {
    const ms = new Date(2026, 10, 20, 21, 5, 33, 999).getTime()
    expect(fieldOfMoment(ms)).toBe('2026-11-20T21:05:33')
    expect(momentText(ms)).toBe('2026-11-20 21:05:33')
  })

  test('takes a moment without seconds', () => {
    expect(momentOfField('2026-11-20T21:05')).toBe(new Date(2026, 10, 20, 21, 5).getTime())
  })

  test.each(['', '2026-11-20', 'yesterday', '2026-13-40T99:99'])('"%s" is no moment', (text) => {
    expect(momentOfField(text)).toBeUndefined()
  })
})

const PLAN: RestorePlan = {
  atMs: 1,
  asOfMs: 1,
  device: 'ada',
  aheadMs: 0,
  restored: 0,
  made: 0,
  removed: 0,
  lostCount: 0,
  steps: [],
  lost: [],
  unsureCount: 0,
  unsure: [],
  missing: [],
}

describe('a plan', () => {
  test.each([
    { rule: 'without differences is nothing to do', change: {}, canRun: false, isNothing: true },
    { rule: 'with a step can run', change: { removed: 1 }, canRun: true, isNothing: false },
    {
      rule: 'with only what cannot be had does not run, and says so',
      change: { lostCount: 2 },
      canRun: false,
      isNothing: false,
    },
  ])('$rule', ({ change, canRun, isNothing }) => {
    expect(sumOfPlan({ ...PLAN, ...change }, 'ada')).toMatchObject({ canRun, isNothing, isOther: false })
  })

  test.each([
    { rule: 'our own clock is never off', device: 'ada', aheadMs: 90_000, clock: undefined },
    { rule: 'a small difference is not worth a word', device: 'bob', aheadMs: -4_000, clock: undefined },
    { rule: 'a clock that is ahead is named', device: 'bob', aheadMs: 90_000, clock: 'ahead' },
    { rule: 'a clock that is behind is named', device: 'bob', aheadMs: -90_000, clock: 'behind' },
  ])('$rule', ({ device, aheadMs, clock }) => {
    expect(sumOfPlan({ ...PLAN, device, aheadMs }, 'ada').clock).toBe(clock)
  })
})
