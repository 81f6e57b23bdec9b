/**
 * What a failed call says to a screen: a code of the error table and its facts. Promises one class
 * for every failure, whatever the transport called it. Never words an error: `errorWords` does.
 */
import { ORPCError } from '@orpc/client'

export type Facts = Readonly<Record<string, string | number | boolean>>

export class CallError extends Error {
  override readonly name = 'CallError'
  /** A code of src/node/base/errors.ts, or of a newer node. */
  readonly code: string
  readonly facts: Facts

  constructor(code: string, facts: Facts = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }
}

/** What oRPC itself calls the errors that it finds before the node's code runs. */
const FOREIGN: Readonly<Record<string, string>> = {
  BAD_REQUEST: 'BAD_INPUT',
  PAYLOAD_TOO_LARGE: 'LIMIT_EXCEEDED',
  NOT_FOUND: 'NO_SUCH_ROUTE',
  CLIENT_CLOSED_REQUEST: 'CANCELLED',
  INTERNAL_SERVER_ERROR: 'INTERNAL',
}

export function toCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  if (error instanceof ORPCError)
    return new CallError(FOREIGN[error.code] ?? error.code, factsOf(error.data), error)
  if (error instanceof Error && error.name === 'AbortError') return new CallError('CANCELLED', {}, error)
  return new CallError('INTERNAL', {}, error)
}

/** Facts of ours, or the first field that the contract refused as `at` and `problem`. */
function factsOf(data: unknown): Facts {
  if (!isObject(data)) return {}
  if (isObject(data['facts'])) return data['facts'] as Facts
  const issue: unknown = Array.isArray(data['issues']) ? data['issues'][0] : undefined
  if (!isObject(issue)) return {}
  const path = Array.isArray(issue['path']) ? issue['path'].map(String).join('.') : ''
  return { at: path, problem: String(issue['message']) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
