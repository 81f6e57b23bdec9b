/**
 * Content whose blocks lie in packs, read as if it were a file. Promises that no byte is handed over
 * that does not belong to the content, and memory of one page and one block. Never writes.
 */
import { PeerfoldError } from '../base/errors.ts'
import { tagHash, untagHash } from '../codec/hash.ts'
import { decodePage } from '../codec/manifest-page.ts'
import type { BlockEntry } from '../codec/manifest-page.ts'
import type { Packs } from './packs.ts'

/** What one needs to know to read it: plain data, fit for a description on disk. */
export interface PackedContent {
  /** Tagged, of the whole content. */
  readonly contentHash: string
  /** Bytes. */
  readonly size: number
  /** Tagged hashes of the manifest's pages, which are blocks themselves; none for at most one block. */
  readonly pages: readonly string[]
}

/** The hash of every block it needs, pages included; a block that occurs twice comes twice. */
export async function* hashesOf(packs: Packs, content: PackedContent): AsyncGenerator<Uint8Array> {
  for (const page of content.pages) yield untagHash(page)
  for await (const { hash } of entriesOf(packs, content)) yield hash
}

/** Its blocks in order. */
async function* entriesOf(packs: Packs, content: PackedContent): AsyncGenerator<BlockEntry> {
  for (let page = 0; page < pageCount(content); page++) yield* await readPage(packs, content, page)
}

/** Reads all of it, block by block. VERSION_DAMAGED when the blocks are not as long as the content. */
export async function* readAll(packs: Packs, content: PackedContent): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const { hash } of entriesOf(packs, content)) {
    const bytes = await packs.read(hash)
    size += bytes.length
    yield bytes
  }
  if (size !== content.size) throw wrongLength(content)
}

/** An empty content has no page; a single block is its own. */
function pageCount({ size, pages }: PackedContent): number {
  return size === 0 ? 0 : Math.max(1, pages.length)
}

async function readPage(packs: Packs, content: PackedContent, page: number): Promise<readonly BlockEntry[]> {
  const hash = content.pages[page]
  if (hash === undefined) return [{ length: content.size, hash: untagHash(content.contentHash) }]
  return decodePage(await packs.read(untagHash(hash))).blocks
}

/** A block with its place in the content. */
interface Located extends BlockEntry {
  readonly start: number
}

/** Reads at any position, best from the beginning to the end; one read at a time. */
export class PackedReader {
  readonly #packs: Packs
  readonly #content: PackedContent
  /** Where each page begins, as far as they were read. */
  readonly #starts: number[] = [0]
  #page: { readonly number: number; readonly blocks: readonly Located[] } | undefined
  #block: { readonly hash: string; readonly bytes: Uint8Array } | undefined

  constructor(packs: Packs, content: PackedContent) {
    this.#packs = packs
    this.#content = content
  }

  /** Fills `into` from `position`; 0 at the end. VERSION_DAMAGED. */
  async read(into: Uint8Array, position: number): Promise<number> {
    let count = 0
    while (count < into.length && position + count < this.#content.size) {
      const at = position + count
      const block = await this.#locate(at)
      const bytes = await this.#bytesOf(block)
      const piece = bytes.subarray(at - block.start, at - block.start + into.length - count)
      into.set(piece, count)
      count += piece.length
    }
    return count
  }

  async #locate(position: number): Promise<Located> {
    let page = Math.max(
      0,
      this.#starts.findLastIndex((start) => start <= position),
    )
    for (; page < pageCount(this.#content); page++) {
      const blocks = await this.#blocksOf(page)
      const block = blocks.find(({ start, length }) => position < start + length)
      if (block !== undefined) return block
    }
    throw wrongLength(this.#content)
  }

  async #blocksOf(number: number): Promise<readonly Located[]> {
    if (this.#page?.number === number) return this.#page.blocks
    let start = this.#starts[number] ?? 0
    const blocks = (await readPage(this.#packs, this.#content, number)).map((entry) => {
      const located = { ...entry, start }
      start += entry.length
      return located
    })
    this.#starts[number + 1] = start
    this.#page = { number, blocks }
    return blocks
  }

  async #bytesOf({ hash, length }: Located): Promise<Uint8Array> {
    const key = tagHash(hash)
    if (this.#block?.hash === key) return this.#block.bytes
    const bytes = await this.#packs.read(hash)
    if (bytes.length !== length) throw wrongLength(this.#content)
    this.#block = { hash: key, bytes }
    return bytes
  }
}

function wrongLength({ contentHash, size }: PackedContent): PeerfoldError {
  return new PeerfoldError('VERSION_DAMAGED', 'the blocks are not as long as the content', {
    content: contentHash,
    size,
  })
}
