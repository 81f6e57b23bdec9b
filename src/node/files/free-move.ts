/**
 * Moves a file or link to a name that nobody has. Promises that a name taken meanwhile is FILE_EXISTS
 * and stays as it is, that the content has one of the two names at any moment, and that nothing is
 * removed but what was moved.
 */
import { isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { sameFile } from '../sync/stat-compare.ts'

export async function moveToFreeName(root: FolderRoot, from: RelativePath, to: RelativePath): Promise<void> {
  const stat = await root.lstat(from)
  if (!stat) throw new PeerfoldError('FILE_CHANGED', 'the file was removed meanwhile', { path: from })
  try {
    // Hard-linking a symlink is not portable, so a link is made anew: that is exclusive as well.
    if (stat.kind === 'symlink') await root.makeSymlink(to, await root.readLink(from))
    else await root.link(from, to)
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'LINK_UNSUPPORTED') throw error
    return renameToFree(root, from, to)
  }
  if (stat.kind === 'symlink') await root.setMtime(to, stat.mtimeNs)
  const placed = stat.kind === 'symlink' ? await root.lstat(to) : stat
  if (await root.unlinkIfUnchanged(from, stat)) return
  // Somebody saved over the old name: that is the newer content, and the new name is not needed.
  await takeBack(root, from, to, placed)
  throw new PeerfoldError('FILE_CHANGED', 'the file changed meanwhile; nothing was moved', { path: from })
}

/** Unless somebody saved over the new name as well: then what is there is theirs. */
async function takeBack(
  root: FolderRoot,
  from: RelativePath,
  to: RelativePath,
  placed: FileStat | undefined,
): Promise<void> {
  const [left, made] = [await root.lstat(from), await root.lstat(to)]
  if (!made) return
  const isTwin = left?.inode === made.inode && left.device === made.device
  if (isTwin || (placed && sameFile(made, placed))) await root.unlinkIfUnchanged(to, made)
}

async function renameToFree(root: FolderRoot, from: RelativePath, to: RelativePath): Promise<void> {
  // RACE: see renameToFree. Worst case: a file made in that moment on such a disk is lost. Accepted:
  // those disks offer nothing better.
  if (!(await root.renameToFree(from, to)))
    throw new PeerfoldError('FILE_EXISTS', 'something has this name meanwhile', { path: to })
}
