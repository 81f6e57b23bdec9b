/**
 * Paths that something suggested to look at. Promises that a path is handed out once it has been
 * quiet, that hints arriving meanwhile are kept, and that a full scan swallows every other hint.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { isWithin } from './path-order.ts'
import type { WalkDepth } from './walk.ts'

/** More hints than this are cheaper as one full scan. */
const LIMIT = 4_000
/** A path that never is quiet is looked at anyway, so that one busy file delays no other. */
const MOST_DELAYS = 10

export class DirtyPaths {
  readonly #clock: Clock
  readonly #quietMs: number
  #paths = new Map<RelativePath, WalkDepth>()
  #delays = 0
  #timer: Timer | undefined
  #ready: PromiseWithResolvers<void> | undefined
  #due = false
  #closed = false

  constructor(clock: Clock, quietMs: number) {
    this.#clock = clock
    this.#quietMs = quietMs
  }

  add(path: RelativePath, depth: WalkDepth): void {
    if (this.#paths.get(path) !== 'tree') this.#paths.set(path, depth)
    if (this.#paths.size > LIMIT) this.#paths = new Map([['', 'tree']])
    if (this.#timer && this.#delays < MOST_DELAYS) {
      this.#timer.cancel()
      this.#timer = undefined
      this.#delays++
    }
    this.#timer ??= this.#clock.after(this.#quietMs, () => {
      this.#due = true
      this.#ready?.resolve()
    })
  }

  /** Waits for quiet paths; empty only after close(). Paths below a tree to be looked at are left out. */
  async take(): Promise<ReadonlyMap<RelativePath, WalkDepth>> {
    while (!this.#due && !this.#closed) {
      this.#ready = Promise.withResolvers()
      await this.#ready.promise
    }
    const taken = this.#paths
    this.#paths = new Map()
    this.#timer?.cancel()
    this.#timer = undefined
    this.#delays = 0
    this.#due = false
    return withoutCovered(this.#closed ? new Map() : taken)
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#ready?.resolve()
  }
}

function withoutCovered(paths: ReadonlyMap<RelativePath, WalkDepth>): ReadonlyMap<RelativePath, WalkDepth> {
  const trees = [...paths].filter(([, depth]) => depth === 'tree').map(([path]) => path)
  if (trees.length === 0) return paths
  const covered = (path: RelativePath): boolean => trees.some((tree) => tree !== path && isWithin(path, tree))
  return new Map([...paths].filter(([path]) => !covered(path)))
}
