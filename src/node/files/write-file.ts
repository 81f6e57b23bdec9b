/**
 * Changes that a person makes through the app instead of the file manager. Promises that a file is
 * written whole or not at all, that what it replaces or deletes is parked first, and that nothing
 * of the engine's own can be touched. Never records anything: the caller scans the path afterwards.
 */
import { createHash, type Hash } from 'node:crypto'
import { codeOf, PeerfoldError } from '../base/errors.ts'
import { randomHex } from '../base/random.ts'
import type { FileRecord } from '../core/record.ts'
import type { FileStat, WriteHandle } from '../fs/file-system.ts'
import { isOwnName } from '../fs/own-directory.ts'
import { checkRelativePath, nameOf, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { confirmHeld } from '../sync/confirm-held.ts'
import { hashLinkTarget } from '../sync/local-record.ts'
import { digestFile } from '../sync/manifests.ts'
import { temporaryPath } from '../sync/own-names.ts'
import type { FolderContext } from '../sync/ports.ts'
import type { CutUploads, UploadPart, WriteRest } from './cut-uploads.ts'
import { moveToFreeName } from './free-move.ts'
import { refuseAnother } from '../fs/spelling.ts'
import { sameFile } from '../sync/stat-compare.ts'
import { saidOf } from '../sync/target.ts'

export interface WriteAttributes {
  readonly mtimeNs?: bigint | undefined
  /** Permission bits, 0o777. */
  readonly mode?: number | undefined
  /** Bytes announced, for checking the space beforehand. */
  readonly sizeBytes?: number | undefined
  /** What has the name already stays: FILE_EXISTS. */
  readonly mustBeNew?: boolean
  /** It may be cut and go on: what `uploads` keeps for it. */
  readonly upload?: UploadPart | undefined
}

export interface Written {
  readonly stat: FileStat
  /** Tagged hash of what was written. */
  readonly contentHash: string
}

const DEFAULT_MODE = 0o644

/** BAD_PATH for anything outside the folder or of the engine's own. */
export function checkUserPath(path: string): RelativePath {
  const checked = checkRelativePath(path)
  if (isOwnName(checked) || nameOf(checked) === '')
    throw new PeerfoldError('BAD_PATH', 'this path belongs to Peerfold', { path })
  return checked
}

/** FILE_EXISTS when a directory or link is in the way, FILE_CHANGED when it changed meanwhile. */
export async function writeFile(
  context: FolderContext,
  target: string,
  content: AsyncIterable<Uint8Array>,
  attributes: WriteAttributes,
  signal?: AbortSignal,
  uploads?: CutUploads,
): Promise<Written> {
  const path = checkUserPath(target)
  const { root } = context
  if (attributes.mustBeNew && (await root.lstat(path)) !== undefined) throw taken(path)
  await checkSpace(context, attributes.sizeBytes)
  await makeParents(context, path)
  const work: WriteRest<Written> = async (temporary, written, stop) => {
    const contentHash = await writeBeside(context, temporary, written, content, attributes, stop)
    const placed = () => putInPlace(context, temporary, path, attributes)
    await context.locks.hold([path], () => context.decided.during(path, contentHash, placed))
    await root.syncDirectory(parentOf(path))
    const stat = await root.lstat(path)
    if (!stat) throw new PeerfoldError('FILE_CHANGED', 'the file was removed meanwhile', { path })
    return { stat, contentHash }
  }
  const { upload } = attributes
  if (upload && uploads) return uploads.run(context, path, upload, signal, work)
  const temporary = temporaryPath(context.marker.secret, path, `upload ${randomHex(context.random, 16)}`)
  return context.locks.hold([temporary], async () => {
    try {
      return await work(temporary, { bytes: 0 }, signal ?? new AbortController().signal)
    } finally {
      if ((await root.lstat(temporary)) !== undefined) await root.unlink(temporary)
    }
  })
}

function taken(path: RelativePath): PeerfoldError {
  return new PeerfoldError('FILE_EXISTS', 'this name is taken', { path })
}

/** DISK_FULL. */
export async function checkSpace(context: FolderContext, sizeBytes = 0): Promise<void> {
  const free = await context.root.freeBytes()
  if (sizeBytes > free)
    throw new PeerfoldError('DISK_FULL', 'there is not enough space for this file', { sizeBytes, free })
}

/** The directories above `path`; FILE_EXISTS when something else is in the place of one. */
export async function makeParents({ root }: FolderContext, path: RelativePath): Promise<void> {
  const parent = parentOf(path)
  if (parent === '') return
  const stat = await root.lstat(parent)
  if (stat?.kind === 'directory') return
  if (stat) throw new PeerfoldError('FILE_EXISTS', 'a file is in the place of a directory', { path: parent })
  await makeParents({ root } as FolderContext, parent)
  try {
    await root.makeDirectory(parent, 0o755)
  } catch (error) {
    // Of two files that come at the same time one makes it.
    if (codeOf(error) !== 'FILE_EXISTS' || (await root.lstat(parent))?.kind !== 'directory') throw error
  }
  await root.syncDirectory(parentOf(parent))
}

/** Goes on behind what is `written` already, which is read again for the hash of the whole. */
async function writeBeside(
  { root }: FolderContext,
  temporary: RelativePath,
  written: { bytes: number },
  content: AsyncIterable<Uint8Array>,
  { mode = DEFAULT_MODE, mtimeNs }: WriteAttributes,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256')
  const isBegun = written.bytes > 0
  const handle = isBegun ? await root.openWrite(temporary) : await root.createFile(temporary, 0o600)
  try {
    if (isBegun) await readBegun(handle, written.bytes, hash, signal)
    for await (const bytes of content) {
      signal.throwIfAborted()
      await handle.write(bytes, written.bytes)
      hash.update(bytes)
      written.bytes += bytes.length
    }
    await handle.setMode(mode & 0o777)
    if (mtimeNs !== undefined) await handle.setMtime(mtimeNs)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return `sha256:${hash.digest('hex')}`
}

/** Bytes read at once when a begun file goes on. */
const READ_BYTES = 1 << 20

/** What lies behind `bytes` was never counted and goes. */
async function readBegun(handle: WriteHandle, bytes: number, hash: Hash, signal: AbortSignal): Promise<void> {
  await handle.truncate(bytes)
  const piece = new Uint8Array(Math.min(READ_BYTES, bytes))
  for (let position = 0; position < bytes;) {
    signal.throwIfAborted()
    const length = await handle.read(piece.subarray(0, Math.min(piece.length, bytes - position)), position)
    if (length === 0) throw new PeerfoldError('FILE_CHANGED', 'what had arrived is not there any more')
    hash.update(piece.subarray(0, length))
    position += length
  }
}

async function putInPlace(
  context: FolderContext,
  temporary: RelativePath,
  path: RelativePath,
  { mustBeNew = false }: WriteAttributes,
): Promise<void> {
  const { root } = context
  const there = await root.lstat(path)
  if (!there) return moveToFreeName(root, temporary, path)
  await refuseAnother(root, path, there)
  if (mustBeNew) throw taken(path)
  if (there.kind !== 'file') throw new PeerfoldError('FILE_EXISTS', 'this name is no file', { path })
  const parked = await parkAsIs(context, path, there, 'replaced')
  if (!(await orAbandon(parked, () => root.replaceIfUnchanged(temporary, path, parked.live))))
    throw changed(path)
}

/**
 * FILE_NOT_FOUND; DIRECTORY_NOT_EMPTY for directories with anything in them; NAME_COLLISION when the disk
 * takes the name for another one.
 */
export async function deleteFile(context: FolderContext, target: string): Promise<void> {
  const path = checkUserPath(target)
  const { root } = context
  await context.locks.hold([path], async () => {
    const there = await root.lstat(path)
    if (!there) throw new PeerfoldError('FILE_NOT_FOUND', 'there is no such file', { path })
    await refuseAnother(root, path, there)
    if (there.kind === 'directory') await context.decided.during(path, '', () => root.removeDirectory(path))
    else await deleteAsIs(context, path, there)
    await root.syncDirectory(parentOf(path))
  })
}

/** Parks and unlinks a file or link; the caller holds the path, and `there` is what it saw. */
export async function deleteAsIs(context: FolderContext, path: RelativePath, there: FileStat): Promise<void> {
  const parked = await parkAsIs(context, path, there, 'deleted')
  await context.decided.during(path, '', async () => {
    const remove = () => context.root.unlinkIfUnchanged(path, parked.live)
    if (!(await orAbandon(parked, remove))) throw changed(path)
  })
}

function changed(path: RelativePath): PeerfoldError {
  return new PeerfoldError('FILE_CHANGED', 'the file changed meanwhile; it stays as it is', { path })
}

/**
 * A save that no scan has seen yet: under the hash of what was there before, its version would pass for
 * damaged. FILE_CHANGED when it is written while it is read.
 */
async function hashNow(
  context: FolderContext,
  path: RelativePath,
  { kind }: FileStat,
  linkTarget: string,
): Promise<string> {
  if (kind === 'symlink') return hashLinkTarget(linkTarget)
  if (kind !== 'file') return ''
  // RACE: a save in the tick of the disk's clock that stamped what is read here; see restore.ts.
  try {
    const { heldStill, contentHash } = await digestFile(context, path)
    if (!heldStill) throw changed(path)
    return contentHash
  } catch (error) {
    // What cannot be read can be kept all the same.
    if (!['PERMISSION_DENIED', 'IO_ERROR'].includes(codeOf(error))) throw error
    return ''
  }
}

/**
 * Parks what is on the disk, which the index may not have seen yet. FILE_CHANGED, and nothing is parked, when
 * it is no longer what `stat` saw: it would be kept under the hash of what was there before.
 */
export async function parkAsIs(
  context: FolderContext,
  path: RelativePath,
  stat: FileStat,
  reason: 'replaced' | 'deleted',
): Promise<{ live: FileStat; abandon(): Promise<void> }> {
  const { index, folder, self, root } = context
  if (stat.kind === 'other') throw new PeerfoldError('KIND_UNSUPPORTED', 'this is no file', { path })
  // Another name of it stays, and gets another ctime with this.
  if (stat.links > 1) await confirmHeld(context, path, stat)
  const [row] = await index.call('local', { folder, paths: [path] })
  const known = saidOf(row, stat)
  const linkTarget = stat.kind === 'symlink' ? await root.readLink(path) : ''
  const record: FileRecord = {
    path,
    kind: stat.kind,
    deleted: false,
    size: stat.size,
    mode: stat.mode & 0o777,
    mtimeNs: stat.mtimeNs,
    contentHash: known?.contentHash ?? (await hashNow(context, path, stat, linkTarget)),
    replacedHash: '',
    linkTarget,
    author: known?.author ?? self,
    version: [],
    conflictOf: '',
  }
  const parked = await context.archive.park({ path, record, reason, by: self })
  if (await orAbandon(parked, async () => sameFile(parked.live, stat))) return parked
  throw changed(path)
}

/** What was parked for a step that is not taken is no version. */
async function orAbandon(
  parked: { abandon(): Promise<void> },
  lastStep: () => Promise<boolean>,
): Promise<boolean> {
  const isTaken = await lastStep().catch(async (error: unknown) => {
    await parked.abandon()
    throw error
  })
  if (!isTaken) await parked.abandon()
  return isTaken
}
