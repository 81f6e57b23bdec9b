/**
 * Text for terminals. Promises aligned columns, and that no name from a file or a peer can steer
 * the terminal or turn the reading direction. Never colours.
 */

/** Control and surrogate characters, line and paragraph separators, the byte order mark. */
const CONTROL = /\p{Cc}|\p{Cs}|[\u2028\u2029\ufeff]/u
/** The characters that change the reading direction (UAX 9). */
const DIRECTION = /\p{Bidi_Control}/u
const STEERING = new RegExp(`${CONTROL.source}|${DIRECTION.source}`, 'gu')

/** A name as it may be shown: steering characters as escapes. */
export function shown(name: string): string {
  return name.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** Rows as aligned columns, two spaces apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)),
      )
      .join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

/** Characters as people count them; wide ones count one, which only bends a column. */
function widthOf(text: string): number {
  return [...text].length
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1,234,567 is "1.2 MB": decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

const TIME = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })

/** Local time, "2026-11-20 14:05". */
export function timeText(ms: number): string {
  return ms === 0 ? 'never' : TIME.format(ms)
}
