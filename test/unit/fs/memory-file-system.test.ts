/** The kinds of disk that the memory twin can be, and what its users can do. */
import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { type MemoryDisk, createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import type { MemoryDiskSettings } from '../../../src/node/fs/memory-state.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const failure = (run: Promise<unknown>): Promise<string> => run.then(() => 'no failure', codeOf)

let clock = createFakeClock()
let disk: MemoryDisk
let root: FolderRoot

async function start(settings: Partial<MemoryDiskSettings> = {}): Promise<void> {
  clock = createFakeClock()
  disk = createMemoryDisk({ clock, random: seededRandom(1) }, settings)
  disk.user.mkdir('/f')
  root = await disk.fileSystem.openRoot('/f')
}

const names = (): string[] => disk.tree('/f').map((entry) => entry.path)

async function put(path: string, text: string): Promise<void> {
  const handle = await root.createFile(path, 0o644)
  await handle.write(bytes(text), 0)
  await handle.close()
}

describe('a memory disk', () => {
  beforeEach(() => start())

  test('gives a freed inode number to the next file, once the removal is durable', async () => {
    await put('a', 'x')
    const freed = (await root.lstat('a'))!.inode
    await root.unlink('a')
    await put('b', 'x')
    expect((await root.lstat('b'))!.inode).not.toBe(freed)
    await root.syncDirectory('')
    await put('c', 'x')
    expect((await root.lstat('c'))!.inode).toBe(freed)
  })

  test('keeps the number and bytes of an open file that lost its name', async () => {
    disk.user.write('/f/a', 'still')
    const handle = await root.openRead('a')
    const { inode } = await handle.stat()
    disk.user.remove('/f/a')
    disk.user.write('/f/b', 'x')
    expect((await root.lstat('b'))!.inode).not.toBe(inode)
    expect(disk.usedBytes()).toBe(6)
    await handle.close()
    expect(disk.usedBytes()).toBe(1)
  })

  test('moves the change time with every change, and the modification time with content only', async () => {
    disk.user.write('/f/a', 'x')
    const first = (await root.lstat('a'))!
    await clock.advance(5)
    await root.setMode('a', 0o600)
    const second = (await root.lstat('a'))!
    expect(second.ctimeNs - first.ctimeNs).toBe(5_000_000n)
    expect(second.mtimeNs).toBe(first.mtimeNs)
    await clock.advance(5)
    await root.rename('a', 'b')
    const third = (await root.lstat('b'))!
    expect(third.ctimeNs - second.ctimeNs).toBe(5_000_000n)
    expect(third.mtimeNs).toBe(first.mtimeNs)
    expect((await root.lstat(''))!.mtimeNs).toBe(third.ctimeNs)
  })

  test.each([1n, 10_000_000n, 2_000_000_000n])('ticks every %s ns', async (granularityNs) => {
    await start({ granularityNs })
    await clock.advance(1234.5678)
    await put('a', 'x')
    const { mtimeNs, ctimeNs } = (await root.lstat('a'))!
    expect(mtimeNs % granularityNs).toBe(0n)
    expect(ctimeNs).toBe(mtimeNs)
    expect(clock.nowNs() - mtimeNs < granularityNs).toBe(true)
    await root.setMtime('a', -1n)
    expect((await root.lstat('a'))!.mtimeNs).toBe(-granularityNs)
  })

  test('hides two quick writes behind one stamp when it ticks slowly', async () => {
    await start({ granularityNs: 2_000_000_000n })
    disk.user.write('/f/a', 'one')
    const before = await root.lstat('a')
    await clock.advance(100)
    disk.user.write('/f/a', 'two')
    expect(await root.lstat('a')).toEqual(before)
  })

  test('takes "a" and "A" for one name when told so, keeping the spelling', async () => {
    await start({ caseInsensitive: true })
    await put('Readme', 'x')
    expect((await root.lstat('README'))?.size).toBe(1)
    expect(await failure(root.createFile('readme', 0o644))).toBe('FILE_EXISTS')
    await root.rename('Readme', 'README')
    expect(names()).toEqual(['README'])
  })

  test('takes composed and decomposed letters for one name when told so', async () => {
    await start({ normalizing: true })
    await put('\u00e4', 'x')
    expect((await root.lstat('a\u0308'))?.size).toBe(1)
    expect(names()).toEqual(['\u00e4'])
  })

  test('has no hard links when told so', async () => {
    await start({ hardLinks: false })
    await put('a', 'x')
    expect(await failure(root.link('a', 'b'))).toBe('LINK_UNSUPPORTED')
  })

  test('has no symbolic links when told so', async () => {
    await start({ symlinks: false })
    expect(await failure(root.makeSymlink('link', 'a'))).toBe('SYMLINK_UNSUPPORTED')
    expect(names()).toEqual([])
  })

  test('refuses and cuts names as FAT does when told so', async () => {
    await start({ windowsNames: true, hardLinks: false })
    expect(await failure(root.createFile('a:b', 0o644))).toBe('NAME_UNUSABLE')
    expect(await failure(root.makeDirectory('nul', 0o755))).toBe('NAME_UNUSABLE')
    await put('dot.', 'x')
    expect(names()).toEqual(['dot'])
    expect((await root.lstat('dot. '))?.size).toBe(1)
    expect(await failure(root.rename('dot', 'what?'))).toBe('NAME_UNUSABLE')
  })

  test('ends a file where it is told to', async () => {
    await start({ fileBytes: 10 })
    const handle = await root.createFile('a', 0o644)
    expect(await failure(handle.truncate(11))).toBe('FILE_TOO_LARGE')
    await handle.truncate(10)
    await handle.close()
  })

  test('fills up, and goes on when there is space again', async () => {
    await start({ capacityBytes: 10 })
    await put('a', '12345678')
    expect(await root.freeBytes()).toBe(2)
    const handle = await root.createFile('b', 0o644)
    expect(await failure(handle.write(bytes('123'), 0))).toBe('DISK_FULL')
    expect(await failure(handle.truncate(3))).toBe('DISK_FULL')
    await root.unlink('a')
    await handle.write(bytes('123'), 0)
    expect(disk.usedBytes()).toBe(3)
  })

  test('keeps a quota to itself until it is reached', async () => {
    await start({ capacityBytes: 10, quotaBytes: 4 })
    const handle = await root.createFile('a', 0o644)
    await handle.write(bytes('1234'), 0)
    expect(await root.freeBytes()).toBe(6)
    expect(await failure(handle.write(bytes('5'), 4))).toBe('DISK_FULL')
  })

  test('refuses every change while read-only', async () => {
    disk.user.write('/f/a', 'x')
    disk.settings.readOnly = true
    for (const run of [
      () => root.createFile('b', 0o644),
      () => root.openWrite('a'),
      () => root.unlink('a'),
      () => root.rename('a', 'b'),
      () => root.setMode('a', 0o600),
      () => root.makeDirectory('d', 0o755),
    ])
      expect(await failure(run())).toBe('DISK_READ_ONLY')
    await (await root.openRead('a')).close()
  })

  test('denies what the permission bits deny', async () => {
    disk.user.mkdir('/f/d')
    disk.user.write('/f/d/x', 'x')
    disk.user.chmod('/f/d/x', 0o000)
    expect(await failure(root.openRead('d/x'))).toBe('PERMISSION_DENIED')
    expect((await root.lstat('d/x'))?.mode).toBe(0)
    disk.user.chmod('/f/d/x', 0o400)
    await (await root.openRead('d/x')).close()
    expect(await failure(root.openWrite('d/x'))).toBe('PERMISSION_DENIED')
    disk.user.chmod('/f/d', 0o500)
    expect(await failure(root.createFile('d/y', 0o644))).toBe('PERMISSION_DENIED')
    expect(await failure(root.unlink('d/x'))).toBe('PERMISSION_DENIED')
    disk.user.chmod('/f/d', 0o300)
    expect(await failure(root.list('d'))).toBe('PERMISSION_DENIED')
    expect((await root.lstat('d/x'))?.kind).toBe('file')
    disk.user.chmod('/f/d', 0o600)
    expect(await failure(root.lstat('d/x'))).toBe('PERMISSION_DENIED')
    expect(await root.list('d')).toHaveLength(1)
    const [entry] = await root.listWithStats('d')
    expect(entry).toMatchObject({ name: 'x', stat: undefined, error: { code: 'PERMISSION_DENIED' } })
  })

  test('takes the umask off what the engine creates, not off what it sets', async () => {
    await (await root.createFile('a', 0o666)).close()
    await root.makeDirectory('d', 0o777)
    expect((await root.lstat('a'))?.mode).toBe(0o644)
    expect((await root.lstat('d'))?.mode).toBe(0o755)
    await root.setMode('d', 0o777)
    expect((await root.lstat('d'))?.mode).toBe(0o777)
  })

  test('keeps bytes handed out earlier as they were', async () => {
    disk.user.write('/f/a', 'before')
    const snapshot = disk.tree('/f')
    const handle = await root.openWrite('a')
    await handle.write(bytes('AFTER'), 0)
    await handle.truncate(2)
    expect(new TextDecoder().decode(snapshot[0]!.content)).toBe('before')
    expect(new TextDecoder().decode(disk.user.read('/f/a'))).toBe('AF')
  })
})

describe('users of a memory disk', () => {
  beforeEach(() => start())

  test('write in place, partly, and remove whole trees', () => {
    disk.user.write('/f/a', 'hello', { mode: 0o600, mtimeNs: 5n })
    const [before] = disk.tree('/f')
    expect(before).toMatchObject({ mode: 0o600, mtimeNs: 5n })
    disk.user.writeAt('/f/a', bytes('J'), 0)
    expect(new TextDecoder().decode(disk.user.read('/f/a'))).toBe('Jello')
    expect(disk.tree('/f')[0]!.inode).toBe(before!.inode)
    disk.user.mkdir('/f/d/e')
    disk.user.write('/f/d/e/x', 'x')
    disk.user.plantUnusableName('/f/d', 'bad')
    disk.user.remove('/f/d')
    disk.user.remove('/f/none')
    expect(names()).toEqual(['a'])
  })

  test('can rename, link, point elsewhere and make what is no file', async () => {
    disk.user.write('/f/a', 'x')
    disk.user.rename('/f/a', '/f/b')
    disk.user.link('/f/b', '/f/c')
    disk.user.symlink('b', '/f/l')
    disk.user.makeOther('/f/fifo')
    disk.user.plantUnusableName('/f', 'bad')
    expect(disk.tree('/f').map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'b file',
      'bad file',
      'c file',
      'fifo other',
      'l symlink',
    ])
    expect((await root.list('')).find((entry) => entry.shown === 'bad')?.name).toBeUndefined()
    expect(await failure(root.openRead('fifo'))).toBe('KIND_UNSUPPORTED')
  })

  test('do not notice bit rot, and neither does lstat', async () => {
    disk.user.write('/f/a', 'abc')
    const before = await root.lstat('a')
    disk.user.rot('/f/a', 1)
    expect(await root.lstat('a')).toEqual(before)
    expect(new TextDecoder().decode(disk.user.read('/f/a'))).toBe('acc')
  })

  test('do not count as writes of the engine', async () => {
    disk.user.write('/f/a', 'x')
    expect(disk.writeCount()).toBe(0)
    await root.list('')
    expect(disk.writeCount()).toBe(0)
    await root.unlink('a')
    expect(disk.writeCount()).toBe(1)
  })
})
