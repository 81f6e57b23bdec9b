/**
 * The watch worker: chokidar and its memory in a thread of their own. Promises that hints wait,
 * without repeats, until they are fetched, and that too many become "look everywhere". Never
 * loses one silently: what it knows it may have lost it says as "look everywhere".
 */
import { nextTurn } from '../base/event-loop-turn.ts'
import type { WatchHint } from './file-system.ts'
import { WatchTree } from './watch-tree.ts'

/** What happened in one watched folder since the last fetch. */
export interface WatchNews {
  readonly id: number
  /** Paths below the root; undefined among them means everywhere. */
  readonly hints: readonly WatchHint[]
  /** Texts of errors that leave gaps. */
  readonly errors: readonly string[]
}

export type WatchJobOperations = {
  /** Resolves when the folder is watched. */
  watch(argument: { id: number; root: string }): Promise<void>
  unwatch(argument: { id: number }): Promise<void>
  /** Waits for news; empty when the job is about to be closed. */
  news(argument: Record<string, never>): Promise<WatchNews[]>
  /** Lets the waiting `news` go, so that the job can be closed. */
  stop(argument: Record<string, never>): Promise<void>
}

/** Hints kept per folder; beyond, one look everywhere is cheaper. A guess. */
const HINTS_LIMIT = 20_000
/**
 * Events in one turn of the loop that suggest that the kernel's queue (16,384 by default) ran
 * over, which Node does not report. Half of it; a guess.
 */
const BURST_LIMIT = 8_192

interface Folder {
  readonly tree: WatchTree
  hints: Set<WatchHint>
  errors: string[]
  burst: number
}

export function open(): WatchJobOperations & { close(): Promise<void> } {
  const folders = new Map<number, Folder>()
  let wake = Promise.withResolvers<void>()
  let stopped = false

  const addHint = (folder: Folder, hint: WatchHint): void => {
    if (folder.burst++ === 0) void nextTurn().then(() => (folder.burst = 0))
    const everywhere = folder.burst > BURST_LIMIT || folder.hints.size >= HINTS_LIMIT
    if (everywhere) folder.hints = new Set([undefined])
    else if (!folder.hints.has(undefined)) folder.hints.add(hint)
    wake.resolve()
  }
  const addError = (folder: Folder, error: Error): void => {
    const { code } = error as { code?: unknown }
    folder.errors.push(typeof code === 'string' ? `${code}: ${error.message}` : error.message)
    addHint(folder, undefined)
    folder.hints = new Set([undefined])
  }
  const take = (): WatchNews[] => {
    const news: WatchNews[] = []
    for (const [id, folder] of folders) {
      if (folder.hints.size === 0) continue
      news.push({ id, hints: [...folder.hints], errors: folder.errors })
      folder.hints = new Set()
      folder.errors = []
    }
    return news
  }
  const unwatch = async (id: number): Promise<void> => {
    const folder = folders.get(id)
    folders.delete(id)
    await folder?.tree.close()
  }
  return {
    watch: async ({ id, root }) => {
      const folder: Folder = {
        tree: new WatchTree(root, {
          onHint: (hint) => addHint(folder, hint),
          onError: (error) => addError(folder, error),
        }),
        hints: new Set(),
        errors: [],
        burst: 0,
      }
      folders.set(id, folder)
      await folder.tree.start()
    },
    unwatch: ({ id }) => unwatch(id),
    news: async () => {
      await wake.promise
      if (stopped) return []
      // Let what the same burst brings join.
      await nextTurn()
      wake = Promise.withResolvers()
      return take()
    },
    stop: async () => {
      stopped = true
      wake.resolve()
    },
    close: async () => {
      await Promise.all([...folders.keys()].map(unwatch))
    },
  }
}
