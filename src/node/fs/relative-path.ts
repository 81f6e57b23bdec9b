/**
 * Paths inside a folder. Promises that what passes `checkRelativePath` names something inside
 * the root and fits the limits. Never touches the disk.
 */
import { PeerfoldError } from '../base/errors.ts'

/** Non-empty names joined by "/"; "" is the root. */
export type RelativePath = string

/** Bytes of one name (ext4, APFS, NTFS allow 255). */
export const NAME_BYTES_LIMIT = 255
/** Bytes of one path: below Linux' PATH_MAX of 4096, leaving room for the root. */
const PATH_BYTES_LIMIT = 3_500
/** Bytes of a path that is synced: a conflict copy's longer name and a temporary beside it fit as well. */
export const SYNCED_PATH_BYTES_LIMIT = 3_200

/** Throws BAD_PATH unless `path` is a usable path of something inside the root. */
export function checkRelativePath(path: string): RelativePath {
  const names = path.split('/')
  const bad = names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'))
  if (bad || !path.isWellFormed()) throw new PeerfoldError('BAD_PATH', 'this path cannot be used', { path })
  const tooLong = names.some((name) => Buffer.byteLength(name) > NAME_BYTES_LIMIT)
  if (tooLong || Buffer.byteLength(path) > PATH_BYTES_LIMIT)
    throw new PeerfoldError('BAD_PATH', 'the name or path is too long', { path })
  return path
}

/** The directory that holds `path`; "" for names directly under the root. */
export function parentOf(path: RelativePath): RelativePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function nameOf(path: RelativePath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function joinPath(directory: RelativePath, name: string): RelativePath {
  return directory === '' ? name : `${directory}/${name}`
}
