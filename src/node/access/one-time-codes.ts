/**
 * Codes that sign one browser in, once. Promises that a code is good for ten minutes and one use,
 * that it cannot be guessed, and that comparing one takes the same time whatever is wrong with it.
 * Never writes one down: a restart forgets them all.
 */
import type { Clock } from '../base/clock.ts'
import { type Random, randomHex } from '../base/random.ts'
import { isToken } from './token.ts'

/** 128 bits: beyond guessing within ten minutes, and short enough to paste. */
const CODE_BYTES = 16
/** Long enough to walk from the terminal to a browser. */
export const CODE_LIFE_MS = 10 * 60_000
/** Codes at once; the oldest gives way. A guess, far above the browsers of one person. */
const CODE_LIMIT = 16

export interface OneTimeCode {
  /** 32 hex digits. */
  readonly code: string
  /** Milliseconds since 1970. */
  readonly expiresMs: number
}

export class OneTimeCodes {
  readonly #clock: Clock
  readonly #random: Random
  /** By code; the value is the monotonic time of its end. */
  readonly #endsAtMs = new Map<string, number>()

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock
    this.#random = random
  }

  make(): OneTimeCode {
    this.#forgetOld()
    const [oldest] = this.#endsAtMs.keys()
    if (oldest !== undefined && this.#endsAtMs.size >= CODE_LIMIT) this.#endsAtMs.delete(oldest)
    const code = randomHex(this.#random, CODE_BYTES)
    this.#endsAtMs.set(code, this.#clock.monotonicMs() + CODE_LIFE_MS)
    return { code, expiresMs: Math.trunc(this.#clock.nowMs()) + CODE_LIFE_MS }
  }

  /** Whether the code is good; from then on it is not. */
  take(given: string): boolean {
    this.#forgetOld()
    // Every code is compared, so that the time says nothing of which one was nearly hit.
    const [hit] = [...this.#endsAtMs.keys()].filter((code) => isToken(given, code))
    return hit !== undefined && this.#endsAtMs.delete(hit)
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const [code, endMs] of this.#endsAtMs) if (endMs <= nowMs) this.#endsAtMs.delete(code)
  }
}
