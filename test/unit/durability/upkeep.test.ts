/** Old contents in packs, on the memory disk: taken in, read, exported, thinned out, collected. */
import { describe, expect, test } from 'vitest'
import { findVersion, openVersion } from '../../../src/node/durability/catalogue.ts'
import { exportVersions } from '../../../src/node/durability/export.ts'
import { contentPath, descriptionPath, PACKS } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { packNames } from '../../../src/node/store/packs.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { DAY, HOUR, keptContents, upkeepOn } from '../../support/kept-in-order.ts'
import type { UpkeepWorld } from '../../support/kept-in-order.ts'
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

const TEXT = 'the same words again and again; '.repeat(300)

async function openWorld(settings: UpkeepWorld['settings'] = {}) {
  const folder = memoryFolder(1)
  const root = await folder.open()
  const { clock } = folder
  const { fileSystem } = folder.disk
  let seed = 0
  /** Another process: nothing is remembered. */
  const upkeep = (more: Partial<UpkeepWorld> = {}) =>
    upkeepOn({ fileSystem, root, clock, settings, seed: ++seed, ...more })
  const park = (path: string, content: string, next?: string) =>
    displace(root, storeOn(root, ++seed, clock), path, content, next)
  const save = (path: string, content: string) => folder.disk.user.write(`/folder/${path}`, content)
  return { folder, root, clock, upkeep, park, save }
}

async function packBytes(root: FolderRoot): Promise<number> {
  let bytes = 0
  for (const name of await packNames(root, PACKS)) bytes += (await root.lstat(`${PACKS}/${name}`))?.size ?? 0
  return bytes
}

describe('taking in', () => {
  test('moves settled contents into packs, and readers see no difference', async () => {
    const { root, upkeep, park, save } = await openWorld()
    const large = Buffer.from(seededBytes('large', 300_000)).toString('latin1')
    const contents = { a: TEXT, b: large, empty: '' }
    for (const [path, content] of Object.entries(contents)) {
      save(path, content)
      await park(path, content)
    }
    const before = await keptContents(root)
    await upkeep().runNow()
    expect(await keptContents(root)).toEqual(before)
    for (const version of await allVersions(root)) {
      expect(version).toMatchObject({ origin: 'known', parked: undefined })
      expect(await root.lstat(contentPath(version.id))).toBeUndefined()
      const handle = await openVersion(root, version)
      expect((await handle.stat()).size).toBe(version.size)
      const piece = new Uint8Array(7)
      const count = await handle.read(piece, 70_000)
      const all = Buffer.from(contents[(version as { path: 'a' }).path])
      expect(Buffer.from(piece.subarray(0, count))).toEqual(all.subarray(70_000, 70_007))
      await handle.close()
    }
  })

  test('keeps equal content once and compressed', async () => {
    const { root, upkeep, park, save } = await openWorld()
    for (const path of ['a', 'b', 'c']) {
      save(path, TEXT)
      await park(path, TEXT)
    }
    await upkeep().runNow()
    save('d', TEXT)
    await park('d', TEXT)
    await upkeep().runNow()
    expect(await packBytes(root)).toBeLessThan(TEXT.length / 10)
    expect(await keptContents(root)).toEqual(['a', 'b', 'c', 'd'].map((path) => `${path} ${hashOf(TEXT)}`))
  })

  test('exports without anything but the folder', async () => {
    const { root, upkeep, park, save } = await openWorld()
    save('docs', TEXT)
    await park('docs', TEXT)
    await upkeep().runNow()
    const to = await memoryFolder(2).open()
    expect(await exportVersions(root, to)).toMatchObject({
      exported: 1,
      problems: [],
      changedAfterParking: 0,
    })
    expect([...(await treeOf(to)).values()]).toEqual([TEXT])
  })

  test('says what the content is, when a program wrote it after it was parked', async () => {
    const { root, clock, upkeep, park, save } = await openWorld()
    save('a', 'as parked')
    const id = await park('a', 'as parked')
    clock.add(HOUR)
    await scribble(root, contentPath(id), 'written late')
    await upkeep().runNow()
    expect(await take(root, contentPath(id)), 'somebody may write again').toBe('written late')
    clock.add(25 * HOUR)
    await upkeep().runNow()
    const version = await findVersion(root, id)
    expect(version).toMatchObject({
      contentHash: hashOf('as parked'),
      packed: { contentHash: hashOf('written late') },
      parked: undefined,
    })
    expect(await keptContents(root)).toEqual([`a ${hashOf('written late')}`])
  })

  test('leaves alone what its disk spoiled as long as a conflict copy is the same file: rot would look like an edit', async () => {
    const { folder, root, clock, upkeep, park, save } = await openWorld()
    save('a', 'as parked')
    await root.link('a', 'a (conflict copy)')
    const id = await park('a', 'as parked', 'what came')
    clock.add(30 * HOUR)
    folder.disk.user.rot('/folder/a (conflict copy)', 3)
    const before = await root.lstat('a (conflict copy)')
    await upkeep().runNow()
    expect(await root.lstat('a (conflict copy)')).toEqual(before)
    await root.unlink('a (conflict copy)')
    await upkeep().runNow()
    expect(await findVersion(root, id)).toMatchObject({ parked: undefined })
  })

  test('leaves alone what its disk spoils while a conflict copy is the same file, however late', async () => {
    const { folder, root, clock, upkeep, park, save } = await openWorld()
    save('a', 'as parked')
    await root.link('a', 'a (conflict copy)')
    await park('a', 'as parked', 'what came')
    clock.add(30 * HOUR)
    const before = await root.lstat('a (conflict copy)')
    let looks = 0
    const isBusy = (): boolean => {
      // Asked before it looks for contents, and then before each batch: whether it is whole was looked at by now.
      if (++looks === 2) folder.disk.user.rot('/folder/a (conflict copy)', 3)
      return false
    }
    await upkeep({ isBusy }).runNow()
    expect(looks).toBeGreaterThan(1)
    expect(await root.lstat('a (conflict copy)')).toEqual(before)
  })

  test('leaves alone what is too young, still live, or of unknown origin', async () => {
    const { root, upkeep, park, save, clock } = await openWorld({ settleMs: HOUR })
    save('young', 'young')
    const young = await park('young', 'young')
    await upkeep().runNow()
    expect(await take(root, contentPath(young))).toBe('young')
    clock.add(2 * HOUR)
    save('live', 'live')
    const store = storeOn(root, 77, clock)
    const handle = await store.prepare(itemOf('live', 'live'))
    await store.adopt(handle, 'live', 'link')
    clock.add(2 * HOUR)
    await put(root, '.peerfold/versions/items/20261120/stray', 'stray')
    await upkeep().runNow()
    expect(await root.lstat(contentPath(young))).toBeUndefined()
    expect(await take(root, contentPath(handle.id))).toBe('live')
    expect(await take(root, '.peerfold/versions/items/20261120/stray')).toBe('stray')
  })

  test('writes nothing when there is nothing to do', async () => {
    const { folder, upkeep, park, save } = await openWorld()
    save('a', TEXT)
    await park('a', TEXT)
    await upkeep().runNow()
    const writes = folder.disk.writeCount()
    await upkeep().runNow()
    expect(folder.disk.writeCount()).toBe(writes)
  })

  test('survives the sweep of the next start', async () => {
    const { root, upkeep, park, save, clock } = await openWorld()
    save('a', TEXT)
    await park('a', TEXT)
    await upkeep().runNow()
    expect(await storeOn(root, 99, clock).sweep()).toEqual({ incomplete: 0, undisplaced: 0, doubled: 0 })
    expect(await keptContents(root)).toEqual([`a ${hashOf(TEXT)}`])
  })
})

