/**
 * The last step of what is new: its temporary takes a name that nobody has. Promises that what has the
 * name stays, on every disk with hard links without a gap.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { FolderContext } from './ports.ts'

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
    // RACE: see renameToFree. Worst case: a file made in that moment on such a disk is lost. Accepted:
    // those disks offer nothing better.
    return root.renameToFree(temporary, path)
  }
  await root.unlink(temporary)
  return true
}
