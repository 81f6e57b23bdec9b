/** Letters typed into a grid. */
import { expect, test } from 'vitest'
import * as typing from '../../../../src/renderer/file-grid/type-ahead.ts'

const NAMES = ['Alpha', 'album', 'beta', 'Äpfel', 'alps']
const find = (prefix: string, from: number) =>
  typing.findByPrefix(prefix, from, NAMES.length, (index) => NAMES[index])

function typed(...letters: readonly (readonly [letter: string, atMs: number])[]): typing.Typed {
  return letters.reduce((so, [letter, atMs]) => typing.typedWith(so, letter, atMs), typing.NOTHING_TYPED)
}

test('quick letters make one prefix, a pause begins a new one', () => {
  expect(typed(['a', 0], ['l', 300], ['b', 600]).text).toBe('alb')
  expect(typed(['a', 0], ['b', typing.PAUSE_MS]).text).toBe('b')
})

test('one letter goes on to the next match, a longer prefix may stay where it is', () => {
  expect(typing.soughtBy(typed(['a', 0]), 0)).toEqual({ prefix: 'a', from: 1 })
  expect(typing.soughtBy(typed(['a', 0], ['a', 100]), 1)).toEqual({ prefix: 'a', from: 2 })
  expect(typing.soughtBy(typed(['a', 0], ['l', 100]), 1)).toEqual({ prefix: 'al', from: 1 })
})

test('names are found whatever their case and composition, around the end', () => {
  expect(find('AL', 0)).toBe(0)
  expect(find('al', 2)).toBe(4)
  expect(find('alb', 2)).toBe(1)
  expect(find('ä', 0)).toBe(3)
  expect(find('zzz', 0)).toBeUndefined()
})

test('rows that are not loaded are passed over', () => {
  expect(typing.findByPrefix('al', 0, 5, (index) => (index < 2 ? undefined : NAMES[index]))).toBe(4)
})

test('a space belongs to a name once one is begun, and is a command before', () => {
  expect(typing.isLetter(' ', typing.NOTHING_TYPED, 0)).toBe(false)
  expect(typing.isLetter(' ', typed(['a', 0]), 100)).toBe(true)
  expect(typing.isLetter(' ', typed(['a', 0]), 5_000)).toBe(false)
  expect(typing.isLetter('ArrowDown', typing.NOTHING_TYPED, 0)).toBe(false)
  expect(typing.isLetter('ß', typing.NOTHING_TYPED, 0)).toBe(true)
})
