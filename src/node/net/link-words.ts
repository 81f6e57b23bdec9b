/**
 * The words that the two ends of a link exchange below the frames of `sync`, on the control lane.
 * Promises that a word it does not know is skipped, so that a later version may add one.
 *
 *   byte 0   1 greeting, 2 ping, 3 pong, 4 chosen
 *   greeting 8 more bytes: the incarnation, drawn once per start of the sender
 *   chosen   said by the smaller device id: of all connections this one is the link
 */
import { wordBytes } from './frame-parser.ts'

export const INCARNATION_BYTES = 8

export type Word =
  { kind: 'greeting'; incarnation: string } | { kind: 'ping' } | { kind: 'pong' } | { kind: 'chosen' }

const PING = 2
const PONG = 3
const GREETING = 1
const CHOSEN = 4

export const PING_BYTES = wordBytes(Uint8Array.of(PING))
export const PONG_BYTES = wordBytes(Uint8Array.of(PONG))
export const CHOSEN_BYTES = wordBytes(Uint8Array.of(CHOSEN))

export function greetingBytes(incarnation: Uint8Array): Uint8Array {
  return wordBytes(Buffer.concat([Uint8Array.of(GREETING), incarnation]))
}

/** undefined: a word of a later version. */
export function readWord(bytes: Uint8Array): Word | undefined {
  if (bytes[0] === PING) return { kind: 'ping' }
  if (bytes[0] === PONG) return { kind: 'pong' }
  if (bytes[0] === CHOSEN) return { kind: 'chosen' }
  if (bytes[0] !== GREETING || bytes.byteLength !== 1 + INCARNATION_BYTES) return undefined
  return { kind: 'greeting', incarnation: Buffer.from(bytes.subarray(1)).toString('hex') }
}
