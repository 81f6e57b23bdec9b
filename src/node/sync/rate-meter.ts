/**
 * Bytes a second over the last seconds. Promises a fixed size and constant work per call, and a rate
 * that falls to zero by itself when nothing moves. Times are monotonic milliseconds.
 */

const SLOT_MS = 500
const SLOTS = 10
/** What is younger says nothing about a second. */
const SHORTEST_MS = 1_000

export class RateMeter {
  readonly #slots: number[] = Array.from({ length: SLOTS }, () => 0)
  #last = 0
  #total = 0
  /** When bytes came after a window without any; undefined while nothing moves. */
  #sinceMs: number | undefined

  add(bytes: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#sinceMs ??= nowMs
    this.#slots[this.#last % SLOTS] = (this.#slots[this.#last % SLOTS] ?? 0) + bytes
    this.#total += bytes
  }

  /** Bytes a second, whole. */
  rate(nowMs: number): number {
    this.#advance(nowMs)
    // The last slot has only begun.
    const windowMs = (SLOTS - 1) * SLOT_MS + (nowMs % SLOT_MS)
    const spanMs = Math.min(Math.max(this.steadyMs(nowMs), SHORTEST_MS), windowMs)
    return Math.round((this.#total * 1_000) / spanMs)
  }

  /** For how long bytes have moved without a longer pause; 0 when none do. */
  steadyMs(nowMs: number): number {
    this.#advance(nowMs)
    return this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS)
    const steps = Math.min(slot - this.#last, SLOTS)
    for (let i = 1; i <= steps; i++) {
      const at = (this.#last + i) % SLOTS
      this.#total -= this.#slots[at] ?? 0
      this.#slots[at] = 0
    }
    // The slots that were cleared are those behind the last one; far ahead that is all of them.
    this.#last = Math.max(slot, this.#last)
    if (this.#total === 0) this.#sinceMs = undefined
  }
}
