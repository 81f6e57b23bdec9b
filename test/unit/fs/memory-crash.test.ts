/** What a power cut may and may not do to the memory disk. Each sentence is tried over many seeds. */
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { type MemoryDisk, createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'

const SEEDS = 200
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Scene {
  readonly disk: MemoryDisk
  readonly root: FolderRoot
}

async function scene(seed: number): Promise<Scene> {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(seed) })
  disk.user.mkdir('/f')
  disk.user.write('/f/old', 'old content')
  return { disk, root: await disk.fileSystem.openRoot('/f') }
}

/** "path=content" of every file and "path/" of every directory. */
function shown(disk: MemoryDisk): string[] {
  return disk
    .tree('/f')
    .map(({ path, kind, content }) =>
      kind === 'directory'
        ? `${path}/`
        : `${path}=${new TextDecoder().decode(content).replaceAll('\0', '0')}`,
    )
}

/** Every tree that a crash after `act` leaves, with how often. */
async function outcomes(act: (scene: Scene) => Promise<void>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const it = await scene(seed)
    await act(it)
    it.disk.crash()
    const tree = shown(it.disk).join(' ')
    found.set(tree, (found.get(tree) ?? 0) + 1)
  }
  return found
}

async function put(root: FolderRoot, path: string, text: string, sync: boolean): Promise<void> {
  const handle = await root.createFile(path, 0o644)
  await handle.write(bytes(text), 0)
  if (sync) await handle.sync()
  await handle.close()
}

describe('a power cut', () => {
  test('never takes what content and directory syncs made durable', async () => {
    const found = await outcomes(async ({ root }) => {
      await put(root, 'new', 'new content', true)
      await root.syncDirectory('')
    })
    expect([...found.keys()]).toEqual(['new=new content old=old content'])
  })

  test('may take a synced file whose name was not synced', async () => {
    const found = await outcomes(({ root }) => put(root, 'new', 'new', true))
    expect(new Set(found.keys())).toEqual(new Set(['old=old content', 'new=new old=old content']))
  })

  test('may leave a synced name with no, part of, or zeros for its unsynced content', async () => {
    const found = await outcomes(async ({ root }) => {
      await put(root, 'n', 'abc', false)
      await root.syncDirectory('')
    })
    const contents = new Set([...found.keys()].map((tree) => tree.split(' ')[0]))
    expect(contents).toEqual(new Set(['n=', 'n=a', 'n=ab', 'n=abc', 'n=000', 'n=a00', 'n=ab0']))
  })

  test('leaves the old or the new file when the new one was synced and renamed over', async () => {
    const found = await outcomes(async ({ root }) => {
      await put(root, 'temp', 'new content', true)
      await root.syncDirectory('')
      await root.rename('temp', 'old')
    })
    expect(new Set(found.keys())).toEqual(new Set(['old=old content temp=new content', 'old=new content']))
  })

  test('finds an overwritten file old, new or damaged until it is synced', async () => {
    const overwrite = async ({ root }: Scene, sync: boolean): Promise<void> => {
      const handle = await root.openWrite('old')
      await handle.write(bytes('NEW'), 0)
      if (sync) await handle.sync()
    }
    const unsynced = await outcomes((it) => overwrite(it, false))
    expect(unsynced.has('old=old content')).toBe(true)
    expect(unsynced.has('old=NEW content')).toBe(true)
    expect(unsynced.size).toBeGreaterThan(5)
    const synced = await outcomes((it) => overwrite(it, true))
    expect([...synced.keys()]).toEqual(['old=NEW content'])
  })

  test('keeps or loses each unrelated name by itself', async () => {
    const found = await outcomes(async ({ root }) => {
      for (const name of ['a', 'b', 'c']) await root.makeDirectory(name, 0o755)
    })
    expect(found.size).toBe(8)
  })

  test('takes what is in a directory whose own name was never synced', async () => {
    const found = await outcomes(async ({ root }) => {
      await root.makeDirectory('d', 0o755)
      await put(root, 'd/x', 'x', true)
      await root.syncDirectory('d')
    })
    expect(new Set(found.keys())).toEqual(new Set(['old=old content', 'd/ d/x=x old=old content']))
  })

  test('keeps the inode under its old name when a link to it is lost', async () => {
    const found = await outcomes(async ({ root }) => {
      await root.makeDirectory('aside', 0o755)
      await root.syncDirectory('')
      await put(root, 'temp', 'new', true)
      await root.link('old', 'aside/kept')
      await root.rename('temp', 'old')
    })
    for (const tree of found.keys()) expect(tree).toContain('old content')
    expect([...found.keys()].some((tree) => tree.includes('aside/kept=old content old=new'))).toBe(true)
  })

  test('moves a file between directories whole or not at all', async () => {
    const found = await outcomes(async ({ root }) => {
      await root.makeDirectory('d', 0o755)
      await root.rename('old', 'd/moved')
    })
    const expected = ['old=old content', 'd/ old=old content', 'd/ d/moved=old content']
    expect(new Set(found.keys())).toEqual(new Set(expected))
  })

  test('never loses a file that was moved into a new directory, once either side is synced', async () => {
    for (const synced of ['', 'd']) {
      const found = await outcomes(async ({ root }) => {
        await root.makeDirectory('d', 0o755)
        await root.rename('old', 'd/moved')
        await root.syncDirectory(synced)
      })
      expect([...found.keys()], synced).toEqual(['d/ d/moved=old content'])
    }
  })

  test('leaves a tree, whatever directories were moved into each other', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { disk, root } = await scene(seed)
      const random = seededRandom(seed)
      for (const path of ['a', 'a/k', 'a/k/b', 'a/k/b/c', 'd', 'd/e']) disk.user.mkdir(`/f/${path}`)
      for (let step = 0; step < 12; step++) {
        const paths = disk.tree('/f').filter((entry) => entry.kind === 'directory')
        const from = paths[random.below(paths.length)]!.path
        const into = ['', ...paths.map((entry) => `${entry.path}/`)][random.below(paths.length + 1)]!
        await root.rename(from, `${into}m${step}`).catch(() => undefined)
        if (random.below(4) === 0) await root.syncDirectory('')
      }
      disk.crash()
      const directories = disk.tree('/f').filter((entry) => entry.kind === 'directory')
      expect(directories).toHaveLength(6)
      expect(new Set(directories.map((entry) => entry.inode)).size).toBe(6)
    }
  })

  test('never takes what a user did, nor what the user did it on', async () => {
    const found = await outcomes(async ({ disk, root }) => {
      await root.makeDirectory('d', 0o755)
      disk.user.write('/f/d/mine', 'mine')
      await put(root, 'engine', '1', false)
      disk.user.write('/f/engine', '2')
      disk.user.remove('/f/old')
    })
    expect([...found.keys()]).toEqual(['d/ d/mine=mine engine=2'])
  })

  test('happens the same way again under the same seed', async () => {
    const run = async (): Promise<string> => JSON.stringify([...(await outcomes(busy))])
    const busy = async ({ root }: Scene): Promise<void> => {
      for (let n = 0; n < 20; n++) await put(root, `f${n}`, `content ${n}`, n % 3 === 0)
    }
    expect(await run()).toBe(await run())
  })

  test('says what it did', async () => {
    const { disk, root } = await scene(5)
    for (let n = 0; n < 40; n++) await put(root, `f${n}`, 'x', false)
    const report = disk.crash()
    expect(report.namesKept + report.namesLost).toBe(40)
    const fates = report.contentOld + report.contentNew + report.contentTruncated + report.contentZeroed
    expect(fates).toBe(report.namesKept)
    expect(Object.values(report).every((count) => count > 0)).toBe(true)
  })

  test('takes nothing that was flushed long ago', async () => {
    const found = await outcomes(async ({ disk, root }) => {
      await put(root, 'new', 'new', false)
      disk.flush()
    })
    expect([...found.keys()]).toEqual(['new=new old=old content'])
  })
})

