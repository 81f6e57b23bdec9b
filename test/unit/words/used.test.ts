/** The catalogue against the sources that read from it. */
import { expect, test } from 'vitest'
import { readSources } from '../../architecture/read-sources.ts'
import { ENGLISH } from '../../../src/node/words/catalogue.ts'

/** What i18next adds to a key: plural and context. */
const SUFFIX = /(_(one|other|never|away))+$/

const keysOf = (tree: object, path: string): string[] =>
  Object.entries(tree).flatMap(([name, branch]) =>
    typeof branch === 'string'
      ? [path + name.replace(SUFFIX, '')]
      : keysOf(branch as object, `${path}${name}.`),
  )

test('no sentence is left in the catalogue that nobody says', () => {
  const sources = [...readSources('src', /\.tsx?$/).values()].join('\n')
  // t('a.b') names one sentence; t(`a.${x}`) every one that begins like it, and find() likewise.
  const begun = [...sources.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map(
    ([, beginning = '']) => beginning,
  )
  const isSaid = (key: string): boolean =>
    sources.includes(`'${key}'`) || begun.some((beginning) => key.startsWith(beginning))
  expect(begun.length).toBeGreaterThan(2)
  expect(isSaid('folders.thisWasNeverWritten')).toBe(false)
  expect([...new Set(keysOf(ENGLISH, ''))].filter((key) => !isSaid(key))).toEqual([])
})
