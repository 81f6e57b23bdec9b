/** Deciding a conflict on one device: what is kept, what is parked, and what is refused. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freeName } from '../../../src/node/core/free-name.ts'
import { resolveConflict } from '../../../src/node/files/resolve-conflict.ts'
import type { LocalChange } from '../../../src/node/index/index-port.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import type { SyncedFolder } from '../../support/synced-folder.ts'

const COPY = 'note (conflict Ben 0123abcd).txt'
const ORIGINAL = 'note.txt'

/** A folder with a conflict in it, as the engine leaves it. */
async function conflict(): Promise<SyncedFolder> {
  const folder = await syncedFolder()
  fs.writeFileSync(join(folder.path, ORIGINAL), 'of ann')
  fs.writeFileSync(join(folder.path, COPY), 'of ben')
  await folder.scan()
  const { index } = folder.context
  const [row] = await index.call('local', { folder: 'f', paths: [COPY] })
  if (!row) throw new Error('the copy was not recorded')
  const { sequence, record } = row.announced
  const about = { isOurs: false, stance: 'holds', reason: '', disk: row.disk, basedOn: sequence } as const
  const change: LocalChange = { ...about, record: { ...record, conflictOf: ORIGINAL } }
  await index.call('recordLocal', { folder: 'f', changes: [change] })
  return folder
}

function read(folder: SyncedFolder): Record<string, string> {
  const names = fs.readdirSync(folder.path).filter((name) => name !== '.peerfold')
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(join(folder.path, name), 'utf8')]))
}

/** Contents that are parked. */
async function parked(folder: SyncedFolder): Promise<string[]> {
  const versions = join(folder.path, '.peerfold/versions')
  if (!fs.existsSync(versions)) return []
  const all = fs.readdirSync(versions, {
    recursive: true,
    withFileTypes: true,
  })
  const files = all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.map((path) => fs.readFileSync(path, 'utf8')).filter((text) => text.startsWith('of '))
}

async function conflictsOf({ context }: SyncedFolder): Promise<number> {
  return (await context.index.call('overview', { folder: 'f', limit: 1 })).conflicts.count
}

test('keeping the original parks the copy', async () => {
  const folder = await conflict()
  expect(await resolveConflict(folder.context, COPY, 'original')).toEqual([COPY, ORIGINAL])
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ann' })
  expect(await parked(folder)).toEqual(['of ben'])
  await folder.scan()
  expect(await conflictsOf(folder)).toBe(0)
})

test('keeping the copy gives it the original’s name and parks what had it', async () => {
  const folder = await conflict()
  await resolveConflict(folder.context, COPY, 'copy')
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ben' })
  expect(await parked(folder)).toEqual(['of ann'])
  await folder.scan()
  expect(await conflictsOf(folder)).toBe(0)
  const [row] = await folder.context.index.call('local', { folder: 'f', paths: [ORIGINAL] })
  expect(row?.announced.record.conflictOf).toBe('')
})

test('keeping the copy of what nobody has any more just renames it', async () => {
  const folder = await conflict()
  fs.rmSync(join(folder.path, ORIGINAL))
  await resolveConflict(folder.context, COPY, 'copy')
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ben' })
  expect(await parked(folder)).toEqual([])
})

test('keeping both gives the copy the first free name of its own', async () => {
  const folder = await conflict()
  fs.writeFileSync(join(folder.path, 'note (2).txt'), 'in the way')
  expect(await resolveConflict(folder.context, COPY, 'both')).toEqual([COPY, 'note (3).txt'])
  expect(read(folder)).toEqual({
    [ORIGINAL]: 'of ann',
    'note (2).txt': 'in the way',
    'note (3).txt': 'of ben',
  })
  await folder.scan()
  expect(await conflictsOf(folder)).toBe(0)
})

test('a name that something is on its way to is not free', async () => {
  const folder = await conflict()
  const [row] = await folder.context.index.call('local', { folder: 'f', paths: [ORIGINAL] })
  const record = { ...row!.announced.record, path: 'note (2).txt', version: [['b/1', 1]] as const }
  await folder.context.index.call('recordRemote', {
    folder: 'f',
    device: 'b',
    epoch: 1,
    upto: 1,
    records: [{ record, stance: 'holds', reason: '', sequence: 1 }],
    complete: true,
  })
  await resolveConflict(folder.context, COPY, 'both')
  expect(Object.keys(read(folder)).toSorted()).toEqual(['note (3).txt', ORIGINAL])
})

