/**
 * A pack: many blocks in one file, written once. Promises that an encoded index decodes to what it
 * was or not at all. Never touches the disk.
 *
 * All numbers big-endian:
 *   0        8  ASCII "PFPACK1" and a newline
 *   8           blocks as stored, one behind the other
 *   then    48 each, sorted by hash: SHA-256 of the block (32), where its bytes begin (8), stored
 *              bytes (4), bytes of the block (4); equal lengths mean that it is stored as it is
 *   last    40  SHA-256 of all entries (32), their number (4), ASCII "PFI1"
 */
import { MAX_BLOCK_BYTES } from '../codec/chunker-parameters.ts'
import { equalBytes, HASH_BYTES, hashBlock } from '../codec/hash.ts'

export const PACK_MAGIC = Buffer.from('PFPACK1\n')
const INDEX_MAGIC = 0x50464931
export const ENTRY_BYTES = HASH_BYTES + 16
export const TRAILER_BYTES = HASH_BYTES + 8
/** Entries of one pack; bounds what a damaged trailer can ask memory for (1.5 MiB). */
export const MAX_PACK_BLOCKS = 32_768

/** Where one block lies in a pack. */
export interface StoredPlace {
  readonly offset: number
  readonly storedBytes: number
  /** Of the block itself. */
  readonly length: number
}

export interface StoredBlock extends StoredPlace {
  readonly hash: Uint8Array
}

const NAME = /^[0-9a-f]{24}\.pack$/
const PART_NAME = /^[0-9a-f]{24}\.part$/

/** 96 random bits: two packs never meet under one name. */
export function packName(randomHex24: string): string {
  return `${randomHex24}.pack`
}

export function isPackName(name: string): boolean {
  return NAME.test(name)
}

/** A pack that is being written; without its writer it is a leftover. */
export function isPartName(name: string): boolean {
  return PART_NAME.test(name)
}

export function partNameOf(pack: string): string {
  return pack.replace(/\.pack$/, '.part')
}

/** Entries and trailer, as they stand at the end of a pack. */
export function encodePackIndex(blocks: readonly StoredBlock[]): Uint8Array {
  const sorted = blocks.toSorted((a, b) => Buffer.compare(a.hash, b.hash))
  const bytes = Buffer.alloc(sorted.length * ENTRY_BYTES + TRAILER_BYTES)
  sorted.forEach(({ hash, offset, storedBytes, length }, index) => {
    const at = index * ENTRY_BYTES
    bytes.set(hash, at)
    bytes.writeBigUInt64BE(BigInt(offset), at + HASH_BYTES)
    bytes.writeUInt32BE(storedBytes, at + HASH_BYTES + 8)
    bytes.writeUInt32BE(length, at + HASH_BYTES + 12)
  })
  const end = sorted.length * ENTRY_BYTES
  bytes.set(hashBlock(bytes.subarray(0, end)), end)
  bytes.writeUInt32BE(sorted.length, end + HASH_BYTES)
  bytes.writeUInt32BE(INDEX_MAGIC, end + HASH_BYTES + 4)
  return bytes
}

/** How many blocks the trailer speaks of; undefined when it is none. */
export function decodeTrailer(trailer: Uint8Array): number | undefined {
  const bytes = Buffer.from(trailer)
  if (bytes.length !== TRAILER_BYTES || bytes.readUInt32BE(HASH_BYTES + 4) !== INDEX_MAGIC) return undefined
  const count = bytes.readUInt32BE(HASH_BYTES)
  return count <= MAX_PACK_BLOCKS ? count : undefined
}

/** The index of one pack in memory: 48 bytes per block, searched as it is. */
export interface PackIndex {
  readonly count: number
  /** Position among the entries; -1 when the block is not in this pack. */
  find(hash: Uint8Array): number
  at(position: number): StoredBlock
}

/** `bytes` are entries and trailer; undefined when a byte of them is not what was written. */
export function decodePackIndex(bytes: Uint8Array): PackIndex | undefined {
  const count = decodeTrailer(bytes.subarray(-TRAILER_BYTES))
  if (count === undefined || bytes.length !== count * ENTRY_BYTES + TRAILER_BYTES) return undefined
  const entries = Buffer.from(bytes.buffer, bytes.byteOffset, count * ENTRY_BYTES)
  if (!equalBytes(hashBlock(entries), bytes.subarray(entries.length, entries.length + HASH_BYTES)))
    return undefined
  const blocks = count
  const hashAt = (position: number): Uint8Array =>
    entries.subarray(position * ENTRY_BYTES, position * ENTRY_BYTES + HASH_BYTES)

  function find(hash: Uint8Array): number {
    let low = 0
    let beyond = blocks
    while (low < beyond) {
      const middle = (low + beyond) >>> 1
      if (Buffer.compare(hashAt(middle), hash) < 0) low = middle + 1
      else beyond = middle
    }
    return low < blocks && equalBytes(hashAt(low), hash) ? low : -1
  }
  return {
    count: blocks,
    find,
    at: (position) => {
      const at = position * ENTRY_BYTES + HASH_BYTES
      return {
        hash: hashAt(position),
        offset: Number(entries.readBigUInt64BE(at)),
        storedBytes: entries.readUInt32BE(at + 8),
        length: entries.readUInt32BE(at + 12),
      }
    },
  }
}

/** Whether a block of such lengths can be one of ours: checked before memory is taken for it. */
export function isPlausible({ storedBytes, length }: StoredPlace): boolean {
  return length >= 1 && length <= MAX_BLOCK_BYTES && storedBytes >= 1 && storedBytes <= length
}
