/** Records of files as the API shows them. Pure. */
import type { FileEntry } from '../api/node-port.ts'
import type { FileRecord } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'

export function fileEntry({ record, here }: { record: FileRecord; here: FileEntry['here'] }): FileEntry {
  const { path, kind, size, mode, mtimeNs, contentHash, linkTarget, conflictOf } = record
  return {
    path,
    kind,
    size,
    mode,
    mtimeMs: msOf(mtimeNs),
    hash: contentHash,
    here,
    ...(linkTarget !== '' && { linkTarget }),
    ...(conflictOf !== '' && { conflictOf }),
  }
}

type Written = Pick<FileEntry, 'path' | 'kind' | 'size' | 'hash'>

/** What was put on the disk a moment ago, by what the disk says of it. */
export function writtenEntry(written: Written, stat: FileStat | undefined): FileEntry {
  const mode = (stat?.mode ?? 0) & 0o777
  return { ...written, mode, mtimeMs: msOf(stat?.mtimeNs ?? 0n), here: 'holds' }
}

/** To the microsecond. */
export function msOf(ns: bigint): number {
  return Number(ns / 1_000n) / 1_000
}
