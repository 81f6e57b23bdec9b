/** Which program a command runs, the bundle or the sources, in checkouts that are made up. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isBundleFresh, STAMP, stampOf } from '../../../src/node/fs/bundle-stamp.js'
import { ROOT } from '../../architecture/read-sources.ts'

/** The real entry and stamp, and two programs that say which they are. */
function checkout(): { root: string; write(path: string, text: string): void } {
  const root = mkdtempSync(join(tmpdir(), 'peerfold-stamp-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('package.json', '{"type":"module"}')
  write('node_modules/.package-lock.json', '{}')
  write('src/node/cli/main.ts', `export const main: () => void = () => console.log('sources')`)
  write('src/node/core/rules.ts', '')
  write('dist/node/main.js', `export const main = () => console.log('bundle')`)
  mkdirSync(join(root, 'src/node/fs'))
  for (const path of ['src/node/cli/peerfold.js', 'src/node/fs/bundle-stamp.js'])
    copyFileSync(join(ROOT, path), join(root, path))
  writeFileSync(join(root, STAMP), stampOf(root))
  return { root, write }
}

function run(root: string): string {
  return execFileSync(process.execPath, [join(root, 'src/node/cli/peerfold.js')], { encoding: 'utf8' }).trim()
}

test('a bundle made from the sources as they are runs instead of them', () => {
  const { root } = checkout()
  expect([isBundleFresh(root), isBundleFresh(`${root}/`)]).toEqual([true, true])
  expect(run(root)).toBe('bundle')
})

test.each([
  {
    change: 'a source is edited',
    make: (root: string) => writeFileSync(join(root, 'src/node/core/rules.ts'), ' '),
  },
  {
    change: 'a source gets an older time, its size the same',
    make: (root: string) => utimesSync(join(root, 'src/node/core/rules.ts'), 1_000_000, 1_000_000),
  },
  {
    change: 'a source is added',
    make: (root: string) => writeFileSync(join(root, 'src/node/core/new.ts'), ''),
  },
  { change: 'a source is deleted', make: (root: string) => rmSync(join(root, 'src/node/core/rules.ts')) },
  {
    change: 'a source is renamed',
    make: (root: string) =>
      renameSync(join(root, 'src/node/core/rules.ts'), join(root, 'src/node/core/r.ts')),
  },
  {
    change: 'other packages were installed',
    make: (root: string) => writeFileSync(join(root, 'node_modules/.package-lock.json'), '{"new":1}'),
  },
  { change: 'the bundle was not finished', make: (root: string) => rmSync(join(root, STAMP)) },
  { change: 'there is no bundle', make: (root: string) => rmSync(join(root, 'dist'), { recursive: true }) },
])('the sources run when $change', ({ make }) => {
  const { root } = checkout()
  make(root)
  expect(isBundleFresh(root)).toBe(false)
  expect(run(root)).toBe('sources')
})

test('where there are no sources there is no fresh bundle, and no error', () => {
  expect(isBundleFresh(join(tmpdir(), 'peerfold-nowhere'))).toBe(false)
})
