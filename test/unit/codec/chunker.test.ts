/** The chunker against golden cuts, a foreign vector and the borders of its parameters. */
import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  chunkerFor,
  createChunker,
  createChunkerWindow,
  WINDOW_BYTES,
} from '../../../src/node/codec/chunker.ts'
import {
  chooseChunker,
  chunkerNames,
  cutParameters,
  findCutParameters,
  getCutParameters,
} from '../../../src/node/codec/chunker-parameters.ts'
import { FASTCDC_WASM_BASE64 } from '../../../src/node/codec/fastcdc-wasm.ts'
import { gearTable } from '../../../src/node/codec/gear.ts'
import { compileChunker, embedded, OUTPUT } from '../../../scripts/build-wasm.ts'
import { cutsOf, seededBytes } from '../../support/chunker-feeding.ts'
import { referenceCuts } from '../../support/reference-chunker.ts'
import golden from '../../fixtures/codec/golden-cuts.json' with { type: 'json' }

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const window = createChunkerWindow()
const gear = gearTable()

describe('the compiled chunker', () => {
  it('is what its source compiles to', async () => {
    const binary = await compileChunker()
    expect(FASTCDC_WASM_BASE64).toBe(Buffer.from(binary).toString('base64'))
    expect(await readFile(OUTPUT, 'utf8')).toBe(embedded(binary))
  })
})

describe('gear table g1', () => {
  it('is the table that its definition gives', () => {
    const text = [...gear].map((entry) => entry.toString(16).padStart(8, '0')).join('')
    expect(createHash('sha256').update(text).digest('hex')).toBe(golden.gearTableSha256)
    const first = createHash('sha256').update('peerfold gear g1 0').digest()
    expect(gear[0]).toBe(first.readUInt32BE(0))
  })

  it.each(chunkerNames())('never cuts a run of one byte value early with %s', (name) => {
    const { maskAfter } = getCutParameters(name)
    // In a run of byte b the hash settles at gear[b] * (2^32 - 1), which is -gear[b].
    const early = [...gear].filter((entry) => (-entry & maskAfter) === 0)
    expect(early).toEqual([])
  })
})

describe('golden cuts', () => {
  it.each(golden.cases)('of $size bytes of $seed with $chunker stay as they are', (entry) => {
    const bytes = seededBytes(entry.seed, entry.size)
    const cuts = cutsOf(createChunker(entry.chunker, window), bytes, [MIB])
    expect(cuts).toEqual(entry.cuts)
    expect(referenceCuts(bytes, gear, getCutParameters(entry.chunker))).toEqual(entry.cuts)
  })

  it('cut 10,240 zero bytes into ten of 1,024, as the FastCDC crate does', () => {
    const chunker = chunkerFor(cutParameters(64, 256, 1024), window)
    expect(cutsOf(chunker, new Uint8Array(10_240), [10_240])).toEqual(Array<number>(10).fill(1024))
  })
})

describe('a file', () => {
  it.each([
    [0, 'whole'],
    [16 * KIB, 'whole'],
    [16 * KIB + 1, 'fastcdc-64k-g1'],
    [256 * MIB, 'fastcdc-64k-g1'],
    [256 * MIB + 1, 'fastcdc-128k-g1'],
    [GIB, 'fastcdc-128k-g1'],
    [GIB + 1, 'fastcdc-256k-g1'],
    [8 * GIB, 'fastcdc-256k-g1'],
    [8 * GIB + 1, 'fastcdc-1m-g1'],
    [2 ** 53 - 1, 'fastcdc-1m-g1'],
  ])('of %i bytes is cut by %s', (size, name) => {
    expect(chooseChunker(size)).toBe(name)
  })

  it('of at most 16 KiB is one block, an empty one none', () => {
    const chunker = createChunker('whole', window)
    expect(cutsOf(chunker, new Uint8Array(16 * KIB), [5000])).toEqual([16 * KIB])
    expect(cutsOf(chunker, new Uint8Array(1), [1])).toEqual([1])
    expect(cutsOf(chunker, new Uint8Array(0), [1])).toEqual([])
  })

  it('of one byte value becomes blocks of the greatest length', () => {
    const zeros = new Uint8Array(9 * MIB)
    const cuts = cutsOf(createChunker('fastcdc-1m-g1', window), zeros, [MIB])
    expect(cuts).toEqual([4 * MIB, 4 * MIB, MIB])
  })
})

describe('a chunker', () => {
  it('returns the bytes themselves, whatever was moved in the window', () => {
    const bytes = seededBytes('bytes come back', 11 * MIB + 7)
    const chunker = createChunker('fastcdc-1m-g1', window)
    const hasher = createHash('sha256')
    for (let at = 0; at < bytes.length;) {
      const room = chunker.room()
      const count = Math.min(room.length, bytes.length - at, 300_001)
      room.set(bytes.subarray(at, at + count))
      at += count
      for (const block of chunker.advance(count)) hasher.update(block)
    }
    for (const block of chunker.finish()) hasher.update(block)
    expect(hasher.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('begins anew after finish', () => {
    const bytes = seededBytes('twice', 700_000)
    const chunker = createChunker('fastcdc-64k-g1', window)
    expect(cutsOf(chunker, bytes, [100_000])).toEqual(cutsOf(chunker, bytes, [64]))
  })

  it('refuses more bytes than there was room for', () => {
    const chunker = createChunker('fastcdc-64k-g1', window)
    expect(() => chunker.advance(WINDOW_BYTES + 1)).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  })

  it('is refused by an unknown name and by lengths that cannot be cut', () => {
    expect(findCutParameters('rabin-64k')).toBeUndefined()
    expect(() => createChunker('rabin-64k')).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => cutParameters(16, 64, 256)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => cutParameters(64, 32, 256)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => cutParameters(64, 256, 8 * MIB)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})
