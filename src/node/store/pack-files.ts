/**
 * Whole files into packs. Promises to report a file as packed only when every block of it was read
 * back from durable packs, had its hash, and all of them together are the content that was read,
 * and that the file stood still meanwhile. Never changes or removes a file.
 */
import { codeOf, isPeerfoldError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { createChunker } from '../codec/chunker.ts'
import { chooseChunker } from '../codec/chunker-parameters.ts'
import { createContentHasher, equalBytes, hashBlock, tagHash } from '../codec/hash.ts'
import { createManifestBuilder } from '../codec/manifest.ts'
import type { FileStat, FolderRoot, ReadHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { PACK_BYTES, PackWriter } from './pack-writer.ts'
import { readAll } from './packed-content.ts'
import type { PackedContent } from './packed-content.ts'
import { Packs } from './packs.ts'
import type { ReadWindows } from './read-windows.ts'
import type { Work } from './running-work.ts'

export type PackedFile =
  | {
      readonly kind: 'packed'
      readonly path: RelativePath
      readonly content: PackedContent
      /** The file as it was read: remove it only while it still is that. */
      readonly stat: FileStat
    }
  /** FILE_CHANGED, VERSION_DAMAGED (the disk did not keep what was written), or why it cannot be read. */
  | { readonly kind: 'skipped'; readonly path: RelativePath; readonly code: ErrorCode }

export interface PackFilesPlan {
  readonly directory: RelativePath
  /** 20 hex digits by chance. */
  readonly prefix: string
  readonly files: readonly RelativePath[]
}

export interface PackFilesResult {
  /** One per file in order; fewer than asked for when a pack was full before. */
  readonly files: readonly PackedFile[]
  readonly packs: readonly string[]
}

/** What a file was when it was read, still to be verified. */
type Read = Extract<PackedFile, { kind: 'packed' }>

export async function packFiles(
  root: FolderRoot,
  plan: PackFilesPlan,
  windows: ReadWindows,
  work: Work,
): Promise<PackFilesResult> {
  const known = new Packs(root, plan.directory)
  await known.refresh()
  const writer = new PackWriter(root, plan.directory, plan.prefix)
  try {
    const files: PackedFile[] = []
    for (const path of plan.files) {
      files.push(await readIn({ root, known, writer, windows, work }, path))
      if (writer.writtenBytes >= PACK_BYTES) break
    }
    const packs = await writer.finish()
    await known.refresh()
    const verified: PackedFile[] = []
    for (const file of files) verified.push(file.kind === 'packed' ? await verify(known, file, work) : file)
    return { files: verified, packs }
  } catch (error) {
    await writer.discard()
    throw error
  } finally {
    await known.close()
  }
}

interface Route {
  readonly root: FolderRoot
  readonly known: Packs
  readonly writer: PackWriter
  readonly windows: ReadWindows
  readonly work: Work
}

/** Errors of reading are one file's own; those of writing end everything. */
async function readIn(route: Route, path: RelativePath): Promise<PackedFile> {
  const opened = await route.root.openRead(path).catch((error: unknown) => skipped(path, error))
  if ('kind' in opened) return opened
  try {
    const stat = await opened.stat()
    const content = await route.windows.withWindow(stat.size, (window) =>
      cut(route, opened, stat.size, window),
    )
    const after = await route.root.lstat(path)
    const isSame = after !== undefined && content.size === stat.size && stoodStill(stat, after)
    return isSame ? { kind: 'packed', path, content, stat } : { kind: 'skipped', path, code: 'FILE_CHANGED' }
  } catch (error) {
    if (error instanceof ReadFailure) return skipped(path, error.cause)
    throw error
  } finally {
    await opened.close()
  }
}

/** Tells a file that cannot be read from a pack that cannot be written. */
class ReadFailure extends Error {}

async function readPiece(file: ReadHandle, into: Uint8Array, position: number): Promise<number> {
  try {
    return await file.read(into, position)
  } catch (cause) {
    throw new ReadFailure('unreadable', { cause })
  }
}

async function cut(
  route: Route,
  file: ReadHandle,
  sizeBytes: number,
  window: Parameters<typeof createChunker>[1],
): Promise<PackedContent> {
  const chunker = createChunker(chooseChunker(sizeBytes), window)
  const hasher = createContentHasher()
  const builder = createManifestBuilder()
  const store = async (blocks: readonly Uint8Array[]): Promise<void> => {
    for (const bytes of blocks) {
      const hash = hashBlock(bytes)
      builder.add({ length: bytes.length, hash })
      await put(route, hash, bytes)
    }
  }
  let position = 0
  while (position < sizeBytes) {
    await route.work.step()
    const room = chunker.room().subarray(0, Math.min(READ_BYTES, sizeBytes - position))
    const count = await readPiece(file, room, position)
    if (count === 0) break
    hasher.update(room.subarray(0, count))
    await store(chunker.advance(count))
    position += count
    route.work.advance(count)
  }
  await store(chunker.finish())
  const pages: string[] = []
  for (const page of builder.finish().pages) {
    const hash = hashBlock(page)
    pages.push(tagHash(hash))
    await put(route, hash, page)
  }
  return { contentHash: hasher.finish(), size: position, pages }
}

/** As in digest.ts: what stays in the processor's cache from one use to the next. */
const READ_BYTES = 1024 * 1024

/** A block that is there already is believed only after reading it. */
async function put({ known, writer }: Route, hash: Uint8Array, bytes: Uint8Array): Promise<void> {
  const found = writer.has(hash) ? undefined : known.find(hash)
  if (found !== undefined) {
    const there = await known.readAt(found.pack, found.position).catch(() => undefined)
    if (there !== undefined && equalBytes(there, bytes)) return
  }
  await writer.add(hash, bytes)
}

async function verify(packs: Packs, file: Read, work: Work): Promise<PackedFile> {
  try {
    const hasher = createContentHasher()
    for await (const bytes of readAll(packs, file.content)) {
      await work.step()
      hasher.update(bytes)
    }
    if (hasher.finish() === file.content.contentHash) return file
  } catch (error) {
    if (!isPeerfoldError(error) || error.code === 'CANCELLED') throw error
    return skipped(file.path, error)
  }
  return { kind: 'skipped', path: file.path, code: 'VERSION_DAMAGED' }
}

function skipped(path: RelativePath, error: unknown): PackedFile {
  return { kind: 'skipped', path, code: codeOf(error) }
}

function stoodStill(before: FileStat, after: FileStat): boolean {
  const keys = ['kind', 'inode', 'device', 'size', 'mtimeNs', 'ctimeNs'] as const
  return keys.every((key) => before[key] === after[key])
}
