/** What is read because a step of ours moves its ctime: damage of the disk, and never what a person wrote. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { isWholeAgain, recordDamaged } from '../../../src/node/sync/check-file.ts'
import { confirmHeld } from '../../../src/node/sync/confirm-held.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const OLD = new Date('2020-01-01T00:00:00Z')

/** A file that nobody has touched for a while, as a scan recorded it. */
async function settledFile() {
  const { context, path, scan, settle } = await syncedFolder()
  const at = join(path, 'a')
  fs.writeFileSync(at, 'before')
  fs.utimesSync(at, OLD, OLD)
  await scan()
  const { index, folder, root } = context
  await settle('a')
  const stanceOf = async () => (await index.call('local', { folder, paths: ['a'] }))[0]!.announced.stance
  const clock: typeof context.clock = { ...context.clock, sleep: async () => {} }
  return { context: { ...context, clock }, at, lstat: async () => (await root.lstat('a'))!, stanceOf }
}

test('a file whose ctime only we moved, with other bytes, is damaged', async () => {
  const { context, at, lstat, stanceOf } = await settledFile()
  const was = await lstat()
  fs.writeFileSync(at, 'rotten')
  fs.utimesSync(at, OLD, OLD)
  expect(await confirmHeld(context, 'a', await lstat(), was)).toBe(false)
  expect(await stanceOf()).toBe('damaged')
})

test('a file that a person wrote to while our step was taken is theirs', async () => {
  const { context, at, lstat, stanceOf } = await settledFile()
  const was = await lstat()
  fs.writeFileSync(at, 'theirs')
  expect(await confirmHeld(context, 'a', await lstat(), was)).toBe(true)
  expect(await stanceOf()).toBe('holds')
})

test('a file that is away while it is read, as on a disk that is unmounted, and back then, is not damaged', async () => {
  const { context, lstat, stanceOf } = await settledFile()
  const gone = new PeerfoldError('FILE_NOT_FOUND', 'the disk refused open-read: ENOENT')
  const blocks: typeof context.blocks = { ...context.blocks, call: () => Promise.reject(gone) }
  expect(await confirmHeld({ ...context, blocks }, 'a', await lstat())).toBe(false)
  expect(await stanceOf()).toBe('holds')
})

test('a damaged file that is whole again is so for whoever asks, also on a statement of before', async () => {
  const { context, lstat, stanceOf } = await settledFile()
  const { index, folder } = context
  const rowOf = async () => (await index.call('local', { folder, paths: ['a'] }))[0]!
  await recordDamaged(context, await rowOf(), await lstat(), 'IO_ERROR')
  const damaged = await rowOf()
  expect(await isWholeAgain(context, damaged)).toBe(true)
  expect(await stanceOf()).toBe('holds')
  expect(await isWholeAgain(context, damaged)).toBe(true)
})
