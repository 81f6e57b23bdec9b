/**
 * Disks mounted below the root of a folder. Promises that what lay on one is not missed while it is not
 * mounted, nor what is hidden by one. Two mounts of one disk cannot be told apart. Never mounts anything.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { FileStat } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import type { FolderContext } from './ports.ts'

type Parts = Pick<FolderContext, 'root' | 'rootStat'>

/**
 * Of something that is not where it was recorded: the directory from which on another disk is to be seen
 * than then. Undefined when it is the same, and it is gone. Disks get other numbers now and then: what the
 * root's own number was and is, the index keeps up with, so that all that is known for certain is whether
 * something lay on the disk of the root.
 */
export async function otherDiskAt(
  parts: Parts,
  { announced, disk }: LocalRow,
): Promise<RelativePath | undefined> {
  const { root, rootStat } = parts
  if (!disk) return undefined
  const wasOnRoots = disk.stat.device === rootStat.device
  let above = parentOf(announced.record.path)
  let stat: FileStat | undefined
  while (above !== '' && !(stat = await root.lstat(above))) above = parentOf(above)
  const isOnRoots = stat === undefined || stat.device === rootStat.device
  return wasOnRoots === isOnRoots ? undefined : above
}

/** DISK_AWAY when that is so. */
export async function refuseOtherDisk(parts: Parts, row: LocalRow): Promise<void> {
  const above = await otherDiskAt(parts, row)
  if (above !== undefined) throw diskAway(above)
}

export function diskAway(path: RelativePath): PeerfoldError {
  return new PeerfoldError('DISK_AWAY', 'another disk is to be seen here than when this was recorded', {
    path,
  })
}
