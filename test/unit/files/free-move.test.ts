/** A file gets a name that is free, while others use both names. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { moveToFreeName } from '../../../src/node/files/free-move.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

/** An editor's way to save: another file takes the name. */
function save(path: string, content: string): void {
  fs.writeFileSync(`${path}~`, content)
  fs.renameSync(`${path}~`, path)
}

test.each(['file', 'link'])('a %s that somebody saved over both names takes neither', async (kind) => {
  const { context, path } = await syncedFolder()
  const [from, to] = [join(path, 'from'), join(path, 'to')]
  if (kind === 'file') fs.writeFileSync(from, 'old')
  else fs.symlinkSync('old', from)
  const root: FolderRoot = {
    ...context.root,
    unlinkIfUnchanged: async (target, expected) => {
      if (target === 'from') {
        save(from, 'saved over the old name')
        save(to, 'saved over the new name')
      }
      return context.root.unlinkIfUnchanged(target, expected)
    },
  }
  await expect(moveToFreeName(root, 'from', 'to')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(fs.readFileSync(from, 'utf8')).toBe('saved over the old name')
  expect(fs.readFileSync(to, 'utf8')).toBe('saved over the new name')
})

test.each(['file', 'link'])('a %s that was saved over meanwhile leaves no second name', async (kind) => {
  const { context, path } = await syncedFolder()
  const from = join(path, 'from')
  if (kind === 'file') fs.writeFileSync(from, 'old')
  else fs.symlinkSync('old', from)
  const root: FolderRoot = {
    ...context.root,
    unlinkIfUnchanged: async (target, expected) => {
      if (target === 'from') save(from, 'new')
      return context.root.unlinkIfUnchanged(target, expected)
    },
  }
  await expect(moveToFreeName(root, 'from', 'to')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(fs.readdirSync(path).filter((name) => name !== '.peerfold')).toEqual(['from'])
  expect(fs.readFileSync(from, 'utf8')).toBe('new')
})
