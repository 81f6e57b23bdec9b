/** Going back to a moment with devices that cannot be relied on. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { HistoryPage, HistoryQuery, KeptVersion } from '../../../src/node/core/history.ts'
import type { VersionStore } from '../../../src/node/durability/park.ts'
import { recallPath } from '../../../src/node/files/recall.ts'
import { restoreMoment } from '../../../src/node/files/restore-moment.ts'
import type { MomentParts, MomentProgress } from '../../../src/node/files/restore-moment.ts'
import type { HistorySource } from '../../../src/node/sync/ports.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import { hashOf } from '../../support/versions.ts'

const { signal } = new AbortController()
const CONTENT = 'what it was'

const version = (more: Partial<KeptVersion> = {}): KeptVersion => ({
  id: 'v',
  path: 'essay',
  kind: 'file',
  size: CONTENT.length,
  mode: 0o640,
  mtimeNs: 1_700_000_000_000_000_000n,
  contentHash: hashOf(CONTENT),
  linkTarget: '',
  author: { device: 'b', name: 'Bob' },
  reason: 'replaced',
  displacedBy: { device: 'b', name: 'Bob' },
  displacedAtMs: 5,
  ...more,
})
const page = (more: Partial<HistoryPage> = {}): HistoryPage => ({
  nowMs: 5,
  changes: [],
  versions: [],
  next: '',
  ...more,
})

/** A device that keeps one version; `bytes` are what it sends of it. */
function source(device: string, more: Partial<HistorySource> = {}, bytes = CONTENT): HistorySource {
  return {
    device,
    ask: async ({ part }) => page(part === 'versions' ? { versions: [version()] } : {}),
    read: async (_version, offset, length) => Buffer.from(bytes).subarray(offset, offset + length),
    ...more,
  }
}

/** A folder whose one file was saved over here, so that only others can have kept what it was. */
async function overwritten(sources: readonly HistorySource[]) {
  const folder = await syncedFolder(['b', 'c'])
  const { context } = folder
  writeFileSync(join(folder.path, 'essay'), CONTENT)
  await folder.scan()
  const { changes } = await context.archive.history({ part: 'changes', under: '', exact: false, cursor: '' })
  // The disk's and the clock's milliseconds are those of now: the next change must come later.
  const atMs = changes[0]?.timeMs ?? 0
  while (context.clock.nowMs() <= atMs + 1) await new Promise((resolve) => setImmediate(resolve))
  writeFileSync(join(folder.path, 'essay'), 'saved over')
  await folder.scan()
  const parts: MomentParts = {
    context,
    others: ['b', 'c'],
    histories: () => sources,
    restoreParts: () => ({
      root: context.root,
      store: (context.archive as typeof context.archive & { versions: VersionStore }).versions,
      random: context.random,
      temporaryPath: (target) => `${target}.tmp`,
      device: context.self,
      decided: (_path, _contentHash, work) => work(),
      whatIsAt: async () => undefined,
    }),
    scanned: () => folder.scan(),
    look: () => {},
  }
  const goBack = async (): Promise<MomentProgress | undefined> => {
    let last: MomentProgress | undefined
    for await (const progress of restoreMoment(parts, { path: '', atMs }, signal)) last = progress
    return last
  }
  const read = (): string => readFileSync(join(folder.path, 'essay'), 'utf8')
  return { folder, parts, goBack, read }
}

test('a content that another device keeps comes with its mode and time', async () => {
  const { goBack, read, folder } = await overwritten([source('b')])
  expect(await goBack()).toMatchObject({ done: 1, problemCount: 0, bytes: CONTENT.length, finished: true })
  expect(read()).toBe(CONTENT)
  const stat = await folder.context.root.lstat('essay')
  expect([stat?.mode, stat?.mtimeNs]).toEqual([0o640, 1_700_000_000_000_000_000n])
})