describe('an end of the program', () => {
  test.each(['kill', 'crash'] as const)('by %s lets no call answer that was begun before', async (end) => {
    const { disk, root } = await scene(1)
    const handle = await root.openWrite('old')
    let answered = 0
    const waiting = [root.lstat('old'), handle.write(bytes('x'), 0)]
    disk[end]()
    const late = [root.list(''), handle.stat(), handle.close()]
    for (const call of [...waiting, ...late])
      void call.then(
        () => answered++,
        () => answered++,
      )
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(0)
    expect(disk.openHandles()).toBe(0)
    const again = await disk.fileSystem.openRoot('/f')
    expect((await again.lstat('old'))?.size).toBe(11)
  })

  test('by kill keeps what was written and never synced', async () => {
    const { disk, root } = await scene(1)
    await put(root, 'new', 'new', false)
    disk.kill()
    expect(shown(disk)).toEqual(['new=new', 'old=old content'])
  })

  test('at any call is possible through the hook, which may never resolve', async () => {
    let calls = 0
    const log: string[] = []
    const disk = createMemoryDisk({
      clock: createFakeClock(),
      random: seededRandom(1),
      yieldNow: async (operation, path) => {
        log.push(`${operation} ${path}`)
        if (++calls === 4) await new Promise(() => {})
      },
    })
    disk.user.mkdir('/f')
    const root = await disk.fileSystem.openRoot('/f')
    const handle = await root.createFile('x', 0o644)
    await handle.write(bytes('x'), 0)
    let done = false
    void handle.sync().then(() => (done = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(done).toBe(false)
    expect(log).toEqual(['open-root /f', 'create-file /f/x', 'handle-write /f/x', 'handle-sync /f/x'])
    expect(disk.writeCount()).toBe(2)
  })
})
