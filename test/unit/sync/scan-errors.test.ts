/** Errors of the disk last until the place where they were found was looked at again. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openInlineJob } from '../../../src/node/base/job-hosts.ts'
import { createFaultyFileSystem, failWhere } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { scan } from '../../../src/node/sync/scan.ts'
import { walkOperations } from '../../../src/node/sync/walk-job.ts'
import type { WalkDepth } from '../../../src/node/sync/walk.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const { signal } = new AbortController()

/** A name that is no UTF-8 cannot be synced, whoever runs the test. */
function odd(directory: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])])
}

/** Scans, and says how many errors there are then. */
function lookerAt(context: FolderContext) {
  return async (at: string, depth: WalkDepth): Promise<number> => {
    await scan(context, at, depth, { entries: 0 }, signal)
    return context.errors.list().length
  }
}

test('a look at a directory alone says nothing of what lies deeper', async () => {
  const { context, path } = await syncedFolder()
  fs.mkdirSync(join(path, 'top/deep'), { recursive: true })
  fs.writeFileSync(odd(join(path, 'top/deep')), 'x')
  const look = lookerAt(context)
  expect(await look('', 'tree')).toBe(1)
  expect(await look('top', 'children')).toBe(1)
  expect(await look('', 'children')).toBe(1)
  expect(await look('top/deep', 'children')).toBe(1)
  fs.rmSync(odd(join(path, 'top/deep')))
  expect(await look('top', 'children')).toBe(1)
  expect(await look('top/deep', 'children')).toBe(0)
})

test('an error goes with the directory that held it', async () => {
  const { context, path } = await syncedFolder()
  fs.mkdirSync(join(path, 'top/deep'), { recursive: true })
  fs.writeFileSync(odd(join(path, 'top/deep')), 'x')
  const look = lookerAt(context)
  expect(await look('', 'tree')).toBe(1)
  fs.rmSync(join(path, 'top/deep'), { recursive: true })
  expect(await look('top', 'children')).toBe(0)
})

test('an error that is still there is never away while it is looked for', async () => {
  const { context, path } = await syncedFolder()
  fs.writeFileSync(odd(path), 'x')
  await scan(context, '', 'tree', { entries: 0 }, signal)
  const seen: number[] = []
  const walks: typeof context.walks = {
    ...context.walks,
    call: (name, argument) => {
      seen.push(context.errors.list().length)
      return context.walks.call(name, argument)
    },
  }
  await scan({ ...context, walks }, '', 'tree', { entries: 0 }, signal)
  expect(seen.length).toBeGreaterThan(1)
  expect(new Set(seen)).toEqual(new Set([1]))
})

test('a path with no room for names of our own beside it is named, not announced', async () => {
  const { context } = await syncedFolder()
  const { root, index, folder } = context
  const name = 'd'.repeat(204)
  const above = Array.from({ length: 15 }, () => name).join('/')
  for (let end = name.length; end <= above.length; end += name.length + 1)
    await root.makeDirectory(above.slice(0, end), 0o755)
  const [fits, tooLong] = [`${above}/${'x'.repeat(124)}`, `${above}/${'x'.repeat(126)}`]
  for (const path of [fits, tooLong]) await (await root.createFile(path, 0o644)).close()
  await scan(context, '', 'tree', { entries: 0 }, signal)
  const rows = await index.call('local', { folder, paths: [fits, tooLong] })
  expect(rows.map((row) => row?.announced.stance)).toEqual(['holds', undefined])
  expect(context.errors.list()).toMatchObject([{ path: tooLong, code: 'PATH_TOO_LONG' }])
})

test.each([
  { what: 'a link', call: 'read-link', at: 'top/link' },
  { what: 'a directory', call: 'list', at: 'top' },
])('$what that goes while it is looked at is no error, and is looked at again', async (gone) => {
  const { context, path, fileSystem } = await syncedFolder()
  fs.mkdirSync(join(path, 'top'))
  fs.symlinkSync('elsewhere', join(path, 'top/link'))
  const faulty = createFaultyFileSystem(fileSystem)
  const walks = openInlineJob(walkOperations(faulty.fileSystem, context.clock.nowNs))
  await scan({ ...context, walks }, '', 'tree', { entries: 0 }, signal)
  faulty.setPlan(({ operation, path: at }) => {
    if (operation === gone.call && at === gone.at) fs.rmSync(join(path, gone.at), { recursive: true })
    return undefined
  })
  const { again } = await scan({ ...context, walks }, '', 'tree', { entries: 0 }, signal)
  expect(fs.existsSync(join(path, gone.at))).toBe(false)
  expect(context.errors.list()).toEqual([])
  expect(again).toEqual([gone.at])
})

test('a link that stays and cannot be read is an error, not looked at for ever', async () => {
  const { context, path, fileSystem } = await syncedFolder()
  fs.symlinkSync('elsewhere', join(path, 'link'))
  const faulty = createFaultyFileSystem(
    fileSystem,
    failWhere(({ operation }) => operation === 'read-link', 'KIND_UNSUPPORTED'),
  )
  const walks = openInlineJob(walkOperations(faulty.fileSystem, context.clock.nowNs))
  const { again } = await scan({ ...context, walks }, '', 'tree', { entries: 0 }, signal)
  expect(context.errors.list()).toMatchObject([{ path: 'link', code: 'KIND_UNSUPPORTED' }])
  expect(again).toEqual([])
})
