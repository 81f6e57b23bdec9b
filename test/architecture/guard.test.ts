/** Planted breaches: proof that the guard of architecture.test.ts sees what it claims to see. */
import { expect, test } from 'vitest'
import { checkSources, type Violation } from './check-source.ts'
import { findForbiddenInTest } from './forbidden.ts'
import { importsOf } from './imports.ts'
import { LAYERS } from './layers.ts'
import { mask } from './mask.ts'

const OPENING = '/** Promises. */\n'

/** Runs the guard over an innocent house plus one planted file. */
function plant(file: string, code: string, opening = OPENING): Violation[] {
  const sources = new Map([
    ['src/node/base/clock.ts', `${OPENING}export const x = () => Date.now()\n`],
    ['src/node/net/link.ts', `${OPENING}export interface Link {}\n`],
    ['src/node/api/contract.ts', `${OPENING}export const contract = 1\n`],
    [file, opening + code],
  ])
  return checkSources(sources, LAYERS)
}

test('an innocent house raises nothing', () => {
  expect(plant('src/node/sync/a.ts', `import { x } from '../base/clock.ts'\n`)).toEqual([])
})

test.each([
  { breach: 'an upward import', file: 'node/core/a.ts', code: `import type { Link } from '../net/link.ts'` },
  { breach: 'an upward re-export', file: 'node/core/a.ts', code: `export * from '../net/link.ts'` },
  { breach: 'an upward dynamic import', file: 'node/core/a.ts', code: `await import('../net/link.ts')` },
  { breach: 'an import in a type', file: 'node/core/a.ts', code: `type L = import('../net/link.ts').Link` },
  { breach: 'an import for effect', file: 'node/core/a.ts', code: `import '../net/link.ts'` },
  {
    breach: 'a worker of a forbidden layer',
    file: 'node/store/a.ts',
    code: `const at = new URL('../net/link.ts', import.meta.url)`,
  },
  { breach: 'a computed import', file: 'node/sync/a.ts', code: 'await import(name)' },
  { breach: 'a template import', file: 'node/sync/a.ts', code: 'await import(`./${name}.ts`)' },
  { breach: 'a second door to the disk', file: 'node/sync/a.ts', code: `import { readFile } from 'node:fs'` },
  { breach: 'a second door to SQL', file: 'node/index/a.ts', code: `import Database from 'better-sqlite3'` },
  {
    breach: 'a second door to the network',
    file: 'node/sync/a.ts',
    code: `import { tls } from '@libp2p/tls'`,
  },
  { breach: 'electron in the node', file: 'node/api/a.ts', code: `import { app } from 'electron'` },
  { breach: 'electron beside its entries', file: 'main/a.ts', code: `import type { App } from 'electron'` },
  {
    breach: 'an import over several lines',
    file: 'node/core/a.ts',
    code: `import {\n  a,\n} from 'node:fs'`,
  },
  { breach: 'a file that is not there', file: 'node/sync/a.ts', code: `import { y } from './gone.ts'` },
  { breach: 'the wall clock', file: 'node/sync/a.ts', code: 'const t = Date.now()' },
  { breach: 'a date without argument', file: 'node/sync/a.ts', code: 'const t = new Date()' },
  { breach: 'the monotonic clock', file: 'node/sync/a.ts', code: 'const t = performance.now()' },
  { breach: 'the process clock', file: 'node/sync/a.ts', code: 'const t = process.hrtime.bigint()' },
  { breach: 'a timer', file: 'node/sync/a.ts', code: 'setTimeout(run, 10)' },
  { breach: 'a timer in a template', file: 'node/sync/a.ts', code: 'log(`${setInterval(run, 1)}`)' },
  { breach: 'a signal that keeps time', file: 'node/sync/a.ts', code: 'AbortSignal.timeout(10)' },
  { breach: 'dice', file: 'node/sync/a.ts', code: 'const n = Math.random()' },
  { breach: 'secret dice', file: 'node/access/a.ts', code: 'const n = randomBytes(32)' },
  { breach: 'the environment', file: 'node/sync/a.ts', code: 'const home = process.env.HOME' },
  { breach: 'the arguments', file: 'node/api/a.ts', code: 'const [, , a] = process.argv' },
  { breach: 'an exit', file: 'node/sync/a.ts', code: 'process.exit(1)' },
  { breach: 'the console', file: 'node/cli/a.ts', code: `console.log('x')` },
  { breach: 'an error without a code', file: 'node/sync/a.ts', code: `throw new Error('x')` },
  { breach: 'a log in core', file: 'node/core/a.ts', code: `import type { Log } from '../base/log.ts'` },
  { breach: 'a file outside the map', file: 'node/helpers/a.ts', code: '' },
  {
    breach: 'more than types in the renderer',
    file: 'renderer/a.ts',
    code: `import { contract } from '../node/api/contract.ts'`,
  },
])('finds $breach', ({ file, code }) => {
  const found = plant(`src/${file}`, code)
  expect(found.length).toBeGreaterThan(0)
  expect(found[0]).toMatchObject({ file: `src/${file}` })
  expect(found[0]?.reason).not.toBe('')
})

