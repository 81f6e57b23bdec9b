/**
 * One row of a grid. Promises to render again only when its own row, place or marks change, and
 * the same height with and without content. Never handles events: the grid does, for all rows.
 */
import { memo } from 'react'
import { useStore } from 'zustand'
import type { Column, GridRows } from './grid-parts.ts'
import type { GridStore } from './grid-state.ts'

export interface RowProps<Row> {
  readonly index: number
  readonly topPx: number
  readonly id: string
  readonly columns: readonly Column<Row>[]
  readonly rows: GridRows<Row>
  readonly state: GridStore
}

/** The head is row 1 for assistive technology. */
const FIRST_ROW = 2

function PlainRow<Row>({ index, topPx, id, columns, rows, state }: RowProps<Row>) {
  const row = rows.useRow(index)
  const isActive = useStore(state, ({ active }) => active === index)
  const isSelected = useStore(
    state,
    ({ selection }) => row !== undefined && selection.keys.has(rows.keyOf(row)),
  )
  return (
    <div
      role="row"
      id={id}
      className="grid-row"
      data-index={index}
      data-active={isActive || undefined}
      aria-rowindex={index + FIRST_ROW}
      aria-selected={isSelected}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      {columns.map((column, place) => (
        <div
          key={column.id}
          role={column.isName ? 'rowheader' : 'gridcell'}
          aria-colindex={place + 1}
          aria-busy={row === undefined || undefined}
          className={`grid-cell grid-cell-${column.id}`}
          data-figure={column.isFigure}
        >
          {row === undefined ? <span className="grid-gap" /> : column.cell(row)}
        </div>
      ))}
    </div>
  )
}

export const GridRow = memo(PlainRow) as typeof PlainRow
