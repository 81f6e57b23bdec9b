/** Copies are what crossing a thread would have made of the message. */
import { expect, test } from 'vitest'
import { copyOf } from '../../../src/node/base/copy.ts'

const shared = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)

test.each([
  { what: 'plain data', value: { a: 1, b: [2n, 'c', null, undefined], d: { e: true } } },
  { what: 'bytes', value: { bytes: new Uint8Array([1, 2]), part: shared } },
  { what: 'a map of records', value: new Map([['__proto__', { a: 1 }]]) },
  { what: 'a key that names a prototype', value: JSON.parse('{"__proto__":{"a":1}}') as unknown },
  { what: 'an object without a prototype', value: Object.assign(Object.create(null), { a: 1 }) as unknown },
])('a copy of $what is what structuredClone gives', ({ value }) => {
  expect(copyOf(value, [])).toEqual(structuredClone(value))
})

test('a copy shares no memory with the original', () => {
  const original = { list: [{ bytes: new Uint8Array([1]) }] }
  const copy = copyOf(original, [])
  original.list[0]!.bytes[0] = 9
  original.list.pop()
  expect(copy).toEqual({ list: [{ bytes: new Uint8Array([1]) }] })
})

test('what cannot cross a thread cannot be copied', () => {
  expect(() => copyOf({ run: () => {} }, [])).toThrow('could not be cloned')
})

test('a buffer that is handed over is gone', () => {
  const bytes = new Uint8Array([1, 2, 3])
  expect(copyOf({ bytes }, [bytes.buffer])).toEqual({ bytes: new Uint8Array([1, 2, 3]) })
  expect(bytes.byteLength).toBe(0)
})
