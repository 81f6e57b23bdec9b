/** Reading a file for a person: nothing stays open behind the one who asked. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFile } from '../../../src/node/files/read-files.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

/** A folder that counts the files it has open for reading. */
async function counted(): Promise<{ context: FolderContext; path: string; open: () => number }> {
  const { context, path } = await syncedFolder()
  let open = 0
  const openRead: FolderContext['root']['openRead'] = async (file) => {
    const handle = await context.root.openRead(file)
    open++
    const close = async (): Promise<void> => {
      open--
      await handle.close()
    }
    return { ...handle, stat: () => handle.stat(), read: (...at) => handle.read(...at), close }
  }
  fs.writeFileSync(join(path, 'a'), 'content')
  return { context: { ...context, root: { ...context.root, openRead } }, path, open: () => open }
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts).toString()
}

test('a file is read whole and closed', async () => {
  const { context, open } = await counted()
  const file = await openFile(context, 'a')
  expect([file.sizeBytes, await textOf(file.content), open()]).toEqual([7, 'content', 0])
})

test('a reader that wants the size alone leaves nothing open, whether it says so or not', async () => {
  const { context, open } = await counted()
  await openFile(context, 'a')
  const { content } = await openFile(context, 'a')
  await content[Symbol.asyncIterator]().return?.()
  expect(open()).toBe(0)
})

test('a file that cannot be looked up leaves nothing open', async () => {
  const { context, open } = await counted()
  const index = {
    ...context.index,
    call: () => Promise.reject(new Error('no index')),
  } as typeof context.index
  await expect(openFile({ ...context, index }, 'a')).rejects.toThrow('no index')
  expect(open()).toBe(0)
})

test('a file that changed before or while it is read fails, and not one byte of another is given', async () => {
  const { context, path, open } = await counted()
  const file = await openFile(context, 'a')
  fs.writeFileSync(join(path, 'a'), 'another text')
  const given: Uint8Array[] = []
  const reading = (async () => {
    for await (const part of file.content) given.push(part)
  })()
  await expect(reading).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect([given.length, open()]).toEqual([0, 0])
})
