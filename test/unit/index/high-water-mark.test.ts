/** The mark outside the database: durable before anything is announced, and nothing to trust when damaged. */
import { expect, test } from 'vitest'
import { openHighWaterMark } from '../../../src/node/index/high-water-mark.ts'

/** A small file in memory that counts, and may refuse, its replacements. */
function memoryFile(bytes?: Uint8Array) {
  return {
    bytes,
    writes: 0,
    fails: false,
    async read() {
      return this.bytes
    },
    async replace(next: Uint8Array) {
      await Promise.resolve()
      if (this.fails) throw new Error('no space')
      this.writes++
      this.bytes = next
    },
  }
}

test('a sequence is covered durably before it may be announced', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  expect(mark.lost).toBe(true)
  expect(mark.find('f')).toBeUndefined()
  await mark.cover('f', 1, 5)
  const reopened = await openHighWaterMark(file)
  expect(reopened.lost).toBe(false)
  const found = reopened.find('f')
  expect(found).toMatchObject({ epoch: 1, exact: false })
  expect(found?.reserved).toBeGreaterThanOrEqual(5)
})

test('sequences within what is reserved cost no write, the next beyond does', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  await mark.cover('f', 1, 1)
  const reserved = mark.find('f')?.reserved ?? 0
  await mark.cover('f', 1, reserved)
  expect(file.writes).toBe(1)
  await mark.cover('f', 1, reserved + 1)
  expect(file.writes).toBe(2)
})

test('who asks while the mark is being written waits for it', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  const first = mark.cover('f', 1, 1)
  await mark.cover('f', 1, 2)
  expect(file.writes).toBe(1)
  await first
})

test('a mark that could not be written covers nothing, and is written once it can be', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  file.fails = true
  await expect(mark.cover('f', 1, 1)).rejects.toThrow('no space')
  await expect(mark.cover('f', 1, 1)).rejects.toThrow('no space')
  expect(file.bytes).toBeUndefined()
  file.fails = false
  await mark.cover('f', 1, 1)
  expect((await openHighWaterMark(file)).find('f')?.reserved).toBeGreaterThanOrEqual(1)
})

test('a clean stop is exact, until something is announced again', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  await mark.cover('f', 1, 5)
  await mark.finish(new Map([['f', { epoch: 1, sequence: 7 }]]))
  const reopened = await openHighWaterMark(file)
  expect(reopened.find('f')).toEqual({ epoch: 1, reserved: 7, exact: true, place: '' })
  await reopened.cover('f', 1, 7)
  expect((await openHighWaterMark(file)).find('f')?.exact).toBe(false)
})

test('a new epoch replaces what was known, and folders do not touch each other', async () => {
  const file = memoryFile()
  const mark = await openHighWaterMark(file)
  await Promise.all([mark.cover('f', 1, 5), mark.cover('g', 2, 6)])
  await mark.cover('f', 4, 3)
  const reopened = await openHighWaterMark(file)
  expect(reopened.find('f')).toMatchObject({ epoch: 4, exact: false })
  expect(reopened.find('g')?.epoch).toBe(2)
})

test.each([
  { damage: 'empty', bytes: '' },
  { damage: 'cut off', bytes: '{"format":1,"folders":{"f":{"epo' },
  { damage: 'of another format', bytes: '{"format":2,"folders":{}}' },
  { damage: 'without folders', bytes: '{"format":1}' },
  {
    damage: 'of another shape',
    bytes: '{"format":1,"folders":{"f":{"epoch":"1","reserved":1,"exact":true,"place":""}}}',
  },
  {
    damage: 'of a number that is not whole',
    bytes: '{"format":1,"folders":{"f":{"epoch":1,"reserved":1.5,"exact":true,"place":""}}}',
  },
  { damage: 'binary', bytes: '\0\0\0' },
])('a mark that is $damage counts as none', async ({ bytes }) => {
  const mark = await openHighWaterMark(memoryFile(Buffer.from(bytes)))
  expect(mark.lost).toBe(true)
  expect(mark.find('f')).toBeUndefined()
})

test('a mark that came along with a copy counts as none, until this place has written its own', async () => {
  const file = memoryFile()
  const here = await openHighWaterMark(file, 'here')
  await here.finish(new Map(['f', 'g'].map((folder) => [folder, { epoch: 1, sequence: 7 }])))
  const there = await openHighWaterMark(file, 'there')
  expect(there.lost).toBe(false)
  expect([there.find('f'), there.find('g')]).toEqual([undefined, undefined])
  await there.cover('f', 1, 3)
  const again = await openHighWaterMark(file, 'there')
  expect(again.find('f')?.reserved).toBeGreaterThanOrEqual(3)
  expect(again.find('g')).toBeUndefined()
})
