/**
 * A watcher over a memory disk, as unreliable as a test wants it. Promises to repeat itself under
 * one seed, and to go silent when its program is killed. Never looks at the disk.
 */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { WatchHandle, WatchHint, Watcher } from './file-system.ts'
import type { MemoryDisk } from './memory-file-system.ts'
import { isOwnName } from './own-directory.ts'
import { parentOf } from './relative-path.ts'

export interface MemoryWatcherKnobs {
  /** Longest time between a change and its hint; each waits a random part of it. */
  delayMs: number
  /** Of 100 changes, how many are never hinted. */
  dropPercent: number
  /** Whether changes that wait at the same time become one hint for what they have in common. */
  coalesce: boolean
  /** Of 100 hints, how many say only "look everywhere", as after an overflow. */
  everywherePercent: number
}

export interface MemoryWatcher extends Watcher {
  /** May be changed at any time. */
  readonly knobs: MemoryWatcherKnobs
  /** Changes that were dropped. */
  dropped(): number
}

export function createMemoryWatcher(
  parts: { readonly disk: MemoryDisk; readonly clock: Clock; readonly random: Random },
  knobs: Partial<MemoryWatcherKnobs> = {},
): MemoryWatcher {
  const set = { delayMs: 0, dropPercent: 0, coalesce: false, everywherePercent: 0, ...knobs }
  let dropped = 0
  const chance = (percent: number): boolean => parts.random.below(100) < percent

  const watch = async (root: string, onHint: (hint: WatchHint) => void): Promise<WatchHandle> => {
    const alive = parts.disk.aliveness()
    let open = true
    const waiting: string[] = []
    const emit = (hint: WatchHint): void => {
      if (open && alive()) onHint(chance(set.everywherePercent) ? undefined : hint)
    }
    const emitLater = (path: string): void => {
      if (set.coalesce && waiting.push(path) > 1) return
      parts.clock.after(set.delayMs === 0 ? 0 : parts.random.below(set.delayMs + 1), () => {
        emit(set.coalesce ? commonPath(waiting.splice(0)) : path)
      })
    }
    const stop = parts.disk.onChange((path) => {
      const relative = below(root, path)
      if (relative === undefined || isOwnName(relative)) return
      if (chance(set.dropPercent)) dropped++
      else emitLater(relative)
    })
    return {
      close: async () => {
        open = false
        stop()
      },
    }
  }
  return { knobs: set, dropped: () => dropped, watch }
}

/** `path` relative to `root`; undefined when it lies elsewhere. */
function below(root: string, path: string): string | undefined {
  if (path === root) return ''
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
}

/** The deepest path that holds all of `paths`. */
function commonPath(paths: readonly string[]): string {
  const holds = (candidate: string, path: string): boolean => below(candidate, path) !== undefined
  let common = paths[0] ?? ''
  while (common !== '' && !paths.every((path) => holds(common, path))) common = parentOf(common)
  return common
}
