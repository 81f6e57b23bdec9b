/** Content of other folders that may be used here is found, however much there is in those that may not. */
import { expect, test } from 'vitest'
import { twinsOf } from '../../../src/node/sync/assemble.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { changeOf, hashOf, recordOf } from '../../support/index-folder.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const OWN = { 'self/7': 1 }

test('a twin in a folder that may be used is found behind many in one that may not', async () => {
  const { context } = await syncedFolder()
  const { index } = context
  for (const folder of ['secret', 'open'])
    await index.call('openFolder', { folder, devices: [], freshEpoch: 1 })
  const many = Array.from({ length: 100 }, (_, at) => changeOf(recordOf({ path: `${at}`, version: OWN })))
  await index.call('recordLocal', { folder: 'secret', changes: many })
  await index.call('recordLocal', { folder: 'open', changes: many.slice(0, 1) })
  const using: FolderContext = { ...context, otherRoots: () => new Map([['open', '/open']]) }
  expect(await twinsOf(using, hashOf(1))).toEqual([{ root: '/open', path: '0' }])
})

test('a file much like it in a folder that may be used is found behind many in one that may not', async () => {
  const { context } = await syncedFolder()
  const { index } = context
  for (const folder of ['secret', 'open'])
    await index.call('openFolder', { folder, devices: [], freshEpoch: 1 })
  const files = Array.from({ length: 100 }, (_, at) => {
    const manifest = { chunker: 'c', blockCount: 2, root: at.toString(16).padStart(64, '0') }
    return recordOf({ path: `${at}`, content: at, version: OWN, manifest })
  })
  const last = files.slice(-1)
  await index.call('recordLocal', { folder: 'secret', changes: files.map((record) => changeOf(record)) })
  await index.call('recordLocal', { folder: 'open', changes: last.map((record) => changeOf(record)) })
  const sketch = ['a', 'b']
  for (const { manifest } of files)
    await index.call('putManifest', { root: manifest?.root ?? '', pages: [], sketch })
  const find = async (...folders: string[]): Promise<string[]> => {
    const found = await index.call('findAlike', { sketch, folders, limit: 3 })
    return found.map(({ folder, record: { path } }) => `${folder}/${path}`)
  }
  expect(await find('open')).toEqual(['open/99'])
  expect(await find('secret')).toHaveLength(3)
  expect(await find('f', 'unknown')).toEqual([])
})
