/** Writes and reads of a disk that takes and gives less than it was asked for. */
import { expect, test } from 'vitest'
import type { DiskCalls } from '../../../src/node/fs/disk-calls.ts'
import { diskHandle } from '../../../src/node/fs/disk-handle.ts'

const CONTENT = Uint8Array.from({ length: 100 }, (_, i) => i)

/** A file of which at most `most` bytes move in one call, and none any more once it holds `room`. */
function narrowFile(most: number, room = Infinity) {
  const file = new Uint8Array(CONTENT.length)
  const calls: Pick<DiskCalls, 'read' | 'write'> = {
    write: async (_, bytes, offset, length, position) => {
      const count = Math.max(0, Math.min(most, length, room - position))
      file.set(bytes.subarray(offset, offset + count), position)
      return count
    },
    read: async (_, into, offset, length, position) => {
      const count = Math.min(most, length, file.length - position)
      into.set(file.subarray(position, position + count), offset)
      return count
    },
  }
  return { file, handle: diskHandle(calls as DiskCalls, 3, 'narrow') }
}

test('a write that takes fewer bytes than it was given is gone on with until all are there', async () => {
  const { file, handle } = narrowFile(7)
  await handle.write(CONTENT, 0)
  expect(file).toEqual(CONTENT)
})

test('a read that gives fewer bytes than there are is gone on with up to the end', async () => {
  const { file, handle } = narrowFile(7)
  file.set(CONTENT)
  const into = new Uint8Array(CONTENT.length + 5)
  expect(await handle.read(into, 0)).toBe(CONTENT.length)
  expect(into.subarray(0, CONTENT.length)).toEqual(CONTENT)
})

test('a write that takes nothing ends, and is no success', async () => {
  const { handle } = narrowFile(7, 50)
  await expect(handle.write(CONTENT, 0)).rejects.toMatchObject({ code: 'IO_ERROR' })
})
