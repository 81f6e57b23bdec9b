/** Errors of a folder: counted once for every path, however many there are, and gone with their cause. */
import { describe, expect, test } from 'vitest'
import { DETAILED, FolderErrors } from '../../../src/node/sync/folder-errors.ts'
import type { FolderError } from '../../../src/node/sync/folder-errors.ts'

const MORE = 50
const pathAt = (index: number): string => `file-${index}`
const full = (index: number): FolderError => {
  return { path: pathAt(index), code: 'DISK_FULL', message: 'no space' }
}
const seen = async (): Promise<boolean> => true

function tooMany(): FolderErrors {
  const errors = new FolderErrors()
  for (let index = 0; index < DETAILED + MORE; index++) errors.report('place', full(index))
  return errors
}

describe('more errors than are kept in words', () => {
  test('all count, and the same path reported again counts no more', () => {
    const errors = tooMany()
    expect(errors.count).toBe(DETAILED + MORE)
    expect(errors.list()).toHaveLength(DETAILED)
    for (let index = 0; index < DETAILED + MORE; index++) errors.report('place', full(index))
    expect(errors.count).toBe(DETAILED + MORE)
  })

  test('never look like none while one of them is left', () => {
    const errors = tooMany()
    for (let index = 0; index < DETAILED; index++) errors.clear('place', pathAt(index))
    expect(errors.list()).toEqual([])
    expect(errors.count).toBe(MORE)
    expect(errors.has('place')).toBe(true)
    for (let index = DETAILED; index < DETAILED + MORE; index++) errors.clear('place', pathAt(index))
    expect(errors.count).toBe(0)
    expect(errors.has('place')).toBe(false)
  })

  test('get their words when there is room, and still count once', () => {
    const errors = tooMany()
    errors.clear('place', pathAt(0))
    const last = full(DETAILED + MORE - 1)
    errors.report('place', last)
    expect(errors.count).toBe(DETAILED + MORE - 1)
    expect(errors.list()).toContainEqual(last)
  })

  test('are forgotten with the paths they are about', () => {
    const errors = tooMany()
    errors.keepOnly('place', new Set([pathAt(1), pathAt(DETAILED + 1), 'another']))
    expect(errors.count).toBe(2)
  })

  test('found by a scan last until all of the folder was looked at without them', async () => {
    const errors = new FolderErrors()
    for (let index = 0; index < DETAILED + 3; index++) errors.report('scan', full(index))
    const part = errors.lookingAt('scan', pathAt(DETAILED))
    await part(seen)
    expect(errors.count).toBe(DETAILED + 3)
    const all = errors.lookingAt('scan', '')
    errors.report('scan', full(DETAILED + 1))
    errors.report('scan', full(7))
    await all(seen)
    expect(errors.count).toBe(2)
  })
})

test('what is of a kind that is never synced is said by name, and is no error', () => {
  const errors = new FolderErrors()
  errors.report('left-out', { path: 'queue', code: 'KIND_UNSUPPORTED', message: 'a FIFO' })
  expect(errors.count).toBe(0)
  expect(errors.list()).toEqual([])
  expect(errors.leftOutCount).toBe(1)
  expect(errors.leftOut().map(({ path }) => path)).toEqual(['queue'])
})
