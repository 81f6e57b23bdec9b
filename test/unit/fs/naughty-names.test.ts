/**
 * The Big List of Naughty Strings as names of files: each is a name on a disk and comes back as the
 * same name, or is refused before a disk is asked. None leads elsewhere.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import naughty from '../../fixtures/names/naughty-strings.json' with { type: 'json' }
import { conflictCopyOf } from '../../../src/node/core/conflict-copy.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { createDiskFileSystem } from '../../../src/node/fs/disk-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { checkRelativePath } from '../../../src/node/fs/relative-path.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

function isUsable(path: string): boolean {
  try {
    return checkRelativePath(path) === path
  } catch {
    // Refused, as some of them must be.
    return false
  }
}

const strings = [...new Set(naughty)]
const names = strings.filter((text) => !text.includes('/') && isUsable(text))

test('the list has names to try and strings to refuse', () => {
  expect(strings.length).toBeGreaterThan(400)
  expect(names.length).toBeGreaterThan(300)
  expect(strings.filter((text) => !isUsable(text)).length).toBeGreaterThan(20)
})

test('no awkward string is taken for a path that leads elsewhere', () => {
  for (const text of strings.filter(isUsable)) {
    const at = join('/root/of/the/folder', text)
    expect(at.startsWith('/root/of/the/folder/'), text).toBe(true)
    expect(text.split('/'), text).not.toContain('..')
  }
  expect(['../../etc/passwd', '/dev/null', 'a//b', 'a/../b', '', '.', '..', 'a\0b'].filter(isUsable)).toEqual(
    [],
  )
})

test('a conflict copy of any name is a usable name', () => {
  for (const name of names)
    for (const author of strings.slice(0, 200)) {
      const record = {
        path: `d/${name}`,
        contentHash: `sha256:${'a'.repeat(64)}`,
        conflictOf: '',
        version: [],
      }
      const loser = { ...record, author: { device: 'x', name: author } } as unknown as FileRecord
      const { path } = conflictCopyOf(loser)
      if (!isUsable(path) || !path.startsWith('d/'))
        expect(path, `${name} by ${author}`).toBe('a usable path')
    }
  expect(names.length).toBeGreaterThan(0)
})

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'peerfold-names-')))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe.each([
  { twin: 'disk', open: () => createDiskFileSystem().openRoot(directory) },
  { twin: 'memory', open: () => memoryFolder(1).open() },
])('on the $twin', ({ open }) => {
  let root: FolderRoot
  beforeAll(async () => void (root = await open()))
  afterAll(() => root.close())

  test('every usable name is made, listed as it was given, and found', async () => {
    for (const name of names) await root.makeDirectory(name, 0o755)
    const listed = (await root.list('')).flatMap((entry) => entry.name ?? [])
    expect(listed.toSorted()).toEqual(names.toSorted())
    for (const name of names) expect((await root.lstat(name))?.kind, name).toBe('directory')
  })
})
