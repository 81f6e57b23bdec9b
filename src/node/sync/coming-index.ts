/**
 * How much of one device's index of a folder is known to be on its way. Promises an end: a device that
 * says there is more and sends nothing, or sends for ever, is waited for no longer than the limits say.
 * Never decides what waits.
 */
import type { Clock } from '../base/clock.ts'

/** Nothing came for so long: a page takes milliseconds, a busy device seconds. A guess. */
const STALL_MS = 10_000
/** Behind for so long: an index of a million records over a slow line takes minutes. A guess. */
const MOST_MS = 600_000

export class ComingIndex {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #epoch = 0
  #reached = 0
  #end = 0
  /** When it was found to be behind, and when it last came nearer. */
  #sinceMs = 0
  #nearerMs = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** The device's index goes to `end`, and what this device has of it to `reached`. */
  hear(epoch: number, reached: number, end: number): void {
    const nowMs = this.#clock.monotonicMs()
    const isAnother = epoch !== this.#epoch
    if (!this.#isBehind()) this.#sinceMs = this.#nearerMs = nowMs
    else if (!isAnother && reached > this.#reached) this.#nearerMs = nowMs
    this.#reached = isAnother ? reached : Math.max(reached, this.#reached)
    this.#end = isAnother ? end : Math.max(end, this.#end)
    this.#epoch = epoch
  }

  /** Whether waiting for it is worth it. */
  isComing(): boolean {
    const nowMs = this.#clock.monotonicMs()
    return this.#isBehind() && nowMs - this.#nearerMs < STALL_MS && nowMs - this.#sinceMs < MOST_MS
  }

  #isBehind(): boolean {
    return this.#reached < this.#end
  }
}
