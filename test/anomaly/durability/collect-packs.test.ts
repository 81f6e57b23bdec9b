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
import { keptContents, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
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
