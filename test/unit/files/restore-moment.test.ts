/** Going back to a moment with devices that cannot be relied on. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { HistoryPage, HistoryQuery, KeptVersion } from '../../../src/node/core/history.ts'
import { contentPath } from '../../../src/node/durability/layout.ts'
import type { VersionStore } from '../../../src/node/durability/park.ts'
import { recallPath } from '../../../src/node/files/recall.ts'
import { restoreMoment } from '../../../src/node/files/restore-moment.ts'
import type { MomentParts, MomentProgress } from '../../../src/node/files/restore-moment.ts'
import { writeFile } from '../../../src/node/files/write-file.ts'
import { recordDamaged } from '../../../src/node/sync/check-file.ts'
import type { HistorySource } from '../../../src/node/sync/ports.ts'
import { syncedFolder } from '../../support/synced-folder.ts'
import type { SyncedFolder } from '../../support/synced-folder.ts'
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

/** Parts for going back, and how it went: the last that was told of it. */
function goingBack(folder: SyncedFolder, sources: readonly HistorySource[]) {
  const { context } = folder
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
  const goBack = async (atMs: number): Promise<MomentProgress | undefined> => {
    let last: MomentProgress | undefined
    for await (const progress of restoreMoment(parts, { path: '', atMs }, signal)) last = progress
    return last
  }
  return { parts, goBack }
}

/** Records what is on the disk; the moment after that, before which nothing else changes. */
async function recordedMoment({ context, scan }: SyncedFolder): Promise<number> {
  await scan()
  const { changes } = await context.archive.history({ part: 'changes', under: '', exact: false, cursor: '' })
  // The disk's and the clock's milliseconds are those of now: the next change must come later.
  const atMs = changes[0]?.timeMs ?? 0
  while (context.clock.nowMs() <= atMs + 1) await new Promise((resolve) => setImmediate(resolve))
  return atMs
}

