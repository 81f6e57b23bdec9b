/** Deleting entries with everything inside. */
import { expect, test } from 'vitest'
import type { FileEntry } from '../../../../src/node/api/node-port.ts'
import { CallError } from '../../../../src/renderer/connection/call-error.ts'
import { findDoomed, removeDoomed } from '../../../../src/renderer/screens/files/removal.ts'

const entry = (
  path: string,
  kind: FileEntry['kind'] = 'file',
  here: FileEntry['here'] = 'holds',
): FileEntry => ({
  path,
  kind,
  here,
  size: 0,
  mode: 0,
  mtimeMs: 0,
  hash: '',
})

const TREE = [
  entry('trip', 'directory'),
  entry('trip/a.jpg'),
  entry('trip/raw', 'directory'),
  entry('trip/raw/a.dng'),
  entry('trip/raw/elsewhere.dng', 'file', 'wanted'),
  entry('trip2.txt'),
]

/** Two entries a page. */
const list = async (under: string, cursor: string | undefined) => {
  const found = TREE.filter(({ path }) => path === under || path.startsWith(`${under}/`))
  const from = Number(cursor ?? 0)
  const files = found.slice(from, from + 2)
  return from + 2 < found.length ? { files, next: String(from + 2) } : { files }
}
const never = new AbortController().signal

test('a directory goes with everything inside it, inner ones first, page after page', async () => {
  const counts: number[] = []
  const doomed = await findDoomed(['trip', 'trip2.txt'], list, never, (count) => counts.push(count))
  expect(doomed.files).toEqual(['trip/a.jpg', 'trip/raw/a.dng', 'trip2.txt'])
  expect(doomed.directories).toEqual(['trip/raw', 'trip'])
  expect(counts.at(-1)).toBe(5)
})

test('what is not listed is tried all the same: the node knows better', async () => {
  expect(await findDoomed(['gone.txt'], list, never)).toEqual({ files: ['gone.txt'], directories: [] })
})

test('directories are deleted after every file, and what is gone already counts as deleted', async () => {
  const removed: string[] = []
  const counts: number[] = []
  const failures = await removeDoomed(
    { files: ['trip/a.jpg', 'trip/raw/a.dng'], directories: ['trip/raw', 'trip'] },
    async (path) => {
      removed.push(path)
      if (path === 'trip/a.jpg') throw new CallError('FILE_NOT_FOUND')
    },
    never,
    (count) => counts.push(count),
  )
  expect(failures).toEqual([])
  expect(removed.slice(2)).toEqual(['trip/raw', 'trip'])
  expect(counts).toEqual([1, 2, 3, 4])
})

test('one failure stops no other entry and is named', async () => {
  const removed: string[] = []
  const error = new CallError('FILE_CHANGED')
  const failures = await removeDoomed(
    { files: ['a', 'b', 'c'], directories: [] },
    async (path) => {
      if (path === 'b') throw error
      removed.push(path)
    },
    never,
    () => {},
  )
  expect(failures).toEqual([{ path: 'b', error }])
  expect(removed.toSorted()).toEqual(['a', 'c'])
})

test('after a cancel nothing more is deleted', async () => {
  const control = new AbortController()
  const removed: string[] = []
  await removeDoomed(
    { files: ['1', '2', '3', '4', '5', '6', '7', '8'], directories: ['d'] },
    async (path) => {
      removed.push(path)
      control.abort()
    },
    control.signal,
    () => {},
  )
  expect(removed.length).toBeLessThanOrEqual(4)
  expect(removed).not.toContain('d')
})
