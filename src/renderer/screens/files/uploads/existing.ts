/**
 * Which of the names that are about to be written are taken. Promises to find every one, whatever
 * order the node lists in, and to ask only for this directory and what is below the chosen ones.
 * Never decides: a person does.
 */
import type { FilePage, FileRange } from '../../../../node/api/node-port.ts'
import type { Chosen } from './dropped.ts'
import { pathIn, topNames } from './plan.ts'

export interface LookUp {
  /** A thousand entries of the directory, or of what a search finds below it. */
  browse(search: string, offset: number): Promise<FileRange>
  /** A page of everything below a directory. */
  list(under: string, cursor: string | undefined): Promise<FilePage>
}

/** A directory of up to so many entries is read whole; beyond, few names are searched one by one. */
const READ_WHOLE = 5_000
const SEARCHED_NAMES = 50

/** Paths that are taken, of files and of everything below the chosen directories. */
export async function existingPaths(
  chosen: readonly Chosen[],
  directory: string,
  lookUp: LookUp,
): Promise<Set<string>> {
  const { files, directories } = topNames(chosen)
  const found = new Set<string>()
  await addFiles(
    files.map((name) => pathIn(directory, name)),
    lookUp,
    found,
  )
  for (const name of directories) await addBelow(pathIn(directory, name), lookUp, found)
  return found
}

async function addFiles(paths: readonly string[], lookUp: LookUp, found: Set<string>): Promise<void> {
  if (paths.length === 0) return
  const first = await lookUp.browse('', 0)
  if (first.total <= READ_WHOLE || paths.length > SEARCHED_NAMES)
    await addMatching(new Set(paths), '', lookUp, found, first)
  else
    for (const path of paths)
      await addMatching(new Set([path]), path.slice(path.lastIndexOf('/') + 1), lookUp, found)
}

/** Reads on until all are found or the list ends. */
async function addMatching(
  paths: Set<string>,
  search: string,
  lookUp: LookUp,
  found: Set<string>,
  first?: FileRange,
): Promise<void> {
  let range = first ?? (await lookUp.browse(search, 0))
  for (;;) {
    for (const { path, kind } of range.entries)
      if (paths.delete(path) && kind !== 'directory') found.add(path)
    const next = range.offset + range.entries.length
    if (paths.size === 0 || range.entries.length === 0 || next >= range.total) return
    range = await lookUp.browse(search, next)
  }
}

async function addBelow(under: string, lookUp: LookUp, found: Set<string>): Promise<void> {
  let cursor: string | undefined
  do {
    const page: FilePage = await lookUp.list(under, cursor)
    for (const { path, kind } of page.files) if (kind !== 'directory') found.add(path)
    cursor = page.next
  } while (cursor !== undefined)
}
