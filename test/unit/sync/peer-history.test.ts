/** What a device tells another of its history, and what it does not. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import type { HistoryPage, HistoryQuery } from '../../../src/node/core/history.ts'
import { deleteFile } from '../../../src/node/files/write-file.ts'
import { decodeBlockReply, encodeBlockRequest } from '../../../src/node/wire/block-codec.ts'
import { decodeControl, encodeControl } from '../../../src/node/wire/control-codec.ts'
import { linkToSession } from '../../support/session-link.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import { hashOf } from '../../support/versions.ts'

type Folder = Awaited<ReturnType<typeof syncedFolder>>
const ASKER = 'b'
const CHANGES: HistoryQuery = { part: 'changes', under: '', exact: false, cursor: '' }
const VERSIONS: HistoryQuery = { ...CHANGES, part: 'versions' }

/** A folder with a past: three files, of which one was deleted here. */
async function folderWithPast(): Promise<Folder> {
  const folder = await syncedFolder([ASKER])
  mkdirSync(join(folder.path, 'd'))
  for (const name of ['a', 'd/b', 'd/c']) writeFileSync(join(folder.path, name), `content of ${name}`)
  await folder.scan()
  await deleteFile(folder.context, 'd/b')
  await folder.scan()
  return folder
}

/** The raw end of a link whose other end is a session that shares the folder named "f", or nothing. */
async function ask(folder: Folder, shares: boolean) {
  const link = await linkToSession(folder, ASKER, shares)
  const pages = new Map<number, (page: HistoryPage | undefined) => void>()
  void (async () => {
    for await (const frame of link.frames('control')) {
      const message = decodeControl(frame)
      if (message.kind === 'history-reply') pages.get(message.id)?.(message.page)
    }
  })()
  const replies = link.frames('fetch')[Symbol.asyncIterator]()
  let last = 0
  return {
    link,
    history(query: HistoryQuery, name = 'f'): Promise<HistoryPage | undefined> {
      const id = ++last
      return new Promise((resolve, reject) => {
        pages.set(id, resolve)
        const question = { kind: 'history-request', id, folder: name, ...query } as const
        link.send('control', [encodeControl(question)]).catch(reject)
      })
    },
    async content(version: string, path: string, contentHash: string, length: number, offset = 0) {
      const request = { id: ++last, folder: 'f', path, contentHash, version, offset, length }
      await link.send('fetch', [encodeBlockRequest({ ...request, hash: new Uint8Array() })])
      const { value } = await replies.next()
      const { status, bytes } = decodeBlockReply(value as Uint8Array)
      return status === 'ok' ? Buffer.from(bytes).toString() : status
    },
  }
}

test('a device that shares the folder is told changes and versions, of what it asked for', async () => {
  const { history } = await ask(await folderWithPast(), true)
  const all = await history(CHANGES)
  expect(all?.changes[0]).toMatchObject({ path: 'd/b', is: undefined, source: 'local' })
  expect(all?.changes.map(({ path }) => path).toSorted()).toEqual(['a', 'd', 'd/b', 'd/b', 'd/c'])
  const below = await history({ ...CHANGES, under: 'd' })
  expect(below?.changes.map(({ path }) => path).toSorted()).toEqual(['d', 'd/b', 'd/b', 'd/c'])
  const exact = await history({ ...CHANGES, under: 'd', exact: true })
  expect(exact?.changes.map(({ path }) => path)).toEqual(['d'])
  expect((await history(VERSIONS))?.versions).toMatchObject([
    { path: 'd/b', contentHash: hashOf('content of d/b'), reason: 'deleted' },
  ])
  expect((await history({ ...VERSIONS, under: 'a' }))?.versions).toEqual([])
})

test('going back ends at the newest change at or before the moment, of whatever path', async () => {
  const { history } = await ask(await folderWithPast(), true)
  const [deletion, before] = (await history(CHANGES))?.changes ?? []
  const since = await history({ ...CHANGES, under: 'd/b', sinceMs: before?.timeMs ?? 0 })
  expect(since?.changes).toEqual([deletion])
  expect(since?.asOfMs).toBe(before?.timeMs)
  expect((await history({ ...CHANGES, sinceMs: 0 }))?.asOfMs).toBeUndefined()
})

test('the content of a version is given to whoever names its path and hash as well, and nothing else is', async () => {
  const { history, content } = await ask(await folderWithPast(), true)
  const [version] = (await history(VERSIONS))?.versions ?? []
  const { id = '', path = '', contentHash = '', size = 0 } = version ?? {}
  expect(await content(id, path, contentHash, size)).toBe('content of d/b')
  expect(await content(id, path, contentHash, 2, 11)).toBe('d/')
  for (const refused of [
    await content(id, 'a', contentHash, size),
    await content(id, path, hashOf('another'), size),
    await content(id, path, contentHash, size + 1),
    await content(id, path, contentHash, 1, size),
    await content('../../../a', 'a', hashOf('content of a'), 3),
    await content('nothing', path, contentHash, size),
  ])
    expect(refused).toBe('missing')
})

test('a device that does not share the folder learns nothing, not even whether it exists', async () => {
  const folder = await folderWithPast()
  const { history, content } = await ask(folder, false)
  const page = await folder.context.archive.history(VERSIONS)
  const { id = '', path = '', contentHash = '', size = 0 } = page.versions[0] ?? {}
  expect(await history(CHANGES)).toBeUndefined()
  expect(await history(CHANGES, 'no such folder')).toBeUndefined()
  expect(await history({ ...VERSIONS, version: id })).toBeUndefined()
  expect(await content(id, path, contentHash, size)).toBe('missing')
})

test('who asks without waiting for answers is cut off', async () => {
  const folder = await folderWithPast()
  const { promise: slow, resolve } = Promise.withResolvers<HistoryPage>()
  Object.assign(folder.context.archive, { history: () => slow })
  const { link, history } = await ask(folder, true)
  for (let i = 0; i < 40; i++)
    history(CHANGES).catch((error: unknown) => expect(codeOf(error)).toBe('PEER_GONE'))
  expect(await link.closed).toBe('gone')
  resolve({ nowMs: 0, changes: [], versions: [], next: '' })
})

test('a long history comes in pages that continue without a gap, each of them bounded', async () => {
  const folder = await syncedFolder([ASKER])
  const long = 'n'.repeat(200)
  for (let i = 0; i < 1_200; i++) writeFileSync(join(folder.path, `${long} ${i}`), '')
  await folder.scan()
  const { history } = await ask(folder, true)
  const paths: string[] = []
  let cursor = ''
  do {
    const page = await history({ ...CHANGES, cursor })
    expect(page?.changes.length).toBeLessThanOrEqual(500)
    paths.push(...(page?.changes ?? []).map(({ path }) => path))
    cursor = page?.next ?? ''
  } while (cursor !== '')
  expect(new Set(paths).size).toBe(1_200)
  expect(paths).toHaveLength(1_200)
  for (const odd of ['x', '-1', '9'.repeat(100), '1e99', 'NaN'])
    expect((await history({ ...CHANGES, cursor: odd }))?.changes.length).toBeLessThanOrEqual(500)
})
