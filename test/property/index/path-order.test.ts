/** Paths in memory are in the order in which the index lists them: by UTF-8 bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePaths, isWithin } from '../../../src/node/sync/path-order.ts'

const path = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom('a', '/', '-', '0', '\ud7ff', '\uffff', '\u{10000}', '\u{10ffff}'),
    maxLength: 6,
  }),
)

test('paths are ordered as their UTF-8 bytes are', () => {
  const law = fc.property(path, path, (a, b) => {
    expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
  })
  fc.assert(law, { numRuns: 5_000 })
})

test.each([
  { path: 'a', above: '', within: true },
  { path: 'a', above: 'a', within: true },
  { path: 'a/b', above: 'a', within: true },
  { path: 'a-b', above: 'a', within: false },
  { path: 'a0', above: 'a', within: false },
  { path: 'a', above: 'a/b', within: false },
])('"$path" lies within "$above": $within', ({ path: one, above, within }) => {
  expect(isWithin(one, above)).toBe(within)
})
