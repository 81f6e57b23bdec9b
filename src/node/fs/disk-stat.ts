/** From Node's stat to ours. Promises that no number is rounded on the way. Never reads a disk. */
import type { BigIntStats } from 'node:fs'
import type { DirectoryEntry, FileKind, FileStat } from './file-system.ts'

function kindOf(stat: BigIntStats): FileKind {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : 'other'
}

export function fileStat(stat: BigIntStats): FileStat {
  return {
    kind: kindOf(stat),
    size: Number(stat.size),
    mode: Number(stat.mode & 0o7777n),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: stat.ino,
    device: stat.dev,
  }
}

/** Bytes as text, or undefined when they are not valid UTF-8. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return Buffer.compare(Buffer.from(text, 'utf8'), bytes) === 0 ? text : undefined
}

export function directoryEntry(bytes: Uint8Array): DirectoryEntry {
  const name = textOfBytes(bytes)
  if (name !== undefined) return { name, shown: name }
  return { name, shown: Buffer.from(bytes).toString('utf8') }
}
