/**
 * Paths being placed right now. Promises that one holder at a time changes a path, or several who share it,
 * and that the scanner can tell that what it saw there may be the engine's own unfinished work. A path of
 * the user's is never held across the network; a temporary is held by whoever fills it, for as long as
 * that takes, so that it is not swept away. Who holds a directory must not wait for a user's path in it:
 * whoever holds that one may wait for the directory.
 */
import type { RelativePath } from '../fs/relative-path.ts'

/** Watchers tell within a second, mostly at once; a guess. */
const ECHO_MS = 2_000

/** What the last who shared a path does. */
export type Leave = () => Promise<void>

interface Shared {
  users: number
  readonly entered: Promise<Leave>
  readonly released: () => void
}

export class PathLocks {
  readonly #held = new Map<RelativePath, Promise<void>>()
  readonly #shared = new Map<RelativePath, Shared>()

  /** Paths that were shared, and until when what is heard of them may be of that, monotonic ms. */
  readonly #echoes = new Map<RelativePath, number>()

  /** A step of ours in the directory was just seen to the end: events of its mode are to come. */
  expectEcho(path: RelativePath, nowMs: number): void {
    for (const [known, untilMs] of this.#echoes) if (untilMs < nowMs) this.#echoes.delete(known)
    this.#echoes.set(path, nowMs + ECHO_MS)
  }

  mayBeEcho(path: RelativePath, nowMs: number): boolean {
    return (this.#echoes.get(path) ?? -Infinity) >= nowMs
  }

  isHeld(path: RelativePath): boolean {
    return this.#held.has(path)
  }

  /** Runs `work` while holding all `paths`; waits for whoever holds one of them. */
  async hold<T>(paths: readonly RelativePath[], work: () => Promise<T>): Promise<T> {
    const released = Promise.withResolvers<void>()
    for (let busy = this.#busy(paths); busy; busy = this.#busy(paths)) await busy
    for (const path of paths) this.#held.set(path, released.promise)
    try {
      return await work()
    } finally {
      for (const path of paths) this.#held.delete(path)
      released.resolve()
    }
  }

  /**
   * Runs `work` while holding `path` together with all who share it: the first enters it for all, and what that
   * gave is called when the last has done its work. Waits for whoever holds it alone.
   */
  async share<T>(path: RelativePath, enter: () => Promise<Leave>, work: () => Promise<T>): Promise<T> {
    for (let busy = this.#busy([path]); busy && !this.#shared.has(path); busy = this.#busy([path])) await busy
    const shared = this.#shared.get(path) ?? this.#enter(path, enter)
    shared.users++
    try {
      await shared.entered
      return await work()
    } finally {
      if (--shared.users === 0) await this.#leave(path, shared)
    }
  }

  #enter(path: RelativePath, enter: () => Promise<Leave>): Shared {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held.set(path, promise)
    const shared = { users: 0, entered: enter(), released: resolve }
    this.#shared.set(path, shared)
    return shared
  }

  /** Who comes from now on waits until it was left. */
  async #leave(path: RelativePath, { entered, released }: Shared): Promise<void> {
    this.#shared.delete(path)
    try {
      const leave = await entered
      await leave()
    } finally {
      this.#held.delete(path)
      released()
    }
  }

  #busy(paths: readonly RelativePath[]): Promise<void> | undefined {
    return paths.map((path) => this.#held.get(path)).find((held) => held !== undefined)
  }
}
