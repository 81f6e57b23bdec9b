/** The printed parts of the documents, against what they are printed from. */
import { readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PRINTED, withPrintedPart } from '../../scripts/documents.ts'
import { ROOT, readSources } from './read-sources.ts'

test.each(PRINTED)('$file is fresh; "$command" prints it anew', (part) => {
  const text = readFileSync(`${ROOT}${part.file}`, 'utf8')
  expect(withPrintedPart(text, part)).toBe(text)
})

test('a document without marks is refused', () => {
  expect(PRINTED.map((part) => withPrintedPart('# Nothing printed here\n', part))).toEqual(
    PRINTED.map(() => undefined),
  )
})

const LINK = /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g

test('every link between the documents leads somewhere', () => {
  const documents = new Map([
    ...['README.md', 'GOALS.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].map(
      (file) => [file, readFileSync(`${ROOT}${file}`, 'utf8')] as const,
    ),
    ...readSources('docs', /\.md$/),
    ...readSources('src', /\.md$/),
    ...readSources('changelog', /\.md$/),
  ])
  const links = [...documents].flatMap(([file, text]) =>
    [...text.matchAll(LINK)].map(([, target]) => ({
      file,
      at: new URL(target ?? '', `file://${ROOT}${file}`),
    })),
  )
  expect(links.length).toBeGreaterThan(5)
  expect(links.filter(({ at }) => !exists(at)).map(({ file, at }) => `${file}: ${at.pathname}`)).toEqual([])
})

function exists(at: URL): boolean {
  return statSync(at, { throwIfNoEntry: false }) !== undefined
}
