/** Files that a person adds, on a real disk. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeFile } from '../../../src/node/files/write-file.ts'
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
