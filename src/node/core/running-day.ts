/**
 * What retention takes for the time, and for the last day, where a clock may be wrong. Goes by how long
 * the program ran, which no clock can forge. Promises that whatever was stamped within the last 24 hours
 * of running is known as such, however the clock jumped meanwhile, and that a clock that jumped ahead is
 * not believed before it has gone on for 24 hours of running. Never looks at a clock or a disk.
 *
 * Time that passed while nothing ran looks just like a clock that was set, so it is not believed either
 * at first: what has to go by its age goes a day of running later.
 *
 * Worst case: a clock that is wrong for longer than a day of running is believed. One that is years ahead
 * then lets go by age all but the last day of running; what was stamped by one that was behind is that
 * much older a day of running after it was set right.
 */
import { DAY_MS, SLEW_MS } from './retention.ts'
import type { RetentionTime } from './retention.ts'

const HOUR_MS = 3_600_000
/** A clock that went on by so much more than the program ran begins a span of its own; a guess. */
const GAP_MS = HOUR_MS
/** More than one an hour only where a clock keeps jumping; then the oldest are put together. */
export const SPANS_LIMIT = 500

/** What the clock showed for an hour of running, or until it jumped. */
export interface Span {
  /** Running time when it was first and last seen, ms. */
  readonly sinceMs: number
  readonly untilMs: number
  /** What it showed, earliest and latest, ms since 1970. */
  readonly fromMs: number
  readonly toMs: number
}

/** Of the last day of running, oldest first. */
export type Spans = readonly Span[]

/** The clock shows `nowMs` after `ranMs` of running. */
export function seeClock(spans: Spans, ranMs: number, nowMs: number): Spans {
  const recent = spans.filter(({ untilMs }) => ranMs - untilMs < DAY_MS)
  const place = recent.findIndex((span) => goesOn(span, ranMs, nowMs))
  const span = recent[place]
  if (span === undefined) recent.push({ sinceMs: ranMs, untilMs: ranMs, fromMs: nowMs, toMs: nowMs })
  else recent[place] = together(span, { ...span, untilMs: ranMs, fromMs: nowMs, toMs: nowMs })
  while (recent.length > SPANS_LIMIT) recent.splice(0, 2, together(recent[0] as Span, recent[1] as Span))
  return recent
}

function goesOn({ sinceMs, untilMs, fromMs, toMs }: Span, ranMs: number, nowMs: number): boolean {
  if (ranMs - sinceMs >= HOUR_MS) return false
  return nowMs >= fromMs - SLEW_MS && nowMs <= toMs + (ranMs - untilMs) + GAP_MS
}

function together(a: Span, b: Span): Span {
  return {
    sinceMs: a.sinceMs,
    untilMs: Math.max(a.untilMs, b.untilMs),
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
  }
}

/** What retention goes by, while the clock shows `nowMs`. */
export function believedTime(lastDay: Spans, ranMs: number, nowMs: number): RetentionTime {
  const [oldest] = lastDay
  const thenMs = oldest === undefined ? nowMs : oldest.fromMs + (ranMs - oldest.sinceMs)
  return { nowMs: Math.min(nowMs, thenMs), lastDay }
}
