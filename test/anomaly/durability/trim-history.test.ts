/** The history log is shortened, and fails, dies or loses its power at every call: it is the old one or the new. */
import { describe, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { createHistoryLog, historyBackwards } from '../../../src/node/durability/history.ts'
import type { HistoryChange } from '../../../src/node/durability/history.ts'
import { HISTORY_LOG, VERSIONS } from '../../../src/node/durability/layout.ts'
import { trimHistory } from '../../../src/node/durability/trim-history.ts'
import { createFaultyFileSystem } from '../../../src/node/fs/faulty-file-system.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import type { MemoryFolder } from '../../support/memory-folder.ts'

const REQUEST = { beforeMs: 1_000, nowMs: 10_000 }
/** Lines of 200 bytes and more: 700 of them are more than what has to go at least. */
const OLD = Array.from({ length: 700 }, (_, at) => change(at, `old ${at}`))
const YOUNG = Array.from({ length: 20 }, (_, at) => change(2_000 + at, `young ${at}`))

function change(timeMs: number, path: string): HistoryChange {
  const is = { kind: 'file', contentHash: `sha256:${'0'.repeat(64)}` } as const
  return { timeMs, path, is, was: undefined, device: 'd', name: 'n', source: 'local' }
}

async function pathsOf(root: FolderRoot): Promise<string[]> {
  const paths: string[] = []
  for await (const { path } of historyBackwards(root)) paths.unshift(path)
  return paths
}

const BEFORE = [...OLD, ...YOUNG].map(({ path }) => path)
const AFTER = ['old 699', ...YOUNG.map(({ path }) => path)]

async function write(folder: MemoryFolder, changes: readonly HistoryChange[] = [...OLD, ...YOUNG]) {
  const root = await folder.open()
  await createHistoryLog(root).append(changes)
  return root
}

/** Whole, and what comes next goes on where it was. */
async function check(folder: MemoryFolder): Promise<void> {
  const root = await folder.open()
  const found = await pathsOf(root)
  expect([BEFORE.length, AFTER.length]).toContain(found.length)
  expect(found).toEqual(found.length === AFTER.length ? AFTER : BEFORE)
  await createHistoryLog(root).append([change(3_000, 'next')])
  await trimHistory(root, REQUEST)
  expect(await pathsOf(root)).toEqual([...AFTER, 'next'])
  const names = (await root.list(VERSIONS)).map(({ name }) => name)
  expect(names).toEqual(['history.log'])
}

describe('a shorter history', () => {
  test('keeps the last of the old lines and everything since the first young one', async () => {
    const folder = memoryFolder(1)
    const root = await write(folder)
    const { size } = (await root.lstat(HISTORY_LOG))!
    expect(await trimHistory(root, REQUEST)).toBeGreaterThan(size / 2)
    expect(await pathsOf(root)).toEqual(AFTER)
    expect((await root.lstat(HISTORY_LOG))?.mode).toBe(0o600)
    const writes = folder.disk.writeCount()
    expect(await trimHistory(root, REQUEST)).toBe(0)
    expect(folder.disk.writeCount()).toBe(writes)
  })

  test('loses nothing that came after a young line, whatever the clock said', async () => {
    const root = await write(memoryFolder(1), [...YOUNG, ...OLD])
    expect(await trimHistory(root, REQUEST)).toBe(0)
    expect(await pathsOf(root)).toEqual([...YOUNG, ...OLD].map(({ path }) => path))
  })

  test('is not held up by lines that a clock stamped later than now, nor made of them', async () => {
    const ahead = change(99_000, 'ahead')
    const root = await write(memoryFolder(1), [ahead, ...OLD, ahead, ...YOUNG])
    expect(await trimHistory(root, REQUEST)).toBeGreaterThan(0)
    expect(await pathsOf(root)).toEqual(['old 699', 'ahead', ...YOUNG.map(({ path }) => path)])
    const all = await write(
      memoryFolder(2),
      OLD.map(({ path }) => change(99_000, path)),
    )
    expect(await trimHistory(all, REQUEST)).toBe(0)
  })

  test.each(['{"time":7}', 'x'.repeat(600_000), '\0'])(
    'has no room for what is no line of ours',
    async (junk) => {
      const folder = memoryFolder(1)
      const root = await write(folder)
      const log = Buffer.from(folder.disk.user.read(`/folder/${HISTORY_LOG}`)).toString()
      folder.disk.user.write(`/folder/${HISTORY_LOG}`, `${junk}\n${log}${junk}`)
      expect(await trimHistory(root, REQUEST)).toBeGreaterThan(junk.length)
      expect(await pathsOf(root)).toEqual(AFTER)
    },
  )

  test('is not worth a rewrite for little, and there is nothing to do without a log', async () => {
    const root = await memoryFolder(1).open()
    expect(await trimHistory(root, REQUEST)).toBe(0)
    const many = Array.from({ length: 3_000 }, (_, at) => change(2_000, `young ${at}`))
    const busy = await write(memoryFolder(2), [...OLD, ...many])
    expect(await trimHistory(busy, REQUEST)).toBe(0)
  })
})

describe.each<{ code: ErrorCode; forGood: boolean }>([
  { code: 'DISK_FULL', forGood: true },
  { code: 'IO_ERROR', forGood: false },
  { code: 'PERMISSION_DENIED', forGood: true },
])('$code (for good: $forGood)', ({ code, forGood }) => {
  test('at every call leaves the old log or the new one', async () => {
    let failures = 0
    for (let at = 1; ; at++) {
      const folder = memoryFolder(at)
      await write(folder)
      const faulty = createFaultyFileSystem(folder.disk.fileSystem)
      const root = await faulty.fileSystem.openRoot('/folder')
      const first = faulty.callCount()
      faulty.setPlan(({ number }) =>
        (forGood ? number < first + at : number !== first + at) ? undefined : code,
      )
      const error = await trimHistory(root, REQUEST).catch((thrown: unknown) => thrown)
      const isOver = faulty.callCount() < first + at
      if (typeof error !== 'number' && !(error instanceof PeerfoldError)) throw error
      faulty.setPlan(() => undefined)
      if (faulty.failures().length > 0) failures++
      expect(folder.disk.openHandles(), `call ${at}`).toBe(0)
      await check(folder)
      if (isOver) break
    }
    expect(failures).toBeGreaterThan(8)
  })
})

describe.each(['a kill', 'a power cut'])('%s', (how) => {
  test('at every call leaves the old log or the new one', async () => {
    let cuts = 0
    for (let seed = 1; seed <= 4; seed++)
      for (let at = 1; ; at++) {
        const folder = memoryFolder(seed * 1_000 + at)
        const root = await write(folder)
        const { disk } = folder
        const cut = how === 'a kill' ? Object.assign(disk, { crash: disk.kill }) : disk
        expect(cut).toBe(disk)
        const work = async (): Promise<void> => void (await trimHistory(root, REQUEST))
        if (!(await folder.endsInPowerCut(at, work))) break
        cuts++
        await check(folder)
      }
    expect(cuts).toBeGreaterThan(40)
  })
})
