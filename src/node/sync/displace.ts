/**
 * Makes room for what comes: what is there is parked, the loser of a conflict gets its own name,
 * and only then does one last step take the name. Promises that whatever somebody writes meanwhile
 * stays, that damaged bytes are parked as such and never copied, and that nothing is left behind when
 * the step is not taken; where it fails, the copy may stay, and is the copy of the next try.
 */
import { codeOf } from '../base/errors.ts'
import { conflictCopyOf } from '../core/conflict-copy.ts'
import type { Author, FileRecord } from '../core/record.ts'
import { compareVectors } from '../core/version-vector.ts'
import type { FileStat } from '../fs/file-system.ts'
import { isSpelledSo } from '../fs/spelling.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { isWholeAgain } from './check-file.ts'
import { confirmHeld } from './confirm-held.ts'
import { copyContent } from './copy-content.ts'
import type { Displaced, FolderContext } from './ports.ts'
import { changeOf, lookAgain } from './record-placed.ts'
import type { Placed } from './record-placed.ts'
import { sameFile } from './stat-compare.ts'
import { isDamaged, liveOf } from './target.ts'

export interface Displacement {
  readonly path: RelativePath
  /** Who changed it. */
  readonly by: Author
  readonly reason: Displaced['reason']
  /** What is there becomes this record at another path first. */
  readonly keepCopy: FileRecord | undefined
  /** What is there, as it was compared with our statement. */
  readonly stat: FileStat
  /** Takes the name if the live file still is the one given; false when it is not. */
  readonly lastStep: (live: FileStat) => Promise<boolean>
}

/** The copies made, still to be recorded; or what to do instead, with everything as it was. */
export async function displace(
  context: FolderContext,
  displacement: Displacement,
  local: LocalRow | undefined,
): Promise<{ readonly copies: readonly LocalChange[] } | { readonly instead: Placed }> {
  const { path, by, reason, stat, lastStep } = displacement
  if (await isWholeAgain(context, local)) return { instead: lookAgain(path) }
  const keepCopy = isDamaged(local) ? undefined : displacement.keepCopy
  // What stays of the file, the copy or another name, gets another ctime with this.
  const leavesMore = keepCopy !== undefined || stat.links > 1
  if (leavesMore && !(await confirmHeld(context, path, stat))) return { instead: lookAgain(path) }
  const before = liveOf(local)
  if (!before || !local?.disk) return { instead: lookAgain(path) }
  // Linking it aside moves its ctime. With the mark lost in a power cut it would pass for an edit then.
  if (isDamaged(local)) await context.index.call('makeDurable', {})
  // First of all: where there is no room for it, nothing is begun.
  const parked = await context.archive.park(
    isDamaged(local)
      ? { path, record: { ...before, contentHash: '' }, reason: 'damaged', by: context.self }
      : { path, record: before, reason, by },
  )
  let copy: LocalChange | undefined | 'occupied'
  try {
    // Parking takes milliseconds, in which people write: it must still be what the plan was made on.
    if (sameFile(parked.live, local.disk.stat)) {
      copy = keepCopy && (await copyAside(context, keepCopy, path, local, stat))
      if (copy !== 'occupied' && (await lastStep(parked.live))) return { copies: copy ? [copy] : [] }
    }
  } catch (error) {
    await parked.abandon()
    throw error
  }
  await parked.abandon()
  if (copy === 'occupied') return { instead: lookAgain(path, ...(keepCopy ? [keepCopy.path] : [])) }
  return { instead: await undoCopy(context, copy, path) }
}

