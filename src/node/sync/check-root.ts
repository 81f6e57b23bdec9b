/**
 * Whether a folder still is where it was. Promises an error before anything is concluded from, or
 * placed into, a directory that is not the folder's own. Never makes a marker.
 */
import { PeerfoldError } from '../base/errors.ts'
import { readMarker } from './marker.ts'
import type { FolderContext } from './ports.ts'

/**
 * The marker is there, and the path still leads to the directory that was opened: a root that was
 * moved away or unmounted goes on living behind its open handle, and would be scanned there.
 */
export async function checkRoot({ root, rootStat, folder }: FolderContext): Promise<void> {
  const now = await root.lstat('')
  if (now?.inode !== rootStat.inode || now.device !== rootStat.device)
    throw new PeerfoldError('FOLDER_ROOT_CHANGED', 'another directory is in the place of the folder', {
      folder,
    })
  await readMarker(root, folder)
}
