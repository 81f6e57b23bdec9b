/** A file system that fails on demand, and only then. */
import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import {
  type FaultyFileSystem,
  createFaultyFileSystem,
  failCall,
  failWhere,
} from '../../../src/node/fs/faulty-file-system.ts'
import { type MemoryDisk, createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const failure = (run: Promise<unknown>): Promise<string> => run.then(() => 'no failure', codeOf)

describe('a faulty file system', () => {
  let disk: MemoryDisk
  let faulty: FaultyFileSystem
  beforeEach(() => {
    disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) })
    disk.user.mkdir('/f')
    disk.user.write('/f/a', 'content')
    faulty = createFaultyFileSystem(disk.fileSystem)
  })

  test('passes everything through and counts it', async () => {
    const root = await faulty.fileSystem.openRoot('/f')
    const handle = await root.openRead('a')
    expect((await handle.stat()).size).toBe(7)
    await handle.close()
    expect(root.path).toBe('/f')
    expect(faulty.callCount()).toBe(4)
    expect(faulty.failures()).toEqual([])
  })

  test('fails the call with the given number once, without doing it', async () => {
    faulty.setPlan(failCall(2, 'IO_ERROR'))
    const root = await faulty.fileSystem.openRoot('/f')
    expect(await failure(root.unlink('a'))).toBe('IO_ERROR')
    expect(disk.tree('/f')).toHaveLength(1)
    await root.unlink('a')
    expect(disk.tree('/f')).toHaveLength(0)
    expect(faulty.failures()).toEqual([{ operation: 'unlink', path: 'a', number: 2 }])
  })

  test('fails what matches, through handles too', async () => {
    faulty.setPlan(
      failWhere(({ operation, path }) => operation === 'handle-sync' && path === 'b', 'IO_ERROR'),
    )
    const root = await faulty.fileSystem.openRoot('/f')
    const handle = await root.createFile('b', 0o644)
    expect(await failure(handle.sync())).toBe('IO_ERROR')
    expect(await failure(handle.write(bytes('x'), 0))).toBe('no failure')
  })

  test('leaves half of what a failing write was given', async () => {
    const root = await faulty.fileSystem.openRoot('/f')
    const handle = await root.createFile('b', 0o644)
    faulty.setPlan(failWhere(({ operation }) => operation === 'handle-write', 'DISK_FULL'))
    expect(await failure(handle.write(bytes('abcdef'), 0))).toBe('DISK_FULL')
    expect(new TextDecoder().decode(disk.user.read('/f/b'))).toBe('abc')
  })

  test('closes even when closing fails', async () => {
    const root = await faulty.fileSystem.openRoot('/f')
    const handle = await root.openRead('a')
    faulty.setPlan(failWhere(({ operation }) => operation === 'close', 'IO_ERROR'))
    expect(await failure(handle.close())).toBe('IO_ERROR')
    expect(disk.openHandles()).toBe(0)
  })
})
