/**
 * A person decides a conflict. Promises that what loses is parked before its name goes, that each step
 * is taken only while the disk still is what the person was shown, and that a copy which becomes the
 * original, or a file of its own, moves there in one step. Never records anything: the caller scans the
 * paths afterwards, so that the decision travels as ordinary changes.
 */
import { PeerfoldError } from '../base/errors.ts'
import { freeName } from '../core/free-name.ts'
import { isOnDisk } from '../core/record.ts'
import type { FileRecord } from '../core/record.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { confirmHeld } from '../sync/confirm-held.ts'
import type { FolderContext } from '../sync/ports.ts'
import { sameFile } from '../sync/stat-compare.ts'
import { isDamaged } from '../sync/target.ts'
import { moveToFreeName } from './free-move.ts'
import { checkUserPath, deleteAsIs, parkAsIs } from './write-file.ts'

/** Names tried for a copy that is to be kept; one directory with more of them is no directory of people. */
const NAMES_LIMIT = 10_000

/** Hashes; the original's is empty when nothing had the name. */
export interface SeenConflict {
  readonly copy: string
  readonly original: string
}

interface Conflict {
  readonly copy: FileRecord
  /** The copy on the disk, as the index knows it. */
  readonly stat: FileStat
}

/**
 * `path` is that of the copy; `seen` the hashes of both sides as the person saw them. Returns the paths to look at. FILE_NOT_FOUND when there is no such conflict
 * (any more), FILE_CHANGED when the disk is not what was recorded or the record not what was seen, FILE_EXISTS when a directory has the
 * name that the copy is to get, FILE_DAMAGED when the disk has spoiled the copy, IO_ERROR when it cannot read it.
 */
export async function resolveConflict(
  context: FolderContext,
  target: string,
  keep: 'original' | 'copy' | 'both',
  seen?: SeenConflict,
): Promise<RelativePath[]> {
  const path = checkUserPath(target)
  const original = (await getConflict(context, path)).copy.conflictOf
  if (keep === 'both') return giveOwnName(context, path, original)
  return context.locks.hold([path, original], async () => {
    const { copy, stat } = await getConflict(context, path)
    if (seen) await checkSeen(context, copy, seen)
    if (keep === 'original') await deleteAsIs(context, path, stat)
    else {
      await checkWhole(context, path, stat)
      const placed = () => putInPlaceOf(context, path, original)
      const freed = () => context.decided.during(original, copy.contentHash, placed)
      await context.decided.during(path, '', freed)
    }
    await context.root.syncDirectory(parentOf(path))
    if (parentOf(original) !== parentOf(path)) await context.root.syncDirectory(parentOf(original))
    return [path, original]
  })
}

/** The conflict as the index has it, checked against the disk. */
async function getConflict(context: FolderContext, path: RelativePath): Promise<Conflict> {
  const { index, folder, root } = context
  const [row] = await index.call('local', { folder, paths: [path] })
  const { record: copy, stance } = row?.announced ?? {}
  const isCopy = copy && !copy.deleted && copy.kind !== 'directory' && copy.conflictOf !== ''
  const stat = isCopy && stance === 'holds' ? await root.lstat(path) : undefined
  if (!isCopy || !stat)
    throw new PeerfoldError('FILE_NOT_FOUND', 'there is no conflict copy with this path', { path })
  if (row?.disk && sameFile(stat, row.disk.stat)) return { copy, stat }
  throw new PeerfoldError('FILE_CHANGED', 'the copy is not what was recorded of it', { path })
}

/** Nobody decides about content that nobody looked at. */
async function checkSeen(context: FolderContext, copy: FileRecord, seen: SeenConflict): Promise<void> {
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: [copy.conflictOf] })
  const { record, stance } = row?.announced ?? {}
  const original = stance === 'holds' && record && !record.deleted ? record.contentHash : ''
  if (copy.contentHash === seen.copy && original === seen.original) return
  throw new PeerfoldError('FILE_CHANGED', 'one of the versions is not what was shown', { path: copy.path })
}

/** Under another name what the disk spoiled would pass for what the person chose. */
async function checkWhole(context: FolderContext, path: RelativePath, stat: FileStat): Promise<void> {
  if (await confirmHeld(context, path, stat)) return
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: [path] })
  if (isDamaged(row) && row?.announced.reason === 'IO_ERROR')
    throw new PeerfoldError('IO_ERROR', 'the disk cannot read this copy', { path })
  if (isDamaged(row)) throw new PeerfoldError('FILE_DAMAGED', 'the disk has spoiled this copy', { path })
  throw new PeerfoldError('FILE_CHANGED', 'the copy is being changed', { path })
}

/** The copy's name goes and the original's becomes the copy, in one step. */
async function putInPlaceOf(
  context: FolderContext,
  path: RelativePath,
  original: RelativePath,
): Promise<void> {
  const { root } = context
  const there = await root.lstat(original)
  if (!there) return moveToFreeName(root, path, original)
  if (there.kind !== 'file' && there.kind !== 'symlink')
    throw new PeerfoldError('FILE_EXISTS', 'what has the name is no file', { path: original })
  await checkRecorded(context, original, there)
  const parked = await parkAsIs(context, original, there, 'replaced')
  try {
    if (await root.replaceIfUnchanged(path, original, parked.live))
      return await dropTwin(root, path, original)
  } catch (error) {
    await parked.abandon()
    throw error
  }
  await parked.abandon()
  throw new PeerfoldError('FILE_CHANGED', 'the original changed meanwhile; nothing was replaced', {
    path: original,
  })
}

/** Of two names of one file the rename keeps both. */
async function dropTwin(root: FolderRoot, path: RelativePath, original: RelativePath): Promise<void> {
  const [left, placed] = [await root.lstat(path), await root.lstat(original)]
  if (left && placed && left.inode === placed.inode) await root.unlinkIfUnchanged(path, left)
}

/** What nobody has recorded yet, nobody was shown when the decision was made. */
async function checkRecorded(context: FolderContext, path: RelativePath, stat: FileStat): Promise<void> {
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: [path] })
  if (row?.disk && isOnDisk(row.announced.stance) && sameFile(stat, row.disk.stat)) return
  throw new PeerfoldError('FILE_CHANGED', 'the original is not what was recorded of it', { path })
}

async function giveOwnName(
  context: FolderContext,
  path: RelativePath,
  original: RelativePath,
): Promise<RelativePath[]> {
  for (let number = 2; number < NAMES_LIMIT; number++) {
    const free = freeName(original, number)
    if (!(await isFree(context, free))) continue
    await context.locks.hold([path, free], async () => {
      const { stat } = await getConflict(context, path)
      await checkWhole(context, path, stat)
      await context.decided.during(path, '', () => moveToFreeName(context.root, path, free))
      await context.root.syncDirectory(parentOf(free))
    })
    return [path, free]
  }
  throw new PeerfoldError('FILE_EXISTS', 'no free name was found', { path: original })
}

/** Nothing is there, and nothing is on its way there. */
async function isFree({ root, index, folder }: FolderContext, path: RelativePath): Promise<boolean> {
  if ((await root.lstat(path)) !== undefined) return false
  const { plan, local } = await index.call('planOf', { folder, path })
  return plan.kind !== 'place' && (local === undefined || local.announced.record.deleted)
}