test.each([
  { what: 'sends other bytes', bad: source('b', {}, 'WHAT IT WAS'), code: 'VERSION_DAMAGED' },
  { what: 'no longer keeps it', bad: source('b', { read: async () => undefined }), code: 'BLOCK_MISSING' },
  {
    what: 'goes away under way',
    bad: source('b', { read: () => Promise.reject(new PeerfoldError('PEER_GONE', 'gone')) }),
    code: 'PEER_GONE',
  },
])('a device that $what costs nothing while another has it, and alone it is named', async ({ bad, code }) => {
  const helped = await overwritten([bad, source('c')])
  expect(await helped.goBack()).toMatchObject({ problemCount: 0 })
  expect(helped.read()).toBe(CONTENT)
  const alone = await overwritten([bad])
  expect(await alone.goBack()).toMatchObject({ problems: [{ path: 'essay', code }], finished: true })
  expect(alone.read()).toBe('saved over')
  expect(readdirSync(alone.folder.path).toSorted()).toEqual(['.peerfold', 'essay'])
})

test.each<{ what: string; ask: (query: HistoryQuery) => Promise<HistoryPage | undefined> }>([
  { what: 'tells nothing of the folder', ask: async () => undefined },
  { what: 'never ends its answer', ask: async () => page({ next: 'again' }) },
  { what: 'tells of what was not asked', ask: async () => page({ versions: [version({ path: 'other' })] }) },
  { what: 'does not answer in time', ask: () => Promise.reject(new PeerfoldError('TIMEOUT', 'silence')) },
])('of a path, a device that $what is missing and no more', async ({ ask }) => {
  const { parts } = await overwritten([source('b', { ask }), source('c')])
  const { told, missing, entries } = await recallPath(parts, 'essay', signal)
  expect([told, missing]).toEqual([['self', 'c'], ['b']])
  expect(entries.map(({ state }) => state)).toEqual(['current', 'kept'])
})

test('a version that says to be larger than the disk is refused before anything is asked for', async () => {
  let asked = 0
  const huge = source('b', {
    ask: async ({ part }) =>
      page(part === 'versions' ? { versions: [version({ size: Number.MAX_SAFE_INTEGER })] } : {}),
    read: async () => {
      asked++
      return undefined
    },
  })
  const { goBack, read } = await overwritten([huge])
  expect(await goBack()).toMatchObject({ problems: [{ path: 'essay', code: 'DISK_FULL' }], finished: true })
  expect([asked, read()]).toEqual([0, 'saved over'])
})

test('a content that cannot go back to its place keeps the name that it has', async () => {
  const { goBack, folder } = await overwritten([source('b')])
  mkdirSync(join(folder.path, 'letters'))
  renameSync(join(folder.path, 'essay'), join(folder.path, 'letters', 'essay'))
  writeFileSync(join(folder.path, 'letters', 'essay'), CONTENT)
  mkdirSync(join(folder.path, 'essay'))
  writeFileSync(join(folder.path, 'essay', 'in the way'), '')
  await folder.scan()
  const { context } = folder
  const removeDirectory = (): Promise<void> =>
    Promise.reject(new PeerfoldError('DIRECTORY_NOT_EMPTY', 'something is in it'))
  Object.assign(context.root, { removeDirectory })
  const codes = (await goBack())?.problems.map(({ path, code }) => [path, code])
  expect(codes).toEqual([
    ['essay', 'DIRECTORY_NOT_EMPTY'],
    ['essay', 'FILE_CHANGED'],
    ['letters/essay', 'FILE_CHANGED'],
    ['letters', 'DIRECTORY_NOT_EMPTY'],
  ])
  expect(readFileSync(join(folder.path, 'letters', 'essay'), 'utf8')).toBe(CONTENT)
})

test('a directory that something unknown lies in stays, with what is in it', async () => {
  const { goBack, folder, parts } = await overwritten([source('b')])
  mkdirSync(join(folder.path, 'new'))
  writeFileSync(join(folder.path, 'new', 'known'), '')
  await folder.scan()
  const meddled: MomentParts = {
    ...parts,
    scanned: async () => writeFileSync(join(folder.path, 'new', 'unknown'), 'just now'),
  }
  Object.assign(parts, { scanned: meddled.scanned })
  expect(await goBack()).toMatchObject({ problems: [{ path: 'new', code: 'DIRECTORY_NOT_EMPTY' }] })
  expect(readdirSync(join(folder.path, 'new'))).toEqual(['unknown'])
})
