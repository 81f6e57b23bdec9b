/**
 * Listings for people: a range of a directory, or of what a search finds below it. Promises that a
 * range costs what is on it and a walk over the names before it, never the folder's statements.
 * Never changes anything.
 */
import type { DeviceId } from '../core/record.ts'
import type { BrowsedPath, BrowseQuery, DeviceCopy } from './index-port.ts'
import type { Row } from './rows.ts'
import { viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { aimOf, copyState, shownOf } from './shown.ts'
import { rangeUnder, SELF } from './statements.ts'
import type { Statements } from './statements.ts'

interface Found {
  readonly total: number
  readonly paths: readonly string[]
}

export function browse(
  sql: Statements,
  folder: FolderRow,
  names: ReadonlyMap<number, DeviceId>,
  query: Omit<BrowseQuery, 'folder'>,
): { total: number; revision: number; entries: BrowsedPath[] } {
  const { total, paths } = query.search ? search(sql, folder, query.search, query) : list(sql, folder, query)
  const told = new Set<number>([SELF])
  for (const row of sql.sharing.all(folder.key) as Row[])
    if (row['told'] === 1n) told.add(Number(row['device']))
  const entries = paths.flatMap((path) => browsedPath(sql, folder, names, told, path) ?? [])
  return { total, revision: folder.revision, entries }
}

type Range = Pick<BrowseQuery, 'directory' | 'offset' | 'limit'>

function list(sql: Statements, folder: FolderRow, { directory, offset, limit }: Range): Found {
  const total = countOf(sql.countEntries.get(folder.key, directory))
  return { total, paths: pathsOf(sql.entries.all(folder.key, directory, limit, offset) as Row[]) }
}

/**
 * SQLite folds the case of ASCII letters only. A search for others takes what holds the longest piece
 * of ASCII in it, and compares that as Unicode has it: without case, composed.
 */
function search(sql: Statements, folder: FolderRow, text: string, range: Range): Found {
  const { directory, offset, limit } = range
  const [from, to] = rangeUnder(directory)
  const skip = directory === '' ? 1 : [...directory].length + 2
  const within = [folder.key, directory, to, directory, from, skip] as const
  const found = (like: string, most: number, after: number): string[] =>
    pathsOf(sql.findEntries.all(...within, pattern(like), most, after) as Row[])
  if (isAscii(text)) {
    const paths = found(text, limit, offset)
    // Where the range holds the last one, counting would walk all names once more for nothing.
    const isLast = paths.length < limit && (paths.length > 0 || offset === 0)
    const total = isLast ? offset + paths.length : countOf(sql.countFound.get(...within, pattern(text)))
    return { total, paths }
  }
  const wanted = folded(text)
  const below = directory === '' ? 0 : directory.length + 1
  const all = found(longestAscii(text), -1, 0).filter((path) => folded(path.slice(below)).includes(wanted))
  return { total: all.length, paths: all.slice(offset, offset + limit) }
}

function browsedPath(
  sql: Statements,
  folder: FolderRow,
  names: ReadonlyMap<number, DeviceId>,
  told: ReadonlySet<number>,
  path: string,
): BrowsedPath | undefined {
  const { local, byDevice, plan } = viewPath(sql, folder, path)
  const shown = shownOf(local, plan)
  if (!shown) return undefined
  const aim = aimOf(byDevice.values(), shown.record)
  const copies = [SELF, ...folder.sharing].map((device): DeviceCopy => {
    const state = copyState(byDevice.get(device), aim, told.has(device))
    return { device: names.get(device) ?? '', state }
  })
  return { ...shown, copies }
}

const countOf = (row: unknown): number => Number((row as Row)['count'])

function pathsOf(rows: readonly Row[]): string[] {
  return rows.map(({ parent, name }) => (parent === '' ? String(name) : `${String(parent)}/${String(name)}`))
}

function pattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
}

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)
const folded = (text: string): string => text.normalize('NFC').toLowerCase()

/** The letter before a combining mark may be composed with it in the name that is looked for. */
function longestAscii(text: string): string {
  const pieces = text.normalize('NFC').split(/[^\0-\x7f]+/)
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '')
}
