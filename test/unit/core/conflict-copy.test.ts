/** Names and records of conflict copies: what people see, and what every device must agree on. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conflictCopyOf, originalOf } from '../../../src/node/core/conflict-copy.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'

const HASH = `sha256:0123456789abcdef${'5'.repeat(48)}`

function loser(path: string, author = 'laptop', conflictOf = ''): FileRecord {
  return {
    path,
    kind: 'file',
    deleted: false,
    size: 1,
    mode: 0o644,
    mtimeNs: 1n,
    contentHash: HASH,
    replacedHash: '',
    linkTarget: '',
    author: { device: 'id', name: author },
    version: [['id/1', 1]],
    conflictOf,
  }
}

test.each(['a.txt', 'a.tar.gz', '.profile', 'end.', 'x.d/a', 'x/a (1).b'])(
  'the copy of %s says what it is one of',
  (path) => {
    for (const hexDigits of [8, 16, 32, 64])
      expect(originalOf(conflictCopyOf(loser(path), hexDigits))).toBe(path)
  },
)

test('what somebody wrote into a copy is no copy, nor is a directory of that name, nor any other name', () => {
  const copy = conflictCopyOf(loser('a.txt'))
  expect(originalOf({ ...copy, contentHash: `sha256:${'6'.repeat(64)}` })).toBe('')
  expect(originalOf({ ...copy, kind: 'directory', contentHash: '' })).toBe('')
  expect(originalOf(loser('a (conflict of interest).txt'))).toBe('')
  expect(originalOf(loser('a (conflict laptop 0123456).txt'))).toBe('')
})

test.each([
  { rule: 'a file keeps its extension', path: 'a.txt', copy: 'a (conflict laptop 01234567).txt' },
  { rule: 'only the last extension counts', path: 'a.tar.gz', copy: 'a.tar (conflict laptop 01234567).gz' },
  { rule: 'a dotfile has no extension', path: '.profile', copy: '.profile (conflict laptop 01234567)' },
  { rule: 'a dotfile may have a further one', path: '.a.conf', copy: '.a (conflict laptop 01234567).conf' },
  { rule: 'a name without a dot has none', path: 'Makefile', copy: 'Makefile (conflict laptop 01234567)' },
  { rule: 'a last dot stays where it is', path: 'end.', copy: 'end (conflict laptop 01234567).' },
  { rule: 'dots of directories do not count', path: 'x.d/a', copy: 'x.d/a (conflict laptop 01234567)' },
  {
    rule: 'an overlong extension is none',
    path: `a.${'e'.repeat(60)}`,
    copy: `a.${'e'.repeat(60)} (conflict laptop 01234567)`,
  },
  {
    rule: 'a copy of a copy bears one suffix, its own',
    path: 'd/a (conflict tower 89abcdef).txt',
    copy: 'd/a (conflict laptop 01234567).txt',
  },
])('$rule', ({ path, copy }) => {
  expect(conflictCopyOf(loser(path)).path).toBe(copy)
})

test.each([
  { name: 'a/b\\c:d*e?f"g<h>i|j', shown: 'a_b_c_d_e_f_g_h_i_j' },
  { name: 'Ann (work)', shown: 'Ann _work_' },
  { name: '  ', shown: 'unnamed' },
  { name: '', shown: 'unnamed' },
  { name: 'a\0b\n\u202ec', shown: 'a_b__c' },
  { name: '..', shown: '..' },
])('an author called $name is written as "$shown"', ({ name, shown }) => {
  expect(conflictCopyOf(loser('a', name)).path).toBe(`a (conflict ${shown} 01234567)`)
})

test('the copy keeps content and author of the loser, names the first original, and counts apart', () => {
  const record = loser('a.txt')
  const copy = conflictCopyOf(record)
  // Counters of the original's path would look older than a file made by hand under the copy's name.
  const version = [['id/1/copy', 1]]
  expect(copy).toEqual({ ...record, path: copy.path, conflictOf: 'a.txt', version })
  const again = conflictCopyOf({ ...copy, contentHash: HASH.replace('0123', 'ffff') })
  expect(again.conflictOf).toBe('a.txt')
})

test('a copy that loses its own name gets more digits instead of its own name again', () => {
  const copy = conflictCopyOf(loser('a.txt'))
  const second = conflictCopyOf(copy)
  expect(second.path).toBe('a (conflict laptop 0123456789abcdef).txt')
})

test('a copy that loses one name after the other takes none of them again', () => {
  const names = [conflictCopyOf(loser('a.txt'))]
  for (let i = 0; i < 3; i++) names.push(conflictCopyOf(names[i] ?? loser('')))
  expect(names.map(({ path }) => path.length)).toEqual([8, 16, 32, 64].map((digits) => 24 + digits))
})

test('a copy that has all its digits keeps its name: there is no other', () => {
  const all = conflictCopyOf(loser('a.txt'), 64)
  expect(conflictCopyOf(all, 64).path).toBe(all.path)
})

test('the name of a copy is cut exactly as far as it must be', () => {
  const { path } = conflictCopyOf(loser(`${'n'.repeat(251)}.txt`))
  expect(path).toBe(`${'n'.repeat(224)} (conflict laptop 01234567).txt`)
  expect(path).toHaveLength(255)
})

test('blanks around the name of an author do not count for its length', () => {
  const { path } = conflictCopyOf(loser('a', `${' '.repeat(100)}me`))
  expect(path).toBe('a (conflict me 01234567)')
})

test('more digits can be asked for', () => {
  expect(conflictCopyOf(loser('a'), 16).path).toBe('a (conflict laptop 0123456789abcdef)')
})

/** Names that a file system takes: 1 to 255 bytes of valid UTF-8 without "/" and NUL. */
const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 260 }),
    fc.string({
      unit: fc.constantFrom('a', '.', '(', ')', ' ', '\u{1f4be}', 'é', '中'),
      minLength: 1,
      maxLength: 260,
    }),
  )
  .map((text) => text.replaceAll(/[/\0]/g, '_').toWellFormed())
  .filter((text) => Buffer.byteLength(text) <= 255)

test('a copy has a name of at most 255 bytes, whole characters, one suffix, in the same directory', () => {
  const law = fc.property(name, fc.string({ unit: 'binary', maxLength: 200 }), (file, author) => {
    const { path } = conflictCopyOf(loser(`dir/${file}`, author))
    const copy = path.slice('dir/'.length)
    expect(path.startsWith('dir/')).toBe(true)
    expect(copy).not.toContain('/')
    expect(copy).not.toContain('\0')
    expect(copy.isWellFormed()).toBe(true)
    expect(Buffer.byteLength(copy)).toBeLessThanOrEqual(255)
    expect(copy).toContain('(conflict ')
    expect(conflictCopyOf(loser(`dir/${file}`, author)).path).toBe(path)
  })
  fc.assert(law, { numRuns: 3_000 })
})

test('the copy of a copy is no longer than the copy, and holds one suffix', () => {
  const law = fc.property(name, fc.string({ maxLength: 30 }), (file, author) => {
    fc.pre(!file.includes('(conflict '))
    const once = conflictCopyOf(loser(file, author))
    const twice = conflictCopyOf({ ...once, contentHash: HASH.replace('0123', 'ffff') })
    expect(twice.path.split('(conflict ')).toHaveLength(2)
    expect(twice.path.length).toBe(once.path.length)
  })
  fc.assert(law, { numRuns: 3_000 })
})
