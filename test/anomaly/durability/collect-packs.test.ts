/**
 * Collecting blocks while a pack cannot be read for a moment, or for good, or comes back in the middle of
 * a mark: what nobody could look at is kept, and goes only when a whole mark found that nobody needs it.
 */
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { PACKS } from '../../../src/node/durability/layout.ts'
import { createFaultyFileSystem, failWhere } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { packNames } from '../../../src/node/store/packs.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { DAY, keptContents, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { amount } from '../../support/tier.ts'
import { displace, storeOn } from '../../support/versions.ts'

const text = (seed: string): string => Buffer.from(seededBytes(seed, 40_000)).toString('hex')

/** Two contents with pages in a pack each, both from before this run of the program. */
async function twoOldPacks() {
  const folder = memoryFolder(1)
  const root = await folder.open()
  const { clock, disk } = folder
  let seed = 0
  for (const path of ['first', 'second']) {
    disk.user.write(`/folder/${path}`, text(path))
    await displace(root, storeOn(root, ++seed, clock), path, text(path), undefined)
    await upkeepOn({ fileSystem: disk.fileSystem, root, clock, seed: ++seed }).runNow()
  }
  return { folder, root, kept: await keptContents(root) }
}

async function packsOf(root: FolderRoot): Promise<string[]> {
  return (await packNames(root, PACKS)).map((name) => `${PACKS}/${name}`)
}

describe.each<{ code: ErrorCode }>([{ code: 'IO_ERROR' }, { code: 'PERMISSION_DENIED' }])(
  '$code',
  ({ code }) => {
    test('at any one call on packs costs no pack that is needed', async () => {
      let failures = 0
      for (let at = 1; ; at++) {
        const { folder, kept } = await twoOldPacks()
        const { fileSystem, setPlan, failures: failed } = createFaultyFileSystem(folder.disk.fileSystem)
        const root = await fileSystem.openRoot('/folder')
        let calls = 0
        setPlan(({ path }) => (path.startsWith(PACKS) && ++calls === at ? code : undefined))
        const upkeep = upkeepOn({ fileSystem, root, clock: folder.clock, seed: 99 })
        await upkeep.runNow().catch(() => undefined)
        setPlan(() => undefined)
        expect(await keptContents(root), `call ${at}`).toEqual(kept)
        if (failed().length === 0) break
        failures++
      }
      expect(failures).toBeGreaterThan(5)
    })

    test.each([0, 1])('on pack %i for good keeps that pack, whatever becomes of the other', async (which) => {
      const { folder, root: plain } = await twoOldPacks()
      const sick = (await packsOf(plain))[which]!
      const { fileSystem, setPlan } = createFaultyFileSystem(folder.disk.fileSystem)
      const root = await fileSystem.openRoot('/folder')
      setPlan(failWhere(({ path, operation }) => path === sick && operation === 'open-read', code))
      const upkeep = upkeepOn({ fileSystem, root, clock: folder.clock, seed: 98 })
      await upkeep.runNow().catch(() => undefined)
      expect(await packsOf(root), 'a reference cannot be read').toHaveLength(2)
      await upkeep.prune({ olderThanMs: 0, dryRun: false })
      await upkeep.runNow()
      expect(await packsOf(root)).toEqual([sick])
    })
  },
)

/** The folder as it is when somebody moves `pack` away, and back before a description is read for the nth time. */
function comesBack(root: FolderRoot, pack: string, before: number): FolderRoot & { isBack: () => boolean } {
  let reads = 0
  return Object.assign(Object.create(root) as FolderRoot, {
    isBack: () => reads >= before,
    openRead: async (path: string) => {
      if (path.endsWith('.json') && ++reads === before) await root.rename('away', pack)
      return root.openRead(path)
    },
  })
}

