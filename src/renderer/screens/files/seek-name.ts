/**
 * Finds a name in a directory of any length by halving, because the node lists directories first
 * and then by name. Promises to look at few rows, and never to return a row that does not begin
 * so: where the order is another one, nothing is found. Pure but for the reading.
 */
import type { FileEntry } from '../../../node/api/node-port.ts'
import { beginsWith } from '../../file-grid/type-ahead.ts'
import { nameOf } from './copies.ts'

type Named = Pick<FileEntry, 'kind' | 'path'>

/** Number of the first entry whose name begins so, among the directories or else among the others. */
export async function seekName(
  prefix: string,
  total: number,
  at: (index: number) => Promise<Named | undefined>,
): Promise<number | undefined> {
  for (const isDirectory of [true, false])
    for (const variant of variantsOf(prefix)) {
      const index = await lowerBound(variant, isDirectory, total, at)
      const entry = index < total ? await at(index) : undefined
      if (entry && (entry.kind === 'directory') === isDirectory && beginsWith(nameOf(entry.path), prefix))
        return index
    }
  return undefined
}

/** Letters of both cases are far apart in the node's order. */
function variantsOf(prefix: string): Set<string> {
  const lower = prefix.toLowerCase()
  const upper = prefix.toUpperCase()
  return new Set([prefix, lower, upper.slice(0, 1) + lower.slice(1), upper])
}

async function lowerBound(
  prefix: string,
  isDirectory: boolean,
  total: number,
  at: (index: number) => Promise<Named | undefined>,
): Promise<number> {
  let low = 0
  let high = total
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = await at(middle)
    if (entry && isBefore(entry, prefix, isDirectory)) low = middle + 1
    else high = middle
  }
  return low
}

function isBefore({ kind, path }: Named, prefix: string, isDirectory: boolean): boolean {
  if ((kind === 'directory') !== isDirectory) return !isDirectory
  return nameOf(path) < prefix
}
