/**
 * Taking old contents into packs, letting them go and collecting their blocks, cut off at every call:
 * by a failing disk, by a kill, by a power cut. What is kept stays readable, and the next run ends well.
 */
import { describe, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { exportVersions } from '../../../src/node/durability/export.ts'
import { PACKS } from '../../../src/node/durability/layout.ts'
import { createFaultyFileSystem } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { packNames } from '../../../src/node/store/packs.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { DAY, keptContents, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import type { MemoryFolder } from '../../support/memory-folder.ts'
import { amount } from '../../support/tier.ts'
import { allVersions, displace, hashOf, storeOn, treeOf } from '../../support/versions.ts'

const TEXT = 'words that compress well; '.repeat(200)
const LARGE = Buffer.from(seededBytes('large', 60_000)).toString('hex')
const GONE = Buffer.from(seededBytes('gone', 20_000)).toString('hex')

/** What must be readable after anything; "gone" and "twin" may be gone or not. */
const KEPT = [`large ${hashOf(LARGE)}`, `late ${hashOf(TEXT)}`, `parked ${hashOf('parked')}`]

/**
 * In packs and too old: "gone", and "twin", whose block "late" needs. Still parked: "large" and
 * "parked". So a run takes in, lets go, and copies the living block out of a worn pack.
 */
async function prepare(folder: MemoryFolder): Promise<void> {
  const root = await folder.open()
  const { clock, disk } = folder
  let seed = 50
  const park = async (path: string, content: string) => {
    disk.user.write(`/folder/${path}`, content)
    await displace(root, storeOn(root, ++seed, clock), path, content, undefined)
    clock.add(1_000)
  }
  const takeInAll = () => upkeepOn({ fileSystem: disk.fileSystem, root, clock, seed: ++seed }).runNow()
  await park('gone', GONE)
  await park('twin', TEXT)
  await takeInAll()
  clock.add(20 * DAY)
  await park('late', TEXT)
  await takeInAll()
  await park('large', LARGE)
  await park('parked', 'parked')
  // It ran all the time, or the clock would not be believed.
  const running = upkeepOn({ fileSystem: disk.fileSystem, root, clock, seed: ++seed })
  clock.add(11 * DAY)
  await running.beforeStamp()
  await root.close()
  disk.flush()
}

/** After a restart: nothing is lost, and a run without trouble brings everything in order. */
async function check(folder: MemoryFolder, seed: number): Promise<string[]> {
  const problems: string[] = []
  const root = await folder.open()
  await storeOn(root, seed, folder.clock).sweep()
  const kept = await keptContents(root)
  for (const content of KEPT) if (!kept.includes(content)) problems.push(`lost: ${content}`)
  const upkeep = upkeepOn({
    fileSystem: folder.disk.fileSystem,
    root,
    clock: folder.clock,
    seed: seed + 50_000,
  })
  await upkeep.sweep()
  await upkeep.runNow()
  await upkeep.runNow()
  const after = await keptContents(root)
  if (JSON.stringify(after) !== JSON.stringify(KEPT)) problems.push(`afterwards: ${after.join(', ')}`)
  const to = await memoryFolder(3).open()
  const exported = await exportVersions(root, to)
  if (exported.exported !== KEPT.length) problems.push(`exported ${exported.exported}`)
  for (const path of (await treeOf(root)).keys())
    if (/\.(part|next|content)$/.test(path)) problems.push(`left over: ${path}`)
  return problems
}

async function isInOrder(root: FolderRoot): Promise<boolean> {
  const versions = await allVersions(root)
  return versions.every((version) => version.origin === 'known' && version.parked === undefined)
}

test('without any trouble takes in, lets go and copies what lives', async () => {
  const folder = memoryFolder(1)
  await prepare(folder)
  const root = await folder.open()
  const before = await packNames(root, PACKS)
  await upkeepOn({ fileSystem: folder.disk.fileSystem, root, clock: folder.clock }).runNow()
  expect(await keptContents(root)).toEqual(KEPT)
  expect(await isInOrder(root)).toBe(true)
  const after = await packNames(root, PACKS)
  expect(after.some((name) => before.includes(name))).toBe(false)
  expect(await check(folder, 9)).toEqual([])
})

describe.each<{ code: ErrorCode; forGood: boolean }>([
  { code: 'DISK_FULL', forGood: true },
  { code: 'IO_ERROR', forGood: false },
  { code: 'PERMISSION_DENIED', forGood: true },
])('$code (for good: $forGood)', ({ code, forGood }) => {
  test('at every call loses nothing', async () => {
    let failures = 0
    for (let at = 1; ; at++) {
      const folder = memoryFolder(at)
      await prepare(folder)
      const faulty = createFaultyFileSystem(folder.disk.fileSystem)
      const root = await faulty.fileSystem.openRoot('/folder')
      const first = faulty.callCount()
      faulty.setPlan(({ number }) =>
        (forGood ? number < first + at : number !== first + at) ? undefined : code,
      )
      const upkeep = upkeepOn({ fileSystem: faulty.fileSystem, root, clock: folder.clock, seed: at + 1_000 })
      const error = await upkeep.runNow().catch((thrown: unknown) => thrown)
      const isOver = faulty.callCount() < first + at
      if (error !== undefined && !(error instanceof PeerfoldError)) throw error
      faulty.setPlan(() => undefined)
      if (faulty.failures().length > 0) failures++
      // The job keeps its root open; nothing else may stay so.
      expect(folder.disk.openHandles(), `call ${at}`).toBe(0)
      expect(await check(folder, at), `call ${at}`).toEqual([])
      if (isOver) break
    }
    expect(failures).toBeGreaterThan(100)
  })
})

type Spoil = (root: FolderRoot) => FolderRoot

/** Cuts before call `first`, and every `step`th after it, until a run meets no cut. */
async function cutAt(seed: number, first: number, step: number, spoil: Spoil = (root) => root) {
  const problems: string[] = []
  let cuts = 0
  for (let at = first; ; at += step) {
    const folder = memoryFolder(seed * 10_000 + at)
    await prepare(folder)
    const root = spoil(await folder.open())
    const { clock, disk } = folder
    const upkeep = upkeepOn({ fileSystem: disk.fileSystem, root, clock, seed: at + 1_000 })
    if (!(await folder.endsInPowerCut(at, () => upkeep.runNow()))) return { cuts, problems }
    cuts++
    const found = await check(folder, at).catch((error: unknown) => [String(error)])
    problems.push(...found.map((problem) => `call ${at}: ${problem}`))
  }
}

describe('a power cut', () => {
  test.each(Array.from({ length: 6 }, (_, part) => part + 1))(
    'at call %i and every sixth after it loses nothing',
    async (first) => {
      for (let seed = 1; seed <= amount({ short: 1, long: 10 }); seed++) {
        const { cuts, problems } = await cutAt(seed, first, 6)
        expect(problems).toEqual([])
        expect(cuts).toBeGreaterThan(25)
      }
    },
  )

  test('is found to lose something when removed descriptions are not synced', async () => {
    const spoil: Spoil = (root) =>
      Object.assign(Object.create(root) as FolderRoot, {
        syncDirectory: (path: string) =>
          path.includes('/items') ? Promise.resolve() : root.syncDirectory(path),
      })
    expect((await cutAt(1, 100, 5, spoil)).problems.length).toBeGreaterThan(0)
  })
})
