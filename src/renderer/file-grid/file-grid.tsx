/**
 * A grid of any length. Promises fewer than 150 rows in the DOM whatever the count, one tab stop,
 * every action by keyboard, and that the active row is always in the DOM, because assistive
 * technology is told its id. Never knows what a row is, and never changes one.
 */
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
} from 'react'
import { useStore } from 'zustand'
import './file-grid.css'
import { HEAD_PX, rowsPerPage, rowTop, scrollTopFor } from './geometry.ts'
import { GridCommands } from './grid-commands.ts'
import type { Column, GridRows } from './grid-parts.ts'
import { GridRow } from './grid-row.tsx'
import type { GridStore } from './grid-state.ts'
import { useViewport } from './use-viewport.ts'

export interface FileGridProps<Row> {
  readonly gridRef: RefObject<HTMLDivElement | null>
  /** Another one means another list: it is shown from its beginning. */
  readonly listId: string
  readonly label: string
  readonly className?: string
  /** Stays the same object between renders: rows are memoised. */
  readonly columns: readonly Column<Row>[]
  readonly count: number
  readonly rows: GridRows<Row>
  readonly state: GridStore
  /** Rows in sight, both included. */
  readonly onSee: (first: number, last: number) => void
  readonly onOpen: (row: Row) => void
  readonly onDelete?: () => void
}

export function FileGrid<Row>(props: FileGridProps<Row>) {
  const { gridRef: grid, listId, label, className = '', columns, count, rows, state, onSee } = props
  const prefix = useId()
  const active = useStore(state, (now) => now.active)
  const { scale, scrollTopPx, drawn, first, last } = useViewport(grid, count, active)
  const jumps = useStore(state, (now) => now.jumps)
  const reveal = (index: number): void => {
    const topPx = scrollTopFor(index, grid.current?.scrollTop ?? 0, scale)
    if (topPx !== undefined && grid.current) grid.current.scrollTop = topPx
  }
  const commands = useCommands(props, reveal)

  useEffect(() => {
    if (last >= first) onSee(first, last)
  }, [first, last, listId, onSee])
  useLayoutEffect(() => {
    grid.current?.scrollTo(0, 0)
  }, [grid, listId])
  useLayoutEffect(() => {
    if (jumps > 0) reveal(state.getState().active)
    // Only a jump scrolls: a row that shifts must not pull the list along.
  }, [jumps, state])
  useEffect(() => {
    // The focus may have been here before the first row was.
    if (count > 0 && document.activeElement === grid.current) commands.focus()
  }, [grid, listId, count, commands])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (commands.key(event, rowsPerPage(scale.viewportPx))) event.preventDefault()
  }
  const onClick = (event: MouseEvent): void => {
    const index = indexAt(event.target)
    if (index !== undefined) commands.click(index, event)
  }
  const onDoubleClick = (event: MouseEvent): void => {
    const index = indexAt(event.target)
    if (index !== undefined) commands.open(index)
  }
  return (
    <div
      ref={grid}
      role="grid"
      className={`file-grid ${className}`}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      aria-activedescendant={drawn.includes(active) ? rowId(prefix, active) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={() => commands.focus()}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
    >
      <div role="rowgroup" className="grid-head" style={{ height: HEAD_PX }}>
        <div role="row" aria-rowindex={1} className="grid-row-head">
          {columns.map(({ id, title, isFigure }, place) => (
            <div
              key={id}
              role="columnheader"
              aria-colindex={place + 1}
              className={`grid-cell grid-cell-${id}`}
              data-figure={isFigure}
            >
              {title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: scale.bodyPx }}>
        {drawn.map((index) => (
          <GridRow
            key={index}
            index={index}
            topPx={rowTop(index, scrollTopPx, scale)}
            id={rowId(prefix, index)}
            columns={columns}
            rows={rows}
            state={state}
          />
        ))}
      </div>
    </div>
  )
}

/** One object for the grid's life; it reads the newest props when a key or click comes. */
function useCommands<Row>(props: FileGridProps<Row>, reveal: (index: number) => void): GridCommands<Row> {
  const newest = useRef({ ...props, reveal })
  const commands = useRef<GridCommands<Row>>(undefined)
  commands.current ??= new GridCommands<Row>(() => newest.current)
  useLayoutEffect(() => {
    newest.current = { ...props, reveal }
  })
  const { current } = commands
  useEffect(() => () => current.stop(), [current])
  return current
}

function rowId(prefix: string, index: number): string {
  return `${prefix}row-${index}`
}

function indexAt(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null
  return row ? Number(row.dataset['index']) : undefined
}
