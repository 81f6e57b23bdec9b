/** Exporting on memory and real disks. */
import { describe, expect, test } from 'vitest'
import { exportVersions } from '../../../src/node/durability/export.ts'
import type { ExportProgress } from '../../../src/node/durability/export.ts'
import { contentPath, dayOf, dayPath, descriptionPath } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { diskFolder } from '../../support/disk-folder.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import {
  allVersions,
  displace,
  handClock,
  itemOf,
  PHONE,
  put,
  scribble,
  storeOn,
  treeOf,
} from '../../support/versions.ts'

const DISKS: readonly { readonly disk: string; readonly make: () => Promise<FolderRoot> }[] = [
  { disk: 'a memory disk', make: () => memoryFolder(1).open() },
  { disk: 'a memory disk without hard links', make: () => memoryFolder(1, { hardLinks: false }).open() },
  { disk: 'a real disk', make: diskFolder },
]

async function parkThree(from: FolderRoot): Promise<void> {
  const clock = handClock()
  const store = storeOn(from, 1, clock)
  await put(from, 'docs/a.txt', 'one')
  await displace(from, store, 'docs/a.txt', 'one', 'two')
  clock.add(61_001)
  await displace(from, store, 'docs/a.txt', 'two', undefined)
  await from.makeSymlink('away', '../target')
  const item = itemOf('away', '../target', { kind: 'symlink', reason: 'deleted', author: PHONE })
  await store.adopt(await store.prepare(item), 'away', 'move')
}

describe.each(DISKS)('on $disk', ({ make }) => {
  test('versions of one path stand side by side, links stay links', async () => {
    const [from, to] = [await make(), await make()]
    await parkThree(from)
    const progress: ExportProgress[] = []
    const result = await exportVersions(from, to, { onProgress: (step) => progress.push(step) })
    expect(result).toEqual({
      exported: 3,
      bytes: 15,
      alreadyThere: 0,
      changedAfterParking: 0,
      ofUnknownOrigin: 0,
      problems: [],
    })
    expect(progress.map(({ done, total }) => `${done}/${total}`)).toEqual(['1/3', '2/3', '3/3'])
    expect(await treeOf(to)).toEqual(
      new Map([
        ['docs/a (2026-11-20 13.55.00.000Z laptop).txt', 'one'],
        ['docs/a (2026-11-20 13.56.01.001Z laptop).txt', 'two'],
        ['away (2026-11-20 13.56.01.001Z phone)', '-> ../target'],
      ]),
    )
    const stat = await to.lstat('docs/a (2026-11-20 13.55.00.000Z laptop).txt')
    expect(stat?.mode).toBe(0o644)
    // A real disk is told times as a double: exact to the microsecond.
    expect((stat?.mtimeNs ?? 0n) / 1_000n).toBe(1_700_000_000_123_456n)
  })

  test('a second run adds nothing, and never touches what is there', async () => {
    const [from, to] = [await make(), await make()]
    await parkThree(from)
    await put(to, 'docs/a (2026-11-20 13.55.00.000Z laptop).txt', "somebody's own")
    await put(to, 'away (2026-11-20 13.56.01.001Z phone)', "somebody's own as well")
    expect(await exportVersions(from, to)).toMatchObject({ exported: 3, alreadyThere: 0, problems: [] })
    const after = await treeOf(to)
    expect(after.size).toBe(5)
    expect(after.get('docs/a (2026-11-20 13.55.00.000Z laptop).txt')).toBe("somebody's own")
    expect(after.get('docs/a (2026-11-20 13.55.00.000Z laptop 2).txt')).toBe('one')
    expect(after.get('away (2026-11-20 13.56.01.001Z phone 2)')).toBe('-> ../target')
    expect(await exportVersions(from, to)).toMatchObject({ exported: 0, alreadyThere: 3, problems: [] })
    expect(await treeOf(to)).toEqual(after)
  })

  test('a file or a link where a directory should be is walked around', async () => {
    const [from, to, elsewhere] = [await make(), await make(), await make()]
    await parkThree(from)
    await to.makeSymlink('docs', elsewhere.path)
    await put(to, 'docs 2', 'a file')
    expect(await exportVersions(from, to)).toMatchObject({ exported: 3, problems: [] })
    expect([...(await treeOf(to)).keys()]).toContain('docs 3/a (2026-11-20 13.55.00.000Z laptop).txt')
    expect(await elsewhere.list('')).toEqual([])
  })

  test('content whose description is damaged or missing is exported by its place', async () => {
    const [from, to] = [await make(), await make()]
    await parkThree(from)
    for (const version of await allVersions(from))
      await scribble(from, descriptionPath(version.id), 'damaged')
    const [first] = await allVersions(from)
    const id = first!.id.split('/')[1]!.replace('.content', '')
    await from.unlink(descriptionPath(id))
    expect(await exportVersions(from, to)).toMatchObject({ exported: 3, ofUnknownOrigin: 3, problems: [] })
    expect([...(await treeOf(to)).values()].sort()).toEqual(['-> ../target', 'one', 'two'])
    expect([...(await treeOf(to)).keys()].every((path) => path.startsWith('of unknown origin/'))).toBe(true)
  })

  test('a folder without versions exports nothing', async () => {
    expect(await exportVersions(await make(), await make())).toMatchObject({ exported: 0, problems: [] })
  })
})

