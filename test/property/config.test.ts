/** Properties of the configuration file: it round-trips, and no damage passes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPeerfoldError } from '../../src/node/base/errors.ts'
import { encodeConfig, initialConfig, parseConfig } from '../../src/node/config/config-file.ts'
import type { Config } from '../../src/node/config/schema.ts'

const name = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' })
const config: fc.Arbitrary<Config> = fc
  .record({
    device: fc.record({ name }),
    folders: fc.uniqueArray(
      fc.record({
        id: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
        name,
        path: name,
        devices: fc.constant([]),
        paused: fc.boolean(),
        mode: fc.constantFrom('send-receive', 'send-only', 'receive-only'),
        guard: fc.option(
          fc
            .record({
              percent: fc.integer({ min: 1, max: 100 }),
              least: fc.nat({ max: 1e6 }),
              more: fc.nat({ max: 1e6 }),
            })
            .map(({ percent, least, more }) => ({ percent, least, most: least + more })),
        ),
        ignoreRules: fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        markerId: fc.string({ minLength: 1, maxLength: 32 }),
      }),
      { selector: (folder) => folder.id, maxLength: 4 },
    ),
  })
  .map((parts) => ({ ...initialConfig('x'), ...parts }))

test('what was written is read back equal, and always the same bytes', () => {
  fc.assert(
    fc.property(config, (value) => {
      const bytes = encodeConfig(value)
      expect(parseConfig(bytes)).toEqual(value)
      expect(encodeConfig(parseConfig(bytes))).toEqual(bytes)
    }),
  )
})

test('a flipped bit is refused, or was in what does not matter', () => {
  let refused = 0
  fc.assert(
    fc.property(config, fc.nat(), fc.nat({ max: 7 }), (value, at, bit) => {
      const bytes = encodeConfig(value)
      bytes[at % bytes.length]! ^= 1 << bit
      try {
        expect(parseConfig(bytes)).toEqual(value)
      } catch (error) {
        if (!isPeerfoldError(error)) throw error
        expect(error.code).toBe('CONFIG_DAMAGED')
        refused++
      }
    }),
    { numRuns: 500 },
  )
  expect(refused).toBeGreaterThan(100)
})

test('any cut is refused', () => {
  fc.assert(
    fc.property(config, fc.nat(), (value, at) => {
      // The last byte is the line end after the closing brace.
      const whole = encodeConfig(value)
      expect(() => parseConfig(whole.subarray(0, at % (whole.length - 1)))).toThrow(/damaged/)
    }),
  )
})
