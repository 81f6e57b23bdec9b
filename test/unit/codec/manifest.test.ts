/** Manifests: bytes of a page, proofs of pages, and everything that is refused. */
import { describe, expect, it } from 'vitest'
import { hashBlock, hashBytes, hexOf } from '../../../src/node/codec/hash.ts'
import {
  checkTreeHead,
  createManifestBuilder,
  listBlocks,
  pageCountOf,
  provePage,
  verifyPage,
} from '../../../src/node/codec/manifest.ts'
import type { BuiltManifest } from '../../../src/node/codec/manifest.ts'
import {
  decodePage,
  encodePage,
  MAX_PAGE_BYTES,
  PAGE_BLOCKS,
  pageRoot,
} from '../../../src/node/codec/manifest-page.ts'
import type { BlockEntry } from '../../../src/node/codec/manifest-page.ts'
import { hashLeaf, merkleRoot } from '../../../src/node/codec/merkle.ts'

const CONTENT_HASH = hashBytes(Buffer.from('content'))
/** Bytes of the shortest block that a file below 256 MiB is cut into. */
const SHORTEST = 16 * 1024
const protocolError = expect.objectContaining({ code: 'PEER_PROTOCOL' })

function blocks(count: number): BlockEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    length: SHORTEST + (index % 5000),
    hash: hashBlock(Buffer.from(`block ${index}`)),
  }))
}

function build(entries: readonly BlockEntry[]): BuiltManifest {
  const builder = createManifestBuilder()
  for (const entry of entries) builder.add(entry)
  return builder.finish()
}

const sourceOf = (manifest: BuiltManifest) => ({
  sizeBytes: manifest.sizeBytes,
  contentHash: CONTENT_HASH,
  head: { blockCount: manifest.blockCount, root: manifest.root },
  pages: manifest.pages,
})

/** A changed copy. */
function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(values, at)
  return copy
}

describe('a page', () => {
  const page = encodePage({ pageNumber: 7, blocks: blocks(3) })

  it('has the bytes that docs/formats.md describes', () => {
    const [first] = blocks(1)
    const bytes = encodePage({ pageNumber: 258, blocks: [{ length: 0x01020304 >>> 4, hash: first!.hash }] })
    expect(hexOf(bytes)).toBe(`50464d31${'00000102'}${'00000001'}${'00102030'}${hexOf(first!.hash)}`)
  })

  it('comes back from its bytes', () => {
    expect(decodePage(page).pageNumber).toBe(7)
    expect(decodePage(page).blocks.map(({ length }) => length)).toEqual([
      SHORTEST,
      SHORTEST + 1,
      SHORTEST + 2,
    ])
    expect(encodePage(decodePage(page))).toEqual(page)
    expect(encodePage({ pageNumber: 0, blocks: blocks(PAGE_BLOCKS) }).length).toBe(MAX_PAGE_BYTES)
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['half a header', page.subarray(0, 11)],
    ['a header alone', page.subarray(0, 12)],
    ['another beginning', changed(page, 0, 0x51)],
    ['a byte too few', page.subarray(0, -1)],
    ['a byte too many', Buffer.concat([page, Uint8Array.of(0)])],
    ['a block too few', page.subarray(0, -36)],
    ['no blocks', changed(page.subarray(0, 12), 8, 0, 0, 0, 0)],
    ['a count of 2^32 - 1', changed(page, 8, 255, 255, 255, 255)],
    ['a count above the limit', encodePage({ pageNumber: 0, blocks: blocks(PAGE_BLOCKS + 1) })],
    ['an empty block', changed(page, 12, 0, 0, 0, 0)],
    ['a block above 4 MiB', changed(page, 12, 0, 0x40, 0, 1)],
  ])('is refused as %s', (_what, bytes) => {
    expect(() => decodePage(bytes)).toThrow(protocolError)
  })
})