/** A folder whose one file was saved over here, so that only others can have kept what it was. */
async function overwritten(sources: readonly HistorySource[]) {
  const folder = await syncedFolder(['b', 'c'])
  writeFileSync(join(folder.path, 'essay'), CONTENT)
  const atMs = await recordedMoment(folder)
  writeFileSync(join(folder.path, 'essay'), 'saved over')
  await folder.scan()
  const { parts, goBack } = goingBack(folder, sources)
  const read = (): string => readFileSync(join(folder.path, 'essay'), 'utf8')
  return { folder, parts, goBack: () => goBack(atMs), read }
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

test('a link that was renamed goes back without anybody else, though a file has its hash', async () => {
  const folder = await syncedFolder(['b', 'c'])
  const at = (name: string): string => join(folder.path, name)
  symlinkSync('target', at('a'))
  writeFileSync(at('file'), 'target')
  const atMs = await recordedMoment(folder)
  renameSync(at('a'), at('b'))
  expect(await goingBack(folder, []).goBack(atMs)).toMatchObject({ done: 2, problemCount: 0 })
  expect([readdirSync(folder.path).toSorted(), readlinkSync(at('a'))]).toEqual([
    ['.peerfold', 'a', 'file'],
    'target',
  ])
})

test("links and files that took each other's names go back, whoever comes first", async () => {
  const folder = await syncedFolder(['b', 'c'])
  const at = (name: string): string => join(folder.path, name)
  for (const name of ['1', '4']) symlinkSync(`link ${name}`, at(name))
  for (const name of ['2', '3']) writeFileSync(at(name), `file ${name}`)
  const atMs = await recordedMoment(folder)
  const swap = (a: string, b: string): void => {
    renameSync(at(a), at('aside'))
    renameSync(at(b), at(a))
    renameSync(at('aside'), at(b))
  }
  swap('1', '2')
  swap('3', '4')
  expect(await goingBack(folder, []).goBack(atMs)).toMatchObject({ done: 4, problems: [] })
  expect(['1', '4'].map((name) => readlinkSync(at(name)))).toEqual(['link 1', 'link 4'])
  expect(['2', '3'].map((name) => readFileSync(at(name), 'utf8'))).toEqual(['file 2', 'file 3'])
})

/** What was at `a` is at `b` now, where the disk spoiled it: nothing can give it. */
async function spoiled(sources: readonly HistorySource[], before: Readonly<Record<string, string>>) {
  const folder = await syncedFolder(['b', 'c'])
  const { context } = folder
  for (const [name, content] of Object.entries(before)) writeFileSync(join(folder.path, name), content)
  const atMs = await recordedMoment(folder)
  renameSync(join(folder.path, 'a'), join(folder.path, 'b'))
  await folder.scan()
  const [row] = await context.index.call('local', { folder: 'f', paths: ['b'] })
  await recordDamaged(context, row!, (await context.root.lstat('b'))!, 'FILE_DAMAGED')
  return { folder, goBack: () => goingBack(folder, sources).goBack(atMs) }
}

test('what cannot be had keeps the name that it has now', async () => {
  const { folder, goBack } = await spoiled([], { a: 'one' })
  const codes = (await goBack())?.problems.map(({ path, code }) => [path, code])
  expect(codes).toEqual([
    ['a', 'PEER_GONE'],
    ['b', 'PEER_GONE'],
  ])
  expect(readFileSync(join(folder.path, 'b'), 'utf8')).toBe('one')
})

test('what cannot be had keeps its name against what was there before, and others go back', async () => {
  const kept = version({ path: 'b', contentHash: hashOf('two'), size: 3 })
  const ask: HistorySource['ask'] = async ({ part }) => page(part === 'versions' ? { versions: [kept] } : {})
  const [b, c] = [source('b', { ask }, 'two'), source('c', { ask: async () => page() })]
  const { folder, goBack } = await spoiled([b, c], { a: 'one', b: 'two' })
  writeFileSync(join(folder.path, 'new'), 'not there then')
  const codes = (await goBack())?.problems.map(({ path, code }) => [path, code])
  expect(codes).toEqual([
    ['a', 'VERSION_NOT_FOUND'],
    ['b', 'VERSION_NOT_FOUND'],
  ])
  expect(readdirSync(folder.path).toSorted()).toEqual(['.peerfold', 'b'])
  expect(readFileSync(join(folder.path, 'b'), 'utf8')).toBe('one')
})

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** A content of which every version here has rotted; `twin` is a live file with it. */
async function rotted(versions: number, sources: readonly HistorySource[], twin?: string) {
  const folder = await syncedFolder(['b', 'c'])
  const { context, path } = folder
  if (twin !== undefined) writeFileSync(join(path, twin), CONTENT)
  writeFileSync(join(path, 'essay'), CONTENT)
  const atMs = await recordedMoment(folder)
  for (let at = 0; at < versions; at++) {
    await writeFile(context, 'essay', bytesOf('something else'), {})
    if (at < versions - 1) await writeFile(context, 'essay', bytesOf(CONTENT), {})
    await folder.scan()
  }
  const kept = await context.archive.history({ part: 'versions', under: '', exact: false, cursor: '' })
  const ofContent = kept.versions.filter(({ contentHash }) => contentHash === hashOf(CONTENT))
  expect(ofContent).toHaveLength(versions)
  for (const { id } of ofContent) writeFileSync(join(path, contentPath(id)), 'what it wos')
  const read = (): string => readFileSync(join(path, 'essay'), 'utf8')
  return { folder, goBack: () => goingBack(folder, sources).goBack(atMs), read }
}

test.each([
  { has: 'a live file', versions: 1, sources: [], twin: 'twin' },
  { has: 'a live file, behind many others,', versions: 9, sources: [], twin: 'twin' },
  { has: 'a connected device', versions: 1, sources: [source('b')], twin: undefined },
])('a version here that has rotted costs nothing while $has has the content', async (given) => {
  const { goBack, read } = await rotted(given.versions, given.sources, given.twin)
  expect(await goBack()).toMatchObject({ done: 1, problemCount: 0 })
  expect(read()).toBe(CONTENT)
})

test('a version here that has rotted is named when nothing else has the content', async () => {
  const { goBack, read } = await rotted(1, [source('b', {}, 'WHAT IT WAS')])
  expect(await goBack()).toMatchObject({ problems: [{ path: 'essay', code: 'VERSION_DAMAGED' }] })
  expect(read()).toBe('something else')
})

test.each([
  'NAME_COLLISION',
  'SYMLINK_UNSUPPORTED',
  'FILE_TOO_LARGE',
  'PATH_TOO_LONG',
  'DISK_READ_ONLY',
] as const)('what its place refuses with %s is named, and the others go back', async (code) => {
  const { folder, goBack } = await rotted(1, [source('b')])
  const { root } = folder.context
  const { createFile } = root
  const refusing: typeof createFile = (path, mode) =>
    path === 'essay.tmp' ? Promise.reject(new PeerfoldError(code, 'no')) : createFile.call(root, path, mode)
  Object.assign(root, { createFile: refusing })
  expect(await goBack()).toMatchObject({ problems: [{ path: 'essay', code }], finished: true })
})

test('nobody is asked for a content because its place refuses it', async () => {
  let asked = 0
  const counting = source('b', {
    ask: async () => {
      asked++
      return page()
    },
  })
  const { folder, goBack } = await rotted(1, [counting])
  const { root } = folder.context
  const { createFile } = root
  const refusing: typeof createFile = (path, mode) =>
    path === 'essay.tmp'
      ? Promise.reject(new PeerfoldError('PERMISSION_DENIED', 'no'))
      : createFile.call(root, path, mode)
  Object.assign(root, { createFile: refusing })
  expect(await goBack()).toMatchObject({ problems: [{ path: 'essay', code: 'PERMISSION_DENIED' }] })
  expect(asked).toBe(0)
})
