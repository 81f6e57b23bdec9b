/** What is selected in a grid. */
import { expect, test } from 'vitest'
import * as selection from '../../../../src/renderer/file-grid/selection.ts'

test('a chosen row is the only one, and Shift stretches from it in both directions', () => {
  const one = selection.only('e', 4)
  expect([...one.keys]).toEqual(['e'])
  expect(selection.stretchOf(one, 7)).toEqual({ first: 4, last: 7 })
  expect(selection.stretchOf(one, 1)).toEqual({ first: 1, last: 4 })
})

test('stretching again replaces what was stretched over before', () => {
  const wide = selection.stretched(selection.only('b', 1), ['b', 'c', 'd'])
  const narrow = selection.stretched(wide, ['a', 'b'])
  expect([...narrow.keys]).toEqual(['a', 'b'])
  expect(narrow.anchor).toBe(1)
})

test('a toggled row joins, leaves, and is the new anchor', () => {
  const two = selection.toggled(selection.only('a', 0), 'c', 2)
  expect([...two.keys]).toEqual(['a', 'c'])
  expect(two.anchor).toBe(2)
  expect([...selection.toggled(two, 'a', 0).keys]).toEqual(['c'])
})

test('toggling leaves the selection that it came from as it was', () => {
  const one = selection.only('a', 0)
  selection.toggled(one, 'b', 1)
  expect([...one.keys]).toEqual(['a'])
})

test('without an anchor Shift stretches over the row itself', () => {
  expect(selection.stretchOf(selection.NOTHING, 3)).toEqual({ first: 3, last: 3 })
})

test('what is gone is no longer selected', () => {
  const three = selection.stretched(selection.only('a', 0), ['a', 'b', 'c'])
  expect([...selection.without(three, new Set(['b'])).keys]).toEqual(['a', 'c'])
})
