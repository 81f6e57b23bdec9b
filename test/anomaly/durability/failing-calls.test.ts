/**
 * Every call of parking, exporting and restoring fails once, and from some call on for good.
 * Nothing is lost, nothing is replaced that was not parked, and the next try succeeds.
 */
import { describe, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { exportVersions } from '../../../src/node/durability/export.ts'
import { createHistoryLog, historyBackwards } from '../../../src/node/durability/history.ts'
import { restoreVersion } from '../../../src/node/durability/restore.ts'
import { createFaultyFileSystem } from '../../../src/node/fs/faulty-file-system.ts'
import type { FaultPlan } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import type { MemoryFolder } from '../../support/memory-folder.ts'
import { allVersions, displace, hashOf, LAPTOP, storeOn, take, treeOf } from '../../support/versions.ts'

interface Fault {
  readonly code: ErrorCode
  /** Fails every call from the chosen one on, not only that one. */
  readonly forGood: boolean
  readonly hardLinks: boolean
}

const FAULTS: readonly Fault[] = [
  { code: 'DISK_FULL', forGood: false, hardLinks: true },
  { code: 'DISK_FULL', forGood: true, hardLinks: true },
  { code: 'IO_ERROR', forGood: false, hardLinks: false },
  { code: 'PERMISSION_DENIED', forGood: true, hardLinks: false },
]

/** A full disk still answers questions; an I/O error or a missing right may hit anything. */
const GROWING = [
  'create-file',
  'make-directory',
  'make-symlink',
  'link',
  'rename',
  'handle-write',
  'handle-sync',
]

function planOf({ code, forGood }: Fault, from: number): FaultPlan {
  return ({ number, operation }) => {
    if (forGood ? number < from : number !== from) return undefined
    return code === 'DISK_FULL' && !GROWING.includes(operation) ? undefined : code
  }
}

/** Runs `attempt` with the fault at call 1, 2, 3 ... until it gets through all its calls. */
async function atEveryCall(
  fault: Fault,
  prepare: (folder: MemoryFolder, root: FolderRoot) => Promise<void>,
  attempt: (root: FolderRoot) => Promise<unknown>,
  check: (root: FolderRoot, hasFailed: boolean) => Promise<void>,
): Promise<number> {
  let failures = 0
  for (let at = 1; ; at++) {
    const folder = memoryFolder(at, { hardLinks: fault.hardLinks })
    const faulty = createFaultyFileSystem(folder.disk.fileSystem)
    const root = await faulty.fileSystem.openRoot('/folder')
    await prepare(folder, root)
    const first = faulty.callCount()
    faulty.setPlan(planOf(fault, first + at))
    const error = await attempt(root).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const isOver = faulty.callCount() < first + at
    faulty.setPlan(() => undefined)
    if (error !== undefined && !(error instanceof PeerfoldError)) throw error
    if (faulty.failures().length > 0) failures++
    expect(folder.disk.openHandles()).toBe(0)
    await check(root, error !== undefined)
    if (isOver) return failures
  }
}

describe.each(FAULTS)('$code (for good: $forGood, hard links: $hardLinks) at every call', (fault) => {
  test('of replacing leaves the old content at its path or parked', async () => {
    const failures = await atEveryCall(
      fault,
      async (folder) => folder.disk.user.write('/folder/a', 'old'),
      (root) => displace(root, storeOn(root), 'a', 'old', 'new'),
      async (root, hasFailed) => {
        const content = await take(root, 'a')
        if (content !== 'old') {
          expect(content).toBe('new')
          expect(await allVersions(root)).toMatchObject([{ path: 'a', contentHash: hashOf('old') }])
        }
        if (!hasFailed) expect(content).toBe('new')
        await storeOn(root, 2).sweep()
        expect([...(await treeOf(root)).values()]).toContain('old')
      },
    )
    expect(failures).toBeGreaterThan(8)
  })

  test('of deleting leaves the old content at its path or parked', async () => {
    const failures = await atEveryCall(
      fault,
      async (folder) => {
        folder.disk.user.mkdir('/folder/d')
        folder.disk.user.write('/folder/d/a', 'old')
      },
      (root) => displace(root, storeOn(root), 'd/a', 'old', undefined),
      async (root) => {
        if ((await take(root, 'd/a')) === undefined)
          expect(await allVersions(root)).toMatchObject([{ path: 'd/a', contentHash: hashOf('old') }])
        await storeOn(root, 2).sweep()
        expect([...(await treeOf(root)).values()]).toContain('old')
      },
    )
    expect(failures).toBeGreaterThan(6)
  })

  test('of a history batch costs that batch at most', async () => {
    const change = {
      timeMs: 1,
      is: undefined,
      was: undefined,
      device: 'd',
      name: 'n',
      source: 'local',
    } as const
    await atEveryCall(
      fault,
      async (_folder, root) => createHistoryLog(root).append([{ ...change, path: 'first' }]),
      (root) => createHistoryLog(root).append([{ ...change, path: 'second' }]),
      async (root, hasFailed) => {
        await createHistoryLog(root).append([{ ...change, path: 'third' }])
        const paths: string[] = []
        for await (const { path } of historyBackwards(root)) paths.unshift(path)
        if (!hasFailed) expect(paths).toEqual(['first', 'second', 'third'])
        expect(paths.filter((path) => path !== 'second')).toEqual(['first', 'third'])
      },
    )
  })

  test('of restoring over a file leaves that file at its path or parked', async () => {
    const failures = await atEveryCall(
      fault,
      async (folder, root) => {
        folder.disk.user.write('/folder/a', 'old')
        await displace(root, storeOn(root), 'a', 'old', 'present')
      },
      (root) => restoreOldest(root, 9),
      async (root) => {
        const contents = [...(await treeOf(root)).values()]
        expect(contents).toContain('present')
        expect(contents).toContain('old')
        expect(['old', 'present']).toContain(await take(root, 'a'))
        await restoreOldest(root, 10)
        expect(await take(root, 'a')).toBe('old')
        expect([...(await treeOf(root)).values()]).toContain('present')
      },
    )
    expect(failures).toBeGreaterThan(8)
  })

  test('of exporting names what is missing, and a second run completes it', async () => {
    const there = memoryFolder(1, { hardLinks: fault.hardLinks })
    const from = await there.open()
    for (const name of ['a', 'b']) {
      there.disk.user.write(`/folder/${name}`, `old ${name}`)
      await displace(from, storeOn(from, name.charCodeAt(0)), name, `old ${name}`, undefined)
    }
    await atEveryCall(
      fault,
      async () => undefined,
      async (to) => {
        const result = await exportVersions(from, to)
        expect(result.exported + result.problems.length).toBe(2)
      },
      async (to) => {
        await exportVersions(from, to)
        const exported = [...(await treeOf(to))].filter(([path]) => !path.endsWith('.tmp'))
        expect(exported.map(([, content]) => content).sort()).toEqual(['old a', 'old b'])
      },
    )
  })
})

async function restoreOldest(root: FolderRoot, seed: number): Promise<void> {
  const oldest = (await allVersions(root)).filter(({ origin }) => origin === 'known').at(-1)
  await restoreVersion(
    {
      root,
      store: storeOn(root, seed),
      random: seededRandom(seed),
      temporaryPath: (target, content) => `${target}.${content.slice(-8)}.tmp`,
      device: LAPTOP,
      decided: (_path, _contentHash, work) => work(),
      whatIsAt: async () => undefined,
    },
    { version: oldest?.id ?? '' },
  )
}
