/**
 * What a grid needs to know of its rows. Promises that the grid itself knows no files: any list
 * that may pass 500 rows can be shown in it.
 */
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** Figures stand at the end of their cell. */
  readonly isFigure?: boolean
  /** The cell that names the row for a screen reader. */
  readonly isName?: boolean
  readonly cell: (row: Row) => ReactNode
}

/** The rows of one grid; all functions stay the same while the grid shows the same list. */
export interface GridRows<Row> {
  /** A hook: the row of this number, undefined while it is not here. Renders again only for this row's sake. */
  readonly useRow: (index: number) => Row | undefined
  readonly rowAt: (index: number) => Row | undefined
  readonly keyOf: (row: Row) => string
  /** What type-ahead looks at. */
  readonly nameOf: (row: Row) => string
  /** Rows from first to last, both included, also those that are not here. */
  readonly read: (first: number, last: number, signal: AbortSignal) => Promise<readonly Row[]>
  /** Type-ahead for rows that are not here, where their order allows better than reading one by one. */
  readonly seek?: (prefix: string, signal: AbortSignal) => Promise<number | undefined>
}
