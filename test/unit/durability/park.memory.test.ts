/** Parking where a disk has no hard links, spans two disks, or forbids reading. */
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { contentPath, descriptionPath } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import {
  allVersions,
  displace,
  hashOf,
  itemOf,
  put,
  scribble,
  storeOn,
  take,
  treeOf,
} from '../../support/versions.ts'

test('without hard links a replaced file is copied with its mode and time', async () => {
  const folder = memoryFolder(1, { hardLinks: false })
  folder.disk.user.write('/folder/a', 'x'.repeat(600_000), { mode: 0o640, mtimeNs: 5n })
  const root = await folder.open()
  const id = await displace(root, storeOn(root), 'a', 'x'.repeat(600_000), 'new')
  expect(await root.lstat(contentPath(id))).toMatchObject({ size: 600_000, mode: 0o640, mtimeNs: 5n })
  expect(await storeOn(root, 2).verify(id)).toMatchObject({ isAsClaimed: true })
})

test('without hard links a file that is written while it is copied is not parked', async () => {
  const folder = memoryFolder(1, { hardLinks: false })
  folder.disk.user.write('/folder/a', 'old')
  const root = await folder.open()
  const meddled = Object.assign(Object.create(root) as FolderRoot, {
    createFile: (path: string, mode: number) => {
      if (path.endsWith('.content')) folder.disk.user.write('/folder/a', 'written just now')
      return root.createFile(path, mode)
    },
  })
  const store = storeOn(meddled)
  const handle = await store.prepare(itemOf('a', 'old'))
  await expect(store.adopt(handle, 'a', 'link')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await treeOf(root)).toEqual(new Map([['a', 'written just now']]))
})

test('without hard links a deleted file is moved, so that a full disk can lose it', async () => {
  const folder = memoryFolder(1, { hardLinks: false })
  folder.disk.user.write('/folder/a', 'x'.repeat(5_000))
  Object.assign(folder.disk.settings, { capacityBytes: 6_000 })
  const root = await folder.open()
  await displace(root, storeOn(root), 'a', 'x'.repeat(5_000), undefined)
  expect(await allVersions(root)).toMatchObject([{ path: 'a', size: 5_000 }])
})

test('a file with a second name is copied, and on a full disk not parked at all', async () => {
  const folder = memoryFolder(1)
  folder.disk.user.write('/folder/a', 'x'.repeat(5_000))
  folder.disk.user.link('/folder/a', '/folder/b')
  const root = await folder.open()
  const park = async (from: number) => {
    const store = storeOn(root, from)
    const handle = await store.prepare(itemOf('a', 'x'.repeat(5_000)))
    return store.adopt(handle, 'a', 'link')
  }
  const [before, { capacityBytes }] = [await treeOf(root), folder.disk.settings]
  Object.assign(folder.disk.settings, { capacityBytes: 6_000 })
  await expect(park(1)).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(await treeOf(root)).toEqual(before)
  Object.assign(folder.disk.settings, { capacityBytes })
  await park(2)
  await scribble(root, 'b', 'written through the other name')
  const [version] = await allVersions(root)
  expect(await storeOn(root, 3).verify(version!.id)).toMatchObject({ isAsClaimed: true })
})

test.each(['file', 'symlink'] as const)(
  'a deleted %s on another disk below the folder is copied',
  async (kind) => {
    const folder = memoryFolder(1)
    const root = await folder.open()
    await put(root, 'mounted/there', 'some bytes')
    if (kind === 'symlink') {
      await root.unlink('mounted/there')
      await root.makeSymlink('mounted/there', 'some bytes')
    }
    const store = storeOn(twoDisks(root))
    const item = itemOf('mounted/there', 'some bytes', { kind, reason: 'deleted' })
    await store.adopt(await store.prepare(item), 'mounted/there', 'move')
    expect(await root.lstat('mounted/there')).toBeUndefined()
    const [version] = await allVersions(root)
    expect(await store.verify(version!.id)).toMatchObject({
      contentHash: hashOf('some bytes'),
      isAsClaimed: true,
    })
  },
)