test.each([0, 1])(
  'pack %i that is copied back at any time is not taken for one that nobody needs',
  async (which) => {
    for (let at = 1; ; at++) {
      const { folder, root, kept } = await twoOldPacks()
      const pack = (await packsOf(root))[which]!
      await root.rename(pack, 'away')
      const spoiled = comesBack(root, pack, at)
      const { clock, disk } = folder
      const upkeep = upkeepOn({ fileSystem: disk.fileSystem, root: spoiled, clock, seed: 98 })
      await upkeep.runNow().catch(() => undefined)
      if (!spoiled.isBack()) return expect(at).toBeGreaterThan(4)
      expect(await keptContents(root), `read ${at}`).toEqual(kept)
    }
  },
)

/** Every call, or every third one. */
const STEP = amount({ short: 3, long: 1 })

/** Three packs of days ago, whose contents take a little more than they may: they are let go, and packs copied. */
async function shortOfRoom(seed: number) {
  const folder = memoryFolder(seed)
  const root = await folder.open()
  const { clock, disk } = folder
  const settings = { sharePercent: 100, leaveFreeBytes: 0 }
  const running = upkeepOn({ fileSystem: disk.fileSystem, root, clock, settings, seed: 1 })
  for (let number = 0; number < 12; number++) {
    const path = `f${number}`
    const content = Buffer.from(seededBytes(path, 9_000)).toString('hex')
    disk.user.write(`/folder/${path}`, content)
    await displace(root, storeOn(root, number + 2, clock), path, content, undefined)
    clock.add(1_000)
    if (number % 4 === 3) await running.runNow()
  }
  clock.add(3 * DAY)
  await running.runNow()
  settings.leaveFreeBytes = (await root.freeBytes()) + 10_000
  await root.close()
  disk.flush()
  return { folder, settings }
}

/** After a restart: all that is kept can be read, hardly more went than had to, and there is room. */
async function expectRoom({ folder, settings }: Awaited<ReturnType<typeof shortOfRoom>>, at: string) {
  const root = await folder.open()
  const { clock, disk } = folder
  await storeOn(root, 70, clock).sweep()
  const upkeep = upkeepOn({ fileSystem: disk.fileSystem, root, clock, settings, seed: 60 })
  await upkeep.sweep()
  for (let run = 0; run < 3; run++) await upkeep.runNow()
  expect((await keptContents(root)).length, at).toBeGreaterThanOrEqual(9)
  expect(await root.freeBytes(), at).toBeGreaterThanOrEqual(settings.leaveFreeBytes)
}

describe('copying packs for want of room', () => {
  test.each<{ code: ErrorCode }>([{ code: 'IO_ERROR' }, { code: 'DISK_FULL' }])(
    'loses nothing that stays when one call fails with $code',
    async ({ code }) => {
      for (let at = 1; ; at += STEP) {
        const world = await shortOfRoom(1)
        const { settings, folder } = world
        const faulty = createFaultyFileSystem(folder.disk.fileSystem)
        const root = await faulty.fileSystem.openRoot('/folder')
        const failing = faulty.callCount() + at
        faulty.setPlan(({ number }) => (number === failing ? code : undefined))
        const { fileSystem } = faulty
        const upkeep = upkeepOn({ fileSystem, root, clock: folder.clock, settings, seed: 50 })
        await upkeep.runNow().catch(() => undefined)
        await expectRoom(world, `call ${at}`)
        if (faulty.failures().length === 0) return expect(at).toBeGreaterThan(100)
      }
    },
  )

  test('loses nothing that stays when the power fails', async () => {
    for (let at = 1; ; at += STEP) {
      const world = await shortOfRoom(at)
      const { settings, folder } = world
      const { clock, disk } = folder
      const root = await folder.open()
      const upkeep = upkeepOn({ fileSystem: disk.fileSystem, root, clock, settings, seed: 50 })
      const isCut = await folder.endsInPowerCut(at, () => upkeep.runNow())
      await expectRoom(world, `call ${at}`)
      if (!isCut) return expect(at).toBeGreaterThan(100)
    }
  })
})
