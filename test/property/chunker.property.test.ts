/** Properties of cutting, on random sizes, contents and ways of arriving. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkerFor, createChunker, createChunkerWindow } from '../../src/node/codec/chunker.ts'
import { chunkerNames, cutParameters, getCutParameters } from '../../src/node/codec/chunker-parameters.ts'
import { gearTable } from '../../src/node/codec/gear.ts'
import { cutsOf, seededBytes } from '../support/chunker-feeding.ts'
import { referenceCuts } from '../support/reference-chunker.ts'

/** Fixed, so that a run repeats; the properties were tried with eight others. */
const seed = 20261120
const window = createChunkerWindow()
const gear = gearTable()
const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 22 })), {
  minLength: 1,
  maxLength: 5,
})
/** Random, constant and repeating content: cuts by the hash, by max and by a beat. */
const content = (maxSize: number) =>
  fc
    .record({ salt: fc.nat(), size: fc.nat({ max: maxSize }), period: fc.constantFrom(0, 0, 1, 7, 48, 1000) })
    .map(({ salt, size, period }) => {
      const bytes = seededBytes(`content ${salt}`, size)
      for (let at = period; period > 0 && at < size; at++) bytes[at] = bytes[at - period]!
      return bytes
    })
/** Averages from 128 bytes on, so that small content has many cuts. */
const smallParameters = fc
  .tuple(
    fc.integer({ min: 32, max: 600 }),
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 0, max: 4000 }),
  )
  .map(([min, toAvg, toMax]) => cutParameters(min, min + toAvg, min + toAvg + toMax))

/** Ends of blocks, from the beginning of the content. */
function endsOf(lengths: readonly number[]): number[] {
  let end = 0
  return lengths.map((length) => (end += length))
}

describe('cutting', () => {
  it('gives the blocks of the reference with any small parameters, however the bytes arrive', () => {
    fc.assert(
      fc.property(content(20_000), smallParameters, pieces, (bytes, parameters, sizes) => {
        const cuts = cutsOf(chunkerFor(parameters, window), bytes, sizes)
        expect(cuts).toEqual(referenceCuts(bytes, gear, parameters))
      }),
      { numRuns: 400, seed },
    )
  })

  it('gives the blocks of the reference with every registered chunker', () => {
    fc.assert(
      fc.property(content(6_000_000), fc.constantFrom(...chunkerNames()), pieces, (bytes, name, sizes) => {
        const larger = sizes.map((size) => size + 20_000) // tiny pieces of large content only take time
        const cuts = cutsOf(createChunker(name, window), bytes, larger)
        expect(cuts).toEqual(referenceCuts(bytes, gear, getCutParameters(name)))
      }),
      { numRuns: 25, seed },
    )
  })

  it('keeps lengths between min and max and loses no byte', () => {
    fc.assert(
      fc.property(content(50_000), smallParameters, (bytes, parameters) => {
        const cuts = cutsOf(chunkerFor(parameters, window), bytes, [bytes.length + 1])
        expect(cuts.reduce((sum, length) => sum + length, 0)).toBe(bytes.length)
        for (const length of cuts.slice(0, -1)) {
          expect(length).toBeGreaterThan(parameters.min === parameters.max ? 0 : parameters.min)
          expect(length).toBeLessThanOrEqual(parameters.max)
        }
        expect(cuts.at(-1) ?? 1).toBeGreaterThan(0)
      }),
      { numRuns: 200, seed },
    )
  })

  it('changes only blocks near an insertion', () => {
    const parameters = cutParameters(128, 512, 2048)
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 60_000, max: 140_000 }),
        fc.integer({ min: 1, max: 300 }),
        (salt, at, count) => {
          const before = seededBytes(`insertion ${salt}`, 200_000)
          const inserted = seededBytes(`inserted ${salt}`, count)
          const after = Buffer.concat([before.subarray(0, at), inserted, before.subarray(at)])
          const cut = (bytes: Uint8Array): number[] =>
            endsOf(cutsOf(chunkerFor(parameters, window), bytes, [bytes.length]))
          const endsBefore = cut(before)
          const endsAfter = new Set(cut(after))
          // Blocks that ended before the place end there still; from about twenty blocks behind it on
          // every end is the old one, moved. Two cuttings meet again with a chance of about 1/2 a block.
          const lost = endsBefore.filter((end) => !endsAfter.has(end < at ? end : end + count))
          expect(Math.max(at, ...lost) - at).toBeLessThan(25 * 512)
          expect(Math.min(at, ...lost)).toBeGreaterThan(at - parameters.max)
          expect(endsBefore.length).toBeGreaterThan(200)
        },
      ),
      { numRuns: 60, seed },
    )
  })
})
