/** The watcher twin: hints late, lost, merged or vague, as told, and the same under one seed. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type FakeClock, createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { WatchHint } from '../../../src/node/fs/file-system.ts'
import { type MemoryDisk, createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import {
  type MemoryWatcher,
  type MemoryWatcherKnobs,
  createMemoryWatcher,
} from '../../../src/node/fs/memory-watcher.ts'

let clock: FakeClock
let disk: MemoryDisk
let hints: WatchHint[]

async function watch(knobs: Partial<MemoryWatcherKnobs> = {}): Promise<MemoryWatcher> {
  clock = createFakeClock()
  disk = createMemoryDisk({ clock, random: seededRandom(1) })
  disk.user.mkdir('/f/d')
  hints = []
  const watcher = createMemoryWatcher({ disk, clock, random: seededRandom(2) }, knobs)
  await watcher.watch('/f', (hint) => hints.push(hint))
  return watcher
}

describe('the memory watcher', () => {
  beforeEach(() => watch())

  test('hints changes of users and of the engine below its root, and nothing else', async () => {
    disk.user.write('/f/d/a', 'x')
    disk.user.write('/g', 'x')
    disk.user.mkdir('/f/.peerfold/versions')
    disk.user.write('/f/.peerfoldignore', 'x')
    const root = await disk.fileSystem.openRoot('/f')
    await root.rename('d/a', 'b')
    await root.lstat('b')
    await clock.advance(0)
    expect(hints).toEqual(['d/a', '.peerfoldignore', 'd/a', 'b'])
  })

  test('hints late, in any order, when told so', async () => {
    await watch({ delayMs: 1000 })
    for (let n = 0; n < 20; n++) disk.user.write(`/f/${n}`, 'x')
    await clock.advance(500)
    const early = hints.length
    expect(early).toBeGreaterThan(2)
    expect(early).toBeLessThan(18)
    await clock.advance(500)
    expect(hints).toHaveLength(20)
    expect(hints).not.toEqual(Array.from({ length: 20 }, (_, n) => `${n}`))
  })

  test('drops some changes when told so, and counts them', async () => {
    const watcher = await watch({ dropPercent: 50 })
    for (let n = 0; n < 100; n++) disk.user.write(`/f/${n}`, 'x')
    await clock.advance(0)
    expect(hints.length + watcher.dropped()).toBe(100)
    expect(watcher.dropped()).toBeGreaterThan(20)
    expect(hints.length).toBeGreaterThan(20)
  })

  test('merges what waits into what it has in common when told so', async () => {
    await watch({ coalesce: true, delayMs: 100 })
    for (const path of ['d/a', 'd/b', 'd/c/x']) disk.user.mkdir(`/f/${path}`)
    await clock.advance(100)
    disk.user.write('/f/d/e', 'x')
    await clock.advance(100)
    disk.user.write('/f/d/e', 'y')
    disk.user.write('/f/z', 'y')
    await clock.advance(100)
    expect(hints).toEqual(['d', 'd/e', ''])
  })

  test('says "everywhere" now and then when told so', async () => {
    await watch({ everywherePercent: 30 })
    for (let n = 0; n < 100; n++) disk.user.write(`/f/${n}`, 'x')
    await clock.advance(0)
    const vague = hints.filter((hint) => hint === undefined).length
    expect(hints).toHaveLength(100)
    expect(vague).toBeGreaterThan(10)
    expect(vague).toBeLessThan(60)
  })

  test('is silent after it was closed and after its program ended', async () => {
    const handle = await createMemoryWatcher({ disk, clock, random: seededRandom(2) }).watch('/f', () =>
      hints.push('closed'),
    )
    disk.user.write('/f/a', 'x')
    await handle.close()
    disk.kill()
    disk.user.write('/f/a', 'y')
    await clock.advance(1000)
    expect(hints).toEqual([])
  })

  test('repeats itself under one seed', async () => {
    const run = async (): Promise<string> => {
      await watch({ delayMs: 300, dropPercent: 20, everywherePercent: 10 })
      for (let n = 0; n < 50; n++) disk.user.write(`/f/${n}`, 'x')
      await clock.advance(300)
      return JSON.stringify(hints.map(String))
    }
    expect(await run()).toBe(await run())
  })
})
