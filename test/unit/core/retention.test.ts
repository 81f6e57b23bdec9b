/** Which old contents stay: the schedule, the last of each path, and what gives way first. */
import { describe, expect, test } from 'vitest'
import { budgetOf, DAY_MS, isWithin, planRetention, SLEW_MS } from '../../../src/node/core/retention.ts'
import type { KeptContent, RetentionPolicy } from '../../../src/node/core/retention.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 20)
const POLICY = { keepMs: 30 * DAY_MS, budgetBytes: Number.MAX_SAFE_INTEGER }

const at = (ageMs: number, path = 'a', bytes = 10): KeptContent => ({
  id: `${path} ${String(1e15 - ageMs).padStart(17, '0')}`,
  path,
  displacedAtMs: NOW - ageMs,
  bytes,
})

/** A clock that never jumped, and a program that always ran. */
const TIME = { nowMs: NOW, lastDay: [{ fromMs: NOW - DAY_MS + 60_000, toMs: NOW }] }

const whatGoes = (contents: readonly KeptContent[], policy: RetentionPolicy = POLICY, time = TIME) =>
  new Map(planRetention(contents, policy, time).goes.map(({ id, why }) => [id, why]))

describe('the schedule', () => {
  test('keeps everything for a day', () => {
    const minutes = Array.from({ length: 24 * 60 - 1 }, (_, minute) => at(minute * 60_000 + 1))
    expect(whatGoes(minutes).size).toBe(0)
  })

  test('keeps the last of each hour for a week, then the last of each day, then nothing', () => {
    const halfHours = Array.from({ length: 31 * 48 }, (_, half) => at(half * (HOUR / 2) + 1))
    const goes = whatGoes(halfHours)
    const kept = halfHours.filter(({ id }) => !goes.has(id))
    const keptBetween = (from: number, to: number) =>
      kept.filter(({ displacedAtMs }) => NOW - displacedAtMs >= from && NOW - displacedAtMs < to).length
    expect(keptBetween(0, DAY_MS)).toBe(48)
    expect(keptBetween(DAY_MS, 7 * DAY_MS)).toBe(6 * 24)
    expect(keptBetween(7 * DAY_MS, 30 * DAY_MS)).toBe(23)
    expect(keptBetween(30 * DAY_MS, 31 * DAY_MS)).toBe(0)
    expect(new Set(goes.values())).toEqual(new Set(['age', 'thinned']))
  })

  test('keeps how a span ended, not how it began', () => {
    const morning = at(3 * DAY_MS - 10 * 60_000)
    const later = at(3 * DAY_MS - 50 * 60_000)
    expect(whatGoes([morning, later])).toEqual(new Map([[morning.id, 'thinned']]))
  })

  test('thins every path on its own', () => {
    expect(whatGoes([at(3 * DAY_MS, 'a'), at(3 * DAY_MS, 'b')]).size).toBe(0)
  })

  test('keeps what was displaced in the future by a clock that went back', () => {
    expect(whatGoes([at(-400 * DAY_MS)]).size).toBe(0)
  })

  test('keeps everything of the last day by the clock, even where nothing says that the program ran', () => {
    const fresh = [at(HOUR + 1), at(HOUR + 2), at(DAY_MS - 1)]
    const time = { nowMs: NOW, lastDay: [] }
    expect(whatGoes(fresh, POLICY, time).size).toBe(0)
    const dayOld = [at(DAY_MS - HOUR / 2), at(DAY_MS - HOUR / 2 + 1)]
    expect(whatGoes(dayOld, POLICY, { ...time, nowMs: NOW + HOUR / 2 }).size).toBe(1)
    expect(whatGoes(fresh, { ...POLICY, budgetBytes: 0 }, time).size).toBe(3)
  })

  test('ends with the age that was set, to the millisecond', () => {
    const [before, then] = [at(30 * DAY_MS - 1, 'a'), at(30 * DAY_MS, 'b')]
    expect(whatGoes([before, then])).toEqual(new Map([[then.id, 'age']]))
    const hourly = [at(7 * DAY_MS - 1), at(7 * DAY_MS)]
    expect(whatGoes(hourly).size).toBe(0)
  })

  test('takes the last day of running for the last day, whatever the stamps say', () => {
    const behind = [at(60 * DAY_MS + 2), at(60 * DAY_MS + 1), at(60 * DAY_MS)]
    const lastDay = [{ fromMs: NOW - 61 * DAY_MS, toMs: NOW - 60 * DAY_MS }]
    const policy = { ...POLICY, budgetBytes: 0 }
    expect(whatGoes(behind, policy, { nowMs: NOW, lastDay }).size).toBe(0)
    expect(whatGoes(behind, policy, { nowMs: NOW, lastDay: [] }).size).toBe(3)
  })
})

