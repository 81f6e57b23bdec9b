/**
 * Power cuts at every call while content is parked, replaced and deleted. After each: whatever was
 * on the disk is at its path or parked, and what was reported parked is there with its description.
 */
import { describe, expect, test } from 'vitest'
import { contentPath } from '../../../src/node/durability/layout.ts'
import type { AdoptRequest } from '../../../src/node/durability/park.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { amount } from '../../support/tier.ts'
import { allVersions, itemOf, put, scribble, storeOn, take, treeOf } from '../../support/versions.ts'

/** Path, what the user saved durably, and what the engine does to it. */
const FILES: readonly { readonly path: string; readonly how: AdoptRequest['how'] }[] = [
  { path: 'a', how: 'link' },
  { path: 'docs/b', how: 'move' },
  { path: 'docs/c', how: 'link' },
  { path: 'docs/d', how: 'move' },
  { path: 'e', how: 'move' },
  { path: 'link', how: 'link' },
  { path: 'docs/link', how: 'move' },
]

const isLink = (path: string): boolean => path.endsWith('link')
/** As treeOf shows it. */
const shown = (path: string, content: string): string => (isLink(path) ? `-> ${content}` : content)

type Spoil = (root: FolderRoot) => FolderRoot

/** What a run reports to have parked, so far. */
interface Reported {
  readonly parked: Map<string, { readonly id: string; readonly content: string }>
  /** A program rewrote it without syncing: the old content may be what a power cut leaves. */
  readonly unsynced: ReadonlySet<string>
}

/** The engine's way: park a batch, replace what is replaced, sync. */
async function displaceAll(root: FolderRoot, reported: Reported): Promise<void> {
  const store = storeOn(root, 7)
  const contentNow = (path: string): string =>
    reported.unsynced.has(path) ? `late ${path}` : `saved ${path}`
  const requests = await Promise.all(
    FILES.map(async ({ path, how }): Promise<AdoptRequest> => {
      const reason = how === 'move' ? 'deleted' : 'replaced'
      const kind = isLink(path) ? 'symlink' : 'file'
      return {
        handle: await store.prepare(itemOf(path, contentNow(path), { reason, kind })),
        from: path,
        how,
      }
    }),
  )
  for (const { path, how } of FILES) if (how === 'link') await put(root, `${path}.tmp`, `placed ${path}`)
  const results = await store.adoptMany(requests)
  for (const [at, result] of results.entries()) {
    if (result.kind === 'failed') throw result.error
    const { path } = FILES[at]!
    reported.parked.set(path, { id: result.id, content: shown(path, contentNow(path)) })
  }
  for (const [at, result] of results.entries()) {
    const { path, how } = FILES[at]!
    if (how === 'link' && result.kind === 'adopted')
      if (!(await root.replaceIfUnchanged(`${path}.tmp`, path, result.live))) throw new Error('not replaced')
  }
  for (const directory of ['', 'docs']) await root.syncDirectory(directory)
}

interface Case {
  readonly seed: number
  readonly cutAt: number
  readonly hardLinks?: boolean
  readonly spoil?: Spoil
}

/** What was lost, in words; undefined when the run ended before its power cut. */
async function lossesOf({
  seed,
  cutAt,
  hardLinks = true,
  spoil = (root) => root,
}: Case): Promise<string[] | undefined> {
  const folder = memoryFolder(seed, { hardLinks })
  for (const { path } of FILES) folder.disk.user.mkdir(`/folder/${path}`.replace(/\/[^/]*$/, ''))
  for (const { path } of FILES)
    if (isLink(path)) folder.disk.user.symlink(`saved ${path}`, `/folder/${path}`)
    else folder.disk.user.write(`/folder/${path}`, `saved ${path}`)
  const reported: Reported = { parked: new Map(), unsynced: new Set(['docs/c', 'e']) }
  const before = await folder.open()
  for (const path of reported.unsynced) await scribble(before, path, `late ${path}`)
  if (!(await folder.endsInPowerCut(cutAt, () => displaceAll(spoil(before), reported)))) return undefined
  const root = await folder.open()
  const losses = [...(await missing(root, reported, false)), ...(await invented(root))]
  await storeOn(root, 8).sweep()
  return [...losses, ...(await missing(root, reported, true)).map((loss) => `after the sweep: ${loss}`)]
}

