/** What may be handed to the file manager, on a real directory. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findShownPath, isProgramName } from '../../../src/main/show-file.ts'

let place: string
let root: string
beforeAll(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'peerfold-shown-')))
  root = join(place, 'folder')
  mkdirSync(join(root, 'sub'), { recursive: true })
  mkdirSync(join(place, 'folder-other'))
  for (const name of ['a.txt', 'sub/b.txt', 'sub/setup.exe', 'sub/link.desktop', 'sub/tool'])
    writeFileSync(join(root, name), 'x')
  chmodSync(join(root, 'sub/tool'), 0o755)
  writeFileSync(join(place, 'secret.txt'), 'x')
  writeFileSync(join(place, 'folder-other', 'c.txt'), 'x')
  symlinkSync(join(place, 'secret.txt'), join(root, 'escape.txt'))
  symlinkSync(place, join(root, 'up'))
  symlinkSync('a.txt', join(root, 'inside.txt'))
  symlinkSync('sub/setup.exe', join(root, 'harmless.txt'))
  symlinkSync(root, join(place, 'linked-root'))
})
afterAll(() => rmSync(place, { recursive: true }))

test.each([
  { path: 'a.txt', shown: 'a.txt' },
  { path: 'sub/b.txt', shown: 'sub/b.txt' },
  { path: 'sub', shown: 'sub' },
  { path: '', shown: '' },
  { path: 'inside.txt', shown: 'a.txt' },
  { path: 'sub/../a.txt', shown: 'a.txt' },
])('$path is shown as $shown', async ({ path, shown }) => {
  expect(await findShownPath(root, path)).toBe(join(root, shown).replace(/\/$/, ''))
})

test('a folder whose root is itself a link is shown where it really is', async () => {
  expect(await findShownPath(join(place, 'linked-root'), 'a.txt')).toBe(join(root, 'a.txt'))
})

describe('a program is never handed over: its directory is', () => {
  test.each(['sub/setup.exe', 'sub/link.desktop', 'sub/tool', 'harmless.txt'])('%s', async (path) => {
    expect(await findShownPath(root, path)).toBe(join(root, 'sub'))
  })
})

test.each([
  { path: 'escape.txt', code: 'BAD_PATH' },
  { path: 'up/secret.txt', code: 'BAD_PATH' },
  { path: 'up', code: 'BAD_PATH' },
  { path: '../secret.txt', code: 'BAD_PATH' },
  { path: '../folder-other/c.txt', code: 'BAD_PATH' },
  { path: 'a.txt\0.png', code: 'BAD_PATH' },
  { path: 'gone.txt', code: 'FILE_NOT_FOUND' },
  { path: '/etc/passwd', code: 'FILE_NOT_FOUND' },
])('$path is refused with $code', async ({ path, code }) => {
  await expect(findShownPath(root, path)).rejects.toMatchObject({ code })
})

test('a root that is gone is not found', async () => {
  await expect(findShownPath(join(place, 'gone'), 'a.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test.each([
  'a.exe',
  'a.EXE',
  'a.exe.',
  'a.exe . .',
  'a.exe:stream',
  'a.txt.scr',
  'a.desktop',
  'a.AppImage',
  'a.lnk',
  'a.url',
  'a.bat',
  'a.ps1',
  'a.sh',
  'a.app',
  'a.command',
  'a.jar',
  '.exe',
])('%j is a program by its name', (name) => expect(isProgramName(name)).toBe(true))

test.each(['a', 'a.txt', 'exe', 'a.exe.txt', 'desktop', 'a.jpeg', '.bashrc', 'a.executable', ''])(
  '%j is no program by its name',
  (name) => expect(isProgramName(name)).toBe(false),
)
