/**
 * Rows of the index's tables to and from records. Promises that nothing is rounded: 64-bit
 * columns are read as bigint and only counts become numbers. Never decides anything.
 */
import type { Announced, FileRecord, RecordKind, Stance } from '../core/record.ts'
import type { VersionVector } from '../core/version-vector.ts'

/** An lstat as the index keeps it; the fields of fs' FileStat. */
export interface DiskStat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly size: number
  readonly mode: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly inode: bigint
  readonly device: bigint
}

/** What the index knows of a path on this device's disk. */
export interface DiskRow {
  readonly stat: DiskStat
  readonly racy: boolean
  readonly retained: boolean
}

/** As SELECT * with safeIntegers gives it. */
export type Row = Record<string, unknown>

export const KINDS = ['file', 'directory', 'symlink', 'other'] as const
/** By the number that stands for it in the tables. */
export const STANCES: readonly Stance[] = ['holds', 'unwanted', 'unplaceable', 'damaged', 'withheld']

export const STATEMENT_COLUMNS = [
  ...['folder', 'path', 'device', 'epoch', 'sequence', 'stance', 'reason', 'kind', 'deleted', 'size'],
  ...['mode', 'mtime_ns', 'content_hash', 'replaced_hash', 'link_target', 'chunker', 'block_count', 'root'],
  ...['author_device', 'author_name', 'version', 'conflict_of', 'unknown'],
]

export interface StatementKey {
  readonly folder: number
  readonly device: number
  readonly epoch: number
}

/** Values in the order of STATEMENT_COLUMNS. */
export function statementValues(key: StatementKey, announced: Announced): unknown[] {
  const { record, stance, reason, sequence } = announced
  return [
    ...[key.folder, record.path, key.device, key.epoch, sequence, STANCES.indexOf(stance), reason],
    ...[KINDS.indexOf(record.kind), Number(record.deleted), record.size, record.mode, record.mtimeNs],
    ...[record.contentHash, record.replacedHash, record.linkTarget],
    ...[record.manifest?.chunker ?? '', record.manifest?.blockCount ?? 0, record.manifest?.root ?? ''],
    ...[record.author.device, record.author.name, JSON.stringify(record.version), record.conflictOf],
    record.unknown ? Buffer.from(record.unknown) : null,
  ]
}

export function announcedOf(row: Row): Announced {
  return {
    record: recordOf(row),
    stance: STANCES[Number(row['stance'])] ?? 'holds',
    reason: String(row['reason']),
    sequence: Number(row['sequence']),
  }
}

export function recordOf(row: Row): FileRecord {
  const unknown = row['unknown'] as Uint8Array | null
  const chunker = String(row['chunker'])
  return {
    path: String(row['path']),
    kind: KINDS[Number(row['kind'])] as RecordKind,
    deleted: row['deleted'] === 1n,
    size: Number(row['size']),
    mode: Number(row['mode']),
    mtimeNs: row['mtime_ns'] as bigint,
    contentHash: String(row['content_hash']),
    replacedHash: String(row['replaced_hash']),
    linkTarget: String(row['link_target']),
    ...(chunker !== '' && {
      manifest: { chunker, blockCount: Number(row['block_count']), root: String(row['root']) },
    }),
    author: { device: String(row['author_device']), name: String(row['author_name']) },
    version: JSON.parse(String(row['version'])) as VersionVector,
    conflictOf: String(row['conflict_of']),
    ...(unknown && { unknown: new Uint8Array(unknown) }),
  }
}

export const DISK_COLUMNS = [
  ...['folder', 'path', 'kind', 'size', 'mode', 'mtime_ns', 'ctime_ns', 'inode', 'file_system', 'racy'],
  'retained',
]

/** Values in the order of DISK_COLUMNS; unsigned file system numbers are kept as signed ones. */
export function diskValues(folder: number, path: string, { stat, racy, retained }: DiskRow): unknown[] {
  return [
    ...[folder, path, KINDS.indexOf(stat.kind), stat.size, stat.mode, stat.mtimeNs, stat.ctimeNs],
    ...[BigInt.asIntN(64, stat.inode), BigInt.asIntN(64, stat.device), Number(racy), Number(retained)],
  ]
}

export function diskRowOf(row: Row): DiskRow {
  return {
    stat: {
      kind: KINDS[Number(row['kind'])] ?? 'other',
      size: Number(row['size']),
      mode: Number(row['mode']),
      mtimeNs: row['mtime_ns'] as bigint,
      ctimeNs: row['ctime_ns'] as bigint,
      inode: BigInt.asUintN(64, row['inode'] as bigint),
      device: BigInt.asUintN(64, row['file_system'] as bigint),
    },
    racy: row['racy'] === 1n,
    retained: row['retained'] === 1n,
  }
}

/** Of a row that brings both, the disk's columns by names of their own; undefined when nothing is known of it. */
export function joinedDiskRowOf(row: Row): DiskRow | undefined {
  if (row['disk_kind'] === null) return undefined
  return diskRowOf({
    kind: row['disk_kind'],
    size: row['disk_size'],
    mode: row['disk_mode'],
    mtime_ns: row['disk_mtime_ns'],
    ctime_ns: row['disk_ctime_ns'],
    inode: row['disk_inode'],
    file_system: row['disk_file_system'],
    racy: row['disk_racy'],
    retained: row['disk_retained'],
  })
}
