/**
 * Old contents that take more room than they may, in packs: no more goes than is needed, however often it
 * is looked, and the disk gets its room back.
 */
import { describe, expect, test } from 'vitest'
import { PACKS } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { packNames } from '../../../src/node/store/packs.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { DAY, keptContents, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { displace, storeOn } from '../../support/versions.ts'

const BYTES = 14_000

const text = (name: string): string => Buffer.from(seededBytes(name, BYTES / 2)).toString('hex')

async function packBytes(root: FolderRoot): Promise<number> {
  let bytes = 0
  for (const name of await packNames(root, PACKS)) bytes += (await root.lstat(`${PACKS}/${name}`))?.size ?? 0
  return bytes
}

/** So many contents of one size, taken in `atOnce`, days ago. */
async function packedDaysAgo({ versions, atOnce } = { versions: 40, atOnce: 40 }) {
  const folder = memoryFolder(1)
  const root = await folder.open()
  const { clock, disk } = folder
  const settings = { sharePercent: 100, leaveFreeBytes: 0 }
  let seed = 0
  const upkeep = () => upkeepOn({ fileSystem: disk.fileSystem, root, clock, settings, seed: ++seed })
  let running = upkeep()
  for (let number = 0; number < versions; number++) {
    const path = `f${String(number).padStart(3, '0')}`
    disk.user.write(`/folder/${path}`, text(path))
    await displace(root, storeOn(root, ++seed, clock), path, text(path), undefined)
    clock.add(1_000)
    if ((number + 1) % atOnce === 0) await running.runNow()
  }
  await running.runNow()
  clock.add(3 * DAY)
  await running.runNow()
  const before = { packBytes: await packBytes(root) }
  /** So that old contents may take `bytes` less than they do. */
  const shortBy = async (bytes: number): Promise<void> => {
    settings.leaveFreeBytes = (await root.freeBytes()) + bytes
  }
  const restart = (): void => void (running = upkeep())
  return { root, disk, before, shortBy, restart, look: () => running.runNow(), settings }
}

describe('a little over what old contents may take', () => {
  test.each([
    { how: 'in one run', isRestarted: false },
    { how: 'after a start each time', isRestarted: true },
  ])('lets go as much as is needed, however often it is looked, $how', async ({ isRestarted }) => {
    const world = await packedDaysAgo()
    await world.shortBy(Math.floor(world.before.packBytes * 0.05))
    for (let pass = 0; pass < 10; pass++) {
      if (isRestarted) world.restart()
      await world.look()
    }
    expect((await keptContents(world.root)).length).toBeGreaterThanOrEqual(37)
    expect((await keptContents(world.root)).length).toBeLessThan(40)
    expect(await packBytes(world.root)).toBeLessThanOrEqual(world.before.packBytes * 0.95)
    expect(await world.root.freeBytes()).toBeGreaterThanOrEqual(world.settings.leaveFreeBytes)
  })

  test('copies the pack with most dead blocks, and lets the others be', async () => {
    const world = await packedDaysAgo({ versions: 60, atOnce: 20 })
    const packs = await packNames(world.root, PACKS)
    expect(packs).toHaveLength(3)
    await world.shortBy(Math.floor(world.before.packBytes / 20))
    await world.look()
    const after = await packNames(world.root, PACKS)
    expect(after.filter((name) => packs.includes(name))).toHaveLength(2)
    expect((await keptContents(world.root)).length).toBeGreaterThan(54)
  })

  test('does nothing more once it has what it needs', async () => {
    const world = await packedDaysAgo()
    await world.shortBy(2 * BYTES)
    await world.look()
    await world.look()
    const writes = world.disk.writeCount()
    await world.look()
    expect(world.disk.writeCount()).toBe(writes)
  })
})

describe('where a copy of what lives does not fit', () => {
  test.each([
    { how: 'the disk is full', limit: 'capacityBytes' as const },
    { how: 'a quota says so that nobody can see', limit: 'quotaBytes' as const },
  ])('because $how, packs go whole, and then there is room', async ({ limit }) => {
    const world = await packedDaysAgo({ versions: 60, atOnce: 20 })
    world.disk.settings[limit] = world.disk.usedBytes() + 1_000
    await world.shortBy(3 * BYTES)
    for (let pass = 0; pass < 12; pass++) await world.look().catch(() => undefined)
    expect(await world.root.freeBytes()).toBeGreaterThanOrEqual(world.settings.leaveFreeBytes)
    expect((await keptContents(world.root)).length).toBeGreaterThanOrEqual(35)
  })
})
