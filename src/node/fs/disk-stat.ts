/** From Node's stat to ours. Promises that no number is rounded on the way. Never reads a disk. */
import { type BigIntStats, constants } from 'node:fs'
import type { DirectoryEntry, FileKind, FileStat } from './file-system.ts'

const KINDS: ReadonlyMap<number, FileKind> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
])

export function fileStat(stat: BigIntStats): FileStat {
  // The mode once, not isFile() and its like: those compute with bigints, for every file of a scan.
  const mode = Number(stat.mode)
  return {
    kind: KINDS.get(mode & constants.S_IFMT) ?? 'other',
    size: Number(stat.size),
    mode: mode & 0o7777,
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: stat.ino,
    links: Number(stat.nlink),
    device: stat.dev,
  }
}

/** Bytes as text, or undefined when they are not valid UTF-8. */
export function textOfBytes(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  // Bad bytes become U+FFFD; only a text with that in it needs the slower question.
  const isExact = !text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes)
  return isExact ? text : undefined
}

export function directoryEntry(bytes: Buffer): DirectoryEntry {
  const name = textOfBytes(bytes)
  return { name, shown: name ?? bytes.toString('utf8') }
}
