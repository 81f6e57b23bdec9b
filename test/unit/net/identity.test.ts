/** The device's key. */
import { expect, test } from 'vitest'
import { generateIdentity, deviceIdOf, identityFrom } from '../../../src/node/net/identity.ts'
import { seededRandom } from '../../../src/node/base/random.ts'

test('a key is 68 bytes and gives the same id every time it is read', () => {
  const key = generateIdentity()
  expect(key).toHaveLength(68)
  expect(deviceIdOf(key)).toMatch(/^12D3KooW/)
  expect(deviceIdOf(identityFrom(key))).toBe(deviceIdOf(key))
})

test('two keys differ, and one seed gives one key', () => {
  expect(deviceIdOf(generateIdentity())).not.toBe(deviceIdOf(generateIdentity()))
  expect(generateIdentity(seededRandom(5))).toEqual(generateIdentity(seededRandom(5)))
})

test('a key signs what its public half verifies', async () => {
  const key = identityFrom(generateIdentity())
  const words = Uint8Array.of(1, 2, 3)
  expect(await key.publicKey.verify(words, await key.sign(words))).toBe(true)
})

test.each([
  { what: 'nothing', bytes: new Uint8Array(0) },
  { what: 'noise', bytes: seededRandom(1).bytes(68) },
  { what: 'half a key', bytes: generateIdentity(seededRandom(2)).subarray(0, 40) },
])('$what is a damaged identity', ({ bytes }) => {
  expect(() => deviceIdOf(bytes)).toThrow(expect.objectContaining({ code: 'IDENTITY_DAMAGED' }))
})