/** Undefined when the copy is there already, or was resolved before. */
async function copyAside(
  context: FolderContext,
  copy: FileRecord,
  path: RelativePath,
  local: LocalRow | undefined,
  stat: FileStat,
): Promise<LocalChange | undefined | 'occupied'> {
  const { root, index, folder } = context
  for (const hexDigits of [8, 16, 32, 64]) {
    const named = hexDigits === 8 ? copy : renamed(copy, path, local, hexDigits)
    const [row] = await index.call('local', { folder, paths: [named.path] })
    const known = row?.announced.record
    const seen = known && compareVectors(named.version, known.version)
    const isSame = known?.deleted === false && known.contentHash === named.contentHash
    if (seen === 'before' || (seen === 'equal' && isSame)) return undefined
    const isThere = liveOf(row)?.contentHash === named.contentHash
    if (isThere && !(await isGoing(context, named.path))) return undefined
    const there = await root.lstat(named.path)
    // Of a try that ended between here and recording it.
    const isMade = !liveOf(row) && there && sameFile(there, stat) && there.mode === stat.mode
    if (isMade && (await isSpelledSo(root, named.path))) return changeOf(context, named, row, there)
    if (liveOf(row) || there !== undefined) {
      // What has it in other letters keeps it, and no look at this name ever finds it.
      if (!row && (await isSpelledSo(root, named.path))) return 'occupied'
      continue
    }
    const copied = await linkOrCopy(context, path, named, stat)
    return copied ? changeOf(context, named, row, copied) : 'occupied'
  }
  return 'occupied'
}

/** Others deleted it, or put something else there, and that is still to be done here. */
async function isGoing({ index, folder }: FolderContext, path: RelativePath): Promise<boolean> {
  const { plan } = await index.call('planOf', { folder, path })
  const asked = plan.kind === 'withheld' && plan.direction === 'in' ? plan.would : plan
  return asked?.kind === 'delete' || asked?.kind === 'place'
}

/** The stat of the copy; undefined when its name was taken, or `path` is no longer what `stat` says. */
// RACE: the version that was parked and the copy are one file until the version is taken into packs. Worst
// case: who edits the copy in place within that hour edits the version, which is then said to be damaged.
// Accepted: an edit in place keeps nothing of what was there, on this device; copying would write every
// loser twice.
async function linkOrCopy(
  context: FolderContext,
  path: RelativePath,
  copy: FileRecord,
  stat: FileStat,
): Promise<FileStat | undefined> {
  const { root } = context
  try {
    await root.link(path, copy.path)
  } catch (error) {
    if (codeOf(error) !== 'LINK_UNSUPPORTED') throw error
    return copyContent(context, path, copy, stat)
  }
  await root.syncDirectory(parentOf(copy.path))
  const copied = await root.lstat(copy.path)
  // A mode that somebody set since is no part of the record, and no later look would tell it apart.
  if (copied && sameFile(copied, stat) && copied.mode === stat.mode) return copied
  if (copied && (await isOneFile(root, path, copied))) await root.unlinkIfUnchanged(copy.path, copied)
  return undefined
}

/** Whether `other` is a second name of what is at `path`. */
async function isOneFile(root: FolderContext['root'], path: RelativePath, other: FileStat): Promise<boolean> {
  const live = await root.lstat(path)
  return live !== undefined && live.inode === other.inode && live.device === other.device
}

/**
 * The path changed under us: the copy just made is of what was there before, and not needed yet. As a
 * second name of the very file that somebody is writing it goes whatever is in it now.
 */
async function undoCopy(
  { root }: FolderContext,
  copy: LocalChange | undefined,
  path: RelativePath,
): Promise<Placed> {
  if (!copy?.disk) return lookAgain(path)
  const made = await root.lstat(copy.record.path)
  const known = made && (await isOneFile(root, path, made)) ? made : { ...copy.disk.stat, links: 2 }
  return (await root.unlinkIfUnchanged(copy.record.path, known))
    ? lookAgain(path)
    : lookAgain(path, copy.record.path)
}

function renamed(
  copy: FileRecord,
  path: RelativePath,
  local: LocalRow | undefined,
  hexDigits: number,
): FileRecord {
  const conflictOf = local?.announced.record.conflictOf ?? ''
  return conflictCopyOf({ ...copy, path, conflictOf }, hexDigits)
}
