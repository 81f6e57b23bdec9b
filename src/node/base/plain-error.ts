/**
 * Errors as plain data, for crossing a thread. Promises that code, message and facts survive;
 * the stack of the far side travels along as the cause, for logs only. Never carries more.
 */
import { codeOf, isPeerfoldError, PeerfoldError, textOf } from './errors.ts'
import type { ErrorCode, ErrorFacts } from './errors.ts'

export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly facts: ErrorFacts
  /** Stack where it was thrown; "" when it has none. */
  readonly stack: string
}

/** An error that is not ours becomes INTERNAL (an abort CANCELLED), so that both hosts say the same. */
export function toPlainError(error: unknown): PlainError {
  return {
    code: codeOf(error),
    message: textOf(error),
    facts: isPeerfoldError(error) ? { ...error.facts } : {},
    stack: error instanceof Error ? (error.stack ?? '') : '',
  }
}

export function fromPlainError(plain: PlainError): PeerfoldError {
  const cause = new Error(plain.message)
  cause.stack = plain.stack
  return new PeerfoldError(plain.code, plain.message, plain.facts, cause)
}
