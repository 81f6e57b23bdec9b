/**
 * Paths being placed right now. Promises that one holder at a time changes a path and that the
 * scanner can tell that what it saw there may be the engine's own unfinished work. A path of the
 * user's is never held across the network; a temporary is held by whoever fills it, for as long as
 * that takes, so that it is not swept away.
 */
import type { RelativePath } from '../fs/relative-path.ts'

export class PathLocks {
  readonly #held = new Map<RelativePath, Promise<void>>()

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

  #busy(paths: readonly RelativePath[]): Promise<void> | undefined {
    return paths.map((path) => this.#held.get(path)).find((held) => held !== undefined)
  }
}
