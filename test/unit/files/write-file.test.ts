/** Files that a person adds, on a real disk. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeFile } from '../../../src/node/files/write-file.ts'
import type { Displaced, FolderContext } from '../../../src/node/sync/ports.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('files that come at the same time into directories which nobody has made yet all arrive', async () => {
  const { context, path } = await syncedFolder()
  const names = Array.from({ length: 20 }, (_, at) => `trip/day ${at % 3}/inner/${at}.txt`)
  await Promise.all(names.map((name) => writeFile(context, name, content(name), { mustBeNew: true })))
  for (const name of names) expect(fs.readFileSync(join(path, name), 'utf8')).toBe(name)
})

test('a name that is taken is refused before anything is read, when it must be new', async () => {
  const { context, path } = await syncedFolder()
  fs.writeFileSync(join(path, 'a'), 'old')
  let isRead = false
  async function* unread(): AsyncGenerator<Uint8Array> {
    isRead = true
    yield Buffer.from('new')
  }
  const writing = writeFile(context, 'a', unread(), { mustBeNew: true })
  await expect(writing).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect([isRead, fs.readFileSync(join(path, 'a'), 'utf8')]).toEqual([false, 'old'])
})

const versionsOf = async ({ archive }: FolderContext) =>
  (await archive.history({ part: 'versions', under: '', exact: false, cursor: '' })).versions

test('a file that is saved while an upload sets it aside stays, and nothing is replaced', async () => {
  const folder = await syncedFolder()
  const { context, path } = folder
  fs.writeFileSync(join(path, 'a'), 'recorded')
  await folder.scan()
  await folder.settle('a')
  const { park } = context.archive
  Object.assign(context.archive, {
    park: async (displaced: Displaced) => {
      fs.writeFileSync(join(path, 'a'), 'just now')
      return park(displaced)
    },
  })
  await expect(writeFile(context, 'a', content('upload'), {})).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect([fs.readFileSync(join(path, 'a'), 'utf8'), await versionsOf(context)]).toEqual(['just now', []])
  expect(fs.readdirSync(path).toSorted()).toEqual(['.peerfold', 'a'])
})

test('a file that is written while an upload reads it gets no hash, even when its time is put back', async () => {
  const { context, path } = await syncedFolder()
  const file = join(path, 'a')
  fs.writeFileSync(file, 'not recorded')
  fs.utimesSync(file, 1, 1)
  const call = context.blocks.call.bind(context.blocks)
  const meddled: typeof call = async (name, question) => {
    const digest = await call(name, question)
    fs.writeFileSync(file, 'written then')
    fs.utimesSync(file, 1, 1)
    if (name === 'digest') Object.assign(digest as object, { statAfter: await context.root.lstat('a') })
    return digest
  }
  Object.assign(context.blocks, { call: meddled })
  await expect(writeFile(context, 'a', content('upload'), {})).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect([fs.readFileSync(file, 'utf8'), await versionsOf(context)]).toEqual(['written then', []])
})