describe('thinning out', () => {
  test('lets go what is too old, and the blocks with it once no mark needs them', async () => {
    const { root, clock, upkeep, park, save } = await openWorld()
    save('old', TEXT)
    await park('old', TEXT)
    await upkeep().runNow()
    clock.add(10 * DAY)
    save('new', `${TEXT} new`)
    await park('new', `${TEXT} new`)
    const one = upkeep()
    await one.runNow()
    clock.add(21 * DAY)
    await one.runNow()
    expect(await keptContents(root)).toEqual([`new ${hashOf(`${TEXT} new`)}`])
    expect((await packNames(root, PACKS)).length).toBe(1)
  })

  test.each([
    { how: 'linked', settings: {} },
    { how: 'copied', settings: { hardLinks: false } },
  ])('leaves a content that is $how and about to be replaced, at every call', async ({ settings }) => {
    let replaced = 0
    for (let before = 0; before < 4; before++) {
      const folder = memoryFolder(1, settings)
      const { clock, disk } = folder
      const root = await folder.open()
      const store = storeOn(root, 1, clock)
      const upkeep = upkeepOn({ fileSystem: disk.fileSystem, root, clock, isUnderWay: store.isUnderWay })
      const prune = async (at: number): Promise<void> => {
        if (at === before) await upkeep.prune({ olderThanMs: 0, dryRun: false })
      }
      disk.user.write('/folder/doc', 'precious')
      await prune(0)
      const handle = await store.prepare(itemOf('doc', 'precious'))
      clock.add(1)
      await prune(1)
      const live = await store.adopt(handle, 'doc', 'link')
      await prune(2)
      disk.user.write('/folder/new', 'next')
      expect((await upkeep.view()).goes.versions).toBe(0)
      await prune(3)
      if (await root.replaceIfUnchanged('new', 'doc', live)) replaced++
      expect(await keptContents(root), `prune ${before}`).toEqual([`doc ${hashOf('precious')}`])
      clock.add(60_000)
      expect(await upkeep.prune({ olderThanMs: 0, dryRun: false })).toMatchObject({ versions: 1 })
      expect(await allVersions(root)).toEqual([])
    }
    expect(replaced).toBe(4)
  })

  test('says what would go without removing it', async () => {
    const { root, clock, upkeep, park, save } = await openWorld()
    save('a', TEXT)
    const id = await park('a', TEXT)
    clock.add(4 * DAY)
    const one = upkeep()
    expect(await one.prune({ olderThanMs: DAY, dryRun: true })).toMatchObject({ versions: 1 })
    expect(await findVersion(root, id)).toBeDefined()
    expect(await one.view()).toMatchObject({
      use: { versions: 1, parked: 1, parkedBytes: TEXT.length, packed: 0 },
      goes: { versions: 0 },
      problem: undefined,
    })
    expect(await one.prune({ olderThanMs: DAY, dryRun: false })).toMatchObject({ versions: 1 })
    expect(await allVersions(root)).toEqual([])
    expect(await root.lstat('.peerfold/versions/items/20261120')).toBeUndefined()
  })

  test('removes nothing from packs while a description cannot be read', async () => {
    const { root, clock, upkeep, park, save } = await openWorld()
    for (const path of ['a', 'b']) {
      save(path, `${path} ${TEXT}`)
      await park(path, `${path} ${TEXT}`)
    }
    await upkeep().runNow()
    const [newest] = await allVersions(root)
    await scribble(root, descriptionPath(newest!.id), '{"format":2,"damaged":true}')
    const packs = await packNames(root, PACKS)
    clock.add(20 * DAY)
    const one = upkeep()
    const pruning = one.prune({ olderThanMs: DAY, dryRun: false })
    await expect(pruning).rejects.toMatchObject({ code: 'VERSION_DAMAGED' })
    expect(await packNames(root, PACKS)).toEqual(packs)
    // When it would have gone by age, what it needed goes too.
    clock.add(20 * DAY)
    await one.runNow()
    expect(await packNames(root, PACKS)).toEqual([])
  })

  test('removes nothing that a clock of the wrong year stamped within the last day of running', async () => {
    const { folder, root, clock, save } = await openWorld()
    let behindMs = 0
    const wrong = { ...clock, nowMs: () => clock.nowMs() - behindMs }
    const running = upkeepOn({ fileSystem: folder.disk.fileSystem, root, clock: wrong, seed: 50 })
    save('before', TEXT)
    await displace(root, storeOn(root, 51, wrong), 'before', TEXT, undefined)
    for (let hour = 0; hour < 30; hour++) {
      await running.beforeStamp()
      clock.add(HOUR)
    }
    behindMs = 365 * DAY
    await running.beforeStamp()
    save('a', `${TEXT} a`)
    folder.disk.user.setMtime('/folder/a', itemOf('a', '').mtimeNs)
    const id = await displace(root, storeOn(root, 52, wrong), 'a', `${TEXT} a`, undefined)
    await running.runNow()
    behindMs = 0
    clock.add(HOUR)
    const whole = await take(root, descriptionPath(id))
    await scribble(root, descriptionPath(id), '{"format":2,"damaged":true}')
    const broken = { code: 'VERSION_DAMAGED' }
    for (let run = 0; run < 3; run++) await expect(running.runNow()).rejects.toMatchObject(broken)
    await scribble(root, descriptionPath(id), whole!)
    expect(await keptContents(root)).toContain(`a ${hashOf(`${TEXT} a`)}`)
  })

  test('puts small packs together, and copies what lives out of worn ones', async () => {
    const { root, upkeep, park, save, clock } = await openWorld()
    for (let i = 0; i < 9; i++) {
      save(`f${i}`, `${i} ${TEXT}`)
      await park(`f${i}`, `${i} ${TEXT}`)
      await upkeep().runNow()
      clock.add(1_000)
    }
    const before = await keptContents(root)
    await upkeep().runNow()
    expect((await packNames(root, PACKS)).length).toBeLessThan(4)
    expect(await keptContents(root)).toEqual(before)
  })
})

describe('a damaged block', () => {
  test('is never handed over, and hides no other version', async () => {
    const { root, upkeep, park, save } = await openWorld()
    for (const path of ['a', 'b']) {
      const content = Buffer.from(seededBytes(path, 5_000)).toString('hex')
      save(path, content)
      await park(path, content)
      await upkeep().runNow()
    }
    const [first] = await packNames(root, PACKS)
    const pack = await root.openWrite(`${PACKS}/${first}`)
    await pack.write(Uint8Array.of(0xff, 0, 0xff), 400)
    await pack.close()
    const read = await Promise.allSettled(
      (await allVersions(root)).map(async (version) => {
        const handle = await openVersion(root, version)
        return handle.read(new Uint8Array(10_000), 0).finally(() => handle.close())
      }),
    )
    const bad = read.filter(({ status }) => status === 'rejected')
    expect(bad).toMatchObject([{ reason: { code: 'VERSION_DAMAGED' } }])
  })
})
