/** Chance: repeatable under a seed, within bounds, not obviously lopsided. */
import { expect, test } from 'vitest'
import { randomHex, seededRandom, systemRandom, type Random } from '../../../src/node/base/random.ts'

const SEEDS = [0, 1, 2, 42, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.below(1_000_000))
}

test.each(SEEDS)('seed %s repeats itself', (seed) => {
  expect(draw(seededRandom(seed), 200)).toEqual(draw(seededRandom(seed), 200))
  expect(seededRandom(seed).bytes(64)).toEqual(seededRandom(seed).bytes(64))
})

test('different seeds give different numbers', () => {
  const first = new Set(SEEDS.map((seed) => draw(seededRandom(seed), 4).join()))
  expect(first.size).toBe(SEEDS.length)
})

test('seed 1 still gives the numbers it gave when failures were recorded', () => {
  expect(draw(seededRandom(1), 3)).toEqual([454165, 82430, 153952])
})

test.each([
  { source: 'seeded', random: seededRandom(7) },
  { source: 'system', random: systemRandom() },
])('the $source source stays within its bound and reaches both ends', ({ random }) => {
  const seen = new Set(Array.from({ length: 2_000 }, () => random.below(6)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
  expect(random.below(1)).toBe(0)
  for (let i = 0; i < 100; i++) {
    const large = random.below(2 ** 32)
    expect(Number.isInteger(large)).toBe(true)
    expect(large).toBeLessThan(2 ** 32)
  }
})

test('a seeded die is fair enough', () => {
  const random = seededRandom(3)
  const counts = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < 80_000; i++) {
    const face = random.below(counts.length)
    counts[face] = (counts[face] ?? 0) + 1
  }
  for (const count of counts) expect(count).toBeGreaterThan(9_000)
})

test('bytes come in the number asked for', () => {
  for (const count of [0, 1, 32]) {
    expect(seededRandom(1).bytes(count)).toHaveLength(count)
    expect(systemRandom().bytes(count)).toHaveLength(count)
  }
})

test('hex is lower case, two letters for each byte', () => {
  expect(randomHex(seededRandom(5), 8)).toMatch(/^[0-9a-f]{16}$/)
  expect(randomHex(systemRandom(), 16)).not.toBe(randomHex(systemRandom(), 16))
})
