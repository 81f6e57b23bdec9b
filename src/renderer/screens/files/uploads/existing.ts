/**
 * Which of the names that are about to be written are taken. Promises to ask only for those names
 * and what is below them. Never decides: a person does.
 */
import type { FilePage } from '../../../../node/api/node-port.ts'
import type { Chosen } from './dropped.ts'
import { pathIn, topNames } from './plan.ts'

export interface LookUp {
  /** Whether there is a file of this path. */
  exists(path: string): Promise<boolean>
  list(under: string, cursor: string | undefined): Promise<FilePage>
}

/** Questions at the same time. */
const AT_ONCE = 6

/** Paths that are taken, of files and of everything below the chosen directories. */
export async function existingPaths(
  chosen: readonly Chosen[],
  directory: string,
  lookUp: LookUp,
): Promise<Set<string>> {
  const { files, directories } = topNames(chosen)
  const found = new Set<string>()
  const waiting = files.map((name) => pathIn(directory, name))
  const ask = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop())
      if (await lookUp.exists(path)) found.add(path)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))
  for (const name of directories) await addBelow(pathIn(directory, name), lookUp, found)
  return found
}

async function addBelow(under: string, lookUp: LookUp, found: Set<string>): Promise<void> {
  let cursor: string | undefined
  do {
    const page: FilePage = await lookUp.list(under, cursor)
    for (const { path, kind } of page.files) if (kind !== 'directory') found.add(path)
    cursor = page.next
  } while (cursor !== undefined)
}
