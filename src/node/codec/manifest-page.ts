/**
 * One page of a manifest: up to 1,024 blocks of a file in order, as bytes. Promises that decoding
 * takes exactly what encoding writes and refuses everything else with PEER_PROTOCOL. Never says
 * that a page belongs to a file: that is manifest.ts.
 *
 * All numbers big-endian:
 *   0  4  ASCII "PFM1"
 *   4  4  page number, from 0
 *   8  4  number of blocks, 1 to 1,024
 *  12  36 each: block length (4, 1 to 4 MiB), SHA-256 of the block (32)
 */
import { PeerfoldError } from '../base/errors.ts'
import { MAX_BLOCK_BYTES } from './chunker-parameters.ts'
import { HASH_BYTES } from './hash.ts'
import { hashLeaf, merkleRoot } from './merkle.ts'

/** A power of two, so that a page's own tree is a subtree of the file's tree. */
export const PAGE_BLOCKS = 1024

const MAGIC = 0x50464d31
const HEADER_BYTES = 12
const LENGTH_BYTES = 4
/** Bytes of one block in a page: its length and its hash. */
const ENTRY_BYTES = LENGTH_BYTES + HASH_BYTES
/** No page is longer: 36,876 bytes. */
export const MAX_PAGE_BYTES = HEADER_BYTES + PAGE_BLOCKS * ENTRY_BYTES

export interface BlockEntry {
  /** Bytes. */
  readonly length: number
  /** Bare SHA-256 of the block's bytes. */
  readonly hash: Uint8Array
}

export interface ManifestPage {
  readonly pageNumber: number
  readonly blocks: readonly BlockEntry[]
}

export function encodePage(page: ManifestPage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + page.blocks.length * ENTRY_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(4, page.pageNumber)
  view.setUint32(8, page.blocks.length)
  page.blocks.forEach((block, index) => {
    const at = HEADER_BYTES + index * ENTRY_BYTES
    view.setUint32(at, block.length)
    bytes.set(block.hash, at + LENGTH_BYTES)
  })
  return bytes
}

/** Hashes in the result are views of `bytes`. Throws PEER_PROTOCOL. */
export function decodePage(bytes: Uint8Array): ManifestPage {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_PAGE_BYTES) {
    throw badPage('has a wrong length', { length: bytes.length })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC) throw badPage('does not begin as one', {})
  const count = view.getUint32(8)
  if (count < 1 || count > PAGE_BLOCKS) throw badPage('has a wrong number of blocks', { count })
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) {
    throw badPage('has a wrong length', { length: bytes.length, count })
  }
  const blocks = Array.from({ length: count }, (_, index) => decodeEntry(bytes, view, index))
  return { pageNumber: view.getUint32(4), blocks }
}

function decodeEntry(bytes: Uint8Array, view: DataView, index: number): BlockEntry {
  const at = HEADER_BYTES + index * ENTRY_BYTES
  const length = view.getUint32(at)
  if (length < 1 || length > MAX_BLOCK_BYTES)
    throw badPage('has a block of a wrong length', { index, length })
  return { length, hash: bytes.subarray(at + LENGTH_BYTES, at + ENTRY_BYTES) }
}

/** Root of the page's own tree; a leaf is the block's 36 bytes as they stand in the page. */
export function pageRoot(bytes: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = []
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    leaves.push(hashLeaf(bytes.subarray(at, at + ENTRY_BYTES)))
  }
  return merkleRoot(leaves)
}

export function badPage(what: string, facts: Record<string, string | number>): PeerfoldError {
  return new PeerfoldError('PEER_PROTOCOL', `a manifest page ${what}`, facts)
}
