/**
 * The last step of what is new: its temporary takes a name that nobody has. Promises that what has the
 * name stays, on every disk with hard links without a gap.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { FolderContext } from './ports.ts'

/** No path has a NUL in it. */
const NAME_TAKER = '\0takes a name'

/** Gives the temporary a free name; false when something has that name meanwhile. */
export async function giveName(
  context: FolderContext,
  temporary: RelativePath,
  path: RelativePath,
): Promise<boolean> {
  const { root } = context
  try {
    await root.link(temporary, path)
  } catch (error) {
    if (!(error instanceof PeerfoldError)) throw error
    if (error.code === 'FILE_EXISTS') return false
    if (error.code !== 'LINK_UNSUPPORTED') throw error
    // One at a time: two of ours whose names the disk takes for one must not overwrite each other.
    // RACE: see renameToFree. Worst case: a file made in that moment on such a disk is lost. Accepted:
    // those disks offer nothing better.
    return context.locks.hold([NAME_TAKER], () => root.renameToFree(temporary, path))
  }
  await root.unlink(temporary)
  return true
}
