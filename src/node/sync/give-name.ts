/**
 * The last step of what is new: its temporary takes a name that nobody has. Promises that what has the
 * name stays, on every disk with hard links without a gap.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { FolderContext } from './ports.ts'

/**
 * Gives the temporary, which is as `ready` says, a free name; what has the name then, undefined when something
 * else has it meanwhile.
 */
export async function giveName(
  { root }: FolderContext,
  temporary: RelativePath,
  path: RelativePath,
  ready: FileStat,
): Promise<FileStat | undefined> {
  if (ready.kind === 'symlink') return makeAnew(root, temporary, path, ready)
  try {
    await root.link(temporary, path)
  } catch (error) {
    if (!(error instanceof PeerfoldError)) throw error
    if (error.code === 'FILE_EXISTS') return undefined
    if (error.code !== 'LINK_UNSUPPORTED') throw error
    // RACE: see renameToFree. Worst case: a file made in that moment on such a disk is lost. Accepted:
    // those disks offer nothing better.
    return (await root.renameToFree(temporary, path)) ? ready : undefined
  }
  await root.unlink(temporary)
  return ready
}

/**
 * A symbolic link is made anew under its name: that is exclusive on every disk, and a hard link to it is not
 * portable. Killed before it has its time, it is found as made here: the same link, with a time of its own.
 */
async function makeAnew(
  root: FolderContext['root'],
  temporary: RelativePath,
  path: RelativePath,
  { mtimeNs }: FileStat,
): Promise<FileStat | undefined> {
  try {
    await root.makeSymlink(path, await root.readLink(temporary))
  } catch (error) {
    if (codeOf(error) === 'FILE_EXISTS') return undefined
    throw error
  }
  const made = await root.lstat(path)
  // What somebody put there since is theirs.
  if (made?.kind !== 'symlink' || !(await root.setMtime(path, mtimeNs, made))) return undefined
  await root.unlink(temporary)
  return root.lstat(path)
}
