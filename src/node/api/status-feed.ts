/**
 * Status snapshots for whoever watches. Promises the first at once, then at most one per interval
 * and always the newest; that the node is asked only while somebody watches, and once for all of
 * them. Never queues: a slow watcher misses snapshots, never the last one.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { NodePort, NodeStatus } from './node-port.ts'

/** Four a second are smooth for eyes and nothing for the node. */
export const SNAPSHOT_INTERVAL_MS = 250

interface Watcher {
  /** The newest snapshot not yet taken. */
  next: NodeStatus | undefined
  wake: () => void
}

export class StatusFeed {
  readonly #node: Pick<NodePort, 'status' | 'onChange'>
  readonly #clock: Clock
  readonly #watchers = new Set<Watcher>()
  #unsubscribe: (() => void) | undefined
  #timer: Timer | undefined
  #asking = false
  /** Something changed since the node was asked last. */
  #stale = false
  #askedAtMs = Number.NEGATIVE_INFINITY
  #ended = false
  #failure: unknown

  constructor(node: Pick<NodePort, 'status' | 'onChange'>, clock: Clock) {
    this.#node = node
    this.#clock = clock
  }

  /** Ends when the signal aborts or the feed stops; throws what the node's status() throws. */
  async *watch(signal?: AbortSignal): AsyncGenerator<NodeStatus, void> {
    const watcher: Watcher = { next: undefined, wake: () => {} }
    const wake = (): void => watcher.wake()
    signal?.addEventListener('abort', wake)
    this.#add(watcher)
    try {
      watcher.next = await this.#node.status()
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

  #add(watcher: Watcher): void {
    this.#watchers.add(watcher)
    this.#failure = undefined
    this.#unsubscribe ??= this.#node.onChange(() => this.#changed())
  }

  #remove(watcher: Watcher): void {
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
      const snapshot = await this.#node.status()
      for (const watcher of this.#watchers) watcher.next = snapshot
    } catch (error) {
      this.#failure = error
    }
    this.#asking = false
    for (const watcher of this.#watchers) watcher.wake()
    if (this.#stale && this.#watchers.size > 0) this.#changed()
  }
}
