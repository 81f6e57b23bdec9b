/**
 * The file record: one device's statement about one path of one folder. Promises plain data
 * (no I/O, no clock) that means the same on every device. Never says where content is stored.
 */
import type { VersionVector } from './version-vector.ts'

/** libp2p peer id of the device's Ed25519 key, base58btc ("12D3KooW..."). */
export type DeviceId = string
/** 1 to 64 characters of [A-Za-z0-9._-]; the same on every device that shares the folder. */
export type FolderId = string
/** Path inside a folder: non-empty names joined by "/", no leading or trailing "/"; "" is the root. */
export type RelativePath = string

export type RecordKind = 'file' | 'directory' | 'symlink'

/** Who made a change: the name travels along so that a copy can be named without asking. */
export interface Author {
  readonly device: DeviceId
  readonly name: string
}

/**
 * How the content of a file was cut. The blocks themselves are fetched page by page; a file of
 * one block has no pages, its block hash is the content hash.
 */
export interface ManifestHead {
  /** Algorithm, parameters and gear table in one registered name, e.g. "fastcdc-64k-g1" or "whole". */
  readonly chunker: string
  /** Number of blocks; 0 for an empty file. */
  readonly blockCount: number
  /** Merkle root over the block hashes, 32 bytes, lower-case hex; "" when blockCount is 0 or 1. */
  readonly root: string
}

export interface FileRecord {
  readonly path: RelativePath
  readonly kind: RecordKind
  /** A tombstone: the path was deleted; kind and content then describe what was there. */
  readonly deleted: boolean
  /** Bytes of content; 0 for directories and tombstones, the target's byte length for symlinks. */
  readonly size: number
  /** Permission bits (0o777); 0 for symlinks and tombstones. */
  readonly mode: number
  /** The user's modification time, ns since 1970, may be negative; 0 for directories and tombstones. */
  readonly mtimeNs: bigint
  /** Tagged hash of the whole content ("sha256:<64 hex>"); of the target for symlinks; "" for directories and tombstones. */
  readonly contentHash: string
  /** contentHash of the version that this one replaced; "" when nothing or a directory was there. */
  readonly replacedHash: string
  /** Target of a symlink as the bytes say it; "" otherwise. */
  readonly linkTarget: string
  /** Absent unless kind is 'file' and not deleted. */
  readonly manifest?: ManifestHead
  readonly author: Author
  readonly version: VersionVector
  /** Path of the original when this is a conflict copy; "" otherwise. */
  readonly conflictOf: string
  /** Fields of a newer protocol, kept and passed on untouched (protobuf wire bytes). */
  readonly unknown?: Uint8Array
}

/**
 * What a device says of a record: it holds it, or knows it and does not. Without the second, one
 * ignored file would keep the need of the others above zero for ever. A tombstone that is 'unplaceable'
 * takes back what the device said of the path: it has nothing there, and wants what others hold. 'damaged': it held it, and its
 * disk no longer gives that content back; it wants it again. 'withheld': this is on its disk (or, of a
 * tombstone, no longer), and it is not to be taken from it: the vector is that of what the change was
 * made on, empty where there was nothing.
 */
export type Stance = 'holds' | 'unwanted' | 'unplaceable' | 'damaged' | 'withheld'

/** Whether the record says what is on the disk of the device that states it. */
export function isOnDisk(stance: Stance): boolean {
  return stance === 'holds' || stance === 'withheld'
}

/** One entry of a device's index: the record, its stance and its place in that device's order. */
export interface Announced {
  readonly record: FileRecord
  readonly stance: Stance
  /** Error code when the stance is 'unplaceable' or 'damaged', the cause when it is 'withheld'; "" otherwise. */
  readonly reason: string
  /** Position in the announcing device's index of this folder and epoch, from 1, strictly growing. */
  readonly sequence: number
}
