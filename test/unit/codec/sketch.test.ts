/** By what files that are much alike find each other. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import { sketchOf } from '../../../src/node/codec/sketch.ts'

const random = seededRandom(4)
const hashes = (count: number): Uint8Array[] => Array.from({ length: count }, () => random.bytes(32))

test('the sketch is four blocks, whatever their order and however often they occur', () => {
  const blocks = hashes(50)
  const sketch = sketchOf(blocks)
  expect(sketch).toHaveLength(4)
  expect(sketchOf(blocks.toReversed())).toEqual(sketch)
  expect(sketchOf([...blocks, ...blocks])).toEqual(sketch)
  const all = blocks.map((hash) => Buffer.from(hash.subarray(0, 8)).toString('hex'))
  expect(sketch).toEqual(all.toSorted().slice(0, 4))
})

test('a file of few blocks is sketched by all of them', () => {
  expect(sketchOf(hashes(2))).toHaveLength(2)
  expect(sketchOf([])).toEqual([])
})

test('an edit of one block in ten leaves something in common, a hundred times over', () => {
  for (let time = 0; time < 100; time++) {
    const blocks = hashes(40)
    const edited = [...hashes(4), ...blocks.slice(4)]
    expect(sketchOf(edited).some((block) => sketchOf(blocks).includes(block))).toBe(true)
  }
})
