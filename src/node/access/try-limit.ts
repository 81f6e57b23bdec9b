/**
 * How often somebody may be wrong. Promises that one address cannot use up the tries of another,
 * and bounded memory. Never tells right from wrong: the caller does.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'

/** Wrong tries in one window; a person who mistypes needs three. */
const TRY_LIMIT = 10
export const TRY_WINDOW_MS = 60_000
/** Addresses remembered; the one that began earliest gives way. A guess: one LAN has fewer. */
const ADDRESS_LIMIT = 1_000

interface Window {
  wrong: number
  readonly endsAtMs: number
}

export class TryLimit {
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** TOO_MANY_TRIES while the address has to wait. */
  check(from: string): void {
    const window = this.#windowOf(from)
    if (window && window.wrong >= TRY_LIMIT)
      throw new PeerfoldError('TOO_MANY_TRIES', 'too many wrong codes came from this address', {
        waitMs: Math.ceil(window.endsAtMs - this.#clock.monotonicMs()),
      })
  }

  countWrong(from: string): void {
    const window = this.#windowOf(from) ?? this.#open(from)
    window.wrong++
  }

  #windowOf(from: string): Window | undefined {
    const window = this.#windows.get(from)
    if (window && window.endsAtMs > this.#clock.monotonicMs()) return window
    this.#windows.delete(from)
    return undefined
  }

  #open(from: string): Window {
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined && this.#windows.size >= ADDRESS_LIMIT) this.#windows.delete(oldest)
    const window = { wrong: 0, endsAtMs: this.#clock.monotonicMs() + TRY_WINDOW_MS }
    this.#windows.set(from, window)
    return window
  }
}
