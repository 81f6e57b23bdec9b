/** The built page: what a browser is given, and that nothing of the node or of Electron is in it. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../architecture/read-sources.ts'
import { buildWhatIsStale } from '../ui/support/build.ts'

const PAGE = join(ROOT, 'dist/renderer')

beforeAll(() => buildWhatIsStale())

function read(path: string): string {
  return readFileSync(join(PAGE, path), 'utf8')
}

test.each([
  { never: 'modules of Node', pattern: /["'`]node:[a-z]/ },
  {
    never: 'Electron',
    pattern: /(?:from|require\(|import\()\s*["'`]electron["'`]|ipcRenderer|contextBridge/,
  },
  { never: 'the database', pattern: /better-sqlite3/ },
  // zod probes for it, and the content security policy reports the probe.
  { never: 'code made from text', pattern: /\bnew Function\(|\beval\(/ },
])('the scripts hold nothing of $never', ({ pattern }) => {
  const scripts = globSync('**/*.js', { cwd: PAGE })
  expect(scripts.length).toBeGreaterThan(1)
  expect(scripts.filter((path) => pattern.test(read(path)))).toEqual([])
})

test('the page names files only, each of which is there: the policy allows no inline code', () => {
  const html = read('index.html')
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/)
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(named.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(0)
  for (const path of named) expect(read(path).length).toBeGreaterThan(0)
})

test('no style or script carries its fonts or pictures with it', () => {
  const carried = globSync('**/*.{js,css}', { cwd: PAGE }).filter((path) =>
    /url\(["']?data:|["']data:(?:font|application)/.test(read(path)),
  )
  expect(carried).toEqual([])
})

test('there are no source maps, and no name is the same for another content', () => {
  const files = globSync('assets/*', { cwd: PAGE })
  expect(files.filter((path) => path.endsWith('.map'))).toEqual([])
  expect(files.filter((path) => !/-[\w-]{8}\.\w+$/.test(path))).toEqual([])
})