describe('a manifest', () => {
  it.each([0, 1, 2, 1023, 1024, 1025, 2048, 2049, 5000])('of %i blocks lists them all in place', (count) => {
    const entries = count === 1 ? [{ length: 9, hash: hashBlock(Buffer.from('content')) }] : blocks(count)
    const manifest = build(entries)
    expect(manifest.pages.length).toBe(pageCountOf(count))
    const listed = listBlocks(sourceOf(manifest))
    expect(listed.map(({ length }) => length)).toEqual(entries.map(({ length }) => length))
    expect(listed.map(({ hash }) => hexOf(hash))).toEqual(entries.map(({ hash }) => hexOf(hash)))
    let end = 0
    for (const block of listed) {
      expect(block.offset).toBe(end)
      end += block.length
    }
    expect(end).toBe(manifest.sizeBytes)
  })

  it('has the root of one tree over all blocks, whatever the pages', () => {
    const manifest = build(blocks(3000))
    const leaves = blocks(3000).map(({ length, hash }) => {
      const lengthBytes = Buffer.alloc(4)
      lengthBytes.writeUInt32BE(length)
      return hashLeaf(Buffer.concat([lengthBytes, hash]))
    })
    expect(manifest.root).toBe(hexOf(merkleRoot(leaves)))
  })

  it('has another root when only the length of a block differs', () => {
    const entries = blocks(2)
    const longer = [entries[0]!, { ...entries[1]!, length: 99 }]
    expect(build(longer).root).not.toBe(build(entries).root)
  })

  it.each([2, 1024, 1025, 4096, 5000])('of %i blocks proves each page alone', (count) => {
    const manifest = build(blocks(count))
    const roots = manifest.pages.map(pageRoot)
    manifest.pages.forEach((page, pageNumber) => {
      const verified = verifyPage(page, provePage(roots, pageNumber), pageNumber, manifest)
      expect(verified.blocks.length).toBe(Math.min(PAGE_BLOCKS, count - pageNumber * PAGE_BLOCKS))
    })
  })

  it('refuses a page of another file, at another place, changed, or with another path', () => {
    const manifest = build(blocks(5000))
    const roots = manifest.pages.map(pageRoot)
    const page = manifest.pages[1]!
    const path = provePage(roots, 1)
    const other = build(blocks(5000).map((block) => ({ ...block, length: block.length + 1 })))
    expect(() => verifyPage(page, path, 1, manifest)).not.toThrow()
    expect(() => verifyPage(other.pages[1]!, path, 1, manifest)).toThrow(protocolError)
    expect(() => verifyPage(page, path, 2, manifest)).toThrow(protocolError)
    expect(() => verifyPage(changed(page, 7, 2), path, 2, manifest)).toThrow(protocolError)
    expect(() => verifyPage(changed(page, 20, page[20]! ^ 1), path, 1, manifest)).toThrow(protocolError)
    expect(() => verifyPage(page, provePage(roots, 2), 1, manifest)).toThrow(protocolError)
    expect(() => verifyPage(page, path.subarray(0, -1), 1, manifest)).toThrow(protocolError)
    expect(() => verifyPage(changed(page, 4, 255), path, 0xff000001, manifest)).toThrow(protocolError)
    expect(() =>
      verifyPage(manifest.pages[4]!, provePage(roots, 4), 4, { ...manifest, blockCount: 5001 }),
    ).toThrow(protocolError)
  })

  it.each([
    ['a missing page', (pages: Uint8Array[]) => pages.slice(0, 2)],
    ['pages in another order', (pages: Uint8Array[]) => [pages[1]!, pages[0]!, pages[2]!]],
    ['a page twice', (pages: Uint8Array[]) => [pages[0]!, pages[0]!, pages[2]!]],
    ['a changed hash', (pages: Uint8Array[]) => [changed(pages[0]!, 30, 1, 2, 3), pages[1]!, pages[2]!]],
  ])('is refused with %s', (_what, spoil) => {
    const manifest = build(blocks(2500))
    const source = sourceOf(manifest)
    expect(() => listBlocks({ ...source, pages: spoil(manifest.pages) })).toThrow(protocolError)
  })

  it('is refused when its blocks are not as long as the file', () => {
    const source = sourceOf(build(blocks(2500)))
    expect(() => listBlocks({ ...source, sizeBytes: source.sizeBytes + 1 })).toThrow(protocolError)
  })
})

describe('the head of a manifest', () => {
  const root = '0'.repeat(64)
  const KIB = 1024
  const MIB = 1024 * KIB
  const GIB = 1024 * MIB

  it.each([
    [0, { blockCount: 0, root: '' }],
    [1, { blockCount: 1, root: '' }],
    [4 * MIB, { blockCount: 1, root: '' }],
    [4 * MIB + 1, { blockCount: 2, root }],
    [16 * KIB, { blockCount: 1, root: '' }],
    [16 * KIB + 1, { blockCount: 2, root }],
    [64 * MIB, { blockCount: 4096, root }],
    [256 * MIB + 1, { blockCount: 8193, root }],
    [GIB + 1, { blockCount: 16_385, root }],
    [8 * GIB + 1, { blockCount: 32_769, root }],
    [2 ** 44, { blockCount: 2 ** 26, root }],
  ])('of %i bytes may be %j', (sizeBytes, head) => {
    expect(() => checkTreeHead(head, sizeBytes)).not.toThrow()
  })

  it.each([
    [0, { blockCount: 1, root: '' }],
    [1, { blockCount: 0, root: '' }],
    [1, { blockCount: 2, root }],
    [5, { blockCount: 1, root }],
    [5, { blockCount: 2, root: '' }],
    [5, { blockCount: 2, root: root.slice(1) }],
    [5, { blockCount: 1.5, root }],
    [5, { blockCount: -1, root: '' }],
    [5, { blockCount: Number.NaN, root: '' }],
    [-1, { blockCount: 0, root: '' }],
    [1.5, { blockCount: 1, root: '' }],
    [Number.NaN, { blockCount: 1, root: '' }],
    [4 * MIB + 1, { blockCount: 1, root: '' }],
    [2 ** 53, { blockCount: 2 ** 26, root }],
    [2 ** 45, { blockCount: 2 ** 26 + 1, root }],
    [16 * KIB, { blockCount: 2, root }],
    [64 * MIB, { blockCount: 2 ** 26, root }],
    [64 * MIB, { blockCount: 4097, root }],
    [256 * MIB + 1, { blockCount: 8194, root }],
    [2 ** 40, { blockCount: 2 ** 26, root }],
    [2 ** 40, { blockCount: 2 ** 22 + 1, root }],
  ])('of %s bytes is refused as %j', (sizeBytes, head) => {
    expect(() => checkTreeHead(head, sizeBytes)).toThrow(protocolError)
  })
})
