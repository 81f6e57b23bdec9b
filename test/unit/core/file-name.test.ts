/** The parts of names and their length in bytes. */
import { expect, test } from 'vitest'
import { bytesOf, cutToBytes, NAME_BYTES_LIMIT, splitName } from '../../../src/node/core/file-name.ts'
import { freeName } from '../../../src/node/core/free-name.ts'

test.each([
  { name: 'a.txt', stem: 'a', extension: '.txt' },
  { name: 'a.tar.gz', stem: 'a.tar', extension: '.gz' },
  { name: '.profile', stem: '.profile', extension: '' },
  { name: '..', stem: '.', extension: '.' },
  { name: 'none', stem: 'none', extension: '' },
  { name: `a.${'e'.repeat(39)}`, stem: 'a', extension: `.${'e'.repeat(39)}` },
  { name: `a.${'e'.repeat(40)}`, stem: `a.${'e'.repeat(40)}`, extension: '' },
  { name: `a.${'é'.repeat(20)}`, stem: `a.${'é'.repeat(20)}`, extension: '' },
])('"$name" is "$stem" and "$extension"', ({ name, stem, extension }) => {
  expect(splitName(name)).toEqual({ stem, extension })
})

test('bytes are those of UTF-8, at every border of its lengths', () => {
  for (const code of [0x00, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff]) {
    const character = String.fromCodePoint(code)
    expect(bytesOf(character), code.toString(16)).toBe(Buffer.byteLength(character))
    expect(bytesOf(`a${character}b`), code.toString(16)).toBe(Buffer.byteLength(character) + 2)
  }
  expect(bytesOf('')).toBe(0)
})

test.each([
  { text: 'abc', limit: 3, kept: 'abc' },
  { text: 'abc', limit: 2, kept: 'ab' },
  { text: 'aé', limit: 2, kept: 'a' },
  { text: 'aé', limit: 3, kept: 'aé' },
  { text: 'a\u{1f4be}b', limit: 4, kept: 'a' },
  { text: '\u{1f4be}b', limit: 4, kept: '\u{1f4be}' },
  { text: 'abc', limit: 0, kept: '' },
])('"$text" cut to $limit bytes is "$kept"', ({ text, limit, kept }) => {
  expect(cutToBytes(text, limit)).toBe(kept)
})

test.each([
  { path: 'report.pdf', free: 'report (2).pdf' },
  { path: 'd.x/report', free: 'd.x/report (2)' },
  { path: 'd/e/.profile', free: 'd/e/.profile (2)' },
])('beside "$path" stands "$free"', ({ path, free }) => {
  expect(freeName(path, 2)).toBe(free)
})

test('a free name fits a disk, and is cut only as far as it must be', () => {
  expect(NAME_BYTES_LIMIT).toBe(255)
  const long = freeName(`d/${'n'.repeat(251)}.txt`, 10)
  expect(long).toBe(`d/${'n'.repeat(246)} (10).txt`)
})
