/**
 * Reads what is parked, from the disk alone. Promises newest first, that an item without content
 * is never shown, and that content without a readable description is shown as of unknown origin. A
 * content may lie beside its description or in packs: readers see no difference. Needs no database
 * and no daemon, and works beside a running one. Never writes (openVersion says its one exception).
 */
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { FileStat, FolderRoot, ReadHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { hashHandle, hashTarget, inParallel, isSameFile, readSmallFile } from './content.ts'
import type { Hashed } from './content.ts'
import { PackedReader } from '../store/packed-content.ts'
import { Packs } from '../store/packs.ts'
import type { PackIndexes } from '../store/packs.ts'
import { decodeDescription, DESCRIPTION_BYTES_LIMIT, isTornDescription } from './description.ts'
import type { Description, DisplacedKind } from './description.ts'
import {
  contentPath,
  dayOf,
  dayPath,
  descriptionPath,
  isDay,
  isVersionId,
  ITEMS,
  PACKS,
  partOf,
} from './layout.ts'

export type { PackIndexes }

export interface KnownVersion extends Description {
  readonly origin: 'known'
  /** Of the content that lies beside its description; undefined when it lies in packs only. */
  readonly parked: FileStat | undefined
}

/** Content whose description is missing, damaged or unreadable: kept, and never deleted by us. */
export interface UnknownVersion {
  readonly origin: 'unknown'
  /** Day and name below `.peerfold/versions/items`, joined by "/". */
  readonly id: string
  readonly kind: DisplacedKind
  /** Bytes on disk. */
  readonly size: number
  readonly mtimeNs: bigint
  readonly mode: number
  /** "no description", "description is damaged", "not ours", or the code of the read error. */
  readonly why: string
}

export type Version = KnownVersion | UnknownVersion

/** A name that could not be looked at; the others go on. */
export interface CatalogueProblem {
  readonly path: string
  readonly error: unknown
}

export interface WalkOptions {
  /** Only versions of this path; those of unknown origin are left out then. */
  readonly path?: RelativePath
  /** Start behind this id, exclusively. */
  readonly after?: string
  readonly onProblem?: (problem: CatalogueProblem) => void
}

/** Descriptions read at the same time; a guess: enough to hide one slow read. */
const READS_AT_ONCE = 32

/** Every version, newest first. Memory: the names of one day. */
export async function* walkVersions(root: FolderRoot, options: WalkOptions = {}): AsyncGenerator<Version> {
  const start = options.after === undefined ? undefined : placeOf(options.after)
  for (const day of await daysOf(root)) {
    if (start !== undefined && day > start.day) continue
    const items = await itemsOf(root, day, options)
    const rest = items.filter((item) => start === undefined || day < start.day || item.key < start.key)
    for (let at = 0; at < rest.length; at += READS_AT_ONCE) {
      const group = rest.slice(at, at + READS_AT_ONCE)
      const read = await inParallel(group, READS_AT_ONCE, (item) => readItem(root, item, options))
      for (const version of read) {
        const wanted =
          options.path === undefined || (version?.origin === 'known' && version.path === options.path)
        if (version !== undefined && wanted) yield version
      }
    }
  }
}

/** Undefined when nothing is parked under this id. */
export async function findVersion(root: FolderRoot, id: string): Promise<Version | undefined> {
  if (isVersionId(id)) {
    return readItem(root, { day: dayOf(id), key: id, names: [`${id}.content`, `${id}.json`] }, {})
  }
  const { day, name } = splitStray(id)
  if (!isDay(day) || name === '' || name.includes('/')) return undefined
  const part = partOf(name)
  if (part?.part === 'json') return undefined
  return part?.part === 'content' ? findVersion(root, part.id) : readStray(root, day, name, 'not ours')
}

/** Path of the content of a version, whether it is there or not. */
export function contentOf(version: Pick<Version, 'origin' | 'id'>): RelativePath {
  return version.origin === 'known' ? contentPath(version.id) : `${ITEMS}/${version.id}`
}

export async function getVersion(root: FolderRoot, id: string): Promise<Version> {
  const version = await findVersion(root, id)
  if (version === undefined)
    throw new PeerfoldError('VERSION_NOT_FOUND', 'no such version is kept', { version: id })
  return version
}

/** Bytes of the content as it is kept now; what a description claims may be older. */
export function keptBytes(version: Version): number {
  if (version.origin === 'unknown') return version.size
  return version.parked?.size ?? version.packed?.size ?? version.size
}

/**
 * The packs of the folder: whoever opens many versions makes one and closes it. `known` are indexes
 * kept from one time to the next.
 */
export function packsOf(root: FolderRoot, known?: PackIndexes): Packs {
  return new Packs(root, PACKS, known)
}

/**
 * Opens the content of a file version. A parked file keeps the mode it had; when that forbids
 * its own owner to read it, the mode of the parked file is widened (the description keeps the
 * true one), unless it has another name: that may be a live file of the user's. VERSION_DAMAGED when packs
 * lack what it needs.
 */
export async function openVersion(root: FolderRoot, version: Version, packs?: Packs): Promise<ReadHandle> {
  const path = contentOf(version)
  try {
    return await root.openRead(path)
  } catch (error) {
    if (!isPeerfoldError(error)) throw error
    if (error.code === 'FILE_NOT_FOUND' && version.origin === 'known')
      return openPacked(root, version, packs, error)
    if (error.code !== 'PERMISSION_DENIED') throw error
    if (version.origin !== 'known' || ((await root.lstat(path))?.links ?? 1) > 1) throw error
    await root.setMode(path, 0o600)
    return root.openRead(path)
  }
}

/** It may have been taken into packs since its description was read. */
async function openPacked(
  root: FolderRoot,
  version: KnownVersion,
  lent: Packs | undefined,
  cause: unknown,
): Promise<ReadHandle> {
  const description = version.packed === undefined ? await readDescription(root, version.id) : version
  if (typeof description === 'string' || description.packed === undefined) throw cause
  const packs = lent ?? packsOf(root)
  if (packs.list.length === 0) await packs.refresh()
  const reader = new PackedReader(packs, description.packed)
  const { mtimeNs, mode } = version
  const { size } = description.packed
  const times = { mtimeNs, ctimeNs: mtimeNs }
  return {
    stat: async () => ({ kind: 'file', size, mode, ...times, inode: 0n, links: 0, device: 0n }),
    read: (into, position) => reader.read(into, position),
    sync: async () => {}, // packs are durable from the moment they have their name
    close: async () => (lent === undefined ? packs.close() : undefined),
  }
}

/** Hash of what is parked now: a program that held the file open may have written it since. */
export async function hashVersion(
  root: FolderRoot,
  version: Version,
  signal?: AbortSignal,
  packs?: Packs,
): Promise<Hashed> {
  if (version.kind === 'symlink') return hashTarget(await root.readLink(contentOf(version)))
  const handle = await openVersion(root, version, packs)
  try {
    return await hashHandle(handle, undefined, signal)
  } finally {
    await handle.close()
  }
}

/**
 * A file of the user's, a conflict copy for one, may be the same file under another name, and letting go of
 * this name moves its ctime: a scan looks at its content then. What the disk spoiled meanwhile would pass for
 * an edit. False as well when it cannot be read.
 */
export async function isAsDisplaced(
  root: FolderRoot,
  version: KnownVersion,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return (await hashVersion(root, version, signal)).contentHash === version.contentHash
  } catch (error) {
    if (!isPeerfoldError(error) || error.code === 'CANCELLED') throw error
    return false
  }
}