test('names the line of a breach', () => {
  expect(plant('src/node/sync/a.ts', '\n\nconst t = Date.now()')[0]?.line).toBe(4)
})

test('finds a file without an opening comment', () => {
  expect(plant('src/node/sync/a.ts', 'export const a = 1\n', '')).toHaveLength(1)
})

test('finds a ring of files, types included', () => {
  const ring = new Map([
    ['src/node/core/a.ts', `${OPENING}import { b } from './b.ts'\nexport const a = b`],
    ['src/node/core/b.ts', `${OPENING}import { c } from './c.ts'\nexport const b = c`],
    ['src/node/core/c.ts', `${OPENING}import type { a } from './a.ts'\nexport const c = 1`],
  ])
  const found = checkSources(ring, LAYERS)
  expect(found).toHaveLength(1)
  expect(found[0]?.reason).toContain('cycle: src/node/core/a.ts → src/node/core/b.ts → src/node/core/c.ts')
})

test('finds entries of the map that nothing uses, once the composition root stands', () => {
  const row = { holds: '', folders: [], packages: [], why: 'order' }
  const map = {
    'node/base': row,
    'node/db': { ...row, folders: ['node/base'], packages: ['better-sqlite3'] },
    'node/empty': row,
    'node/node.ts': { ...row, folders: ['node/base', 'node/db', 'node/empty'] },
  }
  const house = new Map([
    ['src/node/base/a.ts', OPENING],
    ['src/node/db/b.ts', `${OPENING}import 'better-sqlite3'`],
  ])
  expect(checkSources(house, map)).toEqual([])
  const root = `${OPENING}import './base/a.ts'\nimport './db/b.ts'`
  const stale = checkSources(new Map([...house, ['src/node/node.ts', root]]), map)
  expect(stale.map(({ reason }) => reason)).toEqual([
    'stale: node/db may import node/base, and nothing there does; remove the entry',
  ])
})

test('fails when there is nothing to check', () => {
  expect(() => checkSources(new Map(), LAYERS)).toThrow('no source file')
  expect(() => checkSources(new Map([['src/node/codec/assembly/gear.ts', 'x']]), LAYERS)).toThrow('no source')
})

test('words in comments, strings, templates and regular expressions are no breach', () => {
  const innocent = [
    '// Date.now() is not called here',
    '/* setTimeout(run, 1) */',
    `const a = 'Math.random()' + "it's new Date()"`,
    'const b = `process.env.HOME ${a} setTimeout(`',
    'const c = /["\'`]/.test(a) ? a / 2 : /Date.now()/',
    'const d = new Date(0)',
    'const e = clock.setTimeout',
  ].join('\n')
  expect(plant('src/node/sync/a.ts', innocent)).toEqual([])
})

test('code after a confusing literal is still read', () => {
  for (const before of [
    'const a = /[`"]/g',
    'const a = `a${`b${1}`}c`',
    `const a = 'it\\'s'`,
    'const a = b / 2 / c',
  ])
    expect(plant('src/node/sync/a.ts', `${before}\nDate.now()`)).toHaveLength(1)
})

test('masking keeps every line and column in place', () => {
  const source = 'const a = "x" // y\nconst b = `p${a}q` /* z\n */ + 1\n'
  const { code, comments } = mask(source)
  expect(code).toBe('const a = " "     \nconst b = ` ${a} `     \n    + 1\n')
  expect(comments.trim()).toMatch(/^\/\/ y\n\s*\/\* z\n \*\/$/)
  expect(code).toHaveLength(source.length)
})

test('reads every way to import', () => {
  const source = `import a from 'a'\nimport type { B } from "b"\nexport { c } from 'c'\nimport 'd'\nvoid import('e')\n`
  expect(importsOf(source).map(({ line, specifier, typeOnly }) => [line, specifier, typeOnly])).toEqual([
    [1, 'a', false],
    [2, 'b', true],
    [3, 'c', false],
    [4, 'd', false],
    [5, 'e', false],
  ])
})

test.each([
  { breach: 'a lone test', code: `test.only('x', () => {})` },
  { breach: 'a lone group', code: `describe.concurrent.only('x', () => {})` },
  { breach: 'an unwritten test', code: `test.todo('x')` },
  { breach: 'a skipped test', code: `test.skip('x', () => {})` },
  { breach: 'a silent condition', code: `describe.skipIf(windows)('x', () => {})` },
  { breach: 'a skip without reason', code: `test('x', ({ skip }) => skip())` },
  { breach: 'unseeded dice', code: 'const n = Math.random()' },
  { breach: 'a real sleep', code: 'await new Promise((done) => setTimeout(done, 100))' },
])('finds $breach in a test', ({ code }) => {
  expect(findForbiddenInTest('test/unit/a.test.ts', code)).toHaveLength(1)
})

test('a skip with its reason is welcome', () => {
  expect(
    findForbiddenInTest('test/unit/a.test.ts', `beforeEach(({ skip }) => skip(!root, 'needs root'))`),
  ).toEqual([])
})
