/**
 * The two moves that displace a live file: setting it aside (a second name in the store) and
 * taking it out of its directory. Promises that whatever is taken out has been set aside, that a
 * file which somebody put there meanwhile goes back, and that nothing is overwritten. Never syncs
 * a directory: the caller does, once for a batch.
 */
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import {
  createDurable,
  hashHandle,
  isSameFile,
  isUntouched,
  placeExclusively,
  removeQuietly,
} from './content.ts'
import { contentPath, dayOf, dayPath, movedPath } from './layout.ts'
import type { DisplacedKind } from './description.ts'
import type { VersionId } from './layout.ts'

/**
 * Awaited before another name of a file goes, which moves the ctime of the one that stays: whoever knows
 * what the file should hold can look. `is`: as it is now; `was`: before it got that other name.
 */
export type ConfirmLive = (path: RelativePath, is: FileStat, was?: FileStat | 'unknown') => Promise<unknown>

/** What was set aside, and how. */
export interface Aside {
  /**
   * 'link': the same file has two names. 'copy': the disk has no hard links, or it is a symlink.
   * 'pending': nothing done yet; the file itself will be moved.
   */
  readonly by: 'link' | 'copy' | 'pending'
  /** The live file after it was set aside (linking moves ctime): what to compare before replacing. */
  readonly live: FileStat
  /** Before that. */
  readonly before: FileStat
}

/** Gives the live file a second, exclusive name in the store; its content is durable afterwards. */
export async function setAside(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  kind: DisplacedKind,
  {
    mayMove,
    mayShare,
    confirm,
  }: {
    readonly mayMove: boolean
    /** Other names of the file may go on sharing its bytes with what is set aside. */
    readonly mayShare: boolean
    readonly confirm: ConfirmLive | undefined
  },
): Promise<Aside> {
  const before = await getLive(root, from, kind)
  if (kind === 'symlink') return copyLink(root, from, id, before)
  // Who writes to the other name would write into the version.
  const copied = before.links > 1 && !mayShare && (await copyIfPossible(root, from, id, before))
  if (copied) return copied
  try {
    await root.link(from, contentPath(id))
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'LINK_UNSUPPORTED') throw error
    if (!mayMove || !(await isOnDiskOfStore(root, id, before))) return copyFile(root, from, id, before)
    await syncContent(root, from)
    return { by: 'pending', live: before, before }
  }
  try {
    await syncContent(root, contentPath(id))
    const live = await root.lstat(contentPath(id))
    if (live?.kind !== 'file') throw changed(from)
    return { by: 'link', live, before }
  } catch (error) {
    await unlinkAside(root, from, id, before, confirm)
    throw error
  }
}

/** Takes the second name away again, if the first one still is there. */
async function unlinkAside(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  before: FileStat,
  confirm: ConfirmLive | undefined,
): Promise<void> {
  const live = await root.lstat(from).catch(() => undefined)
  const aside = await root.lstat(contentPath(id)).catch(() => undefined)
  if (live === undefined || aside === undefined || !isSameFile(live, aside)) return
  await confirm?.(from, live, before).catch(() => undefined) // the error that ended it is the one to be told
  await removeQuietly(root, contentPath(id))
}

/** Removes the live file that was set aside; FILE_CHANGED when another one is there now. */
export async function takeOut(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  aside: Aside,
): Promise<void> {
  if (aside.by === 'copy' && !(await isOnDiskOfStore(root, id, aside.live)))
    return removeElsewhere(root, from, aside)
  const target = aside.by === 'pending' ? contentPath(id) : movedPath(id)
  if ((await root.lstat(target)) !== undefined)
    throw new PeerfoldError('FILE_EXISTS', 'the store already has this name', { path: target })
  const now = await root.lstat(from)
  if (now === undefined || !isSameAsAside(aside, now)) throw changed(from)
  // RACE: another file may take this name between that look and the rename, and is moved then.
  // Worst case: it is away from its place until it is put back below, or listed among the versions.
  await root.rename(from, target)
  const moved = await root.lstat(target)
  if (moved === undefined || !(await isWhatWasSetAside(root, id, aside, moved))) {
    await putBack(root, target, from)
    throw changed(from)
  }
  if (target !== contentPath(id)) await removeQuietly(root, target)
}

/** A directory of the folder may lie on another disk, from which nothing can be linked or moved. */
async function isOnDiskOfStore(root: FolderRoot, id: VersionId, live: FileStat): Promise<boolean> {
  return (await root.lstat(dayPath(dayOf(id))))?.device === live.device
}

