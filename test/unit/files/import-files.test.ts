/** Files of this machine on their way into a folder, on a real disk. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { importFiles } from '../../../src/node/files/import-files.ts'
import type { ImportProgress } from '../../../src/node/files/import-files.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import type { SyncedFolder } from '../../support/synced-folder.ts'

function run(
  folder: SyncedFolder,
  paths: readonly string[],
  directory = '',
  signal?: AbortSignal,
  clock = folder.context.clock,
) {
  const arrived: string[] = []
  const { fileSystem } = folder
  const context = { ...folder.context, clock }
  const parts = { context, fileSystem, arrived: (path: string) => void arrived.push(path) }
  return { arrived, progress: importFiles(parts, { directory, paths }, signal) }
}

async function all(progress: AsyncIterable<ImportProgress>): Promise<ImportProgress[]> {
  const told: ImportProgress[] = []
  for await (const one of progress) told.push(one)
  return told
}

/** What a person sees in the folder. */
function seen(path: string): string[] {
  return fs.readdirSync(path).filter((name) => name !== '.peerfold')
}

test('files arrive with content, mode and time, and the last progress says that all is done', async () => {
  const folder = await syncedFolder()
  const source = join(folder.outside, 'Übung.txt')
  fs.writeFileSync(source, 'content')
  fs.chmodSync(source, 0o640)
  fs.utimesSync(source, 1_700_000_000, 1_700_000_000.25)
  const { progress, arrived } = run(folder, [source], 'into/here')
  const told = await all(progress)
  expect(told.at(-1)).toEqual({ files: 1, bytes: 7, path: 'into/here/Übung.txt', finished: true })
  expect(told.filter(({ finished }) => finished).length).toBe(1)
  const target = join(folder.path, 'into/here/Übung.txt')
  expect(fs.readFileSync(target, 'utf8')).toBe('content')
  expect(fs.statSync(target).mode & 0o777).toBe(0o640)
  expect(fs.statSync(target).mtimeMs).toBe(1_700_000_000_250)
  expect(arrived).toEqual(['into/here/Übung.txt'])
  expect(fs.readFileSync(source, 'utf8')).toBe('content')
})

test('a directory arrives with all below it, links as links, and nothing that they lead to', async () => {
  const folder = await syncedFolder()
  const tree = join(folder.outside, 'tree')
  fs.mkdirSync(join(tree, 'deep/empty'), { recursive: true })
  fs.writeFileSync(join(tree, 'deep/file'), 'x')
  fs.mkdirSync(join(folder.outside, 'secret'))
  fs.writeFileSync(join(folder.outside, 'secret/key'), 'key')
  fs.symlinkSync('../secret', join(tree, 'way out'))
  fs.symlinkSync('nowhere', join(tree, 'dangling'))
  fs.chmodSync(join(tree, 'deep'), 0o555)
  await all(run(folder, [tree]).progress)
  fs.chmodSync(join(tree, 'deep'), 0o755)
  const target = join(folder.path, 'tree')
  expect(fs.readdirSync(target).toSorted()).toEqual(['dangling', 'deep', 'way out'])
  expect(fs.readdirSync(join(target, 'deep')).toSorted()).toEqual(['empty', 'file'])
  expect(fs.readlinkSync(join(target, 'way out'))).toBe('../secret')
  expect(fs.lstatSync(join(target, 'deep')).mode & 0o777).toBe(0o555)
  fs.chmodSync(join(target, 'deep'), 0o755)
})

