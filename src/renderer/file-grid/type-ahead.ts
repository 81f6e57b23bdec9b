/**
 * Letters typed into a grid. Promises that quick letters make one prefix, that one letter again
 * and again goes from match to match, and a pure search. Never reads a clock.
 */

/** Pause after which a letter begins a new prefix, ms: what platforms use for their own lists. */
export const PAUSE_MS = 1_000

export interface Typed {
  readonly text: string
  readonly atMs: number
}

export const NOTHING_TYPED: Typed = { text: '', atMs: Number.NEGATIVE_INFINITY }

/** Whether a key is a letter of a name, as against a command. A space belongs to names once begun. */
export function isLetter(key: string, typed: Typed, nowMs: number): boolean {
  if ([...key].length !== 1) return false
  return key !== ' ' || (typed.text !== '' && nowMs - typed.atMs < PAUSE_MS)
}

export function typedWith(typed: Typed, letter: string, nowMs: number): Typed {
  const text = nowMs - typed.atMs < PAUSE_MS ? typed.text + letter : letter
  return { text, atMs: nowMs }
}

/** What to look for and from which row on: a lone letter leaves the active row, a longer prefix may keep it. */
export function soughtBy(typed: Typed, active: number): { prefix: string; from: number } {
  const letters = new Set(typed.text.toLowerCase())
  if (letters.size === 1) return { prefix: [...typed.text][0]!, from: active + 1 }
  return { prefix: typed.text, from: Math.max(0, active) }
}

/** Whether a name begins so, whatever the case and however its letters are composed. */
export function beginsWith(name: string, prefix: string): boolean {
  return plain(name).startsWith(plain(prefix))
}

function plain(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** The first row from `from` on, around the end, whose name begins so; rows without a name are passed over. */
export function findByPrefix(
  prefix: string,
  from: number,
  count: number,
  nameAt: (index: number) => string | undefined,
): number | undefined {
  for (let step = 0; step < count; step++) {
    const index = (from + step) % count
    const name = nameAt(index)
    if (name !== undefined && beginsWith(name, prefix)) return index
  }
  return undefined
}

/** Rows of one reading, and most readings of one search: 25,000 rows are about a second of work for a node. */
const SEEK_ROWS = 1_000
const SEEK_READINGS = 25

/**
 * As findByPrefix, for rows that have to be read. `read` gives the names of the rows from first to
 * last, both included, and rejects when the search is no longer wanted.
 */
export async function seekByPrefix(
  prefix: string,
  from: number,
  count: number,
  read: (first: number, last: number) => Promise<readonly string[]>,
): Promise<number | undefined> {
  let first = from % Math.max(1, count)
  for (let left = count, reading = 0; left > 0 && reading < SEEK_READINGS; reading++) {
    const last = Math.min(first + SEEK_ROWS, count, first + left) - 1
    const place = (await read(first, last)).findIndex((name) => beginsWith(name, prefix))
    if (place >= 0) return first + place
    left -= last - first + 1
    first = (last + 1) % count
  }
  return undefined
}
