/**
 * Moments as a person chooses them, and what a plan for one amounts to. Promises local time to the
 * second, as the field for it takes and gives. Never reads the clock: pure.
 */
import type { RestorePlan } from '../../../node/api/node-port.ts'

/** "2026-11-20T21:05:33", the value of an `<input type="datetime-local">`. */
export function fieldOfMoment(ms: number): string {
  const date = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Undefined for what is no moment, such as the empty field. */
export function momentOfField(text: string): number | undefined {
  // With the hour it is local time; a day alone would be taken for UTC.
  if (!/^\d{4,6}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const ms = new Date(text).getTime()
  return Number.isNaN(ms) ? undefined : ms
}

/**
 * As a person reads it, and types it again: "2026-11-20 21:05:33". Rounded down, because what a
 * restore did begins at its moment and not before.
 */
export function momentText(ms: number): string {
  return fieldOfMoment(ms).replace('T', ' ')
}

export interface PlanSum {
  /** There is something to do. */
  readonly canRun: boolean
  /** Everything is as it was. */
  readonly isNothing: boolean
  /** Another device says what lay where. */
  readonly isOther: boolean
  /** Which way its clock is off, when it is off by so much that times read differently. */
  readonly clock: 'ahead' | 'behind' | undefined
}

/** Clocks that agree to this are told as equal: nobody reads times to the second. */
const CLOCK_TOLERANCE_MS = 5_000

export function sumOfPlan(plan: RestorePlan, self: string): PlanSum {
  const { restored, made, removed, lostCount, unsureCount, device, aheadMs } = plan
  const isOther = device !== self
  const isOff = isOther && Math.abs(aheadMs) > CLOCK_TOLERANCE_MS
  return {
    canRun: restored + made + removed > 0,
    isNothing: restored + made + removed + lostCount + unsureCount === 0,
    isOther,
    clock: isOff ? (aheadMs > 0 ? 'ahead' : 'behind') : undefined,
  }
}
