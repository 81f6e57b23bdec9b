/** Parking, listing and sweeping on a real disk. */
import { expect, test } from 'vitest'
import { contentPath, descriptionPath, movedPath } from '../../../src/node/durability/layout.ts'
import { diskFolder } from '../../support/disk-folder.ts'
import {
  allVersions,
  displace,
  handClock,
  hashOf,
  itemOf,
  put,
  scribble,
  storeOn,
  take,
  treeOf,
} from '../../support/versions.ts'

test('a replaced file is parked and the new one is at its path', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await put(root, 'docs/a.txt', 'old')
  const id = await displace(root, store, 'docs/a.txt', 'old', 'new')
  expect(await take(root, 'docs/a.txt')).toBe('new')
  expect(await take(root, contentPath(id))).toBe('old')
  expect(await store.find(id)).toMatchObject({
    origin: 'known',
    path: 'docs/a.txt',
    contentHash: hashOf('old'),
    mtimeNs: 1_700_000_000_123_456_789n,
    reason: 'replaced',
    author: { name: 'laptop' },
    displacedBy: { name: 'phone' },
  })
})

test('a deleted file leaves its directory and nothing but itself in the store', async () => {
  const root = await diskFolder()
  const id = await displace(root, storeOn(root), await filled(root), 'old', undefined)
  expect([...(await treeOf(root)).keys()].sort()).toEqual([contentPath(id), descriptionPath(id)])
})

test('a deleted link is parked as a link', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await root.makeSymlink('away', '../outside')
  const handle = await store.prepare(itemOf('away', '../outside', { kind: 'symlink', reason: 'deleted' }))
  await store.adopt(handle, 'away', 'move')
  expect(await root.lstat('away')).toBeUndefined()
  expect(await root.readLink(contentPath(handle.id))).toBe('../outside')
  expect(await store.verify(handle.id)).toMatchObject({
    contentHash: hashOf('../outside'),
    isAsClaimed: true,
  })
})

test('a replaced link keeps its live name until the caller replaces it', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await root.makeSymlink('here', 'x')
  const handle = await store.prepare(itemOf('here', 'x', { kind: 'symlink' }))
  const live = await store.adopt(handle, 'here', 'link')
  await put(root, 'next', 'a file now')
  expect(await root.replaceIfUnchanged('next', 'here', live)).toBe(true)
  expect(await allVersions(root)).toMatchObject([{ kind: 'symlink', linkTarget: 'x' }])
})

test('what is written to another name of a parked file does not reach its version', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await put(root, 'a.txt', 'old')
  await root.link('a.txt', 'twin.txt')
  const id = await displace(root, store, 'a.txt', 'old', 'new')
  await scribble(root, 'twin.txt', 'NEW')
  expect(await take(root, contentPath(id))).toBe('old')
  expect(await store.verify(id)).toMatchObject({ isAsClaimed: true })
})

test('a batch parks what it can and names what it cannot', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const paths = Array.from({ length: 40 }, (_, at) => `d${at % 3}/f${at}`)
  for (const path of paths) await put(root, path, path)
  const handles = await Promise.all(paths.map((path) => store.prepare(itemOf(path, path))))
  await root.unlink('d1/f7')
  const results = await store.adoptMany(
    handles.map((handle, at) => ({ handle, from: paths[at] as string, how: at % 2 ? 'move' : 'link' })),
  )
  expect(results.filter(({ kind }) => kind === 'failed')).toMatchObject([
    { id: handles[7]?.id, error: { code: 'FILE_NOT_FOUND' } },
  ])
  expect(await allVersions(root)).toHaveLength(39)
  expect(await root.lstat('d1/f1')).toBeUndefined()
  expect(await take(root, 'd0/f0')).toBe('d0/f0')
})

test('what a program writes into a parked file is shown with its true hash', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const id = await displace(root, store, await filled(root), 'old', 'new')
  expect((await store.verify(id)).isAsClaimed).toBe(true)
  await scribble(root, contentPath(id), 'written late')
  expect(await store.verify(id)).toEqual({
    contentHash: hashOf('written late'),
    size: 12,
    isAsClaimed: false,
  })
  expect(await take(root, 'a.txt')).toBe('new')
})