test('what was written since and nobody has recorded is left alone', async () => {
  for (const keep of ['original', 'copy', 'both'] as const) {
    const folder = await conflict()
    fs.writeFileSync(join(folder.path, COPY), 'of ben, and more')
    await expect(resolveConflict(folder.context, COPY, keep)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    expect(read(folder)).toEqual({ [ORIGINAL]: 'of ann', [COPY]: 'of ben, and more' })
    expect(await parked(folder)).toEqual([])
  }
  const folder = await conflict()
  fs.writeFileSync(join(folder.path, ORIGINAL), 'of ann, and more')
  await expect(resolveConflict(folder.context, COPY, 'copy')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ann, and more', [COPY]: 'of ben' })
})

test('what is saved while the decision is carried out is not decided about', async () => {
  for (const [keep, saved] of [
    ['original', COPY],
    ['copy', ORIGINAL],
  ] as const) {
    const folder = await conflict()
    const { context } = folder
    const before = read(folder)
    const archive: typeof context.archive = {
      ...context.archive,
      park: (displaced) => {
        fs.writeFileSync(join(folder.path, saved), 'saved meanwhile')
        return context.archive.park(displaced)
      },
    }
    const deciding = resolveConflict({ ...context, archive }, COPY, keep)
    await expect(deciding).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    expect(read(folder)).toEqual({ ...before, [saved]: 'saved meanwhile' })
  }
})

test('what is saved while the copy is read before it gets a name is a change, and no damage', async () => {
  const folder = await conflict()
  const { context } = folder
  await folder.settle(COPY)
  const blocks: typeof context.blocks = {
    ...context.blocks,
    call: async (...args) => {
      if (args[0] === 'digest') fs.writeFileSync(join(folder.path, COPY), 'saved meanwhile')
      return context.blocks.call(...args)
    },
  }
  const clock: typeof context.clock = { ...context.clock, sleep: async () => {} }
  const deciding = resolveConflict({ ...context, blocks, clock }, COPY, 'copy')
  await expect(deciding).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ann', [COPY]: 'saved meanwhile' })
})

test('what was recorded since the person looked is not decided about', async () => {
  const folder = await conflict()
  const [copy, original] = await folder.context.index.call('local', { folder: 'f', paths: [COPY, ORIGINAL] })
  const hashOf = (row: typeof copy): string => row?.announced.record.contentHash ?? ''
  const seen = { copy: hashOf(copy), original: hashOf(original) }
  for (const other of [
    { ...seen, copy: 'sha256:00' },
    { ...seen, original: 'sha256:00' },
    { ...seen, original: '' },
  ])
    for (const keep of ['original', 'copy'] as const) {
      const deciding = resolveConflict(folder.context, COPY, keep, other)
      await expect(deciding).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    }
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ann', [COPY]: 'of ben' })
  await resolveConflict(folder.context, COPY, 'copy', seen)
  expect(read(folder)).toEqual({ [ORIGINAL]: 'of ben' })
})

test('a directory that took the copy’s name is no conflict', async () => {
  const folder = await conflict()
  fs.rmSync(join(folder.path, COPY))
  fs.mkdirSync(join(folder.path, COPY))
  await folder.scan()
  expect(await conflictsOf(folder)).toBe(0)
})

test('a directory that took the name is not replaced', async () => {
  const folder = await conflict()
  fs.rmSync(join(folder.path, ORIGINAL))
  fs.mkdirSync(join(folder.path, ORIGINAL))
  await expect(resolveConflict(folder.context, COPY, 'copy')).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(fs.readFileSync(join(folder.path, COPY), 'utf8')).toBe('of ben')
})

test.each([
  { path: ORIGINAL, why: 'no conflict copy' },
  { path: 'nothing', why: 'no file' },
])('$path is $why', async ({ path }) => {
  const folder = await conflict()
  await expect(resolveConflict(folder.context, path, 'original')).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  expect(Object.keys(read(folder)).length).toBe(2)
})

test('a conflict that was decided cannot be decided again', async () => {
  const folder = await conflict()
  await resolveConflict(folder.context, COPY, 'original')
  const again = async () => resolveConflict(folder.context, COPY, 'copy')
  await expect(again()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await folder.scan()
  await expect(again()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test.each([
  { path: 'a/report.pdf', number: 2, name: 'a/report (2).pdf' },
  { path: '.hidden', number: 3, name: '.hidden (3)' },
  { path: 'x'.repeat(255), number: 2, name: `${'x'.repeat(251)} (2)` },
  { path: `${'é'.repeat(125)}.txt`, number: 10, name: `${'é'.repeat(123)} (10).txt` },
])('the free name number $number of $path', ({ path, number, name }) => {
  expect(freeName(path, number)).toBe(name)
  expect(Buffer.byteLength(name.split('/').at(-1) ?? '')).toBeLessThanOrEqual(255)
})
