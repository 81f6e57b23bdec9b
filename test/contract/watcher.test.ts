/**
 * What every Watcher does: the real one over chokidar in its worker, and its memory twin. A hint
 * covers a path when it names it, something above it, or everything.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/node/base/clock.ts'
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { createChokidarWatcher } from '../../src/node/fs/chokidar-watcher.ts'
import type { WatchHandle, WatchHint, Watcher } from '../../src/node/fs/file-system.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryUser } from '../../src/node/fs/memory-user.ts'
import { createMemoryWatcher } from '../../src/node/fs/memory-watcher.ts'

type User = Pick<MemoryUser, 'mkdir' | 'remove' | 'rename' | 'symlink' | 'chmod'> & {
  write(path: string, text: string): void
}

interface Subject {
  readonly watcher: Watcher
  readonly root: string
  readonly user: User
  readonly errors: readonly Error[]
  /** Lets time pass until `condition` holds. */
  until(condition: () => void): Promise<void>
  end(): Promise<void>
}

const DISK_USER: User = {
  mkdir: (path) => mkdirSync(path, { recursive: true }),
  remove: (path) => rmSync(path, { recursive: true }),
  rename: renameSync,
  symlink: symlinkSync,
  chmod: chmodSync,
  write: (path, text) => writeFileSync(path, text),
}

async function realWatcher(): Promise<Subject> {
  const errors: Error[] = []
  const root = mkdtempSync(join(tmpdir(), 'peerfold-watch-'))
  const watcher = createChokidarWatcher({ clock: systemClock(), onError: (error) => errors.push(error) })
  return {
    watcher,
    root,
    user: DISK_USER,
    errors,
    until: (condition) => vi.waitFor(condition, { timeout: 10_000, interval: 5 }),
    end: async () => {
      await watcher.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

async function memoryWatcher(): Promise<Subject> {
  const clock = createFakeClock()
  const disk = createMemoryDisk({ clock, random: seededRandom(1) })
  disk.user.mkdir('/f')
  return {
    watcher: createMemoryWatcher({ disk, clock, random: seededRandom(1) }, { delayMs: 50 }),
    root: '/f',
    user: disk.user,
    errors: [],
    until: async (condition) => {
      await clock.advance(50)
      condition()
    },
    end: async () => {},
  }
}

describe.each([
  ['the chokidar watcher', realWatcher],
  ['the memory watcher', memoryWatcher],
])('%s', (_, create) => {
  let subject: Subject
  let hints: WatchHint[]
  let handle: WatchHandle

  const at = (path: string): string => `${subject.root}/${path}`
  const isCovered = (path: string): boolean =>
    hints.some((hint) => hint === undefined || hint === '' || path === hint || path.startsWith(`${hint}/`))
  const expectCovered = (...paths: string[]): Promise<void> =>
    subject.until(() => {
      expect(paths.filter((path) => !isCovered(path))).toEqual([])
      expect(subject.errors).toEqual([])
    })

  const start = async (): Promise<void> => {
    hints = []
    handle = await subject.watcher.watch(subject.root, (hint) => hints.push(hint))
  }
  beforeEach(async () => {
    subject = await create()
    subject.user.mkdir(at('d/e'))
    subject.user.write(at('d/e/old'), 'x')
    await start()
  })
  afterEach(async () => {
    await handle.close()
    await subject.end()
  })

  test('hints a new, a changed, a renamed and a removed file', async () => {
    subject.user.write(at('d/new'), 'x')
    await expectCovered('d/new')
    hints = []
    subject.user.write(at('d/e/old'), 'y')
    await expectCovered('d/e/old')
    hints = []
    subject.user.rename(at('d/e/old'), at('d/moved'))
    await expectCovered('d/e/old', 'd/moved')
    hints = []
    subject.user.remove(at('d/moved'))
    await expectCovered('d/moved')
  })

  test('hints permission bits and links', async () => {
    subject.user.chmod(at('d/e/old'), 0o600)
    subject.user.symlink('old', at('d/e/link'))
    await expectCovered('d/e/old', 'd/e/link')
  })

  test('names no more than what changed in the root itself', async () => {
    subject.user.write(at('top'), 'x')
    await expectCovered('top')
    expect(hints.every((hint) => hint === 'top')).toBe(true)
  })

  test('hints what comes into being in directories made just before', async () => {
    subject.user.mkdir(at('n/e/w'))
    subject.user.write(at('n/e/w/first'), 'x')
    await expectCovered('n/e/w/first')
    subject.user.write(at('n/e/w/second'), 'x')
    await expectCovered('n/e/w/second')
  })

  test('goes on in directories that were moved or made anew', async () => {
    subject.user.rename(at('d'), at('was-d'))
    await expectCovered('d', 'was-d')
    subject.user.write(at('was-d/e/inside'), 'x')
    await expectCovered('was-d/e/inside')
    subject.user.remove(at('was-d'))
    subject.user.mkdir(at('was-d/e'))
    await expectCovered('was-d')
    for (let n = 0; n < 3; n++) {
      subject.user.write(at(`was-d/e/again${n}`), 'x')
      await expectCovered(`was-d/e/again${n}`)
    }
  })

  test('hints every file of a burst', async () => {
    const names = Array.from({ length: 2000 }, (_name, n) => `d/e/burst${n}`)
    for (const name of names) subject.user.write(at(name), 'x')
    await expectCovered(...names)
  })

  test('hints every file of many new directories', async () => {
    const names = Array.from({ length: 300 }, (_name, n) => `tree/a${n % 7}/b${n % 11}/c${n}/file`)
    for (const name of names) {
      subject.user.mkdir(at(name.slice(0, name.lastIndexOf('/'))))
      subject.user.write(at(name), 'x')
    }
    await expectCovered(...names)
  })

  test('is silent about the own directory at the top, and only there', async () => {
    subject.user.mkdir(at('.peerfold/versions'))
    subject.user.write(at('.peerfold/versions/x'), 'x')
    subject.user.mkdir(at('d/.peerfold'))
    subject.user.write(at('.peerfold-not'), 'x')
    await expectCovered('d/.peerfold', '.peerfold-not')
    expect(hints.filter((hint) => hint === '.peerfold' || hint?.startsWith('.peerfold/'))).toEqual([])
  })

  test('is silent once closed, while another watch goes on', async () => {
    const others: WatchHint[] = []
    const other = await subject.watcher.watch(subject.root, (hint) => others.push(hint))
    await handle.close()
    await handle.close()
    hints = []
    subject.user.write(at('d/after'), 'x')
    await subject.until(() => expect(others).toContain('d/after'))
    expect(hints).toEqual([])
    await other.close()
  })
})
