/**
 * Content of one open file to its hash and its blocks, in one pass through one window. Promises
 * never to read past the size that the file had at the beginning, so that a growing file ends.
 * Never says that the file stood still: the caller compares the stats.
 */
import { PeerfoldError } from '../base/errors.ts'
import { createChunker } from '../codec/chunker.ts'
import type { ChunkerWindow } from '../codec/chunker.ts'
import { WHOLE_FILE_BYTES } from '../codec/chunker-parameters.ts'
import { createContentHasher, hashBlock, tagHash } from '../codec/hash.ts'
import { createManifestBuilder } from '../codec/manifest.ts'
import type { BuiltManifest } from '../codec/manifest.ts'
import type { ReadHandle } from '../fs/file-system.ts'
import type { Work } from './running-work.ts'

/**
 * Bytes per read. Each byte is read by the disk call, the chunker and both hashes: a megabyte
 * stays in the processor's cache meanwhile.
 */
const READ_BYTES = 1024 * 1024

export interface ContentDigest {
  readonly contentHash: string
  readonly manifest: BuiltManifest
}

/** Files that are one block need no window: at most 16 KiB. */
export async function digestWhole(file: ReadHandle, sizeBytes: number): Promise<ContentDigest> {
  if (sizeBytes > WHOLE_FILE_BYTES) {
    throw new PeerfoldError('BAD_INPUT', 'the file is too large to be one block', { sizeBytes })
  }
  const buffer = new Uint8Array(sizeBytes)
  const bytes = buffer.subarray(0, await file.read(buffer, 0))
  const hash = hashBlock(bytes)
  const builder = createManifestBuilder()
  if (bytes.length > 0) builder.add({ length: bytes.length, hash })
  return { contentHash: tagHash(hash), manifest: builder.finish() }
}

export async function digestBlocks(
  file: ReadHandle,
  sizeBytes: number,
  chunkerName: string,
  window: ChunkerWindow,
  work: Work,
): Promise<ContentDigest> {
  const chunker = createChunker(chunkerName, window)
  const hasher = createContentHasher()
  const builder = createManifestBuilder()
  const addBlocks = (blocks: readonly Uint8Array[]): void => {
    for (const block of blocks) builder.add({ length: block.length, hash: hashBlock(block) })
  }
  for (let position = 0; position < sizeBytes;) {
    await work.step()
    const room = chunker.room().subarray(0, Math.min(READ_BYTES, sizeBytes - position))
    const count = await file.read(room, position)
    if (count === 0) break
    hasher.update(room.subarray(0, count))
    addBlocks(chunker.advance(count))
    position += count
    work.advance(count)
  }
  addBlocks(chunker.finish())
  return { contentHash: hasher.finish(), manifest: builder.finish() }
}

/** Hash of the content alone; returns how many bytes there were. */
export async function hashContent(
  file: ReadHandle,
  sizeBytes: number,
  window: ChunkerWindow,
  work: Work,
): Promise<{ contentHash: string; size: number }> {
  const hasher = createContentHasher()
  let position = 0
  while (position < sizeBytes) {
    await work.step()
    const into = window.bytes.subarray(0, Math.min(READ_BYTES, sizeBytes - position))
    const count = await file.read(into, position)
    if (count === 0) break
    hasher.update(into.subarray(0, count))
    position += count
    work.advance(count)
  }
  return { contentHash: hasher.finish(), size: position }
}
