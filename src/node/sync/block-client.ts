/**
 * Asks one device for blocks. Promises that no more bytes are asked for than the window allows,
 * that every request ends (block, missing, or error), and that nobody waits for a dead link.
 * Never checks a hash: whoever writes the block does.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import { releaseFrame } from '../net/peer-link.ts'
import type { PeerLink } from '../net/peer-link.ts'
import { decodeBlockReply, encodeBlockRequest } from '../wire/block-codec.ts'
import type { BlockReply, BlockRequest } from '../wire/block-codec.ts'
import { protocolError } from '../wire/limits.ts'

/** Bytes asked for and not yet here, per device: 8 MiB fill 1 Gbit/s up to 64 ms of round trip. */
const WINDOW_BYTES = 8 << 20
/** Without a single piece for this long the request is given up. */
const SILENCE_MS = 60_000

interface Pending {
  readonly request: Omit<BlockRequest, 'id'>
  readonly bytes: Uint8Array
  received: number
  timer: Timer
  resolve(bytes: Uint8Array | undefined): void
  reject(error: unknown): void
}

export class BlockClient {
  readonly #link: PeerLink
  readonly #clock: Clock
  readonly #pending = new Map<number, Pending>()
  readonly #waiting: (() => void)[] = []
  #lastId = 0
  #outstanding = 0
  #gone: unknown

  constructor(link: PeerLink, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Reads replies until the link ends. */
  async run(): Promise<void> {
    try {
      for await (const frame of this.#link.frames('fetch')) {
        this.#receive(decodeBlockReply(frame))
        // Its bytes are in the block by now; waiting for the collector costs 90 MB at full speed.
        releaseFrame(frame)
      }
      this.fail(new PeerfoldError('PEER_GONE', 'the other device went away'))
    } catch (error) {
      this.fail(error)
      throw error
    }
  }

  /** Ends every request, now and later. */
  fail(error: unknown): void {
    this.#gone = error
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The bytes, unchecked; undefined when the device has no such block any more. */
  async request(request: Omit<BlockRequest, 'id'>, signal: AbortSignal): Promise<Uint8Array | undefined> {
    await this.#room(request.length, signal)
    const id = (this.#lastId = (this.#lastId + 1) >>> 0)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>()
    const bytes = new Uint8Array(request.length)
    const pending = { request, bytes, received: 0, timer: this.#timer(id), resolve, reject }
    this.#pending.set(id, pending)
    const onAbort = (): void => this.#settle(id)?.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.catch(() => {})
    try {
      await this.#link.send('fetch', [encodeBlockRequest({ ...request, id })], signal)
      return await promise
    } catch (error) {
      this.#settle(id)
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #room(length: number, signal: AbortSignal): Promise<void> {
    while (this.#outstanding > 0 && this.#outstanding + length > WINDOW_BYTES) {
      if (this.#gone !== undefined) throw this.#gone
      signal.throwIfAborted()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#gone !== undefined) throw this.#gone
    signal.throwIfAborted()
    this.#outstanding += length
  }

  #receive(reply: BlockReply): void {
    const pending = this.#pending.get(reply.id)
    // Given up meanwhile.
    if (!pending) return
    if (reply.status === 'missing') {
      this.#settle(reply.id)?.resolve(undefined)
      return
    }
    const end = pending.received + reply.bytes.length
    if (reply.pieceOffset !== pending.received || end > pending.bytes.length || reply.bytes.length === 0)
      throw protocolError('a piece of a block is out of place')
    pending.bytes.set(reply.bytes, pending.received)
    pending.received = end
    if (end === pending.bytes.length) {
      this.#settle(reply.id)?.resolve(pending.bytes)
      return
    }
    pending.timer.cancel()
    pending.timer = this.#timer(reply.id)
  }

  #timer(id: number): Timer {
    return this.#clock.after(SILENCE_MS, () => {
      this.#settle(id)?.reject(new PeerfoldError('TIMEOUT', 'the other device sent nothing in time'))
    })
  }

  /** Takes the request out; its bytes make room for others. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    pending.timer.cancel()
    this.#outstanding -= pending.request.length
    for (const wake of this.#waiting.splice(0)) wake()
    return pending
  }
}
