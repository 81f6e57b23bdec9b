/**
 * What a peer may send. Promises that every count, length and name is checked after decoding and
 * before anything else sees it (CORRECTNESS: bounded by us). Never trusts a length it has not seen.
 */
import { PeerfoldError } from '../base/errors.ts'

/** Records in one index page; with pages cut at PAGE_BYTES this bounds the work per message. */
export const RECORDS_PER_PAGE = 1_000
/** Encoded records per index page, bytes: small enough that a ping is never far behind one. */
export const PAGE_BYTES = 64 << 10
/** Folders shared with one device. */
export const FOLDERS_LIMIT = 1_000
/** Entries of one version vector: devices times lives of a device. What we merge stays below (core/mergeable.ts). */
export const VECTOR_LIMIT = 1_000
/** Changes and versions in one page of a history. */
export const HISTORY_PER_PAGE = 1_000
/** Bytes of a version's id, and of what a page of a history is continued by. */
export const CURSOR_LIMIT = 128
/** Bytes of a device or author name. */
export const DEVICE_NAME_LIMIT = 256
/** Bytes of a link target (PATH_MAX). */
export const LINK_TARGET_LIMIT = 4_096
/** Bytes of a record's unknown fields, which are passed on: a record must fit a frame at the next device too. */
export const UNKNOWN_BYTES_LIMIT = 64 << 10
/** Bytes of one block: four times the largest average of the chunker's ladder. */
export const BLOCK_BYTES_LIMIT = 4 << 20
/** Bytes of raw block data in one frame. */
export const PIECE_BYTES = 256 << 10

export function protocolError(message: string, facts: Record<string, string | number> = {}): PeerfoldError {
  return new PeerfoldError('PEER_PROTOCOL', message, facts)
}

/** A uint64 that must fit a JavaScript number. */
export function safeNumber(value: bigint, what: string): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw protocolError('a number is out of range', { what })
  return Number(value)
}

export function checkText(text: string, limitBytes: number, what: string): string {
  if (Buffer.byteLength(text) > limitBytes || text.includes('\0') || !text.isWellFormed())
    throw protocolError('a text is malformed or too long', { what })
  return text
}

export function checkCount(count: number, limit: number, what: string): void {
  if (count > limit) throw protocolError('too many entries', { what, count, limit })
}