/** What the promises miss; `isSwept` when an undisplaced item may be gone in favour of its live file. */
async function missing(
  root: FolderRoot,
  { parked, unsynced }: Reported,
  isSwept: boolean,
): Promise<string[]> {
  const losses: string[] = []
  const tree = await treeOf(root)
  const contents = [...tree.values()]
  const versions = await allVersions(root)
  for (const { path } of FILES) {
    const report = parked.get(path)
    if (report !== undefined) {
      if (isSwept && tree.get(path) === report.content) continue
      const isListed = versions.some(({ id, origin }) => origin === 'known' && id === report.id)
      if (!isListed) losses.push(`${path} was reported parked and is not listed`)
      const content = tree.get(contentPath(report.id))
      if (content !== report.content) losses.push(`${path} was reported parked and now holds ${content}`)
    } else if (unsynced.has(path)) {
      // Bytes that a program never synced are its own loss, but the file must be somewhere.
      const isParked = versions.some((version) => version.origin === 'unknown' || version.path === path)
      if (!isParked && (await root.lstat(path)) === undefined) losses.push(`${path} is nowhere`)
    } else if (!contents.includes(shown(path, `saved ${path}`))) losses.push(`the save of ${path} is nowhere`)
  }
  return losses
}

/** A live path holds what somebody saved or what the engine placed, never a mixture. */
async function invented(root: FolderRoot): Promise<string[]> {
  const strange: string[] = []
  for (const path of ['a', 'docs/b', 'docs/d']) {
    const content = await take(root, path)
    if (content !== undefined && content !== `saved ${path}` && content !== `placed ${path}`)
      strange.push(`${path} holds ${content}`)
  }
  return strange
}

/** Cuts at every call, for every seed; counts what was reached. */
async function sweepOver(
  seeds: number,
  more: Omit<Case, 'seed' | 'cutAt'>,
): Promise<{ cuts: number; losses: string[] }> {
  const losses: string[] = []
  let cuts = 0
  for (let seed = 1; seed <= seeds; seed++)
    for (let cutAt = 1; ; cutAt++) {
      const found = await lossesOf({ seed, cutAt, ...more })
      if (found === undefined) break
      cuts++
      losses.push(...found.map((loss) => `seed ${seed}, call ${cutAt}: ${loss}`))
    }
  return { cuts, losses }
}

describe('a power cut at any call', () => {
  test.each([
    { disk: 'with hard links', hardLinks: true },
    { disk: 'without hard links', hardLinks: false },
  ])('loses nothing on a disk $disk', async ({ hardLinks }) => {
    const { cuts, losses } = await sweepOver(amount({ short: 12, long: 200 }), { hardLinks })
    expect(losses).toEqual([])
    expect(cuts).toBeGreaterThan(1_000)
  })

  test('is found to lose something when the store is never synced', async () => {
    const spoil: Spoil = (root) =>
      Object.assign(Object.create(root) as FolderRoot, {
        syncDirectory: (path: string) =>
          path.startsWith('.peerfold') ? Promise.resolve() : root.syncDirectory(path),
      })
    expect((await sweepOver(2, { spoil })).losses.length).toBeGreaterThan(10)
  })

  test('is found to lose something when parked content is never synced', async () => {
    const spoil: Spoil = (root) =>
      Object.assign(Object.create(root) as FolderRoot, {
        openRead: async (path: string) =>
          Object.assign(await root.openRead(path), { sync: () => Promise.resolve() }),
      })
    expect((await sweepOver(2, { spoil })).losses.length).toBeGreaterThan(5)
  })

  test('is found to lose something when descriptions are never synced', async () => {
    const spoil: Spoil = (root) =>
      Object.assign(Object.create(root) as FolderRoot, {
        createFile: async (path: string, mode: number) =>
          Object.assign(await root.createFile(path, mode), { sync: () => Promise.resolve() }),
      })
    expect((await sweepOver(2, { spoil })).losses.length).toBeGreaterThan(5)
  })
})
