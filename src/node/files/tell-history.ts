/**
 * What this device remembers of a folder, told a page at a time, to itself and to devices that share
 * the folder. Promises that one question costs bounded reading and one answer fits a frame. Never
 * writes, and never hands out a content that was not asked for with its path and hash.
 */
import type { HistoryPage, HistoryQuery, KeptVersion, PastChange } from '../core/history.ts'
import { findVersion, openVersion, packsOf, walkVersions } from '../durability/catalogue.ts'
import type { KnownVersion, PackIndexes, Version } from '../durability/catalogue.ts'
import { readRange } from '../durability/content.ts'
import { loggedBackwards } from '../durability/history.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { WantedVersion } from '../sync/ports.ts'

/** Entries of one page; the bytes of an encoded page stay far below those of a frame (1 MiB). */
const ENTRIES_PER_PAGE = 500
const BYTES_PER_PAGE = 128 << 10
/** What an entry takes beside its path and target: hashes, names, times. A generous guess. */
const ENTRY_BYTES = 700
/** Read for one page when hardly anything of it is asked for: tens of milliseconds of a disk. */
const LOG_BYTES_PER_PAGE = 4 << 20
const VERSIONS_READ_PER_PAGE = 1_000
/** A place behind every line. */
const LOG_END = Number.MAX_SAFE_INTEGER

type Part = Pick<HistoryPage, 'next' | 'asOfMs'> & {
  readonly changes?: readonly PastChange[]
  readonly versions?: readonly KeptVersion[]
}

/** `trims`: how often the log was shortened; it is not while this reads. */
export async function historyPage(
  root: FolderRoot,
  query: HistoryQuery,
  nowMs: number,
  trims: number,
): Promise<HistoryPage> {
  const part =
    query.part === 'changes' ? await changesPage(root, query, trims) : await versionsPage(root, query)
  return { nowMs: Math.trunc(nowMs), changes: [], versions: [], ...part }
}

async function changesPage(root: FolderRoot, query: HistoryQuery, trims: number): Promise<Part> {
  const before = placeIn(query.cursor, trims)
  if (before === undefined) return { next: '' }
  const cursorOf = (at: number): string => `${trims}.${at}`
  const changes: PastChange[] = []
  let [bytes, start, last] = [0, Number.NaN, before]
  for await (const { change, at } of loggedBackwards(root, before)) {
    if (query.sinceMs !== undefined && change.timeMs <= query.sinceMs)
      return { changes, next: cursorOf(Math.min(last, LOG_END)), asOfMs: Math.trunc(change.timeMs) }
    if (isAsked(query, change.path)) {
      bytes += sizeOf(change.path)
      if (changes.length > 0 && isFull(changes.length, bytes)) return { changes, next: cursorOf(last) }
      changes.push({ ...change, timeMs: Math.trunc(change.timeMs) })
    }
    last = at
    if (Number.isNaN(start)) start = at
    if (start - at > LOG_BYTES_PER_PAGE) return { changes, next: cursorOf(at) }
  }
  return { changes, next: '' }
}

/** Undefined: no cursor of ours, or a place in a log that was shortened since. Who asks begins again. */
function placeIn(cursor: string, trims: number): number | undefined {
  if (cursor === '') return Infinity
  const [, of, at] = /^(\d+)\.(\d+)$/.exec(cursor) ?? []
  return Number(of) === trims ? Number(at) : undefined
}

async function versionsPage(root: FolderRoot, query: HistoryQuery): Promise<Part> {
  if (query.version !== undefined) {
    const version = await findVersion(root, query.version)
    return { versions: isTold(version) && isAsked(query, version.path) ? [version] : [], next: '' }
  }
  const versions: KeptVersion[] = []
  let [bytes, read, last] = [0, 0, query.cursor]
  const from = query.cursor === '' ? {} : { after: query.cursor }
  // What cannot be read cannot be told; whoever lists the versions here hears why.
  for await (const version of walkVersions(root, { ...from, onProblem: () => {} })) {
    read++
    // Of unknown origin: nobody knows where it was, and its name would be no cursor.
    if (version.origin !== 'known') continue
    if (read > VERSIONS_READ_PER_PAGE) return { versions, next: last }
    if (isTold(version) && isAsked(query, version.path)) {
      bytes += sizeOf(version.path, version.linkTarget)
      if (versions.length > 0 && isFull(versions.length, bytes)) return { versions, next: last }
      versions.push(version)
    }
    last = version.id
  }
  return { versions, next: '' }
}

/** What a disk spoiled is no content that anybody wrote: it is no part of the history. */
function isTold(version: Version | undefined): version is KnownVersion & KeptVersion {
  return version?.origin === 'known' && version.reason !== 'damaged'
}

function isAsked({ under, exact }: HistoryQuery, path: string): boolean {
  if (path === under) return true
  return !exact && (under === '' || path.startsWith(`${under}/`))
}

function sizeOf(...texts: string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), ENTRY_BYTES)
}

function isFull(entries: number, bytes: number): boolean {
  return entries >= ENTRIES_PER_PAGE || bytes > BYTES_PER_PAGE
}

/** Exactly these bytes of a kept file; undefined when it is not kept, or not as long. Unchecked. */
export async function readKept(
  root: FolderRoot,
  wanted: WantedVersion,
  offset: number,
  length: number,
  known: PackIndexes,
): Promise<Uint8Array | undefined> {
  const version = await findVersion(root, wanted.id)
  if (version?.origin !== 'known' || version.kind !== 'file') return undefined
  if (version.path !== wanted.path || version.contentHash !== wanted.contentHash) return undefined
  const packs = packsOf(root, known)
  const handle = await openVersion(root, version, packs)
  try {
    const bytes = await readRange(handle, offset, offset + length)
    return bytes.length === length ? bytes : undefined
  } finally {
    await handle.close()
    await packs.close()
  }
}