test('an abandoned item leaves nothing behind while the live file is there', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const handle = await store.prepare(itemOf(await filled(root), 'old'))
  await store.adopt(handle, 'a.txt', 'link')
  await store.abandon(handle)
  expect(await treeOf(root)).toEqual(new Map([['a.txt', 'old']]))
})

test('an abandoned item is kept when the live file is another one by now', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const handle = await store.prepare(itemOf(await filled(root), 'old'))
  await store.adopt(handle, 'a.txt', 'link')
  await root.unlink('a.txt')
  await put(root, 'a.txt', 'by the user')
  await store.abandon(handle)
  expect(await take(root, contentPath(handle.id))).toBe('old')
})

test('a deletion does not take a file that came meanwhile', async () => {
  const root = await diskFolder()
  await filled(root)
  // The user saves by renaming, right before the live name is taken out.
  let armed = true
  const meddled = Object.assign(Object.create(root) as typeof root, {
    rename: async (from: string, to: string) => {
      if (armed && from === 'a.txt') {
        armed = false
        await put(root, 'save', 'by the user')
        await root.rename('save', 'a.txt')
      }
      return root.rename(from, to)
    },
  })
  const store = storeOn(meddled)
  const handle = await store.prepare(itemOf('a.txt', 'old', { reason: 'deleted' }))
  await expect(store.adopt(handle, 'a.txt', 'move')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect(await take(root, 'a.txt')).toBe('by the user')
  expect(await root.lstat(movedPath(handle.id))).toBeUndefined()
  expect(await take(root, contentPath(handle.id))).toBe('old')
})

test('a live path of another kind is not parked', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await root.makeDirectory('a.txt', 0o755)
  const handle = await store.prepare(itemOf('a.txt', 'old'))
  await expect(store.adopt(handle, 'a.txt', 'move')).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect((await root.lstat('a.txt'))?.kind).toBe('directory')
  expect(await treeOf(root)).toEqual(new Map())
})

test('a store directory that somebody removed is made again', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const id = await displace(root, store, await filled(root), 'old', 'new')
  for (const path of [contentPath(id), descriptionPath(id)]) await root.unlink(path)
  await root.removeDirectory(`.peerfold/versions/items/${id.slice(0, 8)}`)
  await displace(root, store, 'a.txt', 'new', undefined)
  expect(await allVersions(root)).toMatchObject([{ contentHash: hashOf('new') }])
})

test('a path that leaves the folder is never described', async () => {
  const root = await diskFolder()
  await expect(storeOn(root).prepare(itemOf('../a', 'old'))).rejects.toMatchObject({ code: 'BAD_PATH' })
  expect(await treeOf(root)).toEqual(new Map())
})

test('a link in place of the store stops parking, and the live file stays', async () => {
  const root = await diskFolder()
  const elsewhere = await diskFolder()
  await filled(root)
  await root.makeDirectory('.peerfold', 0o755)
  await root.makeSymlink('.peerfold/versions', elsewhere.path)
  await expect(storeOn(root).prepare(itemOf('a.txt', 'old'))).rejects.toMatchObject({ name: 'PeerfoldError' })
  expect(await elsewhere.list('')).toEqual([])
  expect(await take(root, 'a.txt')).toBe('old')
})

test('hundreds of versions of one path are listed newest first, page by page', async () => {
  const root = await diskFolder()
  const clock = handClock()
  const store = storeOn(root, 1, clock)
  await put(root, 'log', 'content 0')
  await put(root, 'other', 'something else')
  for (let at = 0; at < 300; at++) {
    // Three days, several within one millisecond.
    if (at % 3 === 0) clock.add(750_000)
    await displace(root, store, 'log', `content ${at}`, `content ${at + 1}`)
    if (at === 150) await displace(root, store, 'other', 'something else', undefined)
  }
  const hashes: string[] = []
  let pages = 0
  for (let after: string | undefined; pages === 0 || after !== undefined; pages++) {
    const page = await store.list({ path: 'log', limit: 64, ...(after === undefined ? {} : { after }) })
    for (const version of page.versions) if (version.origin === 'known') hashes.push(version.contentHash)
    after = page.next
  }
  expect(pages).toBe(5)
  expect(hashes).toEqual(Array.from({ length: 300 }, (_, at) => hashOf(`content ${299 - at}`)))
})

