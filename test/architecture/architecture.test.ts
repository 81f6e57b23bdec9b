/** The source as it is, against the map of layers.ts. */
import { expect, test } from 'vitest'
import { checkSources, type Violation } from './check-source.ts'
import { findForbiddenInTest } from './forbidden.ts'
import { LAYERS } from './layers.ts'
import { readSources } from './read-sources.ts'
import { PLAN } from '../../vitest.config.ts'

const ALL_FILES = /./
const TYPESCRIPT = /\.ts$/

test('every source file keeps to its layer', () => {
  expect(lines(checkSources(readSources('src', ALL_FILES), LAYERS))).toEqual([])
})

test('every test can fail, can be repeated and says why it is skipped', () => {
  const tests = readSources('test', TYPESCRIPT)
  expect(tests.size).toBeGreaterThan(5)
  const found = [...tests].flatMap(([file, source]) => findForbiddenInTest(file, source))
  expect(lines(found)).toEqual([])
})

test('every test file lies in a folder that is run', () => {
  const astray = [...readSources('test', /\.(?:test|spec)\.\w+$/).keys()].filter(
    (file) =>
      !PLAN.some(({ name: folder }) => file.startsWith(`test/${folder}/`) && file.endsWith('.test.ts')),
  )
  expect(astray).toEqual([])
})

test('the map allows no import upwards and no circle between layers', () => {
  const order = Object.keys(LAYERS)
  const known = new Set(order)
  for (const [layer, { folders }] of Object.entries(LAYERS)) {
    expect(folders.filter((folder) => !known.has(folder))).toEqual([])
    if (layer === 'node/cli') continue // its one look down is host.ts, for offline operations
    expect(folders.filter((folder) => order.indexOf(folder) >= order.indexOf(layer))).toEqual([])
  }
})

function lines(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, reason }) => `${file}:${line} ${reason}`)
}
