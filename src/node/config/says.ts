/**
 * Turns a check that throws into a yes or no, for zod. Promises that only our own errors mean
 * "no"; a bug in a check stays an exception.
 */
import { isPeerfoldError } from '../base/errors.ts'

export function says(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (isPeerfoldError(error)) return false
    throw error
  }
}
