/** Where the rows of a grid are. */
import { describe, expect, test } from 'vitest'
import {
  depthOf,
  drawnRows,
  LIMIT_PX,
  ROW_PX,
  rowTop,
  scaleOf,
  scrollTopFor,
} from '../../../../src/renderer/file-grid/geometry.ts'

const box = (count: number, viewportPx = 720) => scaleOf({ count, viewportPx })

describe('below the height cap', () => {
  const scale = box(100_000)

  test('the body is as high as its rows and a row is where its number says', () => {
    expect(scale).toMatchObject({ bodyPx: 100_000 * ROW_PX, factor: 1 })
    expect(rowTop(99_999, 12_345, scale)).toBe(99_999 * ROW_PX)
  })

  test.each([
    { what: 'a row in sight needs no scrolling', index: 5, from: 0, to: undefined },
    { what: 'a row above comes to the top edge', index: 5, from: 1_000, to: 5 * ROW_PX },
    { what: 'a row below comes to the bottom edge', index: 20, from: 0, to: ROW_PX },
    { what: 'the last row ends the body', index: 99_999, from: 0, to: 100_000 * ROW_PX - 720 },
  ])('$what', ({ index, from, to }) => {
    expect(scrollTopFor(index, from, scale)).toBe(to)
  })

  test('in a window lower than a row its top is shown, again and again the same', () => {
    const flat = box(100, 20)
    expect(scrollTopFor(7, 0, flat)).toBe(7 * ROW_PX)
    expect(scrollTopFor(7, 7 * ROW_PX, flat)).toBeUndefined()
  })
})

describe('above the height cap', () => {
  const count = 5_000_000
  const scale = box(count)

  test('the body stays below the cap and the scrollbar still reaches the last row', () => {
    expect(scale.bodyPx).toBe(LIMIT_PX)
    expect(depthOf(LIMIT_PX - 720, scale)).toBeCloseTo(count * ROW_PX - 720, 3)
    expect(rowTop(count - 1, LIMIT_PX - 720, scale)).toBe(LIMIT_PX - ROW_PX)
  })

  test.each([0, 1, 1_234_567, count - 1])('row %i is wholly in sight after scrolling to it', (index) => {
    const scrollTopPx = scrollTopFor(index, 8_000_000, scale)!
    expect(scrollTopPx).toBeLessThanOrEqual(LIMIT_PX - 720)
    const shownAtPx = rowTop(index, scrollTopPx, scale) - scrollTopPx
    expect(shownAtPx).toBeGreaterThanOrEqual(0)
    expect(shownAtPx + ROW_PX).toBeLessThanOrEqual(720)
  })

  test('a row far out of sight never stretches the body', () => {
    expect(rowTop(count - 1, 0, scale)).toBe(LIMIT_PX - ROW_PX)
    expect(rowTop(0, LIMIT_PX - 720, scale)).toBe(0)
  })
})

describe('the rows that are drawn', () => {
  const range = { startIndex: 100, endIndex: 119, count: 100_000 }

  test('are those in sight and some beyond each edge', () => {
    expect(drawnRows(range, 110, 8)).toEqual(Array.from({ length: 36 }, (_, step) => 92 + step))
  })

  test.each([
    { where: 'above', active: 3, place: 0 },
    { where: 'below', active: 90_000, place: 36 },
  ])('include the active one far $where, in order', ({ active, place }) => {
    const rows = drawnRows(range, active, 8)
    expect(rows[place]).toBe(active)
    expect(rows).toHaveLength(37)
    expect(rows).toEqual(rows.toSorted((one, other) => one - other))
  })

  test('never include a row that is not there', () => {
    expect(drawnRows({ startIndex: 0, endIndex: 2, count: 3 }, 7, 8)).toEqual([0, 1, 2])
    expect(drawnRows({ startIndex: 0, endIndex: 0, count: 0 }, 0, 8)).toEqual([])
  })
})
