/**
 * Single blocks in open files: read, written, copied, always checked against their hash on the
 * way. Promises that bytes which do not fit their hash are neither returned nor written.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import { MAX_BLOCK_BYTES } from '../codec/chunker-parameters.ts'
import { equalBytes, hashBlock, HASH_BYTES, hexOf } from '../codec/hash.ts'
import type { ReadHandle, WriteHandle } from '../fs/file-system.ts'
import type { BlockPlace, CopyItem, FilePlace, ReadBlockReply, WriteBlocksRequest } from './block-messages.ts'
import type { Work } from './running-work.ts'

type WritableBlock = WriteBlocksRequest['blocks'][number]

/** Throws BAD_INPUT for a place that no block can have: a mistake of the caller. */
export function checkPlace({ offset, length, hash }: BlockPlace): void {
  const lengthFits = Number.isSafeInteger(length) && length >= 1 && length <= MAX_BLOCK_BYTES
  const offsetFits = Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(offset + length)
  if (!lengthFits || !offsetFits || hash.length !== HASH_BYTES) {
    throw new PeerfoldError('BAD_INPUT', 'no block can lie here', { offset, length, hashBytes: hash.length })
  }
}

export async function readOneBlock(file: ReadHandle, place: BlockPlace): Promise<ReadBlockReply> {
  const bytes = new Uint8Array(place.length)
  return (await readInto(bytes, file, place))
    ? { kind: 'block', bytes }
    : { kind: 'missing', reason: 'changed' }
}

/** Whether the block's bytes are there; `buffer` holds the longest block. */
export function isThere(file: ReadHandle, place: BlockPlace, buffer: Uint8Array): Promise<boolean> {
  return readInto(buffer.subarray(0, place.length), file, place)
}

/** Fills `into` with the block; false when the bytes there are others or too few. */
async function readInto(into: Uint8Array, file: ReadHandle, place: BlockPlace): Promise<boolean> {
  const count = await file.read(into, place.offset)
  return count === into.length && equalBytes(hashBlock(into), place.hash)
}

/** Checks all before it writes the first: BLOCK_HASH_MISMATCH with the place of the bad one in the list. */
export async function writeCheckedBlocks(
  file: WriteHandle,
  place: FilePlace,
  blocks: readonly WritableBlock[],
): Promise<void> {
  blocks.forEach((block, position) => checkBytes(block, position, place))
  for (const block of blocks) await file.write(block.bytes, block.offset)
}

function checkBytes(block: WritableBlock, position: number, { path }: FilePlace): void {
  checkPlace({ offset: block.offset, length: block.bytes.length, hash: block.hash })
  const actual = hashBlock(block.bytes)
  if (equalBytes(actual, block.hash)) return
  throw new PeerfoldError('BLOCK_HASH_MISMATCH', 'these are other bytes than the block has', {
    path,
    position,
    offset: block.offset,
    expected: hexOf(block.hash),
    actual: hexOf(actual),
  })
}

/** What the disk cannot read here is to be had elsewhere. */
function unreadable(error: unknown): false {
  const code = codeOf(error)
  if (code !== 'IO_ERROR' && code !== 'PERMISSION_DENIED') throw error
  return false
}

/** Says of each item whether its block was found in `from` and written to `to`. */
export async function copyCheckedBlocks(
  from: ReadHandle,
  to: WriteHandle,
  items: readonly CopyItem[],
  buffer: Uint8Array,
  work: Work,
): Promise<boolean[]> {
  const good: boolean[] = []
  for (const { fromOffset, toOffset, length, hash } of items) {
    await work.step()
    const bytes = buffer.subarray(0, length)
    const found = await readInto(bytes, from, { offset: fromOffset, length, hash }).catch(unreadable)
    if (found) await to.write(bytes, toOffset)
    good.push(found)
    work.advance(length)
  }
  return good
}
