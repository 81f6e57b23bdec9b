/**
 * Records of what a user did here. Promises that a record's vector is exactly that of the statement it
 * was made from; the index stamps it. Pure.
 */
import { hashBytes } from '../codec/hash.ts'
import type { Author, FileRecord, ManifestHead } from '../core/record.ts'
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
    replacedHash: unchanged ? before.record.replacedHash : known && !known.deleted ? known.contentHash : '',
    linkTarget: found.linkTarget,
    ...(found.manifest && { manifest: found.manifest }),
    author: unchanged && known ? known.author : author,
    version: versionBefore(before, unchanged === true),
    // A directory that took the copy's name is no copy of anything.
    conflictOf: known && !known.deleted && kind !== 'directory' ? known.conflictOf : '',
  }
  // What was ignored and is the content that others hold is no change.
  return { record, isOurs: known !== undefined || !unchanged }
}

/** The tombstone of a file that this device held. */
export function recordOfDeletion(held: FileRecord, author: Author): FileRecord {
  const { manifest: _manifest, unknown: _unknown, ...rest } = held
  return {
    ...rest,
    deleted: true,
    size: 0,
    mode: 0,
    mtimeNs: 0n,
    contentHash: '',
    replacedHash: held.contentHash,
    linkTarget: '',
    author,
  }
}

function isSameContent(found: Found, record: FileRecord, kind: string): boolean {
  return record.kind === kind && record.contentHash === found.contentHash
}

/** A person who writes into a damaged file, or deletes it, does so to what we held. */
function wasHere({ stance }: LocalRow['announced']): boolean {
  return stance === 'holds' || stance === 'damaged'
}

/**
 * What the change was made on: the statement that we held. One that we did not hold (an ignored
 * path) was never on this disk: same content takes its version, other content knows of nothing.
 */
function versionBefore(before: LocalRow['announced'] | undefined, unchanged: boolean): VersionVector {
  return (before && wasHere(before)) || unchanged ? (before?.record.version ?? EMPTY_VECTOR) : EMPTY_VECTOR
}
