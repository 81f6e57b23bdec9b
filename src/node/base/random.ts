/**
 * Chance as a parameter. Promises that a seeded source repeats itself exactly and that the
 * system source is fit for secrets. Never used where a value must not be guessed with a seed.
 */
import { randomBytes } from 'node:crypto'

export interface Random {
  /** `count` fresh bytes. */
  bytes(count: number): Uint8Array
  /** A whole number in [0, bound), bound at most 2^32. */
  below(bound: number): number
}

/** The operating system's generator. */
export function systemRandom(): Random {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    below: (bound) => Math.floor((randomBytes(4).readUInt32LE() / 2 ** 32) * bound),
  }
}

/**
 * A repeatable source for tests and the simulator: sfc32 (Chris Doty-Humphrey's Small Fast
 * Counting generator), seeded by mixing the number and discarding the first rounds.
 */
export function seededRandom(seed: number): Random {
  // Signed 32 bits throughout: V8 keeps those without allocating, and only the last bits count.
  let a = seed | 0
  let b = (seed / 2 ** 32) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum
  }
  for (let round = 0; round < 16; round++) next()
  return {
    bytes: (count) => {
      const bytes = new Uint8Array(count)
      for (let i = 0; i < count; i++) bytes[i] = next()
      return bytes
    },
    below: (bound) => Math.floor(((next() >>> 0) / 2 ** 32) * bound),
  }
}

/** Lower-case hex of `count` random bytes: names, ids, tokens. */
export function randomHex(random: Random, count: number): string {
  return Buffer.from(random.bytes(count)).toString('hex')
}
