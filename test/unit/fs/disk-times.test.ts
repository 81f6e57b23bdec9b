/** Times on their way through a double of seconds. */
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import { microsecondOf, nsOfSeconds, secondsText } from '../../../src/node/fs/disk-times.ts'

const YEAR_NS = 31_556_952n * 1_000_000_000n

describe('a time for the disk', () => {
  test('lies in the wanted microsecond in every year from 1901 to 2241', () => {
    const random = seededRandom(7)
    for (let year = -68n; year <= 271n; year++) {
      for (let sample = 0; sample < 200; sample++) {
        const ns = year * YEAR_NS + BigInt(random.below(2 ** 32)) * 7_000_001n
        const set = nsOfSeconds(Number(secondsText(ns)))
        expect(microsecondOf(set), `${ns}`).toBe(microsecondOf(ns))
      }
    }
  })

  test('lies in it at its very borders', () => {
    for (const second of [-2_000_000_000n, -1n, 0n, 1_760_000_000n, 4_294_967_296n, 8_500_000_000n])
      for (const offset of [-1n, 0n, 1n, 999n, 1000n, 999_999_999n]) {
        const ns = second * 1_000_000_000n + offset
        expect(microsecondOf(nsOfSeconds(Number(secondsText(ns)))), `${ns}`).toBe(microsecondOf(ns))
      }
  })

  test('errs without the correction: the plain conversion leaves the microsecond', () => {
    const whole = Array.from(
      { length: 1000 },
      (_, micro) => 1_760_000_000_000_000_000n + BigInt(micro) * 1000n,
    )
    const wrong = whole.filter((ns) => microsecondOf(nsOfSeconds(Number(ns) / 1e9)) !== microsecondOf(ns))
    expect(wrong.length).toBeGreaterThan(300)
  })

  test('has its microsecond rounded down, before 1970 too', () => {
    expect(microsecondOf(-1n)).toBe(-1n)
    expect(microsecondOf(-1000n)).toBe(-1n)
    expect(microsecondOf(-1001n)).toBe(-2n)
    expect(microsecondOf(1999n)).toBe(1n)
  })
})
