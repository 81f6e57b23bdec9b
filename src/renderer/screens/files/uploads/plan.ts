/**
 * What is to be decided before files are sent. Promises pure answers: how much it is, whether a
 * person should be asked about the size, and which names are taken. Never sends anything.
 */
import type { Chosen } from './dropped.ts'

/** More than this asks first, bytes: a gigabyte fills other people's disks and networks too. */
export const ASK_ABOVE_BYTES = 1_000_000_000

export interface Planned {
  readonly files: number
  readonly bytes: number
  readonly large: boolean
}

export function planOf(chosen: readonly Chosen[]): Planned {
  const bytes = chosen.reduce((sum, { file }) => sum + file.size, 0)
  return { files: chosen.length, bytes, large: bytes > ASK_ABOVE_BYTES }
}

/** Path in the folder of something below the directory that is shown. */
export function pathIn(directory: string, path: string): string {
  return directory === '' ? path : `${directory}/${path}`
}

/** What stands directly in the directory: what has to be looked up to find taken names. */
export function topNames(chosen: readonly Chosen[]): { files: string[]; directories: string[] } {
  const files = new Set<string>()
  const directories = new Set<string>()
  for (const { path } of chosen) {
    const slash = path.indexOf('/')
    if (slash < 0) files.add(path)
    else directories.add(path.slice(0, slash))
  }
  return { files: [...files], directories: [...directories] }
}

/** Those of the chosen files whose paths are taken. */
export function takenOf(
  chosen: readonly Chosen[],
  directory: string,
  existing: ReadonlySet<string>,
): Chosen[] {
  return chosen.filter(({ path }) => existing.has(pathIn(directory, path)))
}

/** URL that tells how much of a cut upload is there. */
export function uploadedUrl(folder: string, path: string, id: string): string {
  const query = new URLSearchParams({ path }).toString()
  return `/api/v1/folders/${encodeURIComponent(folder)}/uploads/${id}?${query}`
}

/** URL path of a content; every name is encoded, the slashes between them are not. */
export function contentUrl(folder: string, path: string): string {
  const names = path.split('/').map(encodeURIComponent)
  return `/api/v1/folders/${encodeURIComponent(folder)}/content/${names.join('/')}`
}
