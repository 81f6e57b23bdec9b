/**
 * The directories that versions lie in. Promises that when `ensure` resolved, a directory and all
 * above it survive a power cut. Never removes one.
 */
import { isPeerfoldError } from '../base/errors.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { directoriesAbove } from './layout.ts'

/** Directories known to be durable; more than a few only when a process runs for days. */
const REMEMBERED = 8

export interface DurableDirectories {
  ensure(path: RelativePath): Promise<void>
  /** Looks again next time: somebody removed it. */
  forget(path: RelativePath): void
}

/**
 * Each directory is checked once per process and its parents are synced then, also when it exists:
 * a run that was cut off may have made it without syncing.
 */
export function durableDirectories(root: FolderRoot, mode: number): DurableDirectories {
  const known = new Map<RelativePath, Promise<void>>()
  const ensure = (path: RelativePath): Promise<void> => {
    const pending = known.get(path)
    if (pending !== undefined) return pending
    if (known.size >= REMEMBERED) known.clear()
    const made = makeDurably(root, path, mode)
    known.set(path, made)
    made.catch(() => known.delete(path))
    return made
  }
  return { ensure, forget: (path) => void known.delete(path) }
}

/** Makes what is missing from the top down, then syncs every parent. Returns what was made. */
export async function makeDurably(root: FolderRoot, path: RelativePath, mode: number): Promise<void> {
  const above = directoriesAbove(path)
  for (const directory of [...above.slice(1), path]) await makeUnlessThere(root, directory, mode)
  for (const directory of above) await root.syncDirectory(directory)
}

/** True when it was made; something else of that name throws FILE_EXISTS. */
export async function makeUnlessThere(root: FolderRoot, path: RelativePath, mode: number): Promise<boolean> {
  if ((await root.lstat(path))?.kind === 'directory') return false
  try {
    await root.makeDirectory(path, mode)
    return true
  } catch (error) {
    // Two batches may make the same day at once.
    const isExisting = isPeerfoldError(error) && error.code === 'FILE_EXISTS'
    if (isExisting && (await root.lstat(path))?.kind === 'directory') return false
    throw error
  }
}
