/** Names that some disk does not hold, by the text alone. */
import { expect, test } from 'vitest'
import { isAwkwardName, isUnusableOnWindows } from '../../../src/node/fs/awkward-names.ts'

test.each([
  ...['a:b', 'what?', 'a*', '"quoted"', '<in>', 'a|b', 'back\\slash', 'tab\there', 'line\nbreak', '\u007f'],
  ...['con', 'CON', 'nul', 'Aux.txt', 'PRN.tar.gz', 'com1', 'LPT9.doc', 'com\u00b9'],
  ...['dot.', 'dots...', 'space ', '...'],
])('%j is not usable on Windows', (name) => {
  expect(isUnusableOnWindows(name)).toBe(true)
  expect(isAwkwardName(name)).toBe(true)
})

test.each([
  ...['README', 'a b', ' leading', '.hidden', 'console', 'null', 'com', 'com10', 'lpt', 'auxiliary.txt'],
  ...['caf\u00e9', '语', '🙈', "it's", '-rf', 'a+b=c;d,e', 'con\u00b9', '__proto__'],
])('%j is an ordinary name', (name) => {
  expect(isUnusableOnWindows(name)).toBe(false)
  expect(isAwkwardName(name)).toBe(false)
})

test('a name is counted in bytes: beyond 143 not every disk holds it', () => {
  expect(isAwkwardName('n'.repeat(143))).toBe(false)
  expect(isAwkwardName('n'.repeat(144))).toBe(true)
  expect(isAwkwardName('语'.repeat(48))).toBe(true)
  expect(isUnusableOnWindows('n'.repeat(255))).toBe(false)
})
