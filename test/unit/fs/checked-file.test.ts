/** A small file that notices any damage to itself. */
import { expect, test } from 'vitest'
import { checkedFile } from '../../../src/node/fs/checked-file.ts'

function inMemory(bytes?: Uint8Array) {
  const stored = { bytes, damaged: 0 }
  const file = checkedFile(
    {
      read: async () => stored.bytes,
      replace: async (next) => void (stored.bytes = next),
    },
    () => stored.damaged++,
  )
  return { stored, file }
}

const CONTENT = Buffer.from('{"folders":{}}')

test('what was written is read back, and absence is no damage', async () => {
  const { stored, file } = inMemory()
  expect(await file.read()).toBeUndefined()
  for (const content of [CONTENT, Buffer.alloc(0)]) {
    await file.replace(content)
    expect(await file.read()).toEqual(content)
  }
  expect(stored.damaged).toBe(0)
})

test('any bit that is turned, and any end that is cut off, is damage and counts as absent', async () => {
  const { stored, file } = inMemory()
  await file.replace(CONTENT)
  const whole = Buffer.from(stored.bytes ?? [])
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const turned = Buffer.from(whole)
    turned[bit >> 3]! ^= 1 << (bit & 7)
    stored.bytes = turned
    expect(await file.read(), `bit ${bit}`).toBeUndefined()
  }
  for (let length = 0; length < whole.length; length++) {
    stored.bytes = whole.subarray(0, length)
    expect(await file.read(), `${length} bytes`).toBeUndefined()
  }
  expect(stored.damaged).toBe(whole.length * 9)
})
