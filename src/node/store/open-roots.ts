/**
 * Folder roots kept open between operations. Promises that a root is closed only when nobody uses
 * it, and that at most MAX_IDLE_ROOTS stay open unused. Never notices by itself that another
 * directory was put in a root's place: whoever opens the folder anew calls `release`.
 */
import type { FileSystem, FolderRoot } from '../fs/file-system.ts'

/** One descriptor each; more folders than this are rare (a guess). */
const MAX_IDLE_ROOTS = 64

interface OpenRoot {
  readonly opened: Promise<FolderRoot>
  users: number
  /** Closed by its last user. */
  released: boolean
}

export interface OpenRoots {
  use<Result>(path: string, run: (root: FolderRoot) => Promise<Result>): Promise<Result>
  /** The next use opens the path anew. */
  release(path: string): Promise<void>
  close(): Promise<void>
}

export function createOpenRoots(fileSystem: FileSystem): OpenRoots {
  const roots = new Map<string, OpenRoot>()

  async function release(path: string): Promise<void> {
    const root = roots.get(path)
    if (root === undefined) return
    roots.delete(path)
    root.released = true
    if (root.users === 0) await (await root.opened).close()
  }

  async function use<Result>(path: string, run: (root: FolderRoot) => Promise<Result>): Promise<Result> {
    const root = roots.get(path) ?? { opened: fileSystem.openRoot(path), users: 0, released: false }
    roots.delete(path) // and set again: the map's order is the order of last use
    roots.set(path, root)
    root.users += 1
    try {
      return await run(await opened(path, root))
    } finally {
      root.users -= 1
      if (root.users === 0) await settle(root)
    }
  }

  /** A root that could not be opened is forgotten, so that the next use tries again. */
  async function opened(path: string, root: OpenRoot): Promise<FolderRoot> {
    try {
      return await root.opened
    } catch (error) {
      if (roots.get(path) === root) roots.delete(path)
      throw error
    }
  }

  async function settle(root: OpenRoot): Promise<void> {
    if (root.released) {
      await (await root.opened).close()
      return
    }
    if (roots.size <= MAX_IDLE_ROOTS) return
    const oldestIdle = [...roots].find(([, candidate]) => candidate.users === 0)
    if (oldestIdle !== undefined) await release(oldestIdle[0])
  }

  return {
    use,
    release,
    close: async () => {
      for (const path of [...roots.keys()]) await release(path)
    },
  }
}
