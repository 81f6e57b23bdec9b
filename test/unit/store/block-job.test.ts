/** The block job: the same suite inline on the memory disk and in a worker on the real one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChunker } from '../../../src/node/codec/chunker.ts'
import { hashBlock, hashBytes } from '../../../src/node/codec/hash.ts'
import { listBlocks } from '../../../src/node/codec/manifest.ts'
import type { PlacedBlock } from '../../../src/node/codec/manifest.ts'
import type { Digest } from '../../../src/node/store/block-messages.ts'
import { cutsOf, seededBytes } from '../../support/chunker-feeding.ts'
import { memoryWorld, workerWorld } from './block-worlds.ts'
import type { BlockWorld } from './block-worlds.ts'

const KIB = 1024
const MIB = 1024 * KIB

const blocksOf = (digest: Digest): PlacedBlock[] =>
  listBlocks({
    sizeBytes: digest.size,
    contentHash: digest.contentHash,
    head: digest.manifest,
    pages: digest.pages,
  })

describe.each<[string, () => Promise<BlockWorld>]>([
  ['inline on the memory disk', memoryWorld],
  ['in a worker on the real disk', workerWorld],
])('the block job %s', (_name, openWorld) => {
  let world: BlockWorld
  beforeEach(async () => {
    world = await openWorld()
  })
  afterEach(() => world.end())
  const at = (path: string) => ({ root: world.root, path })

  it.each([0, 1, 16 * KIB, 16 * KIB + 1, 64 * KIB, 5 * MIB + 3])(
    'digests a file of %i bytes: hash, blocks and stats',
    async (size) => {
      const bytes = seededBytes('digest', size)
      await world.write('some/where', bytes)
      const digest = await world.job.call('digest', at('some/where'))
      expect(digest.size).toBe(size)
      expect(digest.contentHash).toBe(hashBytes(bytes))
      expect(digest.manifest.chunker).toBe(size <= 16 * KIB ? 'whole' : 'fastcdc-64k-g1')
      expect(digest.statBefore.size).toBe(size)
      expect(digest.statAfter).toEqual(digest.statBefore)
      const blocks = blocksOf(digest)
      for (const { offset, length, hash } of blocks) {
        expect(hashBlock(bytes.subarray(offset, offset + length))).toEqual(Buffer.from(hash))
      }
      const cuts = cutsOf(createChunker(digest.manifest.chunker), bytes, [MIB])
      expect(blocks.map(({ length }) => length)).toEqual(cuts)
    },
  )

  it('digests with the chunker that it is told', async () => {
    await world.write('large', seededBytes('told', 5 * MIB))
    await world.write('small', seededBytes('told', 10 * KIB))
    const large = await world.job.call('digest', { ...at('large'), chunker: 'fastcdc-1m-g1' })
    expect(large.manifest.chunker).toBe('fastcdc-1m-g1')
    expect(large.pages.length).toBe(1)
    const small = await world.job.call('digest', { ...at('small'), chunker: 'fastcdc-64k-g1' })
    expect(small.manifest).toEqual({ chunker: 'fastcdc-64k-g1', blockCount: 1, root: '' })
    const tooLarge = world.job.call('digest', { ...at('large'), chunker: 'whole' })
    await expect(tooLarge).rejects.toMatchObject({ code: 'BAD_INPUT' })
    const unknown = world.job.call('digest', { ...at('large'), chunker: 'rabin' })
    await expect(unknown).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('verifies a file', async () => {
    const bytes = seededBytes('verify', 3 * MIB + 1)
    await world.write('file', bytes)
    await world.write('empty', new Uint8Array())
    expect(await world.job.call('verifyFile', at('file'))).toMatchObject({
      size: bytes.length,
      contentHash: hashBytes(bytes),
    })
    expect(await world.job.call('verifyFile', at('empty'))).toMatchObject({
      size: 0,
      contentHash: hashBytes(new Uint8Array()),
    })
  })

  it('says that a file is not there, and that a folder is not', async () => {
    await expect(world.job.call('digest', at('no/where'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(world.job.call('verifyFile', at('nothing'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
    const elsewhere = { root: `${world.root}-gone`, path: 'file' }
    await expect(world.job.call('digest', elsewhere)).rejects.toMatchObject({ code: 'FOLDER_PATH_MISSING' })
    const block = { offset: 0, length: 1, hash: hashBlock(Uint8Array.of(0)) }
    const read = world.job.call('readBlock', { ...elsewhere, ...block })
    await expect(read).rejects.toMatchObject({ code: 'FOLDER_PATH_MISSING' })
  })

  it('reads a block only when it hashes to what was asked for', async () => {
    const bytes = seededBytes('read', 300 * KIB)
    await world.write('file', bytes)
    const place = { offset: 1000, length: 70_000, hash: hashBlock(bytes.subarray(1000, 71_000)) }
    const reply = await world.job.call('readBlock', { ...at('file'), ...place })
    expect(reply.kind === 'block' && hashBytes(reply.bytes)).toBe(hashBytes(bytes.subarray(1000, 71_000)))
    const shifted = world.job.call('readBlock', { ...at('file'), ...place, offset: 1001 })
    expect(await shifted).toEqual({ kind: 'missing', reason: 'changed' })
    const past = world.job.call('readBlock', { ...at('file'), ...place, offset: 299 * KIB })
    expect(await past).toEqual({ kind: 'missing', reason: 'changed' })
    const gone = world.job.call('readBlock', { ...at('other'), ...place })
    expect(await gone).toEqual({ kind: 'missing', reason: 'gone' })
    await world.write('directory/file', bytes)
    const directory = world.job.call('readBlock', { ...at('directory'), ...place })
    expect(await directory).toEqual({ kind: 'missing', reason: 'gone' })
  })

  it('reads several blocks of a file at once, up to a limit', async () => {
    const bytes = seededBytes('read many', 2 * MIB)
    await world.write('file', bytes)
    const digest = await world.job.call('digest', at('file'))
    const blocks = blocksOf(digest).map(({ offset, length, hash }) => ({ offset, length, hash }))
    const spoilt = blocks.map((block, index) => (index === 3 ? { ...block, hash: blocks[0]!.hash } : block))
    const replies = await world.job.call('readBlocks', { ...at('file'), blocks: spoilt })
    expect(replies.map(({ kind }) => kind)).toEqual(
      blocks.map((_, index) => (index === 3 ? 'missing' : 'block')),
    )
    const tooMany = Array.from({ length: 3 }, () => ({ offset: 0, length: 4 * MIB, hash: blocks[0]!.hash }))
    await expect(world.job.call('readBlocks', { ...at('file'), blocks: tooMany })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    })
  })

  it.each([
    { offset: -1, length: 1 },
    { offset: 0.5, length: 1 },
    { offset: 0, length: 0 },
    { offset: 0, length: 4 * MIB + 1 },
    { offset: 2 ** 53 - 1, length: 1 },
    { offset: 0, length: Number.NaN },
  ])('refuses a block at $offset of length $length', async (place) => {
    await world.write('file', Uint8Array.of(1))
    const read = world.job.call('readBlock', { ...at('file'), ...place, hash: new Uint8Array(32) })
    await expect(read).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('writes blocks in any order and takes their buffers', async () => {
    const bytes = seededBytes('write', 200 * KIB)
    await world.write('.temp', new Uint8Array())
    const piece = (offset: number, length: number) => {
      const copy = Uint8Array.from(bytes.subarray(offset, offset + length))
      return { offset, hash: hashBlock(copy), bytes: copy }
    }
    const blocks = [piece(100 * KIB, 100 * KIB), piece(0, 100 * KIB)]
    const buffers = blocks.map((block) => block.bytes.buffer)
    await world.job.call('writeBlocks', { ...at('.temp'), blocks }, buffers)
    expect(hashBytes(await world.read('.temp'))).toBe(hashBytes(bytes))
    expect(blocks[0]!.bytes.length).toBe(0)
  })

  it('writes nothing when one block is not what its hash says', async () => {
    await world.write('.temp', Uint8Array.of(1, 2, 3))
    const good = { offset: 0, hash: hashBlock(Uint8Array.of(9)), bytes: Uint8Array.of(9) }
    const bad = { offset: 2, hash: hashBlock(Uint8Array.of(8)), bytes: Uint8Array.of(7) }
    const written = world.job.call('writeBlocks', { ...at('.temp'), blocks: [good, bad] })
    await expect(written).rejects.toMatchObject({
      code: 'BLOCK_HASH_MISMATCH',
      facts: { position: 1, offset: 2 },
    })
    expect([...(await world.read('.temp'))]).toEqual([1, 2, 3])
  })

  it('writes only into a file that is there', async () => {
    const blocks = [{ offset: 0, hash: hashBlock(Uint8Array.of(9)), bytes: Uint8Array.of(9) }]
    const written = world.job.call('writeBlocks', { ...at('.temp'), blocks })
    await expect(written).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('copies blocks from another file and says which were there', async () => {
    const bytes = seededBytes('copy', 500 * KIB)
    await world.write('old', bytes)
    await world.write('.temp', new Uint8Array())
    const blocks = blocksOf(await world.job.call('digest', at('old')))
    const items = blocks.map(({ offset, length, hash }, index) => ({
      fromOffset: index === 1 ? offset + 1 : offset,
      toOffset: offset + 10,
      length,
      hash,
    }))
    const { good } = await world.job.call('copyBlocks', { ...at('.temp'), from: at('old'), items })
    expect(good).toEqual(blocks.map((_, index) => index !== 1))
    const copy = await world.read('.temp')
    blocks.forEach(({ offset, length, hash }, index) => {
      const equal = Buffer.compare(hashBlock(copy.subarray(offset + 10, offset + 10 + length)), hash) === 0
      expect(equal).toBe(index !== 1)
    })
    const fromNowhere = { ...at('.temp'), from: at('nowhere'), items }
    expect((await world.job.call('copyBlocks', fromNowhere)).good).toEqual(blocks.map(() => false))
  })

  it('serves files while another is digested, and answers for many at once', async () => {
    const bytes = seededBytes('many', 6 * MIB)
    await world.write('large', bytes)
    const small = Array.from({ length: 40 }, (_, index) => seededBytes(`small ${index}`, 1000 * index))
    for (const [index, content] of small.entries()) await world.write(`small/${index}`, content)
    const large = world.job.call('digest', at('large'))
    const digests = await Promise.all(small.map((_, index) => world.job.call('digest', at(`small/${index}`))))
    expect(digests.map(({ contentHash }) => contentHash)).toEqual(small.map(hashBytes))
    expect((await large).contentHash).toBe(hashBytes(bytes))
  })

  it('opens a folder anew after it was released', async () => {
    await world.write('inner/file', Uint8Array.of(1))
    const inner = { root: `${world.root}/inner`, path: 'file' }
    expect((await world.job.call('digest', inner)).contentHash).toBe(hashBytes(Uint8Array.of(1)))
    await world.rename('inner', 'moved')
    await world.write('inner/file', Uint8Array.of(2))
    await world.job.call('releaseRoot', { root: inner.root })
    expect((await world.job.call('digest', inner)).contentHash).toBe(hashBytes(Uint8Array.of(2)))
  })

  it('knows nothing of an operation that does not run', async () => {
    expect(await world.job.call('progress', { id: 'none' })).toBeUndefined()
    expect(await world.job.call('cancel', { id: 'none' })).toBe(false)
  })

  it('cancels a long operation by its id and goes on', async () => {
    await world.write('large', seededBytes('cancel', 40 * MIB))
    const digest = world.job.call('digest', { ...at('large'), id: 'first' })
    const cancelled = world.job.call('cancel', { id: 'first' })
    await expect(digest).rejects.toMatchObject({ code: 'CANCELLED', facts: { id: 'first' } })
    expect(await cancelled).toBe(true)
    const again = await world.job.call('verifyFile', { ...at('large'), id: 'first' })
    expect(again.size).toBe(40 * MIB)
  })
})
