/**
 * Moments as people write them. Promises milliseconds since 1970, or BAD_INPUT with what to write
 * instead. Never asks for the time.
 */
import { PeerfoldError } from '../base/errors.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_AND_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/
const MILLISECONDS = /^\d{1,15}$/

/** "2026-11-20" (its first moment), "2026-11-20 14:05", with a zone or in local time; or milliseconds. */
export function parseMoment(text: string): number {
  if (MILLISECONDS.test(text)) return Number(text)
  // Without a time of day JavaScript takes a date for one in UTC.
  const iso = DATE.test(text) ? `${text}T00:00` : DATE_AND_TIME.test(text) ? text.replace(' ', 'T') : ''
  const ms = Date.parse(iso)
  if (!Number.isNaN(ms)) return ms
  throw new PeerfoldError('BAD_INPUT', `this is no moment: ${text}; write "2026-11-20 14:05"`)
}

/** So that parseMoment gives the same again, everywhere. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString()
}
