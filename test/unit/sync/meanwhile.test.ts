/** What others say, and people write, while a plan is being carried out: it is neither covered nor left behind. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { resolve } from '../../../src/node/core/resolve.ts'
import { temporaryOf } from '../../../src/node/sync/assemble.ts'
import { compareVectors } from '../../../src/node/core/version-vector.ts'
import { place } from '../../../src/node/sync/place.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { scan } from '../../../src/node/sync/scan.ts'
import { announce } from '../../support/index-folder.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const { signal } = new AbortController()
const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** The file "note" with this text, as another device states it. */
function note(text: string, version: FileRecord['version'], mtimeNs = 1_000_000_000n): FileRecord {
  return {
    ...{ path: 'note', kind: 'file', deleted: false, size: Buffer.byteLength(text), mode: 0o644, mtimeNs },
    ...{ contentHash: hashOf(text), replacedHash: '', linkTarget: '' },
    ...{ manifest: { chunker: 'whole', blockCount: 1, root: '' }, author: { device: 'b', name: 'B' } },
    ...{ version, conflictOf: '' },
  }
}

/** A text that keeps the name: the greater hash does. */
function winningOver(other: string): string {
  return Array.from({ length: 64 }, (_, i) => `their ${i}`).find((text) => hashOf(text) > hashOf(other))!
}

function deleted(of: FileRecord, version: FileRecord['version']): FileRecord {
  const { manifest: _manifest, ...rest } = of
  return {
    ...rest,
    ...{ deleted: true, size: 0, mode: 0, mtimeNs: 0n, contentHash: '', replacedHash: of.contentHash },
    version,
  }
}

async function openNote() {
  const synced = await syncedFolder(['b', 'c'])
  await synced.scan()
  const { context, path } = synced
  const { index, folder } = context
  let sequence = 0
  const hear = async (device: string, record: FileRecord): Promise<void> => {
    sequence++
    const records = announce([record], sequence)
    await index.call('recordRemote', { folder, device, epoch: 1, upto: sequence, complete: true, records })
  }
  /** Carries out what is planned now; `beforehand` comes after the content is assembled. */
  const carryOut = async (
    text: string | undefined,
    beforehand = async (): Promise<void> => {},
    on: FolderContext = context,
  ) => {
    const { plan, local } = await index.call('planOf', { folder, path: 'note' })
    if (plan.kind === 'place' && text !== undefined)
      fs.writeFileSync(join(path, temporaryOf(context, plan.record)), text)
    await beforehand()
    return place(on, plan, local)
  }
  const ours = async (): Promise<FileRecord> => {
    const [row] = await index.call('local', { folder, paths: ['note'] })
    return row!.announced.record
  }
  return { ...synced, index, folder, hear, carryOut, ours }
}

test('a deletion heard of while the file is arriving is not undone by placing it', async () => {
  const { hear, carryOut, ours, index, folder } = await openNote()
  const one = note('one', [['b/1', 1]])
  const gone = deleted(one, [['b/1', 2]])
  await hear('b', one)
  await carryOut('one', () => hear('b', gone))
  expect(resolve([await ours(), gone]).winner.deleted).toBe(true)
  expect(await index.call('planOf', { folder, path: 'note' })).toMatchObject({ plan: { kind: 'delete' } })
})

test('a removal does not cover what was stated while it was under way', async () => {
  const { context, hear, carryOut, ours } = await openNote()
  const one = note('one', [['b/1', 1]])
  await hear('b', one)
  await carryOut('one')
  await hear(
    'c',
    deleted(one, [
      ['b/1', 1],
      ['c/1', 1],
    ]),
  )
  const again = note('one', [['b/1', 3]])
  const park: typeof context.archive.park = async (item) => {
    const parked = await context.archive.park(item)
    await hear('b', again)
    return parked
  }
  await carryOut(undefined, undefined, { ...context, archive: { ...context.archive, park } })
  expect(resolve([await ours(), again]).winner.deleted).toBe(false)
})

test('a scan that saw the old file does not describe the new one with it', async () => {
  const { context, path, hear, carryOut, ours, index } = await openNote()
  await hear('b', note('one', [['b/1', 1]]))
  await carryOut('one')
  fs.renameSync(join(path, 'note'), join(path, 'moved')) // another ctime, the same content
  fs.renameSync(join(path, 'moved'), join(path, 'note'))
  let placed: unknown
  const slow: typeof index = {
    ...index,
    call: async (name, argument) => {
      if (name === 'refreshDisk' && placed === undefined) {
        await hear('b', note('two!', [['b/1', 2]], 2_000_000_000n))
        placed = await carryOut('two!')
      }
      return index.call(name, argument)
    },
  }
  await scan({ ...context, index: slow }, '', 'tree', { entries: 0 }, signal)
  expect(placed).toEqual({ kind: 'done' })
  await scan(context, '', 'tree', { entries: 0 }, signal)
  expect((await ours()).version).toEqual([['b/1', 2]])
})

