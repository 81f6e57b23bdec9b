/** What the copies of one entry amount to, and the small texts about an entry. */
import { expect, test } from 'vitest'
import * as copies from '../../../../src/renderer/screens/files/copies.ts'

const of = (...states: copies.CopyState[]) =>
  copies.sumOf(states.map((state, index) => ({ device: `device ${index}`, state })))

test.each([
  { what: 'everybody has it', states: ['has', 'has', 'has'], sum: { has: 3, wanted: 3, beside: undefined } },
  { what: 'one lacks it', states: ['has', 'wants', 'has'], sum: { has: 2, wanted: 3, beside: 'wants' } },
  { what: 'one ignores it', states: ['has', 'unwanted'], sum: { has: 1, wanted: 1, beside: 'unwanted' } },
  {
    what: 'what needs a person comes before what waits',
    states: ['has', 'unknown', 'wants', 'unplaceable'],
    sum: { has: 1, wanted: 4, beside: 'unplaceable' },
  },
  {
    what: 'other content comes before a transfer',
    states: ['moving', 'other', 'has'],
    sum: { has: 1, wanted: 3, beside: 'other' },
  },
] as const)('$what', ({ states, sum }) => {
  expect(of(...states)).toEqual(sum)
})

test('permissions read as ls writes them', () => {
  expect(copies.modeText(0o644)).toBe('rw-r--r--')
  expect(copies.modeText(0o750)).toBe('rwxr-x---')
})

test('a path is taken apart at its slashes alone', () => {
  expect(copies.nameOf('a/b/c.txt')).toBe('c.txt')
  expect(copies.nameOf('c.txt')).toBe('c.txt')
  expect(copies.directoryOf('a/b/c.txt')).toBe('a/b')
  expect(copies.directoryOf('c.txt')).toBe('')
  expect(copies.stepsTo('a/b')).toEqual([
    { name: 'a', path: 'a' },
    { name: 'b', path: 'a/b' },
  ])
  expect(copies.stepsTo('')).toEqual([])
})