/** Whether the parked file still is the one at its path: it was never displaced. */
export async function isLive(root: FolderRoot, version: Pick<Description, 'id' | 'path'>): Promise<boolean> {
  const parked = await root.lstat(contentPath(version.id))
  const live = await root.lstat(version.path)
  return parked !== undefined && live !== undefined && isSameFile(parked, live)
}

/** Days with items, newest first. */
export async function daysOf(root: FolderRoot): Promise<string[]> {
  if ((await root.lstat(ITEMS))?.kind !== 'directory') return []
  const names = (await root.list(ITEMS)).map((entry) => entry.name ?? '')
  return names.filter(isDay).sort().reverse()
}

interface Item {
  readonly day: string
  /** Sorts within the day: the id, or the name of what is not a whole item. */
  readonly key: string
  readonly names: readonly string[]
}

/** The names of one day, grouped by item, newest first. */
async function itemsOf(root: FolderRoot, day: string, options: WalkOptions): Promise<Item[]> {
  const groups = new Map<string, string[]>()
  for (const entry of await listDay(root, day, options)) {
    const part = partOf(entry)
    if (part?.part === 'next') continue // a description on its way: the other one still counts
    const key = part === undefined || part.part === 'moved' ? entry : part.id
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  const items = [...groups].map(([key, names]) => ({ day, key, names }))
  return items.sort((a, b) => (a.key < b.key ? 1 : -1))
}

async function listDay(root: FolderRoot, day: string, options: WalkOptions): Promise<string[]> {
  try {
    const entries = await root.list(dayPath(day))
    for (const { name, shown } of entries) {
      if (name !== undefined) continue
      const error = new PeerfoldError('NAME_NOT_UTF8', 'this name cannot be read', { name: shown })
      options.onProblem?.({ path: `${dayPath(day)}/${shown}`, error })
    }
    return entries.flatMap(({ name }) => name ?? [])
  } catch (error) {
    if (options.onProblem === undefined) throw error
    options.onProblem({ path: dayPath(day), error })
    return []
  }
}

async function readItem(root: FolderRoot, item: Item, options: WalkOptions): Promise<Version | undefined> {
  try {
    if (!isVersionId(item.key)) return await readStray(root, item.day, item.key, 'not ours')
    const description = await readDescription(root, item.key)
    const parked = item.names.includes(`${item.key}.content`)
      ? await root.lstat(contentPath(item.key))
      : undefined
    if (parked === undefined) return await readPacked(root, item.key, description)
    if (typeof description === 'string')
      return await readStray(root, item.day, `${item.key}.content`, description)
    if (parked.kind === description.kind) return { origin: 'known', ...description, parked }
    return await readStray(root, item.day, `${item.key}.content`, 'description is of another kind')
  } catch (error) {
    if (options.onProblem === undefined) throw error
    options.onProblem({ path: `${dayPath(item.day)}/${item.key}`, error })
    return undefined
  }
}

/** Undefined for what was never finished, or removed meanwhile; a damaged one is an error. */
async function readPacked(
  root: FolderRoot,
  id: string,
  before: Description | string,
): Promise<KnownVersion | undefined> {
  // Its content may have gone into packs between the look at the one and at the other.
  const now =
    typeof before !== 'string' && before.packed === undefined ? await readDescription(root, id) : before
  if (typeof now !== 'string')
    return now.packed === undefined ? undefined : { origin: 'known', ...now, parked: undefined }
  if (now === 'no description' || (await isUnfinished(root, id))) return undefined
  throw new PeerfoldError('VERSION_DAMAGED', 'the description of a version cannot be read', {
    version: id,
    why: now,
  })
}

async function isUnfinished(root: FolderRoot, id: string): Promise<boolean> {
  try {
    const bytes = await readSmallFile(root, descriptionPath(id), DESCRIPTION_BYTES_LIMIT)
    return isTornDescription(bytes, id, false)
  } catch (error) {
    return codeOf(error) === 'FILE_NOT_FOUND'
  }
}

/** The description, or why there is none. */
export async function readDescription(root: FolderRoot, id: string): Promise<Description | string> {
  try {
    const bytes = await readSmallFile(root, descriptionPath(id), DESCRIPTION_BYTES_LIMIT)
    return decodeDescription(bytes, id) ?? 'description is damaged'
  } catch (error) {
    const code = codeOf(error)
    return code === 'FILE_NOT_FOUND' ? 'no description' : code
  }
}

async function readStray(
  root: FolderRoot,
  day: string,
  name: string,
  why: string,
): Promise<UnknownVersion | undefined> {
  const stat = await root.lstat(`${dayPath(day)}/${name}`)
  if (stat?.kind !== 'file' && stat?.kind !== 'symlink') return undefined
  const { kind, size, mtimeNs, mode } = stat
  return { origin: 'unknown', id: `${day}/${name}`, kind, size, mtimeNs, mode, why }
}

/** Where an id stands in the order of the walk. */
function placeOf(id: string): { readonly day: string; readonly key: string } {
  if (isVersionId(id)) return { day: dayOf(id), key: id }
  const { day, name } = splitStray(id)
  const part = partOf(name)
  return { day, key: part === undefined || part.part === 'moved' ? name : part.id }
}

function splitStray(id: string): { readonly day: string; readonly name: string } {
  const slash = id.indexOf('/')
  return { day: id.slice(0, Math.max(0, slash)), name: id.slice(slash + 1) }
}
