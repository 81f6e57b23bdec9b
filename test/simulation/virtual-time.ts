/**
 * Time of a simulated world: events in one queue, run one after the other, each followed by
 * everything it caused. Promises the same order for the same calls. A clock handed to a node dies
 * with it: its timers no longer fire.
 */
import type { Clock, Timer } from '../../src/node/base/clock.ts'
import { sleepWith } from '../../src/node/base/clock.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

/**
 * How much virtual time may pass before the real event loop goes round, for what waits for that: blocks
 * being cut, promises that were rejected and that nobody handles. A turn costs 5 microseconds.
 */
const TURN_MS = 1

const START_MS = Date.UTC(2026, 0, 1)

export class VirtualTime {
  readonly #heap: Event[] = []
  #nowMs = 0
  #order = 0
  #turnedMs = 0
  /** Events run so far. */
  events = 0

  get nowMs(): number {
    return this.#nowMs
  }

  at(delayMs: number, run: () => void): Event {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    push(this.#heap, event)
    return event
  }

  /** Runs what falls due within `ms`, unless `enough` says to stop earlier. */
  async advance(ms: number, enough: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settle()
    while (!enough()) {
      const next = this.#heap[0]
      if (!next || next.atMs > untilMs) {
        this.#nowMs = untilMs
        return
      }
      pop(this.#heap)
      if (!next.run) continue
      this.#nowMs = next.atMs
      this.events++
      next.run()
      await this.#settle()
    }
  }

  /** Everything that can settle without time passing has settled. */
  #settle(): Promise<void> {
    if (this.#nowMs - this.#turnedMs < TURN_MS) return new Promise((resolve) => process.nextTick(resolve))
    this.#turnedMs = this.#nowMs
    return settle()
  }

  /** A clock whose timers and sleeps end with `alive`; `skewMs` off the true time, more or less as time goes by. */
  clock(alive: () => boolean = () => true, skewMs: () => number = () => 0): Clock {
    const after = (delayMs: number, run: () => void): Timer => {
      const event = this.at(delayMs, () => {
        if (alive()) run()
      })
      return { cancel: () => void (event.run = undefined) }
    }
    return {
      nowMs: () => START_MS + this.#nowMs + skewMs(),
      nowNs: () => BigInt(START_MS + skewMs()) * 1_000_000n + BigInt(Math.round(this.#nowMs * 1e6)),
      monotonicMs: () => this.#nowMs,
      after,
      sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
    }
  }
}

/** One turn of the event loop: every promise that can settle without time passing has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: Event[], event: Event): void {
  heap.push(event)
  for (let i = heap.length - 1; i > 0;) {
    const parent = (i - 1) >> 1
    if (!isBefore(heap[i]!, heap[parent]!)) return
    ;[heap[i], heap[parent]] = [heap[parent]!, heap[i]!]
    i = parent
  }
}

function pop(heap: Event[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  heap[0] = last
  for (let i = 0; ;) {
    const left = 2 * i + 1
    const right = left + 1
    let least = i
    if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left
    if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right
    if (least === i) return
    ;[heap[i], heap[least]] = [heap[least]!, heap[i]!]
    i = least
  }
}
