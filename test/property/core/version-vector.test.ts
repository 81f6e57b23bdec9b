/** The laws of version vectors, on generated vectors. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareVectors,
  counterOf,
  EMPTY_VECTOR,
  isCovered,
  lineOf,
  mergeVectors,
  renameReplicas,
  stampVector,
  type Order,
  type VersionVector,
} from '../../../src/node/core/version-vector.ts'
import { amount } from '../../support/tier.ts'

/** Few replicas and small counters: unrelated vectors would hardly ever meet. */
const replica = fc.constantFrom('a/1', 'a/1.4', 'a/1.5', 'a/1.4/copy', 'a/1/copy', 'a/2', 'b/1', 'd/10')
const vector = fc
  .dictionary(replica, fc.integer({ min: 1, max: 3 }))
  .map((counters): VersionVector => Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)))
  .map((entries) => mergeVectors(entries, EMPTY_VECTOR))

const OPPOSITE: Readonly<Record<Order, Order>> = {
  equal: 'equal',
  before: 'after',
  after: 'before',
  concurrent: 'concurrent',
}
const runs = { numRuns: amount({ short: 2_000, long: 100_000 }) }

test('merging is commutative', () => {
  const law = fc.property(vector, vector, (a, b) => {
    expect(mergeVectors(a, b)).toEqual(mergeVectors(b, a))
  })
  fc.assert(law, runs)
})

test('merging is associative', () => {
  const law = fc.property(vector, vector, vector, (a, b, c) => {
    expect(mergeVectors(a, mergeVectors(b, c))).toEqual(mergeVectors(mergeVectors(a, b), c))
  })
  fc.assert(law, runs)
})

test('merging with itself or with nothing changes nothing', () => {
  const law = fc.property(vector, (a) => {
    expect(mergeVectors(a, a)).toEqual(a)
    expect(mergeVectors(a, EMPTY_VECTOR)).toEqual(a)
  })
  fc.assert(law, runs)
})

test('a merge is the least vector that covers both', () => {
  const law = fc.property(vector, vector, (a, b) => {
    const merged = mergeVectors(a, b)
    expect(['equal', 'after']).toContain(compareVectors(merged, a))
    expect(['equal', 'after']).toContain(compareVectors(merged, b))
    for (const [name, counter] of merged)
      expect(Math.max(counterOf(a, name), counterOf(b, name))).toBe(counter)
    for (const [name] of [...a, ...b])
      expect(counterOf(merged, name)).toBe(Math.max(counterOf(a, name), counterOf(b, name)))
  })
  fc.assert(law, runs)
})

test('a merge is canonical: sorted, no replica twice, no zero, nothing that a line covers', () => {
  const law = fc.property(vector, vector, (a, b) => {
    const merged = mergeVectors(a, b)
    const names = merged.map(([name]) => name)
    expect(names).toEqual([...new Set(names)].sort((x, y) => (x < y ? -1 : 1)))
    expect(merged.every(([, counter]) => counter > 0)).toBe(true)
    expect(merged.some((entry) => isCovered(merged, entry))).toBe(false)
  })
  fc.assert(law, runs)
})

test('comparing the other way round gives the opposite answer', () => {
  const law = fc.property(vector, vector, (a, b) => {
    expect(compareVectors(b, a)).toBe(OPPOSITE[compareVectors(a, b)])
  })
  fc.assert(law, runs)
})

test('vectors are equal in order exactly when they are equal in content', () => {
  const law = fc.property(vector, vector, (a, b) => {
    expect(compareVectors(a, b) === 'equal').toBe(JSON.stringify(a) === JSON.stringify(b))
  })
  fc.assert(law, runs)
})

test('"before" carries on over a third vector', () => {
  const law = fc.property(vector, vector, vector, (a, more, evenMore) => {
    const b = mergeVectors(a, more)
    const c = mergeVectors(b, evenMore)
    fc.pre(compareVectors(a, b) === 'before' && compareVectors(b, c) === 'before')
    expect(compareVectors(a, c)).toBe('before')
  })
  fc.assert(law, runs)
})

test('a stamp with a new counter comes after what it stamps and carries the counter', () => {
  const law = fc.property(vector, replica, (a, name) => {
    const stamped = stampVector(a, name, counterOf(a, name) + 7)
    expect(compareVectors(stamped, a)).toBe('after')
    expect(counterOf(stamped, name)).toBe(counterOf(a, name) + 7)
  })
  fc.assert(law, runs)
})

test('stamps of two replicas are concurrent', () => {
  const law = fc.property(vector, replica, replica, (a, one, other) => {
    // A line covers its lives.
    fc.pre(one !== other && lineOf(one) !== other && lineOf(other) !== one)
    const stamped = [one, other].map((name) => stampVector(a, name, counterOf(a, name) + 1)) as [
      VersionVector,
      VersionVector,
    ]
    expect(compareVectors(...stamped)).toBe('concurrent')
  })
  fc.assert(law, runs)
})

test('a line covers what its lives stamped up to it, and lives of one line cover nothing of each other', () => {
  expect(compareVectors([['a/1.4', 3]], [['a/1', 3]])).toBe('before')
  expect(compareVectors([['a/1.4', 4]], [['a/1', 3]])).toBe('concurrent')
  expect(compareVectors([['a/1.4', 1]], [['a/1.5', 9]])).toBe('concurrent')
  expect(compareVectors([['a/1.4/copy', 1]], [['a/1', 3]])).toBe('concurrent')
  expect(compareVectors([['a/1.4/copy', 1]], [['a/1/copy', 3]])).toBe('before')
})

test('folding lives covers all that was covered, and what is stamped behind it is newer', () => {
  const law = fc.property(vector, fc.func(fc.boolean()), (a, isFolded) => {
    const folded = renameReplicas(a, (name) => (isFolded(name) ? (lineOf(name) ?? name) : name))
    expect(['equal', 'after']).toContain(compareVectors(folded, a))
    expect(folded).toEqual(mergeVectors(folded, EMPTY_VECTOR))
    expect(folded.every(([name]) => lineOf(name) === undefined || !isFolded(name))).toBe(true)
  })
  fc.assert(law, runs)
})

test('the generator reaches every order, or the laws above prove little', () => {
  const reached = new Set(
    fc.sample(fc.tuple(vector, vector), { numRuns: 500, seed: 1 }).map(([a, b]) => compareVectors(a, b)),
  )
  expect([...reached].sort()).toEqual(['after', 'before', 'concurrent', 'equal'])
})
