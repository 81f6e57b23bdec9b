/**
 * What one path should be, given what every device says of it. Promises the same answer whatever
 * the order or number of the statements (commutative, associative over the set, idempotent), and
 * that no concurrent content is dropped: it is the winner or among the losers. Never asks a clock
 * and never lets mtime or the order of devices decide between contents.
 */
import type { FileRecord } from './record.ts'
import { compareVectors, mergeVectors } from './version-vector.ts'

export interface Resolution {
  /**
   * What the path should be. Its vector covers everything it supersedes (tombstones, equal
   * content, the base it was edited from) but not the losers: whoever turns a loser into a
   * conflict copy merges that loser's vector, so a vector never claims content nobody kept.
   */
  readonly winner: FileRecord
  /** Concurrent contents, each of which its holders keep as a conflict copy. */
  readonly losers: readonly FileRecord[]
}

/** Same kind and same bytes (or same link target); never true of tombstones. */
export function sameContent(a: FileRecord, b: FileRecord): boolean {
  return !a.deleted && !b.deleted && a.kind === b.kind && a.contentHash === b.contentHash
}

/** Nothing on disk would differ: both deleted, or same content, mode and mtime. */
export function sameState(a: FileRecord, b: FileRecord): boolean {
  if (a.deleted || b.deleted) return a.deleted && b.deleted
  return sameContent(a, b) && a.mode === b.mode && a.mtimeNs === b.mtimeNs
}

/**
 * `record` with what `held` says of that same content. How long it is and how it is cut is what a device
 * found out about the bytes that it has: another's word on that may be false, and nobody could fetch by it.
 */
export function withContentOf(record: FileRecord, held: FileRecord): FileRecord {
  const { size, linkTarget, manifest } = held
  return { ...record, size, linkTarget, ...(manifest && { manifest }) }
}

/** The same statement but for its vector. */
export function sameFields(a: FileRecord, b: FileRecord): boolean {
  return byFields(a, b) === 0
}

/** `records` must not be empty and must all be of one path. */
export function resolve(records: readonly FileRecord[]): Resolution {
  const groups = groupByContent(withoutDominated(records))
  const tombstones = groups.filter((group) => group.deleted)
  const live = groups.filter((group) => !group.deleted)
  if (live.length === 0) return { winner: mergeAll(tombstones), losers: [] }
  const standing = withoutSuperseded(live)
  const [winner, ...losers] = standing.toSorted(byPrecedence) as [FileRecord, ...FileRecord[]]
  const covered = [...tombstones, ...live.filter((group) => !standing.includes(group))]
  return { winner: covered.reduce(coverVector, winner), losers }
}

/** Only statements that no other statement has seen; equal vectors with other content stay. */
function withoutDominated(records: readonly FileRecord[]): FileRecord[] {
  return records.filter((mine) =>
    records.every((other) => compareVectors(mine.version, other.version) !== 'before'),
  )
}

/** One record per content (all tombstones are one), vectors merged, fields by a fixed order. */
function groupByContent(records: readonly FileRecord[]): FileRecord[] {
  const groups: FileRecord[][] = []
  for (const record of records) {
    const group = groups.find(([first]) => first && alike(first, record))
    if (group) group.push(record)
    else groups.push([record])
  }
  return groups.map(mergeAll)
}

function alike(a: FileRecord, b: FileRecord): boolean {
  return sameContent(a, b) || (a.deleted && b.deleted)
}

/** The greatest record by a fixed order over every field but the vector, with all vectors merged. */
function mergeAll(records: readonly FileRecord[]): FileRecord {
  const [first, ...rest] = records.toSorted(byFields) as [FileRecord, ...FileRecord[]]
  return rest.reduce(coverVector, first)
}

function coverVector(record: FileRecord, covered: FileRecord): FileRecord {
  return { ...record, version: mergeVectors(record.version, covered.version) }
}

/**
 * A change of metadata only, concurrent with an edit of that very content, is no second content:
 * the edit wins. The same rule lets a device that lost its index, and states old content anew,
 * take the successor without a conflict copy. Only what stands supersedes, itself or through what
 * it supersedes: contents that replaced each other in a circle all stand.
 */
function withoutSuperseded(groups: readonly FileRecord[]): readonly FileRecord[] {
  const superseded = new Set<FileRecord>()
  let edits = groups.filter((base) => !groups.some((edit) => isEditOf(edit, base)))
  while (edits.length > 0) {
    const next = groups.filter((base) => !superseded.has(base) && edits.some((edit) => isEditOf(edit, base)))
    for (const base of next) superseded.add(base)
    edits = next
  }
  return groups.filter((group) => !superseded.has(group))
}

function isEditOf(edit: FileRecord, base: FileRecord): boolean {
  return (
    base.contentHash !== '' &&
    edit.replacedHash === base.contentHash &&
    edit.contentHash !== base.contentHash &&
    base.replacedHash !== edit.contentHash
  )
}

/** Directories first, then the greater content hash: what keeps the name. */
function byPrecedence(a: FileRecord, b: FileRecord): number {
  return (
    Number(b.kind === 'directory') - Number(a.kind === 'directory') ||
    compareText(b.contentHash, a.contentHash) ||
    compareText(b.kind, a.kind)
  )
}

/** A total order over everything but the vector, greatest first; its sense is only to be the same everywhere. */
function byFields(a: FileRecord, b: FileRecord): number {
  return (
    compareText(b.contentHash, a.contentHash) ||
    compareText(b.kind, a.kind) ||
    compareBig(b.mtimeNs, a.mtimeNs) ||
    b.mode - a.mode ||
    compareText(b.author.device, a.author.device) ||
    compareText(b.author.name, a.author.name) ||
    compareText(b.replacedHash, a.replacedHash) ||
    compareText(b.conflictOf, a.conflictOf) ||
    b.size - a.size ||
    compareText(b.linkTarget, a.linkTarget) ||
    compareText(manifestText(b), manifestText(a)) ||
    compareText(String(b.unknown ?? ''), String(a.unknown ?? ''))
  )
}

function manifestText({ manifest }: FileRecord): string {
  return manifest ? `${manifest.chunker} ${manifest.blockCount} ${manifest.root}` : ''
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function compareBig(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
