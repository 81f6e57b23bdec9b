/** The order in which a scan tells of what is gone. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { Scan } from '../../../src/node/sync/scan.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const GUARD = { percent: 0, least: 2, most: 2 }

/** Paths of the tombstones, as others hear of them. */
async function toldGone({ index }: FolderContext): Promise<string[]> {
  const told = await index.call('announcedSince', { folder: 'f', after: 0, limit: 1_000 })
  return told.flatMap(({ record, stance }) => (record.deleted && stance === 'holds' ? [record.path] : []))
}

async function treeGone() {
  const folder = await syncedFolder()
  fs.mkdirSync(join(folder.path, 'top/deep'), { recursive: true })
  for (const name of ['top/a', 'top/deep/b', 'top/z', 'top-like', 'zz'])
    fs.writeFileSync(join(folder.path, name), name)
  await folder.scan()
  return folder
}

const CHILDREN_FIRST = ['zz', 'top/z', 'top/deep/b', 'top/deep', 'top/a', 'top-like', 'top']

test('what was in a directory is told gone before the directory is', async () => {
  const folder = await treeGone()
  for (const name of ['top', 'top-like', 'zz']) fs.rmSync(join(folder.path, name), { recursive: true })
  await folder.scan()
  expect(await toldGone(folder.context)).toEqual(CHILDREN_FIRST)
})

test('so it is when several places are looked at, in whatever order they were hinted at', async () => {
  const { context, path } = await treeGone()
  fs.rmSync(join(path, 'top'), { recursive: true })
  const scan = new Scan(context, { entries: 0 }, new AbortController().signal)
  for (const hint of ['', 'top/deep', 'top']) await scan.look(hint, 'children')
  await scan.finish()
  expect(await toldGone(context)).toEqual(['top/z', 'top/deep/b', 'top/deep', 'top/a', 'top'])
})

test('and when a person lets through what the guard held', async () => {
  const folder = await treeGone()
  const { index, self: author } = folder.context
  await index.call('setSharing', {
    folder: 'f',
    devices: ['b'],
    policy: { mode: 'send-receive', guard: GUARD },
  })
  for (const name of ['top', 'top-like', 'zz']) fs.rmSync(join(folder.path, name), { recursive: true })
  await folder.scan()
  expect(await toldGone(folder.context)).toEqual([])
  const group = { direction: 'out', cause: 'mass-change', device: author.device } as const
  await index.call('decide', { folder: 'f', ...group, decision: 'approve', author, after: '', limit: 100 })
  expect(await toldGone(folder.context)).toEqual(CHILDREN_FIRST)
})