test('a conflict copy is not left behind when somebody writes into the file meanwhile', async () => {
  const { context, path, scan: look, hear, carryOut } = await openNote()
  fs.writeFileSync(join(path, 'note'), 'a')
  await look()
  const theirs = winningOver('a')
  await hear('b', note(theirs, [['b/1', 1]]))
  const park: typeof context.archive.park = async (item) => {
    fs.writeFileSync(join(path, 'note'), 'written in place meanwhile')
    return context.archive.park(item)
  }
  const placed = await carryOut(theirs, undefined, { ...context, archive: { ...context.archive, park } })
  expect(placed).toEqual({ kind: 'look-again', paths: ['note'] })
  expect(fs.readdirSync(path).filter((name) => !name.startsWith('.peerfold'))).toEqual(['note'])
})

test('a mode that is set while the conflict copy is made is stated of the copy', async () => {
  const { context, path, scan: look, hear, carryOut, index, folder } = await openNote()
  fs.writeFileSync(join(path, 'note'), 'a', { mode: 0o644 })
  await look()
  const theirs = winningOver('a')
  await hear('b', note(theirs, [['b/1', 1]]))
  const root: FolderContext['root'] = {
    ...context.root,
    link: async (from, to) => {
      if (from === 'note') fs.chmodSync(join(path, 'note'), 0o600)
      return context.root.link(from, to)
    },
  }
  await carryOut(theirs, undefined, { ...context, root })
  await look()
  await carryOut(theirs)
  await look()
  const copy = fs.readdirSync(path).find((name) => name.includes('(conflict '))!
  const [row] = await index.call('local', { folder, paths: [copy] })
  expect(row?.announced.record.mode).toBe(fs.statSync(join(path, copy)).mode & 0o777)
  expect(fs.readFileSync(join(path, copy), 'utf8')).toBe('a')
  expect(fs.readFileSync(join(path, 'note'), 'utf8')).toBe(theirs)
})

test('a file that is written to while its conflict copy gets its name has no second name afterwards', async () => {
  const { context, path, hear, carryOut, scan: look } = await openNote()
  fs.writeFileSync(join(path, 'note'), 'a')
  await look()
  const theirs = winningOver('a')
  await hear('b', note(theirs, [['b/1', 1]]))
  const root: FolderContext['root'] = {
    ...context.root,
    link: async (from, to) => {
      await context.root.link(from, to)
      if (to.includes('(conflict ')) fs.appendFileSync(join(path, 'note'), ', and more')
    },
  }
  const placed = await carryOut(theirs, undefined, { ...context, root })
  expect(placed).toMatchObject({ kind: 'look-again', paths: expect.arrayContaining(['note']) })
  expect(fs.readFileSync(join(path, 'note'), 'utf8')).toBe('a, and more')
  expect(fs.readdirSync(path).filter((name) => !name.startsWith('.peerfold'))).toEqual(['note'])
})

test('a conflict copy that was made for a step which failed is the copy of the next try, and an open conflict', async () => {
  const { context, path, hear, carryOut, scan: look, index, folder } = await openNote()
  fs.writeFileSync(join(path, 'note'), 'a')
  await look()
  const theirs = winningOver('a')
  await hear('b', note(theirs, [['b/1', 1]]))
  const replaceIfUnchanged = () => Promise.reject(new PeerfoldError('IO_ERROR', 'planned'))
  const failing = { ...context, root: { ...context.root, replaceIfUnchanged } }
  await expect(carryOut(theirs, undefined, failing)).rejects.toMatchObject({ code: 'IO_ERROR' })
  expect(await carryOut(theirs)).toMatchObject({ kind: 'done' })
  const copies = fs.readdirSync(path).filter((name) => name.includes('(conflict '))
  expect(copies).toHaveLength(1)
  const [row] = await index.call('local', { folder, paths: copies })
  expect(row?.announced.record).toMatchObject({ conflictOf: 'note', contentHash: hashOf('a') })
})

/** Our note becomes b's next one, `meanwhile` comes right after it has its name, and then a scan. */
async function replaceAndThen(meanwhile: (path: string) => void) {
  const { context, path, hear, carryOut, ours, scan: look } = await openNote()
  await hear('b', note('one', [['b/1', 1]]))
  await carryOut('one')
  await hear('b', note('two', [['b/1', 2]]))
  const root: FolderContext['root'] = {
    ...context.root,
    replaceIfUnchanged: async (...args) => {
      const replaced = await context.root.replaceIfUnchanged(...args)
      meanwhile(join(path, 'note'))
      return replaced
    },
  }
  const placed = await carryOut('two', undefined, { ...context, root })
  await look()
  return { placed, record: await ours() }
}

test.each(['in place', 'with another mode'])(
  'what a person does to a file the moment it is there, %s, is done to that file',
  async (how) => {
    const { placed, record } = await replaceAndThen((path) =>
      how === 'in place' ? fs.writeFileSync(path, 'mine') : fs.chmodSync(path, 0o600),
    )
    expect(placed).toEqual({ kind: 'look-again', paths: ['note'] })
    // On top of what had come: for nobody a conflict.
    const { version, size, mode } = record
    expect(compareVectors(version, [['b/1', 2]])).toBe('after')
    expect([size, mode]).toEqual(how === 'in place' ? [4, 0o644] : [3, 0o600])
  },
)

test('a file that a person puts in the place of one that just came is an edit of what was there before', async () => {
  const { record } = await replaceAndThen((path) => {
    fs.writeFileSync(`${path}-other`, 'mine')
    fs.renameSync(`${path}-other`, path)
  })
  expect(compareVectors(record.version, [['b/1', 2]])).toBe('concurrent')
})
