/** What the clock showed while the program ran, and which time retention believes. */
import { expect, test } from 'vitest'
import { DAY_MS, SLEW_MS } from '../../../src/node/core/retention.ts'
import { believedTime, seeClock, SPANS_LIMIT } from '../../../src/node/core/running-day.ts'
import type { Spans } from '../../../src/node/core/running-day.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 20)

/** Looks at the clock: how long the program had run, and what the clock showed then, as ms after NOW. */
function seen(...looks: readonly (readonly [ranMs: number, nowMs: number])[]): Spans {
  return looks.reduce<Spans>((spans, [ranMs, nowMs]) => seeClock(spans, ranMs, NOW + nowMs), [])
}

const short = (spans: Spans) =>
  spans.map(({ sinceMs, untilMs, fromMs, toMs }) => [sinceMs, untilMs, fromMs - NOW, toMs - NOW])

test('a clock that goes with the program makes one span an hour', () => {
  const looks = [0, 30, 59, 60, 61].map((minute) => [minute * MINUTE, minute * MINUTE] as const)
  expect(short(seen(...looks))).toEqual([
    [0, 59 * MINUTE, 0, 59 * MINUTE],
    [HOUR, 61 * MINUTE, HOUR, 61 * MINUTE],
  ])
})

test.each([
  { what: 'an hour ahead of the program is the same span', at: MINUTE + HOUR, spans: 1 },
  { what: 'more than an hour ahead is another one', at: MINUTE + HOUR + 1, spans: 2 },
  { what: 'set back by what it may be off is the same span', at: -SLEW_MS, spans: 1 },
  { what: 'set back further is another one', at: -SLEW_MS - 1, spans: 2 },
])('a clock that is $what', ({ at, spans }) => {
  const found = seen([0, 0], [MINUTE, at])
  expect(found).toHaveLength(spans)
  const [from, to] = [Math.min(0, at), Math.max(0, at)]
  if (spans === 1) expect(short(found)).toEqual([[0, MINUTE, from, to]])
})

test('a clock that jumps back goes on in the span that it left', () => {
  const found = seen([0, 0], [MINUTE, DAY_MS], [2 * MINUTE, 2 * MINUTE], [3 * MINUTE, DAY_MS + 2 * MINUTE])
  expect(short(found)).toEqual([
    [0, 2 * MINUTE, 0, 2 * MINUTE],
    [MINUTE, 3 * MINUTE, DAY_MS, DAY_MS + 2 * MINUTE],
  ])
})

test('a day of running later a span is forgotten, by when it was last seen', () => {
  const looks = [[0, 0] as const, [MINUTE, MINUTE] as const]
  expect(seen(...looks, [DAY_MS + MINUTE - 1, DAY_MS])).toHaveLength(2)
  expect(short(seen(...looks, [DAY_MS + MINUTE, DAY_MS]))).toEqual([
    [DAY_MS + MINUTE, DAY_MS + MINUTE, DAY_MS, DAY_MS],
  ])
})

test('of a clock that keeps jumping the oldest spans are put together', () => {
  const jump = (look: number) => [look, (look % 2 ? 1 : -1) * look * DAY_MS] as const
  const looks = Array.from({ length: SPANS_LIMIT + 1 }, (_, look) => jump(look + 1))
  const found = seen(...looks)
  expect(found).toHaveLength(SPANS_LIMIT)
  expect(short(found)[0]).toEqual([1, 2, -2 * DAY_MS, DAY_MS])
  expect(short(found).at(-1)).toEqual([
    SPANS_LIMIT + 1,
    SPANS_LIMIT + 1,
    ...Array(2).fill(jump(SPANS_LIMIT + 1)[1]),
  ])
})

test('a clock that jumped ahead is believed a day of running later, one that was set back at once', () => {
  const believed = (spans: Spans, ranMs: number, nowMs: number) =>
    believedTime(spans, ranMs, NOW + nowMs).nowMs - NOW
  expect(believedTime([], HOUR, NOW)).toEqual({ nowMs: NOW, lastDay: [] })
  const ahead = seen([HOUR, 0], [2 * HOUR, 400 * DAY_MS])
  expect(believed(ahead, 3 * HOUR, 400 * DAY_MS + HOUR)).toBe(2 * HOUR)
  expect(believed(ahead, 3 * HOUR, -400 * DAY_MS)).toBe(-400 * DAY_MS)
  expect(believedTime(ahead, 3 * HOUR, NOW).lastDay).toBe(ahead)
  const later = seeClock(ahead, DAY_MS + 90 * MINUTE, NOW + 401 * DAY_MS - 30 * MINUTE)
  expect(believed(later, DAY_MS + 90 * MINUTE, 401 * DAY_MS - 30 * MINUTE)).toBe(401 * DAY_MS - 30 * MINUTE)
})
