/**
 * Frames on a byte stream: a 4-byte big-endian length, then that many bytes. Promises to check
 * a length before anything is allocated and to give every frame memory of its own. Never looks
 * into a frame.
 *
 * A length with its top bit set is not a frame of `sync` but a word between the two ends
 * (link-words.ts), at most MAX_WORD_BYTES long.
 */
import { PeerfoldError } from '../base/errors.ts'

const WORD_BIT = 0x8000_0000
/** The longest word is a greeting of 9 bytes; the rest is room for later versions. */
const MAX_WORD_BYTES = 64

export interface FrameSink {
  frame(bytes: Uint8Array): void
  word(bytes: Uint8Array): void
}

/** Header of a frame. Frames are limited far below 2 GiB, so the top bit is always free. */
export function frameHeader(lengthBytes: number): Uint8Array {
  return header(lengthBytes)
}

/** A word with its header, ready to write. */
export function wordBytes(word: Uint8Array): Uint8Array {
  return Buffer.concat([header((word.byteLength | WORD_BIT) >>> 0), word])
}

function header(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

export class FrameParser {
  readonly #limitBytes: number
  readonly #sink: FrameSink
  readonly #header = new Uint8Array(4)
  #headerFilled = 0
  #body: Uint8Array | undefined
  #bodyFilled = 0
  #isWord = false

  constructor(limitBytes: number, sink: FrameSink) {
    this.#limitBytes = limitBytes
    this.#sink = sink
  }

  /** Takes the next bytes, in any portions; `bytes` may be reused afterwards. Throws PEER_PROTOCOL. */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.byteLength || (this.#body !== undefined && this.#body.byteLength === 0)) {
      at += this.#body === undefined ? this.#takeHeader(bytes, at) : this.#takeBody(this.#body, bytes, at)
    }
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    const count = Math.min(4 - this.#headerFilled, bytes.byteLength - at)
    this.#header.set(bytes.subarray(at, at + count), this.#headerFilled)
    this.#headerFilled += count
    if (this.#headerFilled === 4) this.#open(new DataView(this.#header.buffer).getUint32(0))
    return count
  }

  #open(value: number): void {
    this.#isWord = value >= WORD_BIT
    const length = this.#isWord ? value - WORD_BIT : value
    const limit = this.#isWord ? MAX_WORD_BYTES : this.#limitBytes
    if (length > limit) {
      throw new PeerfoldError('PEER_PROTOCOL', 'a frame is longer than its limit', { length, limit })
    }
    // Memory of its own (not from Node's shared pool): the reader may keep or transfer it.
    this.#body = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    this.#bodyFilled = 0
    this.#headerFilled = 0
  }

  #takeBody(body: Uint8Array, bytes: Uint8Array, at: number): number {
    const count = Math.min(body.byteLength - this.#bodyFilled, bytes.byteLength - at)
    body.set(bytes.subarray(at, at + count), this.#bodyFilled)
    this.#bodyFilled += count
    if (this.#bodyFilled === body.byteLength) {
      this.#body = undefined
      if (this.#isWord) this.#sink.word(body)
      else this.#sink.frame(body)
    }
    return count
  }
}
