/**
 * Brings the content of a file into a temporary beside its target: first what is on this device
 * already, then the rest from other devices. Promises that every block was verified before it was
 * written and the whole before it is handed over, and that a half-finished temporary is continued.
 * Never touches the target.
 */
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { PlacedBlock } from '../codec/manifest.ts'
import { sketchOf } from '../codec/sketch.ts'
import type { FileRecord } from '../core/record.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import { fetchBlocks, findBlocks } from './manifests.ts'
import type { PageSource } from './manifests.ts'
import { callInDirectory } from './open-directory.ts'
import { temporaryPath } from './own-names.ts'
import type { Room } from './disk-space.ts'
import type { FolderContext } from './ports.ts'
import type { Receiving } from './transfers.ts'

/** A connected device that holds the file. */
export interface BlockSource extends PageSource {
  readonly device: string
  /** The block's bytes, unchecked; undefined when the device no longer has it. Waits for room. */
  requestBlock(record: FileRecord, block: PlacedBlock, signal: AbortSignal): Promise<Uint8Array | undefined>
}

/** Who is told of what moves; the end is the caller's to tell. */
export type AssembleProgress = Omit<Receiving, 'end'>

/** Blocks of one file asked for at once; the link's own window bounds the bytes. */
const REQUESTS_AT_ONCE = 32
/** Bytes of fetched blocks written in one call. */
const WRITE_BYTES = 2 << 20
/** Local files tried for the same content. */
const LOOKALIKES = 3
/** Blocks copied in one call. */
const COPY_BATCH = 4_096

export function temporaryOf(context: FolderContext, record: FileRecord): RelativePath {
  return temporaryPath(context.marker.secret, record.path, record.contentHash)
}

/**
 * Returns the temporary's path, complete and verified but not synced. Throws BLOCK_MISSING when no
 * source has a block (any more), BLOCK_HASH_MISMATCH when the whole is not what the record says;
 * what was verified stays for the next try.
 */
export async function assemble(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
  sources: readonly BlockSource[],
  progress: AssembleProgress,
  signal: AbortSignal,
): Promise<RelativePath> {
  const temporary = temporaryOf(context, record)
  const resumed = await dropUnusable(context, temporary)
  const room = await context.space.take(record.size, resumed)
  try {
    await openTemporary(context, temporary, record.size, resumed)
    const blocks = await fetchBlocks(context, record, sources, signal)
    const told = tellBoth(progress, room)
    const missing = await reuse(context, record, local, temporary, blocks, resumed, told)
    await fetchMissing(context, record, temporary, missing, sources, told, signal)
    // One block is all of it.
    if (blocks.length !== 1) await verifyWhole(context, record, temporary)
    return temporary
  } finally {
    room.end()
  }
}

function tellBoth(progress: AssembleProgress, room: Room): AssembleProgress {
  const both = (tell: (bytes: number) => void) => (bytes: number) => {
    tell(bytes)
    room.used(bytes)
  }
  return {
    received: both((bytes) => progress.received(bytes)),
    reused: both((bytes) => progress.reused(bytes)),
    resumed: () => progress.resumed(),
  }
}

/** What a temporary lets us do until it gets its name. */
const TEMPORARY_MODE = 0o600

/**
 * Whether there is one to go on with. One that has a second name is a file that was being placed when
 * the program died: it belongs to the user by now, who may have written into it, and writing here
 * would change it under them. One that was ready to be placed may have a mode that forbids to go on.
 */
async function dropUnusable(context: FolderContext, temporary: RelativePath): Promise<boolean> {
  const { root } = context
  const before = await root.lstat(temporary)
  if (!before) return false
  if (before.kind !== 'file' || before.links > 1) {
    await drop(context, temporary)
    return false
  }
  const isOpen = (before.mode & TEMPORARY_MODE) === TEMPORARY_MODE
  return isOpen || root.setMode(temporary, TEMPORARY_MODE, before)
}

async function drop(context: FolderContext, temporary: RelativePath): Promise<void> {
  await callInDirectory(context, parentOf(temporary), () => context.root.unlink(temporary))
}

/** A wrong size (of another life) is corrected. */
async function openTemporary(
  context: FolderContext,
  temporary: RelativePath,
  size: number,
  resumed: boolean,
): Promise<void> {
  const { root } = context
  const create = () => root.createFile(temporary, TEMPORARY_MODE)
  const handle = resumed
    ? await root.openWrite(temporary)
    : await callInDirectory(context, parentOf(temporary), create)
  try {
    // A disk that ends at 4 GB says so before anything has moved.
    const isHuge = size >= 2 ** 32
    if ((resumed || isHuge) && (await handle.stat()).size !== size) await handle.truncate(size)
  } finally {
    await handle.close()
  }
}

/** Files of this device with this content that may be used for the folder; its own, if there are any. */
export async function twinsOf(
  context: FolderContext,
  contentHash: string,
): Promise<{ root: string; path: RelativePath }[]> {
  const { index, folder, root } = context
  const limit = LOOKALIKES
  const here = await index.call('twins', { folder, kind: 'file', contentHash, limit })
  if (here.length > 0) return here.map(({ path }) => ({ root: root.path, path }))
  const roots = context.otherRoots()
  const found = await index.call('findContent', { contentHash, folders: [...roots.keys()], limit })
  return found.map(({ folder: other, record: { path } }) => ({ root: roots.get(other) ?? '', path }))
}

