/** Which row is active after a key, and after rows are gone. */
import { describe, expect, test } from 'vitest'
import { activeAfterDeletion, moveOf } from '../../../../src/renderer/file-grid/moves.ts'

describe('a key', () => {
  test.each([
    { key: 'ArrowDown', active: -1, to: 0 },
    { key: 'ArrowDown', active: 99, to: 99 },
    { key: 'ArrowUp', active: 0, to: 0 },
    { key: 'ArrowUp', active: -1, to: 0 },
    { key: 'PageDown', active: 10, to: 29 },
    { key: 'PageDown', active: 95, to: 99 },
    { key: 'PageUp', active: 10, to: 0 },
    { key: 'Home', active: 50, to: 0 },
    { key: 'End', active: 50, to: 99 },
    { key: 'x', active: 50, to: undefined },
  ])('$key leads from row $active to $to of 100', ({ key, active, to }) => {
    expect(moveOf(key, active, 100, 19)).toBe(to)
  })

  test('leads nowhere in an empty grid', () => {
    expect(moveOf('End', -1, 0, 19)).toBeUndefined()
  })
})

describe('after a deletion', () => {
  test.each([
    { what: 'the next row is active', active: 3, deleted: [3], to: 4 },
    { what: 'the next row that stays is active', active: 3, deleted: [3, 4, 5], to: 6 },
    { what: 'the row before is active when none follows', active: 9, deleted: [8, 9], to: 7 },
    { what: 'a row that stays stays active', active: 3, deleted: [5], to: 3 },
    {
      what: 'no row is active when none is left',
      active: 0,
      deleted: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      to: -1,
    },
  ])('$what', ({ active, deleted, to }) => {
    expect(activeAfterDeletion(active, 10, (index) => deleted.includes(index))).toBe(to)
  })
})
