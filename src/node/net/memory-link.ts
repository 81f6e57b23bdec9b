/**
 * Two ends of a link without a network between them. Promises the manners of a real one: order
 * within a lane and none between lanes, a delay per frame, bounded buffers, copied frames.
 * Never waits but on the injected clock, so a virtual one replays it exactly.
 */
import { raceSignal } from 'race-signal'
import type { Clock, Timer } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { FrameQueue } from './frame-queue.ts'
import { goneError } from './lane.ts'
import type { CloseReason, Lane, PeerLink } from './peer-link.ts'
import { FRAME_LIMITS } from './peer-link.ts'

/** What a lane holds on its way and at a reader that does not read, bytes each; as the real one. */
const LANE_BUFFER_BYTES = 1 << 20

/** Between two frames of a burst, milliseconds at most. */
const BURST_GAP_MS = 2

/** My 'fetch' is the peer's 'serve'. */
const OPPOSITE: Readonly<Record<Lane, Lane>> = { control: 'control', fetch: 'serve', serve: 'fetch' }

export interface Weather {
  clock: Clock
  random: Random
  /** A frame takes up to so long, milliseconds, as things are now. */
  maxDelayMs: () => number
  /** Told of each frame just before it is delivered, for counting rare events. */
  onArrival?: ((lane: Lane, frame: Uint8Array) => void) | undefined
}

/** One direction of one lane. */
class Pipe {
  readonly #weather: Weather
  readonly #isHeld: () => boolean
  readonly #lane: Lane
  readonly target: FrameQueue
  #frames: { bytes: Uint8Array; dueMs: number }[] = []
  #bytes = 0
  #lastDueMs = 0
  #targetPaused = false
  #timer: Timer | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #wakeSender: (() => void) | undefined
  #ended = false

  constructor(weather: Weather, isHeld: () => boolean, lane: Lane) {
    this.#weather = weather
    this.#isHeld = isHeld
    this.#lane = lane
    this.target = new FrameQueue(LANE_BUFFER_BYTES, {
      pause: () => {
        this.#targetPaused = true
      },
      resume: () => {
        this.#targetPaused = false
        this.pump()
      },
    })
  }

  async send(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#turn
    const { promise: done, resolve } = Promise.withResolvers<void>()
    this.#turn = before.then(() => done)
    try {
      await raceSignal(before, signal)
      while (!this.#ended && this.#bytes > LANE_BUFFER_BYTES) await raceSignal(this.#room(), signal)
      if (!this.#ended) this.#depart(bytes)
    } finally {
      resolve()
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeSender = resolve
    })
  }

  #depart(bytes: Uint8Array): void {
    const { clock, random, maxDelayMs } = this.#weather
    // At most a little after the one before: a burst spreads out, so that lanes interleave within it.
    const dueMs = Math.max(
      this.#lastDueMs + random.below(BURST_GAP_MS + 1),
      clock.monotonicMs() + random.below(maxDelayMs() + 1),
    )
    this.#lastDueMs = dueMs
    this.#frames.push({ bytes, dueMs })
    this.#bytes += bytes.byteLength
    if (this.#frames.length === 1) this.#schedule(dueMs) // by the timer even when due: a send never delivers within itself
  }

  #schedule(dueMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#weather.clock.after(Math.max(0, dueMs - this.#weather.clock.monotonicMs()), () =>
      this.pump(),
    )
  }

  /** Delivers what is due; called by the timer and when an obstacle went away. */
  pump(): void {
    while (!this.#ended && !this.#targetPaused && !this.#isHeld()) {
      const [head] = this.#frames
      if (head === undefined) return
      if (head.dueMs > this.#weather.clock.monotonicMs()) return this.#schedule(head.dueMs)
      this.#frames.shift()
      this.#release(head.bytes.byteLength)
      this.#weather.onArrival?.(this.#lane, head.bytes)
      this.target.push(head.bytes)
    }
  }

  /** Loses what is on its way; how many frames. */
  lose(): number {
    const lost = this.#frames.length
    this.#frames = []
    this.#release(this.#bytes)
    return lost
  }

  end(): void {
    this.#ended = true
    this.#timer?.cancel()
    this.lose()
  }

  #release(bytes: number): void {
    this.#bytes -= bytes
    const wake = this.#wakeSender
    this.#wakeSender = undefined
    wake?.()
  }
}

export class MemoryLink implements PeerLink {
  readonly device: string
  readonly path = 'memory'
  readonly address: string
  readonly closed: Promise<CloseReason>
  readonly #resolveClosed: (reason: CloseReason) => void
  readonly #arriving: Readonly<Record<Lane, Pipe>>
  readonly #onClose: (link: MemoryLink) => void
  #other: MemoryLink | undefined
  #state: 'open' | 'closed' | 'frozen' = 'open'
  #serveOpen = false

  /** `isHeld`: nothing moves while it is true (the cable is cut). */
  constructor(device: string, weather: Weather, isHeld: () => boolean, onClose: (link: MemoryLink) => void) {
    this.device = device
    this.address = `/memory/${device}`
    this.#onClose = onClose
    const { promise, resolve } = Promise.withResolvers<CloseReason>()
    this.closed = promise
    this.#resolveClosed = resolve
    const pipe = (lane: Lane): Pipe => new Pipe(weather, isHeld, lane)
    this.#arriving = { control: pipe('control'), fetch: pipe('fetch'), serve: pipe('serve') }
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  join(other: MemoryLink): void {
    this.#other = other
  }

  async send(lane: Lane, parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    const bytes = new Uint8Array(Buffer.concat(parts)) // a copy: the sender's memory is its own
    const limit = FRAME_LIMITS[lane]
    if (bytes.byteLength > limit) {
      throw new PeerfoldError('LIMIT_EXCEEDED', 'a frame is longer than its lane allows', { lane, limit })
    }
    if (this.#state === 'frozen') return raceSignal(new Promise<void>(() => {}), signal)
    const other = this.#other
    if (this.#state === 'closed' || other === undefined) throw goneError(lane)
    if (lane === 'serve' && !this.#serveOpen) throw goneError(lane) // the peer has not dialled it
    if (lane === 'fetch') other.#serveOpen = true
    await other.#arriving[OPPOSITE[lane]].send(bytes, signal)
    await this.#afterwards(lane, signal)
  }

  /** The end of the link may have come while the frame waited for room. */
  async #afterwards(lane: Lane, signal: AbortSignal | undefined): Promise<void> {
    if (this.isOpen) return
    if (this.#state === 'frozen') return raceSignal(new Promise<void>(() => {}), signal)
    throw goneError(lane)
  }

  frames(lane: Lane): AsyncIterable<Uint8Array> {
    return this.#arriving[lane].target
  }

  async close(reason: CloseReason): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#endPipes()
    for (const pipe of Object.values(this.#arriving)) pipe.target.end()
    this.#resolveClosed(reason)
    this.#onClose(this)
  }

  /** The process died: nothing moves any more, nothing settles, nobody is told. */
  freeze(): void {
    if (this.#state !== 'open') return
    this.#state = 'frozen'
    this.#endPipes()
  }

  /** An obstacle went away. */
  pump(): void {
    for (const pipe of Object.values(this.#arriving)) pipe.pump()
  }

  /** The block sockets broke: what was on its way is lost, the link stays. How many frames were. */
  loseBlocks(): number {
    return this.#arriving.fetch.lose() + this.#arriving.serve.lose()
  }

  #endPipes(): void {
    for (const link of [this, this.#other]) {
      if (link !== undefined) for (const pipe of Object.values(link.#arriving)) pipe.end()
    }
  }
}
