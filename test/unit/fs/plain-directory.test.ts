/** The directory of the built interface, on a real disk. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { directoryWith, plainDirectory } from '../../../src/node/fs/plain-directory.ts'

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-plain-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'dist/assets'), { recursive: true })
  writeFileSync(join(directory, 'dist/index.html'), '<p>')
  writeFileSync(join(directory, 'dist/assets/a.js'), '1')
  writeFileSync(join(directory, 'secret'), 'secret')
  return directory
}

describe('a plain directory', () => {
  test('gives its files', async () => {
    const files = plainDirectory(join(place(), 'dist'))
    expect(Buffer.from((await files.read('assets/a.js'))!).toString()).toBe('1')
  })

  test.each([
    'nothing',
    'assets',
    'assets/a.js/b',
    '../secret',
    'assets/../../secret',
    'out',
    'far/secret',
    'loop',
  ])('gives nothing for %s', async (path) => {
    const directory = place()
    symlinkSync(join(directory, 'secret'), join(directory, 'dist/out'))
    symlinkSync(directory, join(directory, 'dist/far'))
    symlinkSync('loop', join(directory, 'dist/loop'))
    expect(await plainDirectory(join(directory, 'dist')).read(path)).toBeUndefined()
  })

  test('may be missing, and is read once it is there', async () => {
    const directory = place()
    const files = plainDirectory(join(directory, 'later'))
    expect(await files.read('index.html')).toBeUndefined()
    mkdirSync(join(directory, 'later'))
    writeFileSync(join(directory, 'later/index.html'), 'now')
    expect(await files.read('index.html')).toBeDefined()
  })

  test('is found from below by a file in it', async () => {
    const directory = place()
    expect(await directoryWith('secret', join(directory, 'dist/assets'))).toBe(directory)
    expect(await directoryWith('no-such-file-anywhere', directory)).toBeUndefined()
  })
})