test('a name that is taken stops the import before anything is copied', async () => {
  const folder = await syncedFolder()
  for (const name of ['a', 'b']) fs.writeFileSync(join(folder.outside, name), name)
  fs.writeFileSync(join(folder.path, 'b'), 'mine')
  const { progress } = run(
    folder,
    ['a', 'b'].map((name) => join(folder.outside, name)),
  )
  await expect(all(progress)).rejects.toMatchObject({ code: 'FILE_EXISTS', facts: { path: 'b' } })
  expect(seen(folder.path)).toEqual(['b'])
  fs.mkdirSync(join(folder.outside, 'other'))
  fs.writeFileSync(join(folder.outside, 'other/a'), 'another a')
  const twice = [join(folder.outside, 'a'), join(folder.outside, 'other/a')]
  await expect(all(run(folder, twice).progress)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(seen(folder.path)).toEqual(['b'])
})

test.each([
  { what: 'the folder itself', source: ({ path }: SyncedFolder) => path },
  { what: 'what lies in it', source: ({ path }: SyncedFolder) => join(path, 'inside') },
  { what: 'what it lies in', source: ({ path }: SyncedFolder) => join(path, '..') },
  { what: 'a way to it through a link', source: ({ outside }: SyncedFolder) => join(outside, 'link/inside') },
])('$what is refused as a source', async ({ source }) => {
  const folder = await syncedFolder()
  fs.writeFileSync(join(folder.path, 'inside'), 'x')
  fs.symlinkSync(folder.path, join(folder.outside, 'link'))
  await expect(all(run(folder, [source(folder)], 'copy').progress)).rejects.toMatchObject({
    code: 'SOURCE_IN_FOLDER',
  })
  expect(seen(folder.path)).toEqual(['inside'])
})

test.each([
  { path: 'relative', code: 'BAD_PATH' },
  { path: '/', code: 'BAD_PATH' },
  { path: '/no/such/directory/file', code: 'FILE_NOT_FOUND' },
  { path: '/tmp/no such file 1f0c', code: 'FILE_NOT_FOUND' },
  { path: '/dev/null', code: 'KIND_UNSUPPORTED' },
])('$path is refused with $code', async ({ path, code }) => {
  const folder = await syncedFolder()
  await expect(all(run(folder, [path]).progress)).rejects.toMatchObject({ code })
  expect(seen(folder.path)).toEqual([])
})

test('nothing gets into the engine’s own directory', async () => {
  const folder = await syncedFolder()
  fs.mkdirSync(join(folder.outside, '.peerfold'))
  await expect(all(run(folder, [join(folder.outside, '.peerfold')]).progress)).rejects.toMatchObject({
    code: 'BAD_PATH',
  })
  fs.writeFileSync(join(folder.outside, 'marker'), 'x')
  await expect(
    all(run(folder, [join(folder.outside, 'marker')], '.peerfold').progress),
  ).rejects.toMatchObject({ code: 'BAD_PATH' })
})

test('what cannot be copied stops nothing else and is told at the end', async () => {
  const folder = await syncedFolder()
  const tree = join(folder.outside, 'tree')
  fs.mkdirSync(tree)
  fs.writeFileSync(join(tree, 'a'), 'a')
  fs.writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe])]), 'no UTF-8')
  fs.writeFileSync(join(tree, 'z'), 'z')
  await expect(all(run(folder, [tree]).progress)).rejects.toMatchObject({
    code: 'NAME_NOT_UTF8',
    facts: { count: 1 },
  })
  expect(fs.readdirSync(join(folder.path, 'tree')).toSorted()).toEqual(['a', 'z'])
})

test('progress is told at once, then at most four times a second, and at the end', async () => {
  const folder = await syncedFolder()
  const big = join(folder.outside, 'big')
  fs.writeFileSync(big, Buffer.alloc(4 << 20, 1))
  const told = await all(run(folder, [big], '', undefined, createFakeClock()).progress)
  expect(told.map(({ finished }) => finished)).toEqual([false, true])
  expect(told.at(-1)).toMatchObject({ files: 1, bytes: 4 << 20 })
})

test('an import that is aborted, or that nobody waits for, leaves whole files only', async () => {
  const folder = await syncedFolder()
  const big = join(folder.outside, 'big')
  fs.writeFileSync(join(folder.outside, 'a'), 'a')
  fs.writeFileSync(big, Buffer.alloc(4 << 20, 1))
  const stop = new AbortController()
  let nowMs = 0
  // Each look at it is a second later, so that everything is told at once.
  const hasty = { ...folder.context.clock, monotonicMs: () => (nowMs += 1_000) }
  const { progress } = run(folder, [join(folder.outside, 'a'), big], '', stop.signal, hasty)
  await expect(
    (async () => {
      for await (const { bytes } of progress) if (bytes > 1) stop.abort()
    })(),
  ).rejects.toMatchObject({ name: 'AbortError' })
  expect(seen(folder.path)).toEqual(['a'])
  for await (const { bytes } of run(folder, [big], '', undefined, hasty).progress) if (bytes > 0) break
  expect(seen(folder.path)).toEqual(['a'])
})
