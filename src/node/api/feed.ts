/**
 * Snapshots for whoever watches. Promises the first at once, then at most one per interval and
 * always the newest; that the node is asked only while somebody watches, and once for all of
 * them. Never queues: a slow watcher misses snapshots, never the last one.
 */
import type { Clock, Timer } from '../base/clock.ts'

/** Four a second are smooth for eyes and nothing for the node. */
export const SNAPSHOT_INTERVAL_MS = 250

/** What is watched: a question, and a hint that its answer may be another one now. */
export interface FeedSource<Snapshot> {
  read(): Promise<Snapshot>
  /** Calls `listener` as often as it likes; returns the function that ends it. */
  onChange(listener: () => void): () => void
}

interface Watcher<Snapshot> {
  /** The newest snapshot not yet taken. */
  next: Snapshot | undefined
  wake: () => void
}

export class Feed<Snapshot> {
  readonly #source: FeedSource<Snapshot>
  readonly #clock: Clock
  readonly #watchers = new Set<Watcher<Snapshot>>()
  #unsubscribe: (() => void) | undefined
  #timer: Timer | undefined
  #asking = false
  /** Something changed since the source was asked last. */
  #stale = false
  #askedAtMs = Number.NEGATIVE_INFINITY
  #ended = false
  #failure: unknown

  constructor(source: FeedSource<Snapshot>, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /** Ends when the signal aborts or the feed stops; throws what the source throws. */
  async *watch(signal?: AbortSignal): AsyncGenerator<Snapshot, void> {
    const watcher: Watcher<Snapshot> = { next: undefined, wake: () => {} }
    const wake = (): void => watcher.wake()
    signal?.addEventListener('abort', wake)
    this.#add(watcher)
    try {
      const first = await this.#source.read()
      // A newer one may have come while this one was read.
      watcher.next ??= first
      while (!this.#ended && !signal?.aborted) {
        if (this.#failure) throw this.#failure
        const snapshot = watcher.next
        watcher.next = undefined
        if (snapshot) yield snapshot
        else await new Promise<void>((resolve) => (watcher.wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', wake)
      this.#remove(watcher)
    }
  }

  /** Ends every watch; idempotent. */
  stop(): void {
    this.#ended = true
    for (const watcher of this.#watchers) watcher.wake()
  }

  #add(watcher: Watcher<Snapshot>): void {
    this.#watchers.add(watcher)
    this.#failure = undefined
    this.#unsubscribe ??= this.#source.onChange(() => this.#changed())
  }

  #remove(watcher: Watcher<Snapshot>): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#timer?.cancel()
    this.#timer = undefined
    this.#stale = false
  }

  #changed(): void {
    this.#stale = true
    if (this.#timer || this.#asking) return
    const dueMs = this.#askedAtMs + SNAPSHOT_INTERVAL_MS - this.#clock.monotonicMs()
    this.#timer = this.#clock.after(Math.max(0, dueMs), () => {
      this.#timer = undefined
      void this.#ask()
    })
  }

  async #ask(): Promise<void> {
    this.#asking = true
    this.#stale = false
    this.#askedAtMs = this.#clock.monotonicMs()
    try {
      const snapshot = await this.#source.read()
      for (const watcher of this.#watchers) watcher.next = snapshot
    } catch (error) {
      this.#failure = error
    }
    this.#asking = false
    for (const watcher of this.#watchers) watcher.wake()
    if (this.#stale && this.#watchers.size > 0) this.#changed()
  }
}
