/** The rows of one listing, as far as they are known. */
import { describe, expect, test } from 'vitest'
import type { BrowsedFile, FileRange } from '../../../../src/node/api/node-port.ts'
import * as pages from '../../../../src/renderer/screens/files/pages.ts'

const row = (index: number, mark = ''): BrowsedFile => ({
  path: `file-${String(index).padStart(6, '0')}${mark}`,
  kind: 'file',
  size: index,
  mode: 0o644,
  mtimeMs: 0,
  hash: '',
  here: 'holds',
  copies: [],
})

function answer(first: number, last: number, revision: number, total = 100_000, mark = ''): FileRange {
  const offset = first * pages.PAGE_ROWS
  const end = Math.min(total, (last + 1) * pages.PAGE_ROWS)
  const entries = Array.from({ length: Math.max(0, end - offset) }, (_, step) => row(offset + step, mark))
  return { total, offset, entries, revision }
}

const filled = (first: number, last: number, revision: number, before = pages.UNKNOWN, total?: number) =>
  pages.withAnswer(before, { first, last }, answer(first, last, revision, total))

test('before the first answer only the first page is wanted', () => {
  expect(pages.pagesFor({ first: 0, last: 40 }, undefined)).toEqual({ first: 0, last: 0 })
  expect(pages.missingIn(pages.UNKNOWN, { first: 0, last: 0 })).toEqual({ first: 0, last: 0 })
})

test('one answer over several pages lands in each of them', () => {
  const listing = filled(2, 3, 7)
  expect(pages.rowAt(listing, 400)?.path).toBe('file-000400')
  expect(pages.rowAt(listing, 799)?.path).toBe('file-000799')
  expect(pages.rowAt(listing, 800)).toBeUndefined()
})

test('what is missing is asked for in one go, at most a thousand rows', () => {
  const listing = filled(1, 1, 7)
  expect(pages.missingIn(listing, { first: 0, last: 2 })).toEqual({ first: 0, last: 2 })
  expect(pages.missingIn(listing, { first: 1, last: 1 })).toBeUndefined()
  expect(pages.missingIn(pages.UNKNOWN, { first: 0, last: 40 })).toEqual({ first: 0, last: 4 })
})

describe('revisions', () => {
  test('an older answer never replaces a newer one', () => {
    const listing = filled(0, 0, 9)
    expect(pages.withAnswer(listing, { first: 0, last: 0 }, answer(0, 0, 8, 5, 'old'))).toBe(listing)
  })

  test('an older answer for another page is taken and does not turn back the total', () => {
    const listing = filled(0, 0, 9)
    const next = pages.withAnswer(listing, { first: 1, last: 1 }, answer(1, 1, 8, 300))
    expect(next.total).toBe(100_000)
    expect(pages.rowAt(next, 250)?.path).toBe('file-000250')
  })

  test('a page read before the folder changed is stale, and only that one', () => {
    const listing = filled(1, 1, 10, filled(0, 0, 9))
    expect(pages.staleIn(listing, { first: 0, last: 1 }, 10)).toEqual({ first: 0, last: 0 })
    expect(pages.staleIn(listing, { first: 0, last: 1 }, 9)).toBeUndefined()
    expect(pages.staleIn(listing, { first: 5, last: 6 }, 10)).toBeUndefined()
  })

  test('after a reconnect the rows stay in sight and any answer is newer', () => {
    const listing = pages.outdated(filled(0, 0, 500))
    expect(pages.rowAt(listing, 3)?.path).toBe('file-000003')
    expect(pages.staleIn(listing, { first: 0, last: 0 }, 0)).toEqual({ first: 0, last: 0 })
    const next = pages.withAnswer(listing, { first: 0, last: 0 }, answer(0, 0, 2, 10, '-new'))
    expect(next).toMatchObject({ total: 10, revision: 2 })
    expect(pages.rowAt(next, 3)?.path).toBe('file-000003-new')
  })

  test('a shrunken listing forgets the pages beyond its end', () => {
    const listing = filled(0, 0, 10, filled(3, 3, 9), 150)
    expect([...listing.pages.keys()]).toEqual([0])
    expect(pages.rowAt(listing, 700)).toBeUndefined()
  })
})

describe('memory', () => {
  test('keeps the fifty pages used last', () => {
    let listing = pages.UNKNOWN
    let recent: readonly number[] = []
    for (let page = 0; page < 60; page++) {
      recent = pages.withUse(recent, { first: page, last: page })
      // Page 0 is looked at all the time.
      recent = pages.withUse(recent, { first: 0, last: 0 })
      listing = pages.withinLimit(filled(page, page, 1, listing), recent)
    }
    expect(listing.pages.size).toBe(pages.PAGE_LIMIT)
    expect(listing.pages.has(0)).toBe(true)
    expect(listing.pages.has(10)).toBe(false)
    expect(listing.pages.has(59)).toBe(true)
  })

  test('using what is in front already changes nothing', () => {
    const recent = pages.withUse([], { first: 4, last: 5 })
    expect(pages.withUse(recent, { first: 4, last: 5 })).toBe(recent)
    expect(pages.withUse(recent, { first: 5, last: 6 })).toEqual([5, 6, 4])
  })
})

test('a row is found by its path where it is now', () => {
  const listing = filled(2, 2, 1)
  expect(pages.findPath(listing, 'file-000444')).toBe(444)
  expect(pages.findPath(listing, 'file-000001')).toBeUndefined()
})
