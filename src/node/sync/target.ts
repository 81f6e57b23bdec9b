/**
 * What stands at a path, looked at right before it is changed. Promises that "it is what our
 * statement says" is said only of what was compared just now, by reading where a stamp cannot tell.
 */
import { isOnDisk } from '../core/record.ts'
import type { FileRecord } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import { digestFile } from './manifests.ts'
import { refuseOtherDisk } from './other-disk.ts'
import type { FolderContext } from './ports.ts'
import { isSpelledOtherwise, refuseForeign } from '../fs/spelling.ts'
import { msUntilTold, sameFile, sameStat } from './stat-compare.ts'

/** What lies at the path by our statement: held, or damaged. */
export function liveOf(local: LocalRow | undefined): FileRecord | undefined {
  if (!local || local.announced.record.deleted) return undefined
  return isOnDisk(local.announced.stance) || isDamaged(local) ? local.announced.record : undefined
}

/** The bytes there are not those of the record: they must never pass for its content. */
export function isDamaged(local: LocalRow | undefined): boolean {
  return local?.announced.stance === 'damaged'
}

/** What we say of a path, when the file with this stat is for sure the one that it was said of. */
export function saidOf(local: LocalRow | undefined, stat: FileStat): FileRecord | undefined {
  const held = isDamaged(local) ? undefined : liveOf(local)
  return held && local?.disk && !local.disk.racy && sameFile(stat, local.disk.stat) ? held : undefined
}

/** Undefined when the target is what our statement says, else what to do instead. */
export async function recheck(
  context: FolderContext,
  path: RelativePath,
  local: LocalRow | undefined,
): Promise<{ stat: FileStat | undefined } | undefined> {
  const stat = await context.root.lstat(path)
  const held = liveOf(local)
  if (!held || !local?.disk) {
    if (stat === undefined || local?.disk?.retained) return { stat }
    await refuseForeign(context.root, path, stat)
    return undefined
  }
  if (!stat) await refuseOtherDisk(context, local)
  if (!stat || stat.kind !== held.kind) return undefined
  if (held.kind === 'directory') return { stat }
  // Other letters leave no trace in the file's own numbers when a directory above has them, and none that
  // lasts when the file has: under its new name it may have been recorded since.
  if (await isSpelledOtherwise(context.root, path, stat)) return undefined
  // Its content cannot be compared, and linking it aside moves its ctime: no stamp of a write is all we have.
  if (isDamaged(local)) return sameFile(stat, local.disk.stat) ? { stat } : undefined
  if (!local.disk.racy && sameStat(stat, local.disk.stat)) return { stat }
  if (!sameFile(stat, local.disk.stat)) return undefined
  // The stamp cannot tell: read it. Links are compared by what they say.
  if (held.kind === 'symlink')
    return (await context.root.readLink(path)) === held.linkTarget ? { stat } : undefined
  // What is written from here on until the last step must not pass for what was read.
  const waitMs = msUntilTold(stat, context.clock.nowNs())
  if (waitMs > 0) await context.clock.sleep(waitMs)
  const digest = await digestFile(context, path)
  const same = digest.heldStill && digest.contentHash === held.contentHash && sameFile(digest.stat, stat)
  return same && (stat.mode & 0o777) === (local.disk.stat.mode & 0o777) ? { stat: digest.stat } : undefined
}

/**
 * Sets the mode of `only` and reads back what the disk made of it; undefined when another entry has the
 * name by now. A mode that somebody changes in between would pass for what the disk keeps, and never be
 * noticed: one that differs is set once more.
 */
export async function setModeFor(
  { root }: FolderContext,
  path: RelativePath,
  mode: number,
  only: FileStat,
): Promise<FileStat | undefined> {
  if (!(await root.setMode(path, mode, only))) return undefined
  const stat = await root.lstat(path)
  if (!stat || (stat.mode & 0o777) === mode) return stat
  return (await root.setMode(path, mode, only)) ? root.lstat(path) : undefined
}

/**
 * Sets the time of `only`, a file or link; what the disk made of it, or undefined when somebody gave it
 * another in between, or its name to another entry. Disks and Node's calls round, always the same way:
 * two settings that leave different times were not the only ones.
 */
export async function setMtimeFor(
  { root }: FolderContext,
  path: RelativePath,
  mtimeNs: bigint,
  only: FileStat,
): Promise<bigint | undefined> {
  if (!(await root.setMtime(path, mtimeNs, only))) return undefined
  const once = (await root.lstat(path))?.mtimeNs
  if (once === mtimeNs) return once
  if (!(await root.setMtime(path, mtimeNs, only))) return undefined
  const twice = (await root.lstat(path))?.mtimeNs
  return once === twice ? twice : undefined
}
