/**
 * Errors as the API says them: RFC 9457 problem details made from the one table of codes.
 * Promises that an unexpected error leaves nothing of itself but its code. Never logs.
 */
import { ORPCError } from '@orpc/contract'
import { CODES, type ErrorCode, type ErrorFacts, PeerfoldError } from '../base/errors.ts'

export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly hint: string
  readonly facts: ErrorFacts
}

/** What oRPC itself calls the errors that it finds before our code runs. */
const FOREIGN: Readonly<Record<string, ErrorCode>> = {
  BAD_REQUEST: 'BAD_INPUT',
  PAYLOAD_TOO_LARGE: 'LIMIT_EXCEEDED',
  NOT_FOUND: 'NO_SUCH_ROUTE',
  METHOD_NOT_SUPPORTED: 'NO_SUCH_ROUTE',
  CLIENT_CLOSED_REQUEST: 'CANCELLED',
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code)
}

/** Any thrown value as one of ours. */
export function toPeerfoldError(error: unknown): PeerfoldError {
  if (error instanceof PeerfoldError) return error
  if (error instanceof ORPCError) return fromORPC(error)
  if (error instanceof Error && error.name === 'AbortError')
    return new PeerfoldError('CANCELLED', 'the request was cancelled', {}, error)
  return new PeerfoldError('INTERNAL', 'something unexpected happened', {}, error)
}

/** For the RPC transports: code, status and data cross, cause and stack do not. */
export function toORPCError(error: unknown): ORPCError<ErrorCode, { hint: string; facts: ErrorFacts }> {
  const { code, message, facts, cause } = toPeerfoldError(error)
  const { status, hint } = CODES[code]
  return new ORPCError(code, { status, message, data: { hint, facts: plainFacts(facts) }, cause })
}

export function toProblem(error: unknown): ProblemDetails {
  const { code, message, facts } = toPeerfoldError(error)
  const { status, hint } = CODES[code]
  const type = `urn:peerfold:error:${code}`
  return { type, title: message, status, code, detail: message, hint, facts: plainFacts(facts) }
}

function fromORPC(error: ORPCError<string, unknown>): PeerfoldError {
  const code = isErrorCode(error.code) ? error.code : (FOREIGN[error.code] ?? 'INTERNAL')
  if (code === 'INTERNAL') return new PeerfoldError(code, 'something unexpected happened', {}, error)
  const invalid = validationFacts(error.data)
  if (invalid) return new PeerfoldError(code, `${invalid.at}: ${invalid.problem}`, invalid, error)
  return new PeerfoldError(code, error.message, factsOf(error.data), error)
}

function factsOf(data: unknown): ErrorFacts {
  return isObject(data) && isObject(data['facts']) ? (data['facts'] as ErrorFacts) : {}
}

/** The first of zod's issues; the others follow when it is mended. */
function validationFacts(data: unknown): { at: string; problem: string } | undefined {
  if (!isObject(data) || !Array.isArray(data['issues'])) return undefined
  const issue: unknown = data['issues'][0]
  if (!isObject(issue)) return undefined
  const path = Array.isArray(issue['path']) ? issue['path'].map(String).join('.') : ''
  return { at: path || 'input', problem: String(issue['message']) }
}

function plainFacts(facts: ErrorFacts): ErrorFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
