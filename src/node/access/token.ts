/**
 * The token that opens the API. Promises that it cannot be guessed, and that comparing one takes
 * the same time whatever is wrong with it. Never stores or logs one.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Random, randomHex } from '../base/random.ts'

/** 256 bits: beyond any guessing, and short enough for a header. */
const TOKEN_BYTES = 32

/** 64 hex digits, fit for a header and for a WebSocket subprotocol. */
export function newToken(random: Random): string {
  return randomHex(random, TOKEN_BYTES)
}

/** Compares digests, so that neither length nor a common beginning shows in the time it takes. */
export function isToken(given: string | undefined, expected: string): boolean {
  if (given === undefined || expected === '') return false
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
