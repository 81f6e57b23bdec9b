/**
 * What moves and what moved: a log for people that the stages tell of their work. Promises one look
 * into a map per block and nothing per byte, a bounded size whatever is told, and that every transfer
 * ends: done, or failed with a code. Never steers anything.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { DeviceId, FileRecord, FolderId } from '../core/record.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { RateMeter } from './rate-meter.ts'

export type Direction = 'in' | 'out'

/** One file on its way, or ended; times are wall clock ms, rates bytes a second. */
export interface Transfer {
  readonly id: string
  readonly folder: FolderId
  readonly path: RelativePath
  readonly direction: Direction
  readonly devices: readonly DeviceId[]
  readonly size: number
  readonly done: number
  readonly reused: number
  readonly resumed: boolean
  readonly rate: number
  readonly startedMs: number
  readonly state: 'active' | 'done' | 'failed'
  readonly code?: ErrorCode
  readonly endedMs?: number
}

/** All of one direction together. */
export interface Flow {
  readonly rate: number
  /** For how long bytes have been moving, ms. */
  readonly steadyMs: number
  /** Bytes of the active ones that are done already. */
  readonly activeDone: number
}

export interface TransferSnapshot {
  readonly in: Flow
  readonly out: Flow
  /** Oldest first, at most LISTED. */
  readonly active: readonly Transfer[]
  readonly activeCount: number
  /** Newest first, at most LISTED; of one file on one way the last one only. */
  readonly recent: readonly Transfer[]
}

/** Told by who fetches a file. */
export interface Receiving {
  /** Bytes that came from other devices. */
  received(bytes: number): void
  /** Bytes that were on this device already. */
  reused(bytes: number): void
  /** Some of them from a former try. */
  resumed(): void
  /** Done, or failed with `code`. Idempotent. */
  end(code?: ErrorCode): void
}

/** Told by who serves a file: one `asked` and one `answered` or `failed` for every block. */
export interface Serving {
  asked(): void
  answered(bytes: number): void
  /** Should nothing more be asked for, this is why. */
  failed(code: ErrorCode): void
}

const LISTED = 100
/** A device that asks for no more block of a file for this long has what it wanted of it. */
const SERVED_IDLE_MS = 10_000
/** Listeners hear of changes no sooner after one another. */
const TELL_MS = 250

export class TransferLog {
  readonly #clock: Clock
  readonly #active = new Map<string, Moving>()
  readonly #recent = new Map<string, Transfer>()
  readonly #meters = { in: new RateMeter(), out: new RateMeter() }
  readonly #listeners = new Set<() => void>()
  readonly #onEnded: () => void
  #lastId = 0
  #endings = 0
  /** Active ones on the way out. */
  #goingOut = 0
  #sweptMs = 0
  #sweeping: Timer | undefined
  #isTelling = false

  /** `onEnded` hears of every end: what was said to move no longer does. */
  constructor(clock: Clock, onEnded: () => void = () => {}) {
    this.#clock = clock
    this.#onEnded = onEnded
  }

  /** How many transfers have ended since the node started: while it is the same, nothing that moved has stopped. */
  get endings(): number {
    return this.#endings
  }

  get isAnyMoving(): boolean {
    this.#sweep()
    return this.#active.size > 0
  }

  /** Begins: `record` comes from `devices` (none: all of it is here). */
  receive(folder: FolderId, record: FileRecord, devices: readonly DeviceId[]): Receiving {
    return this.#begin('in', folder, record, devices)
  }

  /** The transfer of this content to the device, begun when there is none. */
  serve(device: DeviceId, folder: FolderId, record: FileRecord): Serving {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#sweptMs > SERVED_IDLE_MS) this.#sweep()
    const known = this.#active.get(keyOf('out', folder, record.path, device))
    if (known?.contentHash === record.contentHash) return known
    known?.end('FILE_CHANGED')
    return this.#begin('out', folder, record, [device])
  }

  /** Whether it moves now; `device` is the one it goes to, for the way out. */
  isMoving(direction: Direction, folder: FolderId, path: RelativePath, device = ''): boolean {
    return this.#active.has(keyOf(direction, folder, path, device))
  }

  /** Nothing more goes to the device. */
  linkEnded(device: DeviceId): void {
    for (const moving of [...this.#active.values()])
      if (moving.direction === 'out' && moving.devices.includes(device)) moving.end('PEER_GONE')
  }

  /** Calls `listener` after changes, at most four times a second, and while anything moves. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#tell()
    return () => this.#listeners.delete(listener)
  }

  snapshot(): TransferSnapshot {
    this.#sweep()
    const all = [...this.#active.values()]
    return {
      in: this.#flow('in', all),
      out: this.#flow('out', all),
      active: all.slice(0, LISTED).map((moving) => moving.view()),
      activeCount: all.length,
      recent: [...this.#recent.values()].toReversed(),
    }
  }

  #flow(direction: Direction, all: readonly Moving[]): Flow {
    const nowMs = this.#clock.monotonicMs()
    const meter = this.#meters[direction]
    const own = all.filter((moving) => moving.direction === direction)
    const activeDone = own.reduce((sum, { done }) => sum + done, 0)
    return { rate: meter.rate(nowMs), steadyMs: meter.steadyMs(nowMs), activeDone }
  }

  #begin(direction: Direction, folder: FolderId, record: FileRecord, devices: readonly DeviceId[]): Moving {
    const key = keyOf(direction, folder, record.path, direction === 'out' ? devices[0] : '')
    const moving = new Moving(
      { id: String(++this.#lastId), direction, folder, record, devices },
      {
        clock: this.#clock,
        moved: (bytes) => {
          this.#meters[direction].add(bytes, this.#clock.monotonicMs())
          this.#tell()
        },
        ended: (transfer) => this.#ended(key, moving, transfer),
      },
    )
    this.#active.set(key, moving)
    if (direction === 'out') {
      this.#goingOut++
      this.#sweepLater()
    }
    this.#tell()
    return moving
  }

  #ended(key: string, moving: Moving, transfer: Transfer): void {
    if (this.#active.get(key) === moving) this.#active.delete(key)
    this.#endings++
    if (transfer.direction === 'out' && --this.#goingOut === 0) {
      this.#sweeping?.cancel()
      this.#sweeping = undefined
    }
    this.#recent.delete(key)
    this.#recent.set(key, transfer)
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= LISTED) break
      this.#recent.delete(oldest)
    }
    this.#tell()
    this.#onEnded()
  }

  /** While anything goes out: nobody tells when a device asks for nothing more. */
  #sweepLater(): void {
    this.#sweeping ??= this.#clock.after(SERVED_IDLE_MS, () => {
      this.#sweeping = undefined
      this.#sweep()
      if (this.#goingOut > 0) this.#sweepLater()
    })
  }