test('too little space is said before anything is written', async () => {
  const from = await memoryFolder(1).open()
  await put(from, 'a', 'x'.repeat(5_000))
  await displace(from, storeOn(from), 'a', 'x'.repeat(5_000), undefined)
  const to = await memoryFolder(2, { capacityBytes: 4_999 }).open()
  await expect(exportVersions(from, to)).rejects.toMatchObject({
    code: 'DISK_FULL',
    facts: { neededBytes: 5_000, freeBytes: 4_999 },
  })
  expect(await to.list('')).toEqual([])
  const fits = await memoryFolder(2, { capacityBytes: 5_000 }).open()
  expect(await exportVersions(from, fits)).toMatchObject({ exported: 1 })
  expect(await exportVersions(from, fits)).toMatchObject({ alreadyThere: 1 })
})

test('one unreadable content is named and the others are exported', async () => {
  const from = await memoryFolder(1).open()
  await parkThree(from)
  const [, second] = await allVersions(from)
  const broken = Object.assign(Object.create(from) as FolderRoot, {
    openRead: (path: string) =>
      path === contentPath(second!.id) ? from.openRead('not/there') : from.openRead(path),
  })
  const result = await exportVersions(broken, await memoryFolder(2).open())
  expect(result).toMatchObject({
    exported: 2,
    problems: [{ path: 'docs/a.txt', version: second!.id, code: 'FILE_NOT_FOUND' }],
  })
})

test('a name that is not UTF-8 is named', async () => {
  const folder = memoryFolder(1)
  const from = await folder.open()
  await parkThree(from)
  const [first] = await allVersions(from)
  folder.disk.user.plantUnusableName(`/folder/${dayPath(dayOf(first!.id))}`, 'odd?')
  const result = await exportVersions(from, await memoryFolder(2).open())
  expect(result).toMatchObject({ exported: 3, problems: [{ code: 'NAME_NOT_UTF8' }] })
})

test('what a program wrote after parking is exported as it is and counted', async () => {
  const from = await memoryFolder(1).open()
  await parkThree(from)
  await scribble(from, contentPath((await allVersions(from)).at(-1)!.id), 'written late')
  const to = await memoryFolder(2).open()
  expect(await exportVersions(from, to)).toMatchObject({ exported: 3, changedAfterParking: 1 })
  expect([...(await treeOf(to)).values()]).toContain('written late')
})

test('a link is not taken for a file whose content reads like its target', async () => {
  const from = await memoryFolder(1).open()
  const store = storeOn(from)
  await put(from, 'a', 'target')
  await displace(from, store, 'a', 'target', undefined)
  await from.makeSymlink('a', 'target')
  const item = itemOf('a', 'target', { kind: 'symlink', reason: 'deleted' })
  await store.adopt(await store.prepare(item), 'a', 'move')
  const to = await memoryFolder(2).open()
  expect(await exportVersions(from, to)).toMatchObject({ exported: 2, alreadyThere: 0 })
  expect([...(await treeOf(to)).values()].sort()).toEqual(['-> target', 'target'])
})

test('an aborted export stops and leaves no half file under a final name', async () => {
  const from = await memoryFolder(1).open()
  await parkThree(from)
  const to = await memoryFolder(2).open()
  const stop = new AbortController()
  const onProgress = (): void => stop.abort(new Error('enough'))
  await expect(exportVersions(from, to, { signal: stop.signal, onProgress })).rejects.toThrow('enough')
  expect((await treeOf(to)).size).toBe(1)
})
