/**
 * The port behind which heavy work runs: scanning, blocks, the database. Promises one module,
 * two hosts: a worker thread in production, inline on the twins; the caller cannot tell. Never
 * passes an injected object into a worker: the module builds its own from plain settings.
 *
 * A job module exports `open(settings)` and returns an object of asynchronous functions. Every
 * argument and result is structured-cloneable plain data (bigint, Map, Uint8Array are fine).
 */

/** The operations of a job: one plain argument, one plain result. */
export type JobOperations = Record<string, (argument: never) => Promise<unknown>>

/** The caller's side of an open job. */
export interface Job<Operations> {
  /**
   * Runs one operation. `transfer` lists buffers handed over without copying (the caller must
   * not touch them again). A PeerfoldError thrown inside arrives as one.
   */
  call<Name extends keyof Operations & string>(
    name: Name,
    argument: ArgumentOf<Operations[Name]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ResultOf<Operations[Name]>>
  /** Lets running operations finish, then ends the host; idempotent. */
  close(): Promise<void>
}

export type ArgumentOf<F> = F extends (argument: infer A) => unknown ? A : never
export type ResultOf<F> = F extends (...args: never[]) => Promise<infer R> ? R : never
