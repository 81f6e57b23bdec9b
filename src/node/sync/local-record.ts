/**
 * Records of what a user did here. Promises that a record's vector is exactly that of the statement it
 * was made from; the index stamps it. Pure.
 */
import { hashBytes } from '../codec/hash.ts'
import { isOnDisk } from '../core/record.ts'
import type { Author, FileRecord, ManifestHead, Stance } from '../core/record.ts'
import { tombstoneOf } from '../core/withheld.ts'
import { EMPTY_VECTOR } from '../core/version-vector.ts'
import type { VersionVector } from '../core/version-vector.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { LocalRow } from '../index/index-port.ts'

export interface Found {
  readonly path: string
  readonly stat: FileStat
  readonly contentHash: string
  readonly linkTarget: string
  readonly manifest: ManifestHead | undefined
}

/** Tagged hash of a link's target. */
export function hashLinkTarget(target: string): string {
  return hashBytes(Buffer.from(target))
}

/** What is at a path now, as a change by `author` on the statement in `row`; whether it is one. */
export function recordOfFound(
  found: Found,
  row: LocalRow | undefined,
  author: Author,
): { record: FileRecord; isOurs: boolean } {
  const before = row?.announced
  const known = before && wasHere(before) ? before.record : undefined
  const kind = found.stat.kind === 'other' ? 'file' : found.stat.kind
  const unchanged = before && isSameContent(found, before.record, kind) && !before.record.deleted
  const record: FileRecord = {
    path: found.path,
    kind,
    deleted: false,
    size: kind === 'directory' ? 0 : found.stat.size,
    mode: kind === 'symlink' ? 0 : found.stat.mode & 0o777,
    mtimeNs: kind === 'directory' ? 0n : found.stat.mtimeNs,
    contentHash: found.contentHash,
    replacedHash: unchanged || before?.stance === 'withheld' ? before.record.replacedHash : hashOf(known),
    linkTarget: found.linkTarget,
    ...(found.manifest && { manifest: found.manifest }),
    author: unchanged && known ? known.author : author,
    version: versionBefore(before, unchanged === true),
    // A directory that took the copy's name is no copy of anything.
    conflictOf: known && !known.deleted && kind !== 'directory' ? known.conflictOf : '',
  }
  // What was ignored and is the content that others hold is no change; what nobody was told of is one.
  const isTold = before !== undefined && before.record.version.length > 0
  return { record, isOurs: known !== undefined || !unchanged || !isTold }
}

/** The tombstone of a file that this device held. Of what it withheld, others only know what was before. */
export function recordOfDeletion(held: FileRecord, author: Author, stance: Stance = 'holds'): FileRecord {
  const tombstone = tombstoneOf(held, author)
  return stance === 'withheld' ? { ...tombstone, replacedHash: held.replacedHash } : tombstone
}

function hashOf(known: FileRecord | undefined): string {
  return known && !known.deleted ? known.contentHash : ''
}

function isSameContent(found: Found, record: FileRecord, kind: string): boolean {
  return record.kind === kind && record.contentHash === found.contentHash
}

/** A person who writes into a damaged file, or deletes it, does so to what we held. */
function wasHere({ stance }: LocalRow['announced']): boolean {
  return isOnDisk(stance) || stance === 'damaged'
}

/**
 * What the change was made on: the statement that we held. One that we did not hold (an ignored
 * path) was never on this disk: same content takes its version, other content knows of nothing.
 */
function versionBefore(before: LocalRow['announced'] | undefined, unchanged: boolean): VersionVector {
  return (before && wasHere(before)) || unchanged ? (before?.record.version ?? EMPTY_VECTOR) : EMPTY_VECTOR
}
