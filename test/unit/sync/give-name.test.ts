/** A symbolic link takes its name as itself: never by a hard link, which macOS would give to what it leads to. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { giveName } from '../../../src/node/sync/give-name.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'

const LONG_AGO = 1_600_000_000_000_000_000n

async function readyLink() {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) })
  disk.user.mkdir('/sync')
  disk.user.write('/outside', 'a secret')
  const root = await disk.fileSystem.openRoot('/sync')
  await root.makeSymlink('temporary', '/outside')
  await root.setMtime('temporary', LONG_AGO)
  const calls: string[] = []
  const noted =
    <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.push(name)
      return call(...args)
    }
  const watched: FolderRoot = {
    ...root,
    link: noted('link', root.link),
    renameToFree: noted('rename', root.renameToFree),
  }
  const ready = (await root.lstat('temporary'))!
  const give = () => giveName({ root: watched } as FolderContext, 'temporary', 'name', ready)
  return { disk, root, calls, give }
}

test('a link gets a free name as the same link with the same time, and nothing is linked or renamed', async () => {
  const { root, calls, give } = await readyLink()
  const named = await give()
  expect(named).toMatchObject({ kind: 'symlink', mtimeNs: LONG_AGO, links: 1 })
  expect(await root.lstat('name')).toEqual(named)
  expect(await root.readLink('name')).toBe('/outside')
  expect(await root.lstat('temporary')).toBeUndefined()
  expect(calls).toEqual([])
})

test('a name that is taken stays with who has it', async () => {
  const { disk, give } = await readyLink()
  disk.user.write('/sync/name', 'a save')
  expect(await give()).toBeUndefined()
  expect(Buffer.from(disk.user.read('/sync/name')).toString()).toBe('a save')
})
