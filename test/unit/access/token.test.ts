/** The token of the API. */
import { expect, test } from 'vitest'
import { isToken, newToken } from '../../../src/node/access/token.ts'
import { seededRandom, systemRandom } from '../../../src/node/base/random.ts'

test('a new token is 256 bits of hex and never the same', () => {
  const random = systemRandom()
  expect(newToken(random)).toMatch(/^[0-9a-f]{64}$/)
  expect(newToken(random)).not.toBe(newToken(random))
})

test.each([
  { rule: 'itself', given: (token: string) => token, same: true },
  { rule: 'nothing', given: () => undefined, same: false },
  { rule: 'an empty text', given: () => '', same: false },
  { rule: 'a shorter one', given: (token: string) => token.slice(1), same: false },
  { rule: 'a longer one', given: (token: string) => `${token}0`, same: false },
  { rule: 'upper case', given: (token: string) => `${token}`.toUpperCase(), same: false },
])('a token compared with $rule', ({ given, same }) => {
  const token = newToken(seededRandom(1))
  expect(isToken(given(token), token)).toBe(same)
})

test('an empty token opens nothing', () => {
  expect(isToken('', '')).toBe(false)
})
