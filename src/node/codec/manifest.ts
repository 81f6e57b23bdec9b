/**
 * The manifest of a file: its blocks in order, in pages, under one Merkle root. Promises that a
 * page received alone is checked against the root before it is used, and that all blocks together
 * are as long as the file. A file of at most one block has no pages: its content hash says it all.
 *
 * Leaves are blocks; the tree has the shape of RFC 6962 over all leaves. A page holds a power of
 * two of them, so page roots are inner nodes and the file's root is the Merkle root of the page
 * roots. A page travels with its path: at most 32 bytes per doubling of the number of pages.
 */
import { PeerfoldError } from '../base/errors.ts'
import { leastBlockBytes, MAX_BLOCK_BYTES } from './chunker-parameters.ts'
import { equalBytes, hashFromHex, hexOf, untagHash } from './hash.ts'
import { badPage, decodePage, encodePage, PAGE_BLOCKS, pageRoot } from './manifest-page.ts'
import type { BlockEntry, ManifestPage } from './manifest-page.ts'
import { merklePath, merkleRoot, rootAlong } from './merkle.ts'

/** What a file record says of its manifest (the chunker's name aside). */
export interface TreeHead {
  readonly blockCount: number
  /** 64 lower-case hex digits; "" when blockCount is 0 or 1. */
  readonly root: string
}

/** 80 TB at the mean length of large files' blocks; 2.4 GB of pages, which takes a file of 16 TiB at least. */
const MAX_BLOCK_COUNT = 2 ** 26

/**
 * Throws PEER_PROTOCOL when no file of `sizeBytes` can have this head. What a head makes others fetch and
 * keep is bounded by the size alone: whoever has room for the file has room for its manifest.
 */
export function checkTreeHead(head: TreeHead, sizeBytes: number): void {
  const { blockCount, root } = head
  if (!isCountOf(blockCount, sizeBytes)) {
    throw badManifest('the number of blocks does not fit the size', { blockCount, sizeBytes })
  }
  if (blockCount > 1) hashFromHex(root)
  else if (root !== '') throw badManifest('a single block has no root', { blockCount })
}

function isCountOf(blockCount: number, sizeBytes: number): boolean {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || !Number.isSafeInteger(blockCount)) return false
  const most = Math.ceil(sizeBytes / leastBlockBytes(sizeBytes))
  return blockCount >= Math.ceil(sizeBytes / MAX_BLOCK_BYTES) && blockCount <= Math.min(most, MAX_BLOCK_COUNT)
}

/** 0 for files of at most one block. */
export function pageCountOf(blockCount: number): number {
  return blockCount > 1 ? Math.ceil(blockCount / PAGE_BLOCKS) : 0
}

/** A manifest as it was made here. */
export interface BuiltManifest extends TreeHead {
  /** Sum of the block lengths. */
  readonly sizeBytes: number
  /** Encoded; empty when blockCount is 0 or 1. Each has a buffer of its own. */
  readonly pages: Uint8Array[]
}

export interface ManifestBuilder {
  add(block: BlockEntry): void
  finish(): BuiltManifest
}

/** Keeps 36 bytes per block. */
export function createManifestBuilder(): ManifestBuilder {
  const pages: Uint8Array[] = []
  let blocks: BlockEntry[] = []
  let sizeBytes = 0
  let blockCount = 0

  function endPage(): void {
    pages.push(encodePage({ pageNumber: pages.length, blocks }))
    blocks = []
  }
  return {
    add(block) {
      blocks.push(block)
      blockCount += 1
      sizeBytes += block.length
      if (blocks.length === PAGE_BLOCKS) endPage()
    },
    finish() {
      if (blockCount <= 1) return { blockCount, root: '', sizeBytes, pages: [] }
      if (blocks.length > 0) endPage()
      return { blockCount, root: hexOf(merkleRoot(pages.map(pageRoot))), sizeBytes, pages }
    },
  }
}

/** The path that travels with page `pageNumber`; `pageRoots` are those of all pages in order. */
export function provePage(pageRoots: readonly Uint8Array[], pageNumber: number): Uint8Array {
  return merklePath(pageRoots, pageNumber)
}

/**
 * The decoded page, when it is page `pageNumber` of the file with this head and `path` proves it.
 * Throws PEER_PROTOCOL otherwise. Call checkTreeHead before.
 */
export function verifyPage(
  bytes: Uint8Array,
  path: Uint8Array,
  pageNumber: number,
  head: TreeHead,
): ManifestPage {
  const page = decodePage(bytes)
  const pageCount = pageCountOf(head.blockCount)
  if (page.pageNumber !== pageNumber || pageNumber >= pageCount) {
    throw badPage('is not the one asked for', { pageNumber: page.pageNumber, asked: pageNumber })
  }
  const expected = Math.min(PAGE_BLOCKS, head.blockCount - pageNumber * PAGE_BLOCKS)
  if (page.blocks.length !== expected) {
    throw badPage('has a wrong number of blocks', { count: page.blocks.length, expected })
  }
  const root = rootAlong(path, pageRoot(bytes), pageNumber, pageCount)
  if (root === undefined || !equalBytes(root, hashFromHex(head.root))) {
    throw badPage('does not belong to the file', { pageNumber })
  }
  return page
}

/** A block with its place in the file. */
export interface PlacedBlock extends BlockEntry {
  readonly index: number
  /** Bytes from the beginning of the file. */
  readonly offset: number
}

/** What listBlocks needs of a file record. */
export interface ManifestSource {
  readonly sizeBytes: number
  readonly contentHash: string
  readonly head: TreeHead
  /** All pages in order, encoded; empty when the file has at most one block. */
  readonly pages: readonly Uint8Array[]
}

/**
 * All blocks of a file, after every page was checked against the root and the lengths against the
 * size. Throws PEER_PROTOCOL when anything does not fit.
 */
export function listBlocks(source: ManifestSource): PlacedBlock[] {
  checkTreeHead(source.head, source.sizeBytes)
  const entries = source.head.blockCount > 1 ? entriesOfPages(source) : entriesOfOne(source)
  let offset = 0
  const placed = entries.map((entry, index) => {
    const block: PlacedBlock = { ...entry, index, offset }
    offset += entry.length
    return block
  })
  if (offset !== source.sizeBytes) {
    throw badManifest('the blocks are not as long as the file', { offset, sizeBytes: source.sizeBytes })
  }
  return placed
}

function entriesOfOne({ sizeBytes, contentHash }: ManifestSource): BlockEntry[] {
  return sizeBytes === 0 ? [] : [{ length: sizeBytes, hash: untagHash(contentHash) }]
}

function entriesOfPages({ pages, head }: ManifestSource): BlockEntry[] {
  const decoded = pages.map(decodePage)
  const blocks = decoded.flatMap((page) => page.blocks)
  const ordered = decoded.every(
    (page, index) =>
      page.pageNumber === index && (page.blocks.length === PAGE_BLOCKS || index === decoded.length - 1),
  )
  if (!ordered || blocks.length !== head.blockCount) {
    throw badManifest('the pages are not those of the file', { pages: pages.length, blocks: blocks.length })
  }
  if (hexOf(merkleRoot(pages.map(pageRoot))) !== head.root) {
    throw badManifest('the pages do not lead to the root', { pages: pages.length })
  }
  return [...blocks]
}

function badManifest(what: string, facts: Record<string, string | number>): PeerfoldError {
  return new PeerfoldError('PEER_PROTOCOL', `bad manifest: ${what}`, facts)
}
