/**
 * What passes between a worker host and the one entry that every worker starts with. Both sides
 * are the same build of this program: nothing here is checked or kept compatible.
 */
import type { PlainError } from './plain-error.ts'

/** `workerData`: which job module to open, and with what. */
export interface WorkerStart {
  readonly moduleUrl: string
  readonly settings: unknown
}

export type ToWorker = { kind: 'call'; id: number; name: string; argument: unknown } | { kind: 'close' }

export type FromWorker =
  | { kind: 'result'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: PlainError }
  /** The module could not be loaded or opened; the worker is of no use. */
  | { kind: 'openFailed'; error: PlainError }
  /** Everything ran to its end; the worker may be ended. `error` when the job's own close failed. */
  | { kind: 'closed'; error: PlainError | undefined }