/** Copies what is here already; returns what is not. */
async function reuse(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
  temporary: RelativePath,
  blocks: readonly PlacedBlock[],
  resumed: boolean,
  progress: AssembleProgress,
): Promise<readonly PlacedBlock[]> {
  let missing = blocks
  const copy = async (from: { root: string; path: RelativePath }, offsets: OffsetOf): Promise<void> => {
    if (missing.length > 0) missing = await copyFrom(context, from, offsets, temporary, missing, progress)
  }
  if (resumed) await copy({ root: context.root.path, path: temporary }, (block) => block.offset)
  if (missing.length < blocks.length) progress.resumed()
  for (const twin of await twinsOf(context, record.contentHash)) await copy(twin, (block) => block.offset)
  const parked = await context.archive.findParked(record.contentHash)
  if (parked !== undefined) await copy({ root: context.root.path, path: parked }, (block) => block.offset)
  const copyAlike = async (root: string | undefined, basis: FileRecord): Promise<void> => {
    const known = root === undefined || missing.length === 0 ? undefined : await findBlocks(context, basis)
    if (root === undefined || !known) return
    const offsets = new Map(known.map((block) => [keyOf(block), block.offset]))
    await copy({ root, path: basis.path }, (block) => offsets.get(keyOf(block)))
  }
  const basis = local?.announced.record
  if (basis?.kind === 'file' && !basis.deleted) await copyAlike(context.root.path, basis)
  if (missing.length === 0 || blocks.length === 1) return missing
  // Renamed and edited, or a copy of something that was edited: most of it is here under another name.
  const roots = new Map([[context.folder, context.root.path], ...context.otherRoots()])
  const query = { sketch: sketchOf(blocks.map(({ hash }) => hash)), folders: [...roots.keys()] }
  for (const alike of await context.index.call('findAlike', { ...query, limit: LOOKALIKES }))
    await copyAlike(roots.get(alike.folder), alike.record)
  return missing
}

type OffsetOf = (block: PlacedBlock) => number | undefined

async function copyFrom(
  context: FolderContext,
  from: { root: string; path: RelativePath },
  offsetOf: OffsetOf,
  temporary: RelativePath,
  missing: readonly PlacedBlock[],
  progress: AssembleProgress,
): Promise<PlacedBlock[]> {
  const still: PlacedBlock[] = []
  const wanted = missing.filter((block) => offsetOf(block) !== undefined || !still.push(block))
  for (let start = 0; start < wanted.length; start += COPY_BATCH) {
    const batch = wanted.slice(start, start + COPY_BATCH)
    const items = batch.map((block) => {
      const { length, hash, offset } = block
      return { fromOffset: offsetOf(block) ?? 0, toOffset: offset, length, hash }
    })
    const { good } = await context.blocks.call('copyBlocks', {
      root: context.root.path,
      path: temporary,
      from,
      items,
    })
    for (const [i, block] of batch.entries()) {
      if (good[i]) progress.reused(block.length)
      else still.push(block)
    }
  }
  return still.toSorted((a, b) => a.index - b.index)
}

function keyOf(block: PlacedBlock): string {
  return `${block.length}:${Buffer.from(block.hash).toString('latin1')}`
}

async function fetchMissing(
  context: FolderContext,
  record: FileRecord,
  temporary: RelativePath,
  missing: readonly PlacedBlock[],
  sources: readonly BlockSource[],
  progress: AssembleProgress,
  signal: AbortSignal,
): Promise<void> {
  let next = 0
  let batch: { offset: number; hash: Uint8Array; bytes: Uint8Array }[] = []
  const write = async (): Promise<void> => {
    const blocks = batch
    batch = []
    if (blocks.length === 0) return
    const transfer = blocks.map(({ bytes }) => bytes.buffer as ArrayBuffer)
    await context.blocks.call('writeBlocks', { root: context.root.path, path: temporary, blocks }, transfer)
  }
  const work = async (worker: number): Promise<void> => {
    for (let block = missing[next++]; block; block = missing[next++]) {
      signal.throwIfAborted()
      const bytes = await fetchOne(record, block, sources, worker, signal)
      progress.received(bytes.length)
      batch.push({ offset: block.offset, hash: block.hash, bytes })
      if (batch.reduce((sum, one) => sum + one.bytes.length, 0) >= WRITE_BYTES) await write()
    }
  }
  const workers = Math.min(REQUESTS_AT_ONCE, missing.length)
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  await write()
}

/** Asks the sources in turn, each worker beginning with another one. Throws the reason of the last that failed. */
async function fetchOne(
  record: FileRecord,
  block: PlacedBlock,
  sources: readonly BlockSource[],
  worker: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let code: ErrorCode = 'BLOCK_MISSING'
  for (let tried = 0; tried < sources.length; tried++) {
    const source = sources[(worker + tried) % sources.length] as BlockSource
    try {
      const bytes = await source.requestBlock(record, block, signal)
      if (bytes?.length === block.length) return bytes
    } catch (error) {
      if (signal.aborted || !isPeerfoldError(error) || codeOf(error) === 'CANCELLED') throw error
      if (error.code === 'PEER_GONE' || error.code === 'TIMEOUT') code = error.code
    }
  }
  throw new PeerfoldError(code, 'no connected device has this content', { path: record.path })
}

/** The record's word for the whole content is checked as well, not only the blocks it names. */
async function verifyWhole(
  context: FolderContext,
  record: FileRecord,
  temporary: RelativePath,
): Promise<void> {
  const place = { root: context.root.path, path: temporary }
  const { contentHash } = await context.blocks.call('verifyFile', place)
  if (contentHash === record.contentHash) return
  await drop(context, temporary)
  throw new PeerfoldError('BLOCK_HASH_MISMATCH', 'the content is not what was announced', {
    path: record.path,
  })
}