test('a file without any permission is parked, and readable as a version', async () => {
  const folder = memoryFolder(1)
  folder.disk.user.write('/folder/a', 'old', { mode: 0o000 })
  const root = await folder.open()
  const store = storeOn(root)
  const handle = await store.prepare(itemOf('a', 'old', { mode: 0o000 }))
  await store.adopt(handle, 'a', 'link')
  // Still the live file: its mode is the user's.
  await expect(store.open(handle.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  await root.unlink('a')
  expect(await store.verify(handle.id)).toMatchObject({ isAsClaimed: true })
  expect(await store.find(handle.id)).toMatchObject({ mode: 0o000 })
})

test('a version without any permission that is the user’s conflict copy as well keeps its mode', async () => {
  const folder = memoryFolder(1)
  folder.disk.user.write('/folder/a', 'old', { mode: 0o000 })
  const root = await folder.open()
  const store = storeOn(root)
  const handle = await store.prepare(itemOf('a', 'old', { mode: 0o000 }))
  await root.link('a', 'a (conflict copy)')
  await store.adopt(handle, 'a', 'link')
  await root.unlink('a')
  const before = await root.lstat('a (conflict copy)')
  await expect(store.verify(handle.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  expect(await root.lstat('a (conflict copy)')).toEqual(before)
})

test('a deletion whose place is taken again keeps what it moved among the versions', async () => {
  const folder = memoryFolder(1)
  folder.disk.user.write('/folder/a', 'old')
  const root = await folder.open()
  const meddled = Object.assign(Object.create(root) as FolderRoot, {
    rename: async (from: string, to: string) => {
      folder.disk.user.write('/folder/save', 'first save')
      folder.disk.user.rename('/folder/save', '/folder/a')
      await root.rename(from, to)
      folder.disk.user.write('/folder/a', 'second save')
    },
  })
  const store = storeOn(meddled)
  const handle = await store.prepare(itemOf('a', 'old', { reason: 'deleted' }))
  await expect(store.adopt(handle, 'a', 'move')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await take(root, 'a')).toBe('second save')
  expect([...(await treeOf(root)).values()]).toContain('first save')
  await storeOn(root, 2).sweep()
  expect((await allVersions(root)).map(({ origin }) => origin).sort()).toEqual(['known', 'unknown'])
})

test('a batch whose store cannot be synced displaces nothing', async () => {
  const folder = memoryFolder(1)
  const root = await folder.open()
  for (const path of ['a', 'b']) folder.disk.user.write(`/folder/${path}`, path)
  let isBroken = false
  const failing = Object.assign(Object.create(root) as FolderRoot, {
    syncDirectory: (path: string) =>
      isBroken && path.startsWith('.peerfold')
        ? Promise.reject(new PeerfoldError('IO_ERROR', 'planted'))
        : root.syncDirectory(path),
  })
  const store = storeOn(failing)
  const handles = [await store.prepare(itemOf('a', 'a')), await store.prepare(itemOf('b', 'b'))]
  isBroken = true
  const results = await store.adoptMany(
    handles.map((handle) => ({ handle, from: handle.description.path, how: 'move' })),
  )
  expect(results).toMatchObject([{ error: { code: 'IO_ERROR' } }, { error: { code: 'IO_ERROR' } }])
  expect(await treeOf(root)).toEqual(
    new Map([
      ['a', 'a'],
      ['b', 'b'],
    ]),
  )
})

test('a torn description without content is swept, a stranger of the same name is not', async () => {
  const root = await memoryFolder(1).open()
  const store = storeOn(root)
  const ids = [await store.prepare(itemOf('a', 'a')), await store.prepare(itemOf('b', 'b'))].map(
    ({ id }) => id,
  )
  const [torn, zeroed] = ids as [string, string]
  await scribble(
    root,
    descriptionPath(torn),
    ((await take(root, descriptionPath(torn))) as string).slice(0, 30),
  )
  await scribble(root, descriptionPath(zeroed), '\0'.repeat(200))
  const stranger = descriptionPath(torn).replace(torn, torn.replace('-0000-', '-0009-'))
  await put(root, stranger, `{"format":1,"id":"somebody else's"}`)
  expect(await storeOn(root, 2).sweep()).toEqual({ incomplete: 2, undisplaced: 0, doubled: 0 })
  expect([...(await treeOf(root)).keys()]).toEqual([stranger])
})

/** The folder with everything below "mounted" on a disk of its own. */
function twoDisks(root: FolderRoot): FolderRoot {
  const isThere = (path: string): boolean => path.startsWith('mounted')
  return Object.assign(Object.create(root) as FolderRoot, {
    lstat: async (path: string) => {
      const stat = await root.lstat(path)
      return stat && isThere(path) ? { ...stat, device: 2n } : stat
    },
    link: (from: string, to: string) =>
      isThere(from) === isThere(to)
        ? root.link(from, to)
        : Promise.reject(new PeerfoldError('LINK_UNSUPPORTED', 'another disk')),
    rename: (from: string, to: string) =>
      isThere(from) === isThere(to)
        ? root.rename(from, to)
        : Promise.reject(new PeerfoldError('IO_ERROR', 'another disk')),
  })
}
