/**
 * Puts an old content back, as an ordinary change made on this device. Promises that the file
 * appears whole or not at all, that what was at its path is parked first, and that the version
 * restored from stays. Never records anything: the caller scans the path afterwards.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { FileStat, FolderRoot, WriteHandle } from '../fs/file-system.ts'
import { isOwnName } from '../fs/own-directory.ts'
import { checkRelativePath, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { refuseAnother } from '../fs/spelling.ts'
import { contentOf, getVersion, openVersion } from './catalogue.ts'
import type { Version } from './catalogue.ts'
import {
  createDurable,
  hashHandle,
  hashTarget,
  isUntouched,
  placeExclusively,
  removeQuietly,
} from './content.ts'
import type { Hashed } from './content.ts'
import type { DeviceLabel } from './description.ts'
import { makeUnlessThere } from './directories.ts'
import { directoriesAbove } from './layout.ts'
import type { ParkHandle, VersionStore } from './park.ts'
import type { ConfirmLive } from './set-aside.ts'

export interface RestoreParts {
  readonly root: FolderRoot
  readonly store: VersionStore
  readonly random: Random
  /**
   * Name of a temporary beside `target` for `content`, which an interrupted run is known by and
   * no scan takes for a user's file.
   */
  readonly temporaryPath: (target: RelativePath, content: string) => RelativePath
  /** Runs `work`, which puts that content there: a person wants it so. */
  readonly decided: <T>(path: RelativePath, contentHash: string, work: () => Promise<T>) => Promise<T>
  /** This device: what it replaces is displaced by it. */
  readonly device: DeviceLabel
  /** What the index says of the file with this stat; undefined when it may be about another one. */
  readonly whatIsAt: (
    path: RelativePath,
    stat: FileStat,
  ) => Promise<{ readonly author: DeviceLabel; readonly contentHash: string } | undefined>
  /** Awaited before one name of a file with several is displaced. */
  readonly confirm?: ConfirmLive | undefined
}

export interface RestoreRequest {
  readonly version: string
  /** Where to; the version's own path when absent. Needed for a version of unknown origin. */
  readonly path?: RelativePath
  /** What is there, though it is not what was claimed for it. */
  readonly evenDamaged?: boolean
}

export interface RestoreResult {
  readonly path: RelativePath
  readonly kind: Version['kind']
  /** Of what was restored. */
  readonly contentHash: string
  readonly size: number
  /** False when a program wrote the content after it was parked, or when nothing was claimed. */
  readonly isAsClaimed: boolean
  /** Version id of what was at the path; undefined when it was free. */
  readonly parked: string | undefined
}

/** A content that can be written down again, wherever it is kept. */
export interface OldContent {
  readonly kind: Version['kind']
  /** Permission bits; those of a symlink are ignored. */
  readonly mode: number
  readonly mtimeNs: bigint
  /** What it must turn out to be (VERSION_DAMAGED); undefined takes what is there. */
  readonly contentHash: string | undefined
  /** Of a symlink. */
  readTarget(): Promise<string>
  /** Of a file: writes all of it. */
  copyTo(out: WriteHandle): Promise<Hashed>
}

/** What a person was shown may be another one by now: throws FILE_CHANGED when it is. */
export type CheckTarget = (there: FileStat | undefined) => Promise<void>

/**
 * Throws VERSION_NOT_FOUND, VERSION_DAMAGED (and places nothing), BAD_PATH, BAD_INPUT (unknown origin
 * and no path), FILE_EXISTS (a directory or a special file is in the way), NAME_COLLISION (the disk takes
 * the path for another one), FILE_CHANGED (the path changed meanwhile; nothing was replaced) and the
 * errors of the disk.
 */
export async function restoreVersion(parts: RestoreParts, request: RestoreRequest): Promise<RestoreResult> {
  const version = await getVersion(parts.root, request.version)
  const path = targetOf(version, request)
  const isKnown = version.origin === 'known'
  if (isKnown && version.reason === 'damaged' && !request.evenDamaged)
    throw new PeerfoldError('VERSION_DAMAGED', 'the disk spoiled this content', { version: version.id })
  const claimed =
    isKnown && version.contentHash !== '' && !request.evenDamaged ? version.contentHash : undefined
  const placed = await placeOld(parts, { ...oldContentOf(parts.root, version), contentHash: claimed }, path)
  const isAsClaimed = version.origin === 'known' && version.contentHash === placed.contentHash
  return { ...placed, isAsClaimed }
}

/** The content of a version that is kept here, whatever it is by now. */
export function oldContentOf(root: FolderRoot, version: Version): OldContent {
  return {
    kind: version.kind,
    mode: version.mode,
    mtimeNs: version.mtimeNs,
    contentHash: undefined,
    readTarget: () => root.readLink(contentOf(version)),
    copyTo: async (out) => {
      const content = await openVersion(root, version)
      return hashHandle(content, out).finally(() => content.close())
    },
  }
}

/** Puts `content` at `path`; see restoreVersion for what it throws. */
export async function placeOld(
  parts: RestoreParts,
  content: OldContent,
  path: RelativePath,
  check: CheckTarget = async () => {},
): Promise<Omit<RestoreResult, 'isAsClaimed'>> {
  const { root } = parts
  await makeTree(root, parentOf(path))
  const temporary = parts.temporaryPath(path, `restore ${randomHex(parts.random, 16)}`)
  const hashed = await writeBeside(root, content, temporary)
  let parked: string | undefined
  try {
    checkHash(content, hashed, path)
    const placed = () => place(parts, temporary, path, check)
    parked = await parts.decided(path, hashed.contentHash, placed)
  } catch (error) {
    await removeQuietly(root, temporary)
    throw error
  }
  await root.syncDirectory(parentOf(path))
  return { path, kind: content.kind, ...hashed, parked }
}

