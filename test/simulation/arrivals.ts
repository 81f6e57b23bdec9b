/**
 * Looks at what arrives and counts what came before: pages of an index and blocks that come a second
 * time, as they do after a link broke or a device died. Promises to change nothing that arrives.
 */
import type { Arrival } from '../../src/node/net/memory-network.ts'
import { decodeBlockReply, decodeBlockRequest } from '../../src/node/wire/block-codec.ts'
import { decodeControl } from '../../src/node/wire/control-codec.ts'

export class Arrivals {
  readonly #count: (event: string) => void
  /** How far each device has seen the index of another. */
  readonly #seen = new Map<string, number>()
  /** What each question for a block that is under way asks for. */
  readonly #asked = new Map<string, string>()
  /** Blocks that a device was sent once. */
  readonly #blocks = new Set<string>()

  constructor(count: (event: string) => void) {
    this.#count = count
  }

  look({ from, to, lane, frame }: Arrival): void {
    if (lane === 'control') this.#lookAtControl(`${from} ${to}`, frame)
    else if (lane === 'serve') {
      const { id, path, contentHash, offset } = decodeBlockRequest(frame)
      this.#asked.set(`${to} ${from} ${id}`, `${from} ${path} ${contentHash} ${offset}`)
    } else this.#lookAtBlock(`${from} ${to}`, frame)
  }

  #lookAtControl(way: string, frame: Uint8Array): void {
    const message = decodeControl(frame)
    if (message.kind !== 'index') return
    const key = `${way} ${message.folder} ${message.epoch}`
    const seen = this.#seen.get(key) ?? 0
    if (message.after < seen) this.#count('a page of an index came again')
    this.#seen.set(key, Math.max(seen, message.upto))
  }

  #lookAtBlock(way: string, frame: Uint8Array): void {
    const { id, status, pieceOffset } = decodeBlockReply(frame)
    const block = this.#asked.get(`${way} ${id}`)
    if (status !== 'ok' || pieceOffset > 0 || block === undefined) return
    if (this.#blocks.has(block)) this.#count('a block came again')
    this.#blocks.add(block)
  }
}
