/** Putting old content back. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import { restoreVersion } from '../../../src/node/durability/restore.ts'
import type { RestoreParts, RestoreRequest } from '../../../src/node/durability/restore.ts'
import { descriptionPath } from '../../../src/node/durability/layout.ts'
import type { VersionStore } from '../../../src/node/durability/park.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { allVersions, displace, hashOf, itemOf, PHONE, put, storeOn, take } from '../../support/versions.ts'

const OURS = '12D3KooWThis'

function restore(root: FolderRoot, request: RestoreRequest, more: Partial<RestoreParts> = {}) {
  return restoreVersion(
    {
      root,
      store: storeOn(root, 2),
      random: seededRandom(3),
      temporaryPath: (target, content) => `${target}.${content.slice(-8)}.tmp`,
      device: { device: OURS, name: 'here' },
      decided: (_path, _contentHash, work) => work(),
      whatIsAt: async () => ({ author: PHONE, contentHash: hashOf('present') }),
      ...more,
    },
    request,
  )
}

async function parkedAt(path: string, next: string | undefined) {
  const folder = memoryFolder(1)
  const root = await folder.open()
  await put(root, path, 'old')
  return { folder, root, version: await displace(root, storeOn(root), path, 'old', next) }
}

test('a version goes back over the present file, which is parked', async () => {
  const { root, version } = await parkedAt('d/a', 'present')
  const done = await restore(root, { version })
  expect(done).toMatchObject({ path: 'd/a', contentHash: hashOf('old'), size: 3, isAsClaimed: true })
  expect(await take(root, 'd/a')).toBe('old')
  expect((await root.lstat('d/a'))?.mtimeNs).toBe(1_700_000_000_123_456_789n)
  expect(await allVersions(root)).toMatchObject([
    {
      id: done.parked,
      contentHash: hashOf('present'),
      author: PHONE,
      reason: 'replaced',
      displacedBy: { device: OURS },
    },
    { id: version },
  ])
  expect((await root.list('d')).map(({ name }) => name)).toEqual(['a'])
})

test('a version goes back to a path of which even the directories are gone', async () => {
  const { root, version } = await parkedAt('d/e/a', undefined)
  await root.removeDirectory('d/e')
  await root.removeDirectory('d')
  expect(await restore(root, { version })).toMatchObject({ path: 'd/e/a', parked: undefined })
  expect(await take(root, 'd/e/a')).toBe('old')
})

test('a restored file survives a power cut', async () => {
  const { folder, root, version } = await parkedAt('d/a', undefined)
  await restore(root, { version, path: 'new/place/b' })
  folder.disk.crash()
  const after = await folder.open()
  expect(await take(after, 'new/place/b')).toBe('old')
})

test('a link is restored as a link, on a free path and over a file', async () => {
  const root = await memoryFolder(1).open()
  const store = storeOn(root)
  await root.makeSymlink('away', '../target')
  const handle = await store.prepare(itemOf('away', '../target', { kind: 'symlink', reason: 'deleted' }))
  await store.adopt(handle, 'away', 'move')
  await put(root, 'file', 'present')
  await restore(root, { version: handle.id })
  await restore(
    root,
    { version: handle.id, path: 'file' },
    { store: storeOn(root, 4), random: seededRandom(5) },
  )
  expect([await root.readLink('away'), await root.readLink('file')]).toEqual(['../target', '../target'])
  expect((await allVersions(root, 'file')).length).toBe(1)
  expect((await root.list('')).map(({ name }) => name).sort()).toEqual(['.peerfold', 'away', 'file'])
})

test('a version of unknown origin needs a path', async () => {
  const { root, version } = await parkedAt('a', undefined)
  await root.unlink(descriptionPath(version))
  const [unknown] = await allVersions(root)
  await expect(restore(root, { version: unknown!.id })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  expect(await restore(root, { version: unknown!.id, path: 'found' })).toMatchObject({ isAsClaimed: false })
  expect(await take(root, 'found')).toBe('old')
})

test.each([
  {
    what: 'an unknown version',
    request: { version: '20261120T135500000Z-0000-000000000000' },
    code: 'VERSION_NOT_FOUND',
  },
  { what: 'a version id that climbs', request: { version: '../../a' }, code: 'VERSION_NOT_FOUND' },
  { what: 'a path outside', request: { path: '../b' }, code: 'BAD_PATH' },
  { what: 'a path of the engine', request: { path: '.peerfold/b' }, code: 'BAD_PATH' },
  { what: 'a directory in the way', request: { path: 'directory' }, code: 'FILE_EXISTS' },
])('$what is refused with $code and nothing changes', async ({ request, code }) => {
  const { root, version, folder } = await parkedAt('a', 'present')
  await root.makeDirectory('directory', 0o755)
  const before = folder.disk.tree()
  await expect(restore(root, { version, ...request })).rejects.toMatchObject({ code })
  expect(folder.disk.tree().map(({ path }) => path)).toEqual(before.map(({ path }) => path))
})

test('a file that is saved while it is being replaced stays, and nothing is restored', async () => {
  const { folder, root, version } = await parkedAt('a', 'present')
  const meddled = Object.assign(Object.create(root) as FolderRoot, {
    replaceIfUnchanged: (...call: Parameters<FolderRoot['replaceIfUnchanged']>) => {
      folder.disk.user.write('/folder/save', 'saved just now')
      folder.disk.user.rename('/folder/save', '/folder/a')
      return root.replaceIfUnchanged(...call)
    },
  })
  await expect(restore(meddled, { version })).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await take(root, 'a')).toBe('saved just now')
  expect((await root.list('')).map(({ name }) => name).sort()).toEqual(['.peerfold', 'a'])
})

test.each([
  { what: 'is described', whatIsAt: async () => ({ author: PHONE, contentHash: hashOf('present') }) },
  { what: 'is described, and the index knows nothing of', whatIsAt: async () => undefined },
])('a file that is saved in place while it $what is not kept as what it was', async ({ whatIsAt }) => {
  const { folder, root, version } = await parkedAt('a', 'present')
  const store = storeOn(root, 2)
  const prepare: VersionStore['prepare'] = async (item) => {
    const handle = await store.prepare(item)
    folder.clock.add(50)
    folder.disk.user.write('/folder/a', 'saved!!')
    return handle
  }
  const restoring = restore(root, { version }, { store: { ...store, prepare }, whatIsAt })
  await expect(restoring).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await take(root, 'a')).toBe('saved!!')
  expect((await allVersions(root)).map(({ id }) => id)).toEqual([version])
  expect((await root.list('')).map(({ name }) => name).toSorted()).toEqual(['.peerfold', 'a'])
})

test('a file that is written while it is read gets no hash, even when its time is put back', async () => {
  const { folder, root, version } = await parkedAt('a', 'present')
  const before = await root.lstat('a')
  const meddled = Object.assign(Object.create(root) as FolderRoot, {
    openRead: async (path: string) => {
      const handle = await root.openRead(path)
      if (path !== 'a') return handle
      return Object.assign(Object.create(handle) as typeof handle, {
        read: async (into: Uint8Array, position: number) => {
          const count = await handle.read(into, position)
          folder.clock.add(50)
          folder.disk.user.write('/folder/a', 'saved!!')
          await root.setMtime('a', before!.mtimeNs)
          return count
        },
      })
    },
  })
  const restoring = restore(meddled, { version }, { whatIsAt: async () => undefined })
  await expect(restoring).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await take(root, 'a')).toBe('saved!!')
  expect((await allVersions(root)).map(({ id }) => id)).toEqual([version])
})

test('what a program wrote into the parked file comes back only on purpose, and it is said', async () => {
  const { folder, root, version } = await parkedAt('a', undefined)
  folder.disk.user.write(`/folder/${descriptionPath(version).replace('.json', '.content')}`, 'written late')
  await expect(restore(root, { version })).rejects.toMatchObject({ code: 'VERSION_DAMAGED' })
  expect(await root.lstat('a')).toBeUndefined()
  expect(await restore(root, { version, evenDamaged: true })).toMatchObject({
    isAsClaimed: false,
    contentHash: hashOf('written late'),
  })
})

test('a version never goes back over another file that the disk takes for its own', async () => {
  const folder = memoryFolder(1, { caseInsensitive: true })
  const root = await folder.open()
  await put(root, 'readme', 'old')
  const version = await displace(root, storeOn(root), 'readme', 'old', undefined)
  await put(root, 'README', 'another file')
  await expect(restore(root, { version })).rejects.toMatchObject({ code: 'NAME_COLLISION' })
  expect(await take(root, 'README')).toBe('another file')
  expect((await root.list('')).map(({ name }) => name).toSorted()).toEqual(['.peerfold', 'README'])
})