test('content without a readable description is listed as of unknown origin', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await put(root, 'a.txt', '0')
  const ids: string[] = []
  for (let at = 0; at < 4; at++) ids.push(await displace(root, store, 'a.txt', `${at}`, `${at + 1}`))
  const [gone, torn, flipped, whole] = ids as [string, string, string, string]
  await root.unlink(descriptionPath(gone))
  await scribble(root, descriptionPath(torn), '{"format":1,"id":"')
  const text = (await take(root, descriptionPath(flipped))) as string
  await scribble(root, descriptionPath(flipped), text.replace('a.txt', 'b.txt'))
  await put(root, `.peerfold/versions/items/${gone.slice(0, 8)}/note by a user`, 'mine')
  const shown = (await allVersions(root)).map((version) => [
    version.id,
    version.origin === 'known' ? version.path : version.why,
  ])
  expect(shown).toEqual([
    [`${gone.slice(0, 8)}/note by a user`, 'not ours'],
    [whole, 'a.txt'],
    [`${flipped.slice(0, 8)}/${flipped}.content`, 'description is damaged'],
    [`${torn.slice(0, 8)}/${torn}.content`, 'description is damaged'],
    [`${gone.slice(0, 8)}/${gone}.content`, 'no description'],
  ])
  expect(await store.sweep()).toEqual({ incomplete: 0, undisplaced: 0, doubled: 0 })
  expect((await allVersions(root)).length).toBe(5)
  for (const [id] of shown) expect((await store.find(id as string))?.id).toBe(id)
})

test('the sweep removes what was interrupted and nothing else', async () => {
  const root = await diskFolder()
  await put(root, 'a.txt', 'a')
  await put(root, 'b.txt', 'b')
  const before = storeOn(root, 1)
  const prepared = await before.prepare(itemOf('a.txt', 'a'))
  const adopted = await before.prepare(itemOf('b.txt', 'b'))
  await before.adopt(adopted, 'b.txt', 'link')
  const kept = await displace(root, before, 'a.txt', 'a', undefined)
  await root.link(contentPath(kept), movedPath(kept))
  const foreign = descriptionPath(prepared.id).replace(/.{12}\.json$/, 'ffffffffffff.json')
  await put(root, foreign, 'not a description of ours')
  expect(await storeOn(root, 2).sweep()).toEqual({ incomplete: 1, undisplaced: 1, doubled: 1 })
  expect([...(await treeOf(root)).keys()].sort()).toEqual(
    ['b.txt', contentPath(kept), descriptionPath(kept), foreign].sort(),
  )
  expect(await storeOn(root, 3).sweep()).toEqual({ incomplete: 0, undisplaced: 0, doubled: 0 })
})

test('the sweep leaves alone what the same store has under way', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  const handle = await store.prepare(itemOf(await filled(root), 'old'))
  expect(await store.sweep()).toEqual({ incomplete: 0, undisplaced: 0, doubled: 0 })
  await store.adopt(handle, 'a.txt', 'move')
  expect(await allVersions(root)).toHaveLength(1)
})

test('a file that even its owner may not read is parked and readable as a version', async () => {
  const root = await diskFolder()
  const store = storeOn(root)
  await filled(root)
  await root.setMode('a.txt', 0o000)
  const handle = await store.prepare(itemOf('a.txt', 'old', { mode: 0o000 }))
  await store.adopt(handle, 'a.txt', 'move')
  expect(await store.verify(handle.id)).toMatchObject({ isAsClaimed: true })
})

async function filled(root: Awaited<ReturnType<typeof diskFolder>>): Promise<string> {
  await put(root, 'a.txt', 'old')
  return 'a.txt'
}
