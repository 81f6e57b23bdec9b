/** Small files of ours, under crashes and failing calls. */
import { describe, expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createFaultyFileSystem, failCall } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { homeFile, readSmallFile } from '../../../src/node/fs/home-files.ts'
import { type MemoryDisk, createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array | undefined): string | undefined =>
  content && new TextDecoder().decode(content)
const failure = (run: Promise<unknown>): Promise<string> => run.then(() => 'no failure', codeOf)

function newDisk(seed = 1, yieldNow?: () => Promise<void>): MemoryDisk {
  const parts = { clock: createFakeClock(), random: seededRandom(seed) }
  const disk = createMemoryDisk(yieldNow === undefined ? parts : { ...parts, yieldNow })
  disk.user.mkdir('/home')
  return disk
}

async function open(disk: MemoryDisk): Promise<FolderRoot> {
  return disk.fileSystem.openRoot('/home')
}

describe('a small file of ours', () => {
  test('is absent, then there, then replaced with the copy before beside it', async () => {
    const disk = newDisk()
    const file = homeFile(await open(disk), 'config.json')
    expect(await file.read()).toBeUndefined()
    await file.replace(bytes('one'))
    expect(text(await file.read())).toBe('one')
    expect(await file.readPrevious()).toBeUndefined()
    await file.replace(bytes('two'))
    await file.replace(bytes('three'))
    expect(text(await file.read())).toBe('three')
    expect(text(await file.readPrevious())).toBe('two')
    expect(disk.tree('/home').map((entry) => entry.path)).toEqual(['config.json', 'config.json.previous'])
    await file.remove()
    await file.remove()
    expect(await file.read()).toBeUndefined()
    expect(text(await file.readPrevious())).toBe('two')
  })

  test('is readable by its owner alone, unless told otherwise', async () => {
    const disk = newDisk()
    const root = await open(disk)
    await homeFile(root, 'secret').replace(bytes('x'))
    await homeFile(root, 'secret').replace(bytes('y'))
    await homeFile(root, 'open', { mode: 0o666, keepPrevious: false }).replace(bytes('x'))
    await homeFile(root, 'open', { mode: 0o666, keepPrevious: false }).replace(bytes('y'))
    expect(disk.tree('/home').map(({ path, mode }) => [path, mode])).toEqual([
      ['open', 0o666],
      ['secret', 0o600],
      ['secret.previous', 0o600],
    ])
  })

  test('is not read beyond its limit, nor written', async () => {
    const disk = newDisk()
    const root = await open(disk)
    disk.user.write('/home/big', 'x'.repeat(101))
    expect(await failure(readSmallFile(root, 'big', 100))).toBe('LIMIT_EXCEEDED')
    expect((await readSmallFile(root, 'big', 101))?.length).toBe(101)
    expect(await failure(homeFile(root, 'big', { limitBytes: 10 }).replace(bytes('x'.repeat(11))))).toBe(
      'LIMIT_EXCEEDED',
    )
  })

  test('that cannot be read is an error, never an absent file', async () => {
    const disk = newDisk()
    const file = homeFile(await open(disk), 'config.json')
    await file.replace(bytes('one'))
    disk.user.chmod('/home/config.json', 0)
    expect(await failure(file.read())).toBe('PERMISSION_DENIED')
    expect(await failure(file.replace(bytes('two')))).toBe('PERMISSION_DENIED')
    disk.user.remove('/home/config.json')
    disk.user.mkdir('/home/config.json')
    expect(await failure(file.read())).toBe('KIND_UNSUPPORTED')
  })

  test('survives a power cut at every call: whole, old or new, and new for good once it said so', async () => {
    let cutAt = 0
    let calls = 0
    let finished = 0
    for (let seed = 1; seed <= 400; seed++) {
      const disk = newDisk(seed, async () => {
        if (++calls === cutAt) await new Promise(() => {})
      })
      calls = 0
      cutAt = 0
      const file = homeFile(await open(disk), 'config.json')
      await file.replace(bytes('version one'))
      await file.replace(bytes('version two'))
      calls = 0
      cutAt = 1 + (seed % 25)
      let done = false
      void file.replace(bytes('version three')).then(() => (done = true))
      await new Promise((resolve) => setImmediate(resolve))
      if (done) finished++
      disk.crash()
      cutAt = 0
      const after = homeFile(await open(disk), 'config.json')
      const found = text(await after.read())
      expect(done ? ['version three'] : ['version two', 'version three']).toContain(found)
      expect(['version one', 'version two']).toContain(text(await after.readPrevious()))
      await after.replace(bytes('version four'))
      expect(text(await after.read())).toBe('version four')
      expect(disk.tree('/home')).toHaveLength(2)
    }
    expect(finished).toBeGreaterThan(10)
    expect(finished).toBeLessThan(390)
  })

  test('survives the failure of every call, and heals with the next replace', async () => {
    for (const code of ['IO_ERROR', 'DISK_FULL', 'PERMISSION_DENIED'] as const) {
      let failed = 0
      for (let number = 1; ; number++) {
        const disk = newDisk()
        const faulty = createFaultyFileSystem(disk.fileSystem)
        const file = homeFile(await faulty.fileSystem.openRoot('/home'), 'config.json')
        await file.replace(bytes('one'))
        const before = faulty.callCount()
        faulty.setPlan(failCall(before + number, code))
        const outcome = await failure(file.replace(bytes('two')))
        if (faulty.failures().length === 0) break
        failed++
        expect(['no failure', code]).toContain(outcome)
        expect(outcome === 'no failure' ? ['two'] : ['one', 'two']).toContain(text(await file.read()))
        await file.replace(bytes('three'))
        expect(text(await file.read())).toBe('three')
        expect(disk.tree('/home').map((entry) => entry.path)).toEqual(['config.json', 'config.json.previous'])
        expect(disk.openHandles()).toBe(0)
      }
      expect(failed).toBeGreaterThan(10)
    }
  })
})