  /** Nobody says that it has all it wanted: a transfer to it ends when it asks for nothing more. */
  #sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#sweptMs = nowMs
    for (const moving of [...this.#active.values()])
      if (moving.direction === 'out' && moving.isIdleSince(nowMs - SERVED_IDLE_MS)) moving.end(moving.failure)
  }

  /** No timer without a listener, and none when all is at rest. */
  #tell(): void {
    if (this.#isTelling || this.#listeners.size === 0) return
    this.#isTelling = true
    this.#clock.after(TELL_MS, () => {
      this.#isTelling = false
      this.#sweep()
      for (const listener of this.#listeners) listener()
      const nowMs = this.#clock.monotonicMs()
      const { in: inward, out: outward } = this.#meters
      if (this.#active.size > 0 || inward.rate(nowMs) > 0 || outward.rate(nowMs) > 0) this.#tell()
    })
  }
}

interface MovingItem {
  readonly id: string
  readonly direction: Direction
  readonly folder: FolderId
  readonly record: FileRecord
  readonly devices: readonly DeviceId[]
}

interface MovingParts {
  readonly clock: Clock
  moved(bytes: number): void
  ended(transfer: Transfer): void
}

class Moving implements Receiving, Serving {
  readonly direction: Direction
  readonly devices: readonly DeviceId[]
  readonly contentHash: string
  readonly #item: MovingItem
  readonly #parts: MovingParts
  readonly #meter = new RateMeter()
  readonly #startedMs: number
  failure: ErrorCode | undefined
  #done = 0
  #reused = 0
  #resumed = false
  #hasEnded = false
  /** Blocks asked for and not yet answered. */
  #pending = 0
  #lastMs: number

  constructor(item: MovingItem, parts: MovingParts) {
    this.#item = item
    this.#parts = parts
    this.direction = item.direction
    this.devices = item.devices
    this.contentHash = item.record.contentHash
    this.#startedMs = Math.trunc(parts.clock.nowMs())
    this.#lastMs = parts.clock.monotonicMs()
  }

  get done(): number {
    return Math.min(this.#done, this.#item.record.size)
  }

  isIdleSince(monotonicMs: number): boolean {
    return this.#pending === 0 && this.#lastMs <= monotonicMs
  }

  received(bytes: number): void {
    this.#done += bytes
    this.#lastMs = this.#parts.clock.monotonicMs()
    this.#meter.add(bytes, this.#lastMs)
    this.#parts.moved(bytes)
  }

  reused(bytes: number): void {
    this.#done += bytes
    this.#reused += bytes
  }

  resumed(): void {
    this.#resumed = true
  }

  asked(): void {
    this.#pending++
    this.#lastMs = this.#parts.clock.monotonicMs()
  }

  answered(bytes: number): void {
    this.#pending--
    this.failure = undefined
    this.received(bytes)
    if (this.#pending === 0 && this.#done >= this.#item.record.size) this.end()
  }

  failed(code: ErrorCode): void {
    this.#pending--
    this.failure = code
  }

  end(code?: ErrorCode): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#parts.ended({ ...this.#facts(), ...this.#outcome(code), endedMs: this.#nowMs() })
  }

  view(): Transfer {
    return { ...this.#facts(), state: 'active', rate: this.#meter.rate(this.#parts.clock.monotonicMs()) }
  }

  /** What has ended moves no more: its rate is that of all the time it took. */
  #outcome(code: ErrorCode | undefined): Pick<Transfer, 'state' | 'code' | 'rate'> {
    const tookMs = Math.max(1, this.#nowMs() - this.#startedMs)
    const rate = Math.round(((this.#done - this.#reused) * 1_000) / tookMs)
    return code === undefined ? { state: 'done', rate } : { state: 'failed', code, rate }
  }

  #facts(): Omit<Transfer, 'state' | 'rate'> {
    const { id, folder, record, direction, devices } = this.#item
    const { path, size } = record
    const [reused, resumed, startedMs] = [this.#reused, this.#resumed, this.#startedMs]
    return { id, folder, path, direction, devices, size, done: this.done, reused, resumed, startedMs }
  }

  #nowMs(): number {
    return Math.trunc(this.#parts.clock.nowMs())
  }
}

function keyOf(direction: Direction, folder: FolderId, path: RelativePath, device = ''): string {
  return `${direction}\0${device}\0${folder}\0${path}`
}
