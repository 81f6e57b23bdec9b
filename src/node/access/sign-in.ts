/**
 * How a browser gets in: a one-time code becomes a session. Promises that wrong codes are counted
 * against their address before anything else is looked at. Never knows HTTP or cookies' spelling.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { type OneTimeCode, OneTimeCodes } from './one-time-codes.ts'
import { TryLimit } from './try-limit.ts'
import {
  sealSession,
  SESSION_LIFE_MS,
  sessionCookieName,
  sessionEndOf,
  type SessionKey,
} from './web-session.ts'

export interface WebSession {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expiresMs: number
}

export class SignIn {
  readonly cookieName: string
  readonly #clock: Clock
  readonly #key: SessionKey
  readonly #codes: OneTimeCodes
  readonly #tries: TryLimit

  constructor(parts: { clock: Clock; random: Random }, key: SessionKey) {
    this.cookieName = sessionCookieName(key.device)
    this.#clock = parts.clock
    this.#key = key
    this.#codes = new OneTimeCodes(parts)
    this.#tries = new TryLimit(parts.clock)
  }

  invite(): OneTimeCode {
    return this.#codes.make()
  }

  /** SIGN_IN_CODE_INVALID, TOO_MANY_TRIES. `from` is the address of whoever tries. */
  open(code: string, from: string): WebSession {
    this.#tries.check(from)
    if (!this.#codes.take(code)) {
      this.#tries.countWrong(from)
      throw new PeerfoldError('SIGN_IN_CODE_INVALID', 'this code does not sign anybody in')
    }
    const expiresMs = Math.trunc(this.#clock.nowMs()) + SESSION_LIFE_MS
    return { value: sealSession(this.#key, expiresMs), expiresMs }
  }

  /** The end of a session that is good now. */
  endOf(value: string | undefined): number | undefined {
    return sessionEndOf(value, this.#key, this.#clock.nowMs())
  }
}