function checkHash({ contentHash: wanted }: OldContent, { contentHash }: Hashed, path: RelativePath): void {
  if (wanted === undefined || wanted === contentHash) return
  throw new PeerfoldError('VERSION_DAMAGED', 'what is kept is not what it was', { path, wanted, contentHash })
}

function targetOf(version: Version, request: RestoreRequest): RelativePath {
  const path = request.path ?? (version.origin === 'known' ? version.path : undefined)
  if (path === undefined)
    throw new PeerfoldError('BAD_INPUT', 'nobody knows where this version was: give a path', {
      version: version.id,
    })
  checkRelativePath(path)
  if (isOwnName(path)) throw new PeerfoldError('BAD_PATH', 'this path belongs to Peerfold', { path })
  return path
}

async function makeTree(root: FolderRoot, directory: RelativePath): Promise<void> {
  if (directory === '') return
  for (const path of [...directoriesAbove(directory).slice(1), directory])
    if (await makeUnlessThere(root, path, 0o755)) await root.syncDirectory(parentOf(path))
}

async function writeBeside(root: FolderRoot, content: OldContent, temporary: RelativePath): Promise<Hashed> {
  if (content.kind === 'symlink') {
    const target = await content.readTarget()
    await root.makeSymlink(temporary, target)
    await root.setMtime(temporary, content.mtimeNs)
    return hashTarget(target)
  }
  return createDurable(root, temporary, 0o600, async (out) => {
    const hashed = await content.copyTo(out)
    await out.setMode(content.mode & 0o777)
    await out.setMtime(content.mtimeNs)
    return hashed
  })
}

/** Returns the version id of what had to give way. */
async function place(
  parts: RestoreParts,
  temporary: RelativePath,
  path: RelativePath,
  check: CheckTarget,
): Promise<string | undefined> {
  const there = await parts.root.lstat(path)
  await check(there)
  if (there === undefined) {
    await placeFree(parts.root, temporary, path)
    return undefined
  }
  await refuseAnother(parts.root, path, there)
  if (there.links > 1) await parts.confirm?.(path, there)
  const handle = await prepareFor(parts, path, there)
  const live = await parts.store.adopt(handle, path, 'link')
  try {
    if (isAsSeen(there, live) && (await parts.root.replaceIfUnchanged(temporary, path, live)))
      return handle.id
    throw changed(path)
  } catch (error) {
    await parts.store.abandon(handle)
    throw error
  }
}

/**
 * What was saved while it was being set aside must not be kept under the hash of what was there before.
 * Linking it aside moves ctime.
 */
// RACE: where stamps tick coarsely, a save in the tick of the one that was just read looks like that one.
// Worst case: its version claims the hash of the other, and comes back only as the damaged one it seems to be.
// Accepted: waiting for the next tick (2 s on FAT) would hold up every restore over what no scan has seen.
function isAsSeen(there: FileStat, live: FileStat): boolean {
  return isUntouched({ ...there, ctimeNs: live.ctimeNs }, live)
}

function changed(path: RelativePath): PeerfoldError {
  return new PeerfoldError('FILE_CHANGED', 'the file changed while it was being replaced', { path })
}

/** Hard-linking a symlink is not portable, so a link is made anew: that is exclusive as well. */
async function placeFree(root: FolderRoot, temporary: RelativePath, path: RelativePath): Promise<void> {
  const stat = await root.lstat(temporary)
  if (stat?.kind !== 'symlink') return placeExclusively(root, temporary, path)
  await root.makeSymlink(path, await root.readLink(temporary))
  await root.setMtime(path, stat.mtimeNs)
  await removeQuietly(root, temporary)
}

async function prepareFor(parts: RestoreParts, path: RelativePath, there: FileStat): Promise<ParkHandle> {
  const { kind, mode, mtimeNs, size } = there
  if (kind !== 'file' && kind !== 'symlink')
    throw new PeerfoldError('FILE_EXISTS', 'something that is no file is at this path', { path })
  const known = await parts.whatIsAt(path, there)
  const linkTarget = kind === 'symlink' ? await parts.root.readLink(path) : ''
  // A save that no scan has seen yet must not be kept under the hash of what was there before.
  const hashNow = async () => (kind === 'symlink' ? hashTarget(linkTarget).contentHash : hashOf(parts, path))
  return parts.store.prepare({
    path,
    kind,
    mode,
    mtimeNs,
    size,
    contentHash: known?.contentHash ?? (await hashNow()),
    linkTarget,
    author: known?.author ?? parts.device,
    reason: 'replaced',
    displacedBy: parts.device,
  })
}

/** "" for what cannot be read: it can be kept all the same. FILE_CHANGED when it is written meanwhile. */
async function hashOf({ root }: RestoreParts, path: RelativePath): Promise<string> {
  try {
    const handle = await root.openRead(path)
    try {
      const before = await handle.stat()
      const { contentHash } = await hashHandle(handle)
      if (!isUntouched(before, await handle.stat())) throw changed(path)
      return contentHash
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!['PERMISSION_DENIED', 'IO_ERROR'].includes(codeOf(error))) throw error
    return ''
  }
}
