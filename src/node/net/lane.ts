/**
 * One lane of a link: frames out in the order of the calls, frames in as they arrive. Promises
 * whole frames, a bounded memory, and that it survives the loss of its channel (the frames under
 * way are lost with it). Never opens a channel.
 */
import { raceSignal } from 'race-signal'
import { PeerfoldError } from '../base/errors.ts'
import type { Channel } from './channel.ts'
import { FrameParser, frameHeader } from './frame-parser.ts'
import { FrameQueue } from './frame-queue.ts'
import type { Lane as LaneName } from './peer-link.ts'
import { FRAME_LIMITS } from './peer-link.ts'

/** Received frames that may wait for a slow reader, bytes, ours: four pages, or four blocks' pieces. */
const RECEIVE_BUFFER_BYTES = 1 << 20
/** A channel that is lost while a frame waits for room is opened again so often, then the frame fails. */
const MAX_OPENINGS = 3

export interface LaneEvents {
  /** Any bytes came: the peer is alive. */
  life(): void
  word(bytes: Uint8Array): void
  /** The peer broke the framing; the link must close. */
  broken(error: unknown): void
}

export class Lane {
  readonly name: LaneName
  readonly inbound: FrameQueue
  readonly #events: LaneEvents
  #channel: Channel | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(name: LaneName, events: LaneEvents) {
    this.name = name
    this.#events = events
    this.inbound = new FrameQueue(RECEIVE_BUFFER_BYTES, {
      pause: () => this.#channel?.pause(),
      resume: () => this.#channel?.resume(),
    })
  }

  /** The channel in use, when it is open. */
  get channel(): Channel | undefined {
    return this.#channel?.isClosed === false ? this.#channel : undefined
  }

  /** From now on this channel carries the lane; the one before is closed. */
  attach(channel: Channel): void {
    if (this.#ended) return channel.destroy()
    this.#channel?.destroy()
    this.#channel = channel
    const parser = new FrameParser(FRAME_LIMITS[this.name], {
      frame: (bytes) => this.inbound.push(bytes),
      word: (bytes) => this.#events.word(bytes),
    })
    channel.listen((bytes) => {
      if (this.#channel !== channel) return // replaced: its half frame is nobody's
      this.#events.life()
      try {
        parser.push(bytes)
      } catch (error) {
        channel.destroy()
        this.#events.broken(error)
      }
    })
    if (this.inbound.paused) channel.pause()
  }

  /** One frame, in turn. `open` finds the channel when the turn has come. Throws PEER_GONE, LIMIT_EXCEEDED. */
  async send(parts: readonly Uint8Array[], signal: AbortSignal | undefined, open: () => Promise<Channel>) {
    const lengthBytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
    if (lengthBytes > FRAME_LIMITS[this.name]) {
      const facts = { lane: this.name, lengthBytes, limit: FRAME_LIMITS[this.name] }
      throw new PeerfoldError('LIMIT_EXCEEDED', 'a frame is longer than its lane allows', facts)
    }
    const before = this.#turn
    const { promise: done, resolve } = Promise.withResolvers<void>()
    this.#turn = before.then(() => done) // also when this call is aborted before its turn
    try {
      await raceSignal(before, signal)
      const channel = await this.#channelWithRoom(signal, open)
      channel.write([frameHeader(lengthBytes), ...parts])
    } finally {
      resolve()
    }
  }

  async #channelWithRoom(signal: AbortSignal | undefined, open: () => Promise<Channel>): Promise<Channel> {
    for (let attempt = 0; attempt < MAX_OPENINGS && !this.#ended; attempt++) {
      const channel = this.channel ?? (await raceSignal(open(), signal))
      await raceSignal(channel.room() ?? Promise.resolve(), signal)
      if (!channel.isClosed && !this.#ended) return channel
    }
    throw goneError(this.name)
  }

  end(): void {
    this.#ended = true
    this.#channel?.destroy()
    this.inbound.end()
  }
}

export function goneError(lane: LaneName, cause?: unknown): PeerfoldError {
  return new PeerfoldError('PEER_GONE', 'the other device went away', { lane }, cause)
}
