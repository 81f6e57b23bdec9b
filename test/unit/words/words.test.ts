/** The catalogue as functions: plurals, figures, times, and names that want to be more than names. */
import { describe, expect, test } from 'vitest'
import { CODES } from '../../../src/node/base/errors.ts'
import { ENGLISH } from '../../../src/node/words/catalogue.ts'
import { errorWords } from '../../../src/node/words/error-words.ts'
import { usableLocale } from '../../../src/node/words/formats.ts'
import { mostUrgent } from '../../../src/node/words/overall.ts'
import { reasonText, type Phrase, statusText } from '../../../src/node/words/status-words.ts'
import { isolated, makeWords, partsOf } from '../../../src/node/words/words.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 14, 5)
const words = makeWords({
  locale: 'en-GB',
  timeZone: 'UTC',
  times: 'near',
  nowMs: () => NOW_MS,
  isolateNames: true,
})

const leaves = (tree: unknown): string[] =>
  typeof tree === 'string' ? [tree] : Object.values(tree as object).flatMap((branch) => leaves(branch))

test('no sentence is empty, and each placeholder has a name and a known format', () => {
  const sentences = leaves(ENGLISH)
  expect(sentences.length).toBeGreaterThan(200)
  for (const sentence of sentences) {
    expect(sentence.trim()).toBe(sentence)
    expect(sentence).not.toBe('')
    for (const [, inner = ''] of sentence.matchAll(/\{\{(.*?)\}\}/g))
      expect(inner).toMatch(/^[a-zA-Z]+(, (number|bytes|time|name))?$/)
  }
})

test('every error code says what happened and what to do', () => {
  for (const code of Object.keys(CODES)) {
    const { what, next } = errorWords(words, code)
    expect(code === 'INTERNAL' || what !== errorWords(words, 'INTERNAL').what).toBe(true)
    expect([what, next]).not.toContain('')
  }
})

test('a code of a newer node is worded as unexpected, whatever it is called', () => {
  const { what } = errorWords(words, 'INTERNAL')
  for (const code of ['BRAND_NEW', 'constructor', 'what', '__proto__', ''])
    expect(errorWords(words, code).what).toBe(what)
})

test('an error names what it is about', () => {
  expect(errorWords(words, 'FOLDER_PATH_MISSING', { path: '/x' }).about).toBe(isolated('/x'))
  expect(errorWords(words, 'FOLDER_EXISTS', { folder: 'x' }).about).toBeUndefined()
})

describe('figures and times', () => {
  test.each([
    { tags: ['en-US@posix'], locale: 'en-US' },
    { tags: ['C', 'de-DE', 'en'], locale: 'de-DE' },
    { tags: ['', 'no tag at all'], locale: 'en' },
    { tags: [], locale: 'en' },
  ])('a system that says $tags is spoken to in $locale', ({ tags, locale }) => {
    expect(usableLocale(tags)).toBe(locale)
  })

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
    [212_400_000_000, '212 GB'],
  ])('%d bytes are "%s"', (bytes, text) => {
    expect(words.bytes(bytes)).toBe(text)
  })

  test.each([
    { at: 'today', ms: NOW_MS - 3_600_000, text: '13:05' },
    { at: 'this year', ms: Date.UTC(2026, 2, 3, 10, 12), text: '3 Mar, 10:12' },
    { at: 'long ago', ms: Date.UTC(2019, 2, 3, 10, 12), text: '3 Mar 2019' },
  ])('a time $at is "$text"', ({ ms, text }) => {
    expect(words.time(ms)).toBe(text)
  })

  test.each([
    [20_000, 'less than a minute'],
    [61_000, 'about 1 min'],
    [89 * 60_000, 'about 89 min'],
    [3 * 3_600_000, 'about 3 h'],
    [3 * 86_400_000, 'about 3 days'],
  ])('%d ms are "%s"', (ms, text) => {
    expect(words.duration(ms)).toBe(text)
  })
})

describe('names from peers', () => {
  const saying = (name: string): string => words.text('frame.overall.folder', { folder: name, reason: 'r' })

  test.each([
    '$t(error.INTERNAL.what)',
    '{{reason}}',
    '{{reason, bytes}}',
    '$t(frame.skip), {"count": 2}',
    '<b>&amp;',
  ])('"%s" stays a name', (name) => {
    expect(saying(name)).toBe(`${isolated(name)}: r`)
  })

  test('steering characters become escapes, and the name is set apart from the sentence', () => {
    expect(partsOf(saying('a\u202Eb\u2069c'))).toEqual([
      { text: 'a\\u{202e}b\\u{2069}c', isName: true },
      { text: ': r', isName: false },
    ])
  })
})

describe('a status', () => {
  const waiting: Phrase = {
    word: 'waiting',
    reason: 'device-away',
    params: { device: 'L', name: 'Laptop', items: 1_468, bytes: 2.1e9, sinceMs: NOW_MS - 3_600_000 },
  }

  test('is said with its next lesser fact', () => {
    const status = { word: 'syncing', reason: 'scanning', params: {}, also: waiting } as const
    expect(statusText(words, status)).toBe(
      `Syncing: looking for changes; waiting: 1,468 items, 2.1 GB for ${isolated('Laptop')}, last seen 13:05`,
    )
  })

  test('says "never" of a device that was never seen', () => {
    const phrase = { ...waiting, params: { ...waiting.params, sinceMs: 0 } }
    expect(reasonText(words, phrase)).toMatch(/, never seen here$/)
  })
})

test('the most urgent folder speaks for all, the first of equals, and none for none', () => {
  const folder = (id: string, word: Phrase['word']) => ({ id, status: { word, reason: 'r', params: {} } })
  const all = [
    folder('a', 'safe'),
    folder('b', 'waiting'),
    folder('c', 'needs-you'),
    folder('d', 'needs-you'),
  ]
  expect(mostUrgent(all)?.id).toBe('c')
  expect(mostUrgent(all.slice(0, 2))?.id).toBe('b')
  expect(mostUrgent([])).toBeUndefined()
})
