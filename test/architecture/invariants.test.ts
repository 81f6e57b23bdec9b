/** The page of promises against the tests: each that it names exists, under that very title. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT, readSources } from './read-sources.ts'

interface Named {
  readonly promise: string
  readonly file: string
  /** Empty when the whole file is meant. */
  readonly title: string
}

/** Lines of the form "- `test/...ts`: title" or "- `test/...ts`", each below the heading of a promise (##) or of a feature (###). */
function namedTests(page: string): Named[] {
  let promise = ''
  return page.split('\n').flatMap((line) => {
    promise = /^##+ (.*)/.exec(line)?.[1] ?? promise
    const [, file = '', title = ''] = /^- `(test\/[^`]+\.ts)`(?:: (.+))?$/.exec(line) ?? []
    return file === '' ? [] : [{ promise, file, title }]
  })
}

/** The source with the backslashes of its quotes undone, as titles read. */
function isThere(sources: ReadonlyMap<string, string>, { file, title }: Named): boolean {
  return (
    sources
      .get(file)
      ?.replaceAll(/\\(['"`])/g, '$1')
      .includes(title) === true
  )
}

const page = readFileSync(`${ROOT}docs/invariants.md`, 'utf8')
const sources = new Map(readSources('test', /\.ts$/))

test('every test that docs/invariants.md names exists under its title', () => {
  const named = namedTests(page)
  expect(named.length).toBeGreaterThan(80)
  const missing = named.filter((one) => !isThere(sources, one))
  expect(missing.map(({ file, title }) => `${file}: ${title}`)).toEqual([])
})

test('every promise and every feature of docs/invariants.md has a test', () => {
  const promises = [...page.matchAll(/^##+ (.*)/gm)].map(([, promise]) => promise)
  const guarded = new Set(namedTests(page).map(({ promise }) => promise))
  expect(promises).toHaveLength(24 + 11)
  expect(promises.filter((promise) => !guarded.has(promise ?? ''))).toEqual([])
})

test('a title that no test has is found missing', () => {
  const invented = {
    promise: '',
    file: 'test/architecture/invariants.test.ts',
    title: ['no', 'such'].join(' test '),
  }
  expect(isThere(sources, invented)).toBe(false)
  expect(isThere(sources, { ...invented, file: 'test/nowhere.test.ts', title: '' })).toBe(false)
})
