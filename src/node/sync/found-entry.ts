/**
 * What a walk found at one path, beside what we say of it. Promises pure answers: whether it has to be
 * looked at, whether anything is different, and which change of ours it is. Never reads a disk.
 */
import { isOnDisk } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { recordOfFound } from './local-record.ts'
import type { FileDigest } from './manifests.ts'
import type { FolderContext } from './ports.ts'
import { isRacy, mayBeMapped, sameFile, sameStat } from './stat-compare.ts'
import { isDamaged } from './target.ts'
import type { WalkItem } from './walk.ts'

export type Entry = Extract<WalkItem, { kind: 'entry' }>

/** The bytes at the path, or the target of a link; "" for a directory. */
export interface FoundContent {
  readonly contentHash: string
  readonly manifest: FileDigest['manifest'] | undefined
}

/** Whether it may be other than it was; a directory with children that we would bring back is asked about. */
export function isWorthALook({ stat }: Entry, row: LocalRow | undefined): boolean | 'unless-empty' {
  if (!row?.disk) return true
  const { disk } = row
  if (isDamaged(row)) return !sameStat(stat, disk.stat)
  if (!isOnDisk(row.announced.stance)) return true
  if (disk.retained && stat.kind === 'directory') return 'unless-empty'
  if (stat.kind === 'directory' && disk.stat.kind === 'directory')
    return (stat.mode & 0o777) !== (disk.stat.mode & 0o777) || stat.device !== disk.stat.device
  return disk.racy || !sameStat(stat, disk.stat)
}

export function diskOf(
  { stat, lookedNs }: Entry,
  row: LocalRow | undefined,
): NonNullable<LocalChange['disk']> {
  const racy = isRacy(stat, lookedNs) || (isRewritten(stat, row) && mayBeMapped(stat, lookedNs))
  return { stat, racy, retained: false }
}

/** Written to in its place, or not yet known to be at rest since. */
function isRewritten(stat: FileStat, row: LocalRow | undefined): boolean {
  const before = row?.disk
  if (!before || stat.kind !== 'file') return false
  const isSameInode = before.stat.inode === stat.inode && before.stat.device === stat.device
  return isSameInode && (before.racy || before.stat.mtimeNs !== stat.mtimeNs)
}

/** Undefined when nothing is different but what the disk shows of it. */
export function changeOfFound(
  entry: Entry,
  row: LocalRow | undefined,
  { contentHash, manifest }: FoundContent,
  self: FolderContext['self'],
): LocalChange | undefined {
  if (row && (isUnchanged(entry, row, contentHash) || isStillDamaged(entry, row, contentHash)))
    return undefined
  const { record, isOurs } = recordOfFound({ ...entry, contentHash, manifest }, row, self)
  const said = { stance: 'holds', reason: '', basedOn: row?.announced.sequence ?? 0 } as const
  return { record: withUserMetadata(record, entry, row), isOurs, disk: diskOf(entry, row), ...said }
}

export function isLive(row: LocalRow | undefined): boolean {
  return row !== undefined && isOnDisk(row.announced.stance) && !row.announced.record.deleted
}

/** Same kind, content, mode and mtime as when the statement was made. */
function isUnchanged(entry: Entry, row: LocalRow, contentHash: string): boolean {
  const { record } = row.announced
  if (!isLive(row) || !row.disk || record.kind !== entry.stat.kind) return false
  const sameMetadata = record.kind === 'directory' || entry.stat.mtimeNs === row.disk.stat.mtimeNs
  const sameMode = record.kind === 'symlink' || (entry.stat.mode & 0o777) === (row.disk.stat.mode & 0o777)
  return record.contentHash === contentHash && sameMetadata && sameMode
}

/** The damage that we know of: nobody wrote since, only a name, a mode or nothing was changed. */
function isStillDamaged({ stat }: Entry, row: LocalRow, contentHash: string): boolean {
  const before = row.disk?.stat
  if (!isDamaged(row) || !before || contentHash === row.announced.record.contentHash) return false
  return sameFile(stat, before)
}

/**
 * A disk may keep less of a time or mode than the user's record says; only what the user changed
 * since is taken from the disk. Another content has the time it was written at.
 */
function withUserMetadata<R extends { mode: number; mtimeNs: bigint; contentHash: string }>(
  record: R,
  entry: Entry,
  row: LocalRow | undefined,
): R {
  if (!row?.disk || !isLive(row) || row.announced.record.kind !== entry.stat.kind) return record
  const before = row.announced.record
  const mode = (entry.stat.mode & 0o777) === (row.disk.stat.mode & 0o777) ? before.mode : record.mode
  const isSameTime = before.contentHash === record.contentHash && entry.stat.mtimeNs === row.disk.stat.mtimeNs
  const mtimeNs = isSameTime ? before.mtimeNs : record.mtimeNs
  return { ...record, mode, mtimeNs }
}
