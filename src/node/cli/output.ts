/**
 * Text for terminals. Promises aligned columns, and that no name from a file or a peer can steer
 * the terminal or turn the reading direction. Never colours.
 */

import { shown } from '../words/shown.ts'
import { WORDS } from './words.ts'

export { shown }

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

/** 1,234,567 is "1.2 MB": decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  return WORDS.bytes(bytes)
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Local time, "2026-11-20 14:05". */
export function timeText(ms: number): string {
  return ms === 0 ? WORDS.text('common.never') : WORDS.time(ms)
}
