/**
 * What goes into the block job and what comes out: plain data. Hashes of blocks are bare 32 bytes,
 * hashes of whole contents are tagged text. Never holds a handle or a function.
 */
import type { ManifestHead } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'

/** A file: the absolute path of its folder's root, and its path in the folder. */
export interface FilePlace {
  readonly root: string
  readonly path: RelativePath
}

/** `id`, when given, names the operation for `cancel` and `progress`; unique while it runs. */
export interface Named {
  readonly id?: string
}

export interface DigestRequest extends FilePlace, Named {
  /** Registered name; by default the one for the file's size. */
  readonly chunker?: string
}

export interface Digest {
  /** Bytes that were read: at most the size in `statBefore`. */
  readonly size: number
  readonly contentHash: string
  readonly manifest: ManifestHead
  /** Encoded manifest pages in order; none for a file of at most one block. */
  readonly pages: Uint8Array[]
  /** Of the opened file, before the first byte was read. */
  readonly statBefore: FileStat
  /** Of the path, after the last; undefined when nothing is there any more. */
  readonly statAfter: FileStat | undefined
}

export interface VerifyRequest extends FilePlace, Named {}

export interface Verified {
  readonly size: number
  readonly contentHash: string
  readonly statBefore: FileStat
  readonly statAfter: FileStat | undefined
}

/** Where a block should be: `length` bytes at `offset` that hash to `hash`. */
export interface BlockPlace {
  readonly offset: number
  /** 1 to 4 MiB. */
  readonly length: number
  readonly hash: Uint8Array
}

export interface ReadBlockRequest extends FilePlace, BlockPlace {}

export interface ReadBlocksRequest extends FilePlace {
  /** Together at most MAX_BATCH_BYTES. */
  readonly blocks: readonly BlockPlace[]
}

export type ReadBlockReply =
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  /** gone: no such file; changed: the bytes there are others. */
  | { readonly kind: 'missing'; readonly reason: 'gone' | 'changed' }

export interface CheckedBlocks {
  /** One per block, in order: whether its bytes are there. */
  readonly good: readonly boolean[]
  /** Of the opened file, before the first was read. */
  readonly stat: FileStat
}

export interface WriteBlocksRequest extends FilePlace {
  readonly blocks: readonly {
    readonly offset: number
    readonly hash: Uint8Array
    readonly bytes: Uint8Array
  }[]
}

export interface CopyBlocksRequest extends FilePlace, Named {
  readonly from: FilePlace
  readonly items: readonly CopyItem[]
}

export interface CopyItem {
  readonly fromOffset: number
  readonly toOffset: number
  readonly length: number
  readonly hash: Uint8Array
}

export interface CopyBlocksReply {
  /** One per item, in order: whether the block was there and is now written. */
  readonly good: readonly boolean[]
}

/** Blocks read in one call; with the copy in the reply's buffers this bounds one call's memory. */
export const MAX_BATCH_BYTES = 8 * 1024 * 1024
