/**
 * Paths of this machine, as a person gives them. Promises to take them apart as the platform writes
 * them. Never touches the disk, and never for anything inside a folder: see relative-path.ts.
 */
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { PeerfoldError } from '../base/errors.ts'

/** The directory that holds `path`, and the name in it. BAD_PATH unless absolute and not the root. */
export function splitHostPath(path: string): { directory: string; name: string } {
  if (!isAbsolute(path) || path.includes('\0'))
    throw new PeerfoldError('BAD_PATH', 'an absolute path is needed', { path })
  const plain = resolve(path)
  const name = basename(plain)
  if (name === '') throw new PeerfoldError('BAD_PATH', 'a whole disk cannot be given', { path })
  return { directory: dirname(plain), name }
}

export function joinHostPath(directory: string, name: string): string {
  return resolve(directory, name)
}

/** Whether `inner` is `outer` or lies in it; both absolute and without links in them. */
export function liesWithin(inner: string, outer: string): boolean {
  const between = relative(outer, inner)
  return between === '' || !(between === '..' || between.startsWith(`..${sep}`) || isAbsolute(between))
}
