/**
 * How long to wait before calling a device again. Promises 1 s, doubling to 60 s, spread by a
 * fifth in both directions so that devices that lost each other together do not call together.
 */
import type { Random } from '../base/random.ts'

const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 60_000
const SPREAD = 0.2

/** The delay before attempt `attempt` (0 is the first one after a loss), milliseconds. */
export function redialDelayMs(attempt: number, random: Random): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16))
  const factor = 1 - SPREAD + (random.below(1001) / 1000) * 2 * SPREAD
  return Math.min(LONGEST_DELAY_MS, Math.round(delay * factor))
}
