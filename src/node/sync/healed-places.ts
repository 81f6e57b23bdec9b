/**
 * Which errors of a folder a look at a place may end. Promises that an error ends only where its place has
 * been looked at again without it: not being able to look heals nothing. Never ends one itself.
 */
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { WalkDepth } from './walk.ts'

/** An error lasts until the place where it was found has been looked at again without it. */
export function seenBy(
  root: FolderRoot,
  path: RelativePath,
  depth: WalkDepth,
): (error: RelativePath) => Promise<boolean> {
  const unseen = new Map<RelativePath, boolean>()
  return async (found) => {
    if (depth === 'tree' || found === path) return true
    const child = childTowards(path, found)
    if (!unseen.has(child)) unseen.set(child, await mayBeDirectory(root, child))
    return unseen.get(child) === false
  }
}

/** It was met and not entered: what lies in it is as it was. Not being able to look heals nothing. */
async function mayBeDirectory(root: FolderRoot, path: RelativePath): Promise<boolean> {
  try {
    return (await root.lstat(path))?.kind === 'directory'
  } catch {
    return true
  }
}

/** The first path on the way from `above` down to `below`. */
function childTowards(above: RelativePath, below: RelativePath): RelativePath {
  const start = above === '' ? 0 : above.length + 1
  const end = below.indexOf('/', start)
  return end === -1 ? below : below.slice(0, end)
}