describe('a person', () => {
  const all = [at(-400 * DAY_MS), at(HOUR), at(3 * DAY_MS, 'b')]
  const asked = (olderThanMs: number, nowMs = NOW) => ({ ...POLICY, asked: { olderThanMs, nowMs } })

  test('lets go what is as old as that, of the last day and stamped in the future as well', () => {
    expect([...whatGoes(all, asked(DAY_MS)).keys()]).toEqual([all[2]!.id])
    expect(whatGoes(all, asked(0)).size).toBe(3)
  })

  test('means the clock as it is, even where retention does not believe it', () => {
    expect(whatGoes(all, asked(350 * DAY_MS, NOW + 360 * DAY_MS)).size).toBe(2)
  })
})

test('the last day of running is what its clock showed, give or take how far a clock is set right', () => {
  const lastDay = [{ fromMs: NOW, toMs: NOW + HOUR }]
  expect([-SLEW_MS - 1, -SLEW_MS, 0].map((ms) => isWithin(lastDay, NOW + ms))).toEqual([false, true, true])
  const after = [0, SLEW_MS, SLEW_MS + 1].map((ms) => isWithin(lastDay, NOW + HOUR + ms))
  expect(after).toEqual([true, true, false])
})

describe('room', () => {
  test('is made by what a later version superseded, oldest first, then by the last of their paths', () => {
    const [first, second, last] = [at(20 * DAY_MS), at(10 * DAY_MS), at(5 * DAY_MS)]
    const alone = at(25 * DAY_MS, 'deleted')
    const all = [last, alone, second, first]
    const order = [35, 25, 15, 5].map((budgetBytes) => [...whatGoes(all, { ...POLICY, budgetBytes }).keys()])
    expect(order).toEqual([
      [first.id],
      [first.id, second.id],
      [first.id, second.id, alone.id],
      [first.id, second.id, alone.id, last.id],
    ])
  })

  test('is made until the budget is kept, and no further', () => {
    const [first, second] = [at(20 * DAY_MS), at(10 * DAY_MS)]
    expect(whatGoes([first, second], { ...POLICY, budgetBytes: 20 }).size).toBe(0)
    expect(whatGoes([first, second], { ...POLICY, budgetBytes: 10 })).toEqual(new Map([[first.id, 'room']]))
  })

  test('is not made by what takes none', () => {
    const [none, some] = [at(20 * DAY_MS, 'a', 0), at(10 * DAY_MS)]
    expect([...whatGoes([none, some], { ...POLICY, budgetBytes: 5 }).keys()]).toEqual([some.id])
  })

  test('is never made by what was displaced within a day', () => {
    const fresh = [at(HOUR), at(2 * HOUR), at(DAY_MS - 1, 'b'), at(-1, 'c')]
    const plan = planRetention(fresh, { ...POLICY, budgetBytes: 0 }, TIME)
    expect(plan).toEqual({ goes: [], keptBytes: 40, overBudgetBytes: 40 })
    expect(planRetention(fresh, { ...POLICY, budgetBytes: 15 }, TIME).overBudgetBytes).toBe(25)
  })

  test('is made by what was displaced in the future as well, once that was more than a day of running ago', () => {
    const future = at(-400 * DAY_MS, 'b')
    const policy = { ...POLICY, budgetBytes: 15 }
    expect([...whatGoes([future, at(5 * DAY_MS)], policy).keys()]).toEqual([at(5 * DAY_MS).id])
    expect([...whatGoes([future], { ...policy, budgetBytes: 0 }).keys()]).toEqual([future.id])
  })

  test('is a share of what would be free, and less when too little stays free', () => {
    const settings = { sharePercent: 25, leaveFreeBytes: 100 }
    expect(budgetOf(settings, 800, 200)).toBe(250)
    expect(budgetOf(settings, 20, 100)).toBe(20)
    expect(budgetOf(settings, 0, 50)).toBe(0)
  })
})
