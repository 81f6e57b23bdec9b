/** What tests of the version store share: a folder to write in, a store on it, and items. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../src/node/base/clock.ts'
import { sleepWith } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import type { Description, DisplacedItem } from '../../src/node/durability/description.ts'
import { createVersionStore } from '../../src/node/durability/park.ts'
import type { VersionStore } from '../../src/node/durability/park.ts'
import { walkVersions } from '../../src/node/durability/catalogue.ts'
import type { Version } from '../../src/node/durability/catalogue.ts'
import type { FolderRoot } from '../../src/node/fs/file-system.ts'
import { directoriesAbove } from '../../src/node/durability/layout.ts'

export const LAPTOP = { device: '12D3KooWLaptop', name: 'laptop' }
export const PHONE = { device: '12D3KooWPhone', name: 'phone' }

/** 2026-11-20 13:55:00 UTC. */
export const SOME_DAY_MS = Date.UTC(2026, 10, 20, 13, 55)

/** A clock that moves only when told; timers never fire. */
export function handClock(startMs = SOME_DAY_MS): Clock & { add(ms: number): void } {
  let now = startMs
  const after: Clock['after'] = () => ({ cancel: () => undefined })
  return {
    nowMs: () => now,
    nowNs: () => BigInt(now) * 1_000_000n,
    monotonicMs: () => now,
    after,
    sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
    add: (ms) => void (now += ms),
  }
}

export function storeOn(root: FolderRoot, seed = 1, clock: Clock = handClock()): VersionStore {
  return createVersionStore(root, { clock, random: seededRandom(seed), log: silentLog() })
}

export function hashOf(content: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** What the index would say of this content; `content` is the target when kind is 'symlink'. */
export function itemOf(path: string, content: string, more: Partial<DisplacedItem> = {}): DisplacedItem {
  const isLink = more.kind === 'symlink'
  return {
    path,
    kind: 'file',
    mode: 0o644,
    mtimeNs: 1_700_000_000_123_456_789n,
    size: Buffer.byteLength(content),
    contentHash: hashOf(content),
    linkTarget: isLink ? content : '',
    author: LAPTOP,
    reason: 'replaced',
    displacedBy: PHONE,
    ...more,
  }
}

export function descriptionOf(item: DisplacedItem, id: string): Description {
  return { ...item, id, displacedAtMs: SOME_DAY_MS }
}

/** Writes a whole file, durably, with the directories above it. */
export async function put(root: FolderRoot, path: string, content: string | Uint8Array): Promise<void> {
  for (const directory of directoriesAbove(path).slice(1))
    if ((await root.lstat(directory)) === undefined) await root.makeDirectory(directory, 0o755)
  const handle = await root.createFile(path, 0o644)
  try {
    await handle.write(Buffer.from(content), 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
  for (const directory of directoriesAbove(path)) await root.syncDirectory(directory)
}

/** Undefined when there is no file. */
export async function take(root: FolderRoot, path: string): Promise<string | undefined> {
  if ((await root.lstat(path))?.kind !== 'file') return undefined
  const handle = await root.openRead(path)
  try {
    const { size } = await handle.stat()
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size;) at += await handle.read(bytes.subarray(at), at)
    return Buffer.from(bytes).toString('utf8')
  } finally {
    await handle.close()
  }
}

/** Changes the content of the file in place, as a program that has it open would. */
export async function scribble(root: FolderRoot, path: string, content: string): Promise<void> {
  const handle = await root.openWrite(path)
  await handle.truncate(0)
  await handle.write(Buffer.from(content), 0)
  await handle.close()
}

/** Parks `path` as the engine does when it places `next` there; undefined deletes. */
export async function displace(
  root: FolderRoot,
  store: VersionStore,
  path: string,
  content: string,
  next: string | undefined,
): Promise<string> {
  const reason = next === undefined ? 'deleted' : 'replaced'
  const handle = await store.prepare(itemOf(path, content, { reason }))
  const live = await store.adopt(handle, path, next === undefined ? 'move' : 'link')
  if (next !== undefined) {
    const temporary = `.peerfold-${handle.id.slice(-12)}.tmp`
    await put(root, temporary, next)
    if (!(await root.replaceIfUnchanged(temporary, path, live))) throw new Error('changed meanwhile')
  }
  return handle.id
}

export async function allVersions(root: FolderRoot, path?: string): Promise<Version[]> {
  const found: Version[] = []
  for await (const version of walkVersions(root, path === undefined ? {} : { path })) found.push(version)
  return found
}

/** Every file and link below `directory`, as path and content ("-> target" for links). */
export async function treeOf(root: FolderRoot, directory = ''): Promise<Map<string, string>> {
  const tree = new Map<string, string>()
  for (const { name } of await root.list(directory)) {
    const path = directory === '' ? (name as string) : `${directory}/${name}`
    const kind = (await root.lstat(path))?.kind
    if (kind === 'directory') for (const [at, content] of await treeOf(root, path)) tree.set(at, content)
    if (kind === 'symlink') tree.set(path, `-> ${await root.readLink(path)}`)
    if (kind === 'file') tree.set(path, (await take(root, path)) ?? '')
  }
  return tree
}
