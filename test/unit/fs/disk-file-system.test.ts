/** What only a real disk can do to us: swapped directories, FIFOs, bytes that are no text. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createDiskFileSystem } from '../../../src/node/fs/disk-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const failure = (run: Promise<unknown>): Promise<string> => run.then(() => 'no failure', codeOf)
const openDescriptors = (): number => readdirSync('/proc/self/fd').length
const isElsewhere = process.platform !== 'linux'
const WHY_LINUX = 'needs /proc and file names as bytes'

describe.each([
  ['pooled', false],
  ['blocking', true],
])('the %s disk', (_, blocking) => {
  let outside: string
  let folder: string
  let root: FolderRoot
  beforeEach(async () => {
    outside = mkdtempSync(join(tmpdir(), 'peerfold-disk-'))
    folder = join(outside, 'folder')
    mkdirSync(folder)
    root = await createDiskFileSystem({ blocking }).openRoot(folder)
  })
  afterEach(async () => {
    await root.close()
    rmSync(outside, { recursive: true, force: true })
  })

  describe('confinement', () => {
    /** Puts a link to a directory outside where `inner` was. */
    const swap = (): void => {
      renameSync(join(folder, 'inner'), join(folder, 'was-inner'))
      symlinkSync(join(outside, 'victim'), join(folder, 'inner'))
    }
    const swapBack = (): void => {
      unlinkSync(join(folder, 'inner'))
      renameSync(join(folder, 'was-inner'), join(folder, 'inner'))
    }
    beforeEach(() => {
      mkdirSync(join(folder, 'inner'))
      mkdirSync(join(outside, 'victim'))
      writeFileSync(join(outside, 'victim', 'secret'), 'secret')
    })

    test('a directory swapped for a link between two calls redirects neither', async () => {
      expect(await root.list('inner')).toEqual([])
      swap()
      expect(await failure(root.createFile('inner/x', 0o644))).toBe('FILE_NOT_FOUND')
      expect(await failure(root.openRead('inner/secret'))).toBe('FILE_NOT_FOUND')
      expect(await root.lstat('inner/secret')).toBeUndefined()
      expect(await failure(root.list('inner'))).toBe('FILE_NOT_FOUND')
      expect(readdirSync(join(outside, 'victim'))).toEqual(['secret'])
    })

    test('a directory moved out of the folder is not worked in any more', async () => {
      expect(await root.list('inner')).toEqual([])
      renameSync(join(folder, 'inner'), join(outside, 'moved'))
      expect(await failure(root.createFile('inner/x', 0o644))).toBe('FILE_NOT_FOUND')
      mkdirSync(join(folder, 'inner'))
      await (await root.createFile('inner/x', 0o644)).close()
      expect(readdirSync(join(outside, 'moved'))).toEqual([])
      expect(readdirSync(join(folder, 'inner'))).toEqual(['x'])
    })

    test('a directory swapped back and forth while we write never lets a byte out', async ({ skip }) => {
      skip(isElsewhere, WHY_LINUX)
      const random = seededRandom(3)
      const outcomes = new Map<string, number>()
      const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const attempt = async (n: number): Promise<void> => {
        const handle = await root.createFile(`inner/f${n}`, 0o644)
        await handle.write(bytes('ours'), 0)
        await handle.close()
        const found = await root.openRead('inner/secret').catch(() => undefined)
        await found?.close()
        expect(found).toBeUndefined()
      }
      for (let n = 0; n < 300; n++) {
        const running = attempt(n).then(() => 'written', codeOf)
        for (let spin = random.below(4); spin > 0; spin--) await Promise.resolve()
        swap()
        if (random.below(2) === 0) await new Promise((resolve) => setImmediate(resolve))
        swapBack()
        count(await running)
      }
      expect(readdirSync(join(outside, 'victim'))).toEqual(['secret'])
      // Both sides of the race were met, and nothing else.
      expect([...outcomes.keys()].every((key) => ['written', 'FILE_NOT_FOUND'].includes(key))).toBe(true)
      expect(outcomes.get('written')).toBeGreaterThan(0)
    })

    test('a link as the last name is never followed', async () => {
      symlinkSync(join(outside, 'victim', 'secret'), join(folder, 'link'))
      expect(await failure(root.openRead('link'))).toBe('KIND_UNSUPPORTED')
      expect(await failure(root.openWrite('link'))).toBe('KIND_UNSUPPORTED')
      expect(await failure(root.createFile('link', 0o644))).toBe('FILE_EXISTS')
      expect(await failure(root.setMode('link', 0o777))).toBe('KIND_UNSUPPORTED')
      await root.setMtime('link', 0n)
      expect((await root.lstat('link'))?.mtimeNs).toBe(0n)
      expect(readFileSync(join(outside, 'victim', 'secret'), 'utf8')).toBe('secret')
    })
  })

  describe('things that are no files', () => {
    test('a FIFO neither blocks nor is opened', async ({ skip }) => {
      skip(isElsewhere, WHY_LINUX)
      execFileSync('mkfifo', [join(folder, 'fifo')])
      expect((await root.lstat('fifo'))?.kind).toBe('other')
      expect(await failure(root.openRead('fifo'))).toBe('KIND_UNSUPPORTED')
      expect(await failure(root.openWrite('fifo'))).toBe('KIND_UNSUPPORTED')
      expect(await failure(root.setMode('fifo', 0o600))).toBe('KIND_UNSUPPORTED')
    })
    test('a socket is not opened', async () => {
      const server = createServer()
      await new Promise<void>((resolve) => {
        server.listen(join(folder, 'socket'), resolve)
      })
      expect((await root.lstat('socket'))?.kind).toBe('other')
      expect(await failure(root.openRead('socket'))).toBe('KIND_UNSUPPORTED')
      await new Promise((resolve) => {
        server.close(resolve)
      })
    })
  })

  test('names that are not UTF-8 are listed without a name and told apart', async ({ skip }) => {
    skip(isElsewhere, WHY_LINUX)
    const bad = Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff, 0xfe])])
    writeFileSync(bad, 'x')
    writeFileSync(join(folder, 'bad-\ufffd\ufffd'), 'y')
    const shown = { name: undefined, shown: 'bad-\ufffd\ufffd' }
    for (const listed of [await root.list(''), await root.listWithStats('')]) {
      expect(listed).toHaveLength(2)
      expect(listed).toContainEqual(expect.objectContaining(shown))
      expect(listed).toContainEqual(expect.objectContaining({ name: 'bad-\ufffd\ufffd' }))
    }
  })

  test('a link whose target is not UTF-8 is reported, not bent', async ({ skip }) => {
    skip(isElsewhere, WHY_LINUX)
    symlinkSync(Buffer.from([0x61, 0xff]), join(folder, 'link'))
    expect(await failure(root.readLink('link'))).toBe('NAME_NOT_UTF8')
  })

  test('a root that was removed is noticed', async () => {
    rmSync(folder, { recursive: true })
    expect(await root.lstat('')).toBeUndefined()
    expect(await failure(root.createFile('x', 0o644))).toBe('FILE_NOT_FOUND')
  })

  test('a root that was replaced shows another identity, and nothing is written into the new one', async () => {
    const before = (await root.lstat(''))!
    renameSync(folder, join(outside, 'old'))
    mkdirSync(folder)
    expect((await root.lstat(''))!.inode).not.toBe(before.inode)
    await (await root.createFile('x', 0o644)).close()
    expect(readdirSync(folder)).toEqual([])
    expect(existsSync(join(outside, 'old', 'x'))).toBe(true)
  })

  test('content beyond 2^32 is reached, sparse', async () => {
    const far = 2 ** 32 + 5
    const handle = await root.createFile('big', 0o644)
    await handle.write(bytes('end'), far)
    const into = new Uint8Array(8)
    expect(await handle.read(into, far - 2)).toBe(5)
    expect([...into.subarray(0, 5)]).toEqual([0, 0, 101, 110, 100])
    expect((await handle.stat()).size).toBe(far + 3)
    await handle.close()
  })

  test('no failure leaves a descriptor open', async ({ skip }) => {
    skip(isElsewhere, WHY_LINUX)
    await root.makeDirectory('d', 0o755)
    await (await root.createFile('d/f', 0o644)).close()
    symlinkSync('d', join(folder, 'l'))
    const file = createDiskFileSystem({ blocking })
    const before = openDescriptors()
    const failing = [
      () => root.openRead('d'),
      () => root.openRead('l'),
      () => root.openRead('none/x'),
      () => root.openRead('l/f'),
      () => root.openWrite('d'),
      () => root.createFile('d/f', 0o644),
      () => root.list('d/f'),
      () => root.setMode('l', 0o600),
      () => root.setMode('none', 0o600),
      () => root.syncDirectory('d/f'),
      () => root.rename('d', 'd/e'),
      () => root.link('d/f', 'none/f'),
      () => file.openRoot(join(folder, 'd', 'f')),
      () => file.openRoot(join(folder, 'none')),
    ]
    for (let round = 0; round < 20; round++)
      for (const run of failing) expect(await failure(run())).not.toBe('no failure')
    // The one directory that was entered may stay open for the next operation.
    expect(openDescriptors() - before).toBeLessThanOrEqual(1)
  })

  test('a root keeps few descriptors, and none after it was closed, whatever was still running', async ({
    skip,
  }) => {
    skip(isElsewhere, WHY_LINUX)
    const before = openDescriptors()
    const other = await createDiskFileSystem({ blocking }).openRoot(folder)
    for (let n = 0; n < 200; n++) {
      mkdirSync(join(folder, `d${n}`))
      expect(await other.list(`d${n}`)).toEqual([])
    }
    expect(openDescriptors() - before).toBeLessThan(50)
    const running = Array.from({ length: 50 }, (_, n) => failure(other.list(`d${n}`)))
    await other.close()
    for (const outcome of await Promise.all(running)) expect(['no failure', 'IO_ERROR']).toContain(outcome)
    expect(openDescriptors()).toBe(before)
  })
})