async function removeElsewhere(root: FolderRoot, from: RelativePath, aside: Aside): Promise<void> {
  const now = await root.lstat(from)
  if (now === undefined || !isSameAsAside(aside, now)) throw changed(from)
  // RACE: a program may write or replace the file between that look and the removal.
  // Worst case: that write is lost. Accepted: a file on another disk cannot be moved here first.
  await root.unlink(from)
}

/** Whether `now` still is what was set aside, so that nothing is lost when the copy goes. */
export function isSameAsAside(aside: Aside, now: FileStat): boolean {
  return aside.by === 'link' ? isSameFile(aside.live, now) : isUntouched(aside.live, now)
}

async function isWhatWasSetAside(
  root: FolderRoot,
  id: VersionId,
  aside: Aside,
  moved: FileStat,
): Promise<boolean> {
  if (moved.kind === 'symlink')
    return (
      aside.by === 'copy' && (await root.readLink(movedPath(id))) === (await root.readLink(contentPath(id)))
    )
  // Renaming moves ctime, so a copied or moved file is known by inode, size and mtime.
  const { live } = aside
  const isSame = isSameFile(live, moved) && moved.kind === live.kind
  return isSame && (aside.by === 'link' || (moved.size === live.size && moved.mtimeNs === live.mtimeNs))
}

/** What cannot go back (its place was taken again) stays in the store and is listed there. */
async function putBack(root: FolderRoot, moved: RelativePath, from: RelativePath): Promise<void> {
  try {
    const stat = await root.lstat(moved)
    // Renaming a directory never overwrites a file or a filled directory.
    if (stat?.kind === 'directory') return await root.rename(moved, from)
    if (stat?.kind !== 'symlink') return await placeExclusively(root, moved, from)
    await root.makeSymlink(from, await root.readLink(moved))
    await root.unlink(moved)
  } catch (error) {
    throw new PeerfoldError(
      'FILE_CHANGED',
      'the file changed and is kept among the versions',
      { path: from },
      error,
    )
  }
}

async function getLive(root: FolderRoot, from: RelativePath, kind: DisplacedKind): Promise<FileStat> {
  const stat = await root.lstat(from)
  if (stat === undefined)
    throw new PeerfoldError('FILE_NOT_FOUND', 'the file is not there any more', { path: from })
  if (stat.kind !== kind) throw changed(from)
  return stat
}

/** A link is its target: making a new one is exclusive on every disk, and linking one is not portable. */
async function copyLink(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  before: FileStat,
): Promise<Aside> {
  await root.makeSymlink(contentPath(id), await root.readLink(from))
  return { by: 'copy', live: before, before }
}

/** Undefined when it cannot be read: as a second name it is kept all the same. */
async function copyIfPossible(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  before: FileStat,
): Promise<Aside | undefined> {
  try {
    return await copyFile(root, from, id, before)
  } catch (error) {
    if (!['PERMISSION_DENIED', 'IO_ERROR'].includes(codeOf(error))) throw error
    return undefined
  }
}

async function copyFile(
  root: FolderRoot,
  from: RelativePath,
  id: VersionId,
  before: FileStat,
): Promise<Aside> {
  await createDurable(root, contentPath(id), 0o600, async (to) => {
    const handle = await root.openRead(from)
    const copied = await hashHandle(handle, to).finally(() => handle.close())
    if ((await hashHandle(to)).contentHash !== copied.contentHash)
      throw new PeerfoldError('IO_ERROR', 'the disk did not keep what was copied', { path: from })
    await to.setMode(before.mode)
    await to.setMtime(before.mtimeNs)
  })
  // RACE: a program may write the live file between this look and its replacement by the caller.
  // Worst case: that write is in neither the copy nor the new file.
  // Accepted: without hard links there is no way to keep the file itself under its name.
  const after = await root.lstat(from)
  if (after !== undefined && isUntouched(before, after)) return { by: 'copy', live: after, before }
  await removeQuietly(root, contentPath(id))
  throw changed(from)
}

/** What a program wrote and nobody synced would be lost by a power cut after the replacement. */
async function syncContent(root: FolderRoot, path: RelativePath): Promise<void> {
  try {
    const handle = await root.openRead(path)
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    // A mode that forbids its owner to read: worst case, a power cut takes what nobody had synced.
    if (!isPeerfoldError(error) || error.code !== 'PERMISSION_DENIED') throw error
  }
}

function changed(path: RelativePath): PeerfoldError {
  return new PeerfoldError('FILE_CHANGED', 'the file changed while it was being parked', { path })
}
