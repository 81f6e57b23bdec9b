/**
 * Questions sent to a device that it answers by number. Promises that every question ends: with its
 * answer, with the end of the link, or with the asker's patience. Never sends anything itself.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'

export class Questions<Answer> {
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>()
  #last = 0

  constructor(clock: Clock, deadlineMs: number) {
    this.#clock = clock
    this.#deadlineMs = deadlineMs
  }

  /** `send` sends the question with the number given. TIMEOUT. */
  async ask(send: (id: number) => Promise<void>, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const id = (this.#last = (this.#last + 1) >>> 0)
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting.set(id, waiting)
    const timer = this.#clock.after(this.#deadlineMs, () => {
      waiting.reject(new PeerfoldError('TIMEOUT', 'the other device did not answer in time'))
    })
    const onAbort = (): void => waiting.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    waiting.promise.catch(() => {})
    try {
      await send(id)
      return await waiting.promise
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      this.#waiting.delete(id)
    }
  }

  /** Nobody waits for an answer that comes too late. */
  answer(id: number, answer: Answer): void {
    this.#waiting.get(id)?.resolve(answer)
  }

  fail(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error)
  }
}
