/**
 * The rows in sight, from @tanstack/react-virtual. Promises that offsets are scaled above the
 * browser's height cap and that the head, which covers the top, does not count as sight. Never
 * scrolls: the virtualizer would clamp to the unscaled height.
 */
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { depthOf, drawnRows, HEAD_PX, ROW_PX, type Scale, scaleOf } from './geometry.ts'

type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>
type TakeOffset = (offsetPx: number, isScrolling: boolean) => void

export interface Viewport {
  readonly scale: Scale
  readonly scrollTopPx: number
  /** Numbers of the rows to draw, in order. */
  readonly drawn: readonly number[]
  /** Rows in sight; last is -1 when there are none. */
  readonly first: number
  readonly last: number
}

export function useViewport(grid: RefObject<HTMLDivElement | null>, count: number, active: number): Viewport {
  const [viewportPx, setViewportPx] = useState(0)
  const tell = useRef<() => void>(() => {})
  const scale = scaleOf({ count, viewportPx })
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count,
    getScrollElement: () => grid.current,
    estimateSize: () => ROW_PX,
    rangeExtractor: (range) => drawnRows(range, active),
    observeElementRect: (rows: Rows, take) =>
      observeHeight(rows, (height) => {
        setViewportPx(height)
        take({ width: 0, height })
      }),
    observeElementOffset: (rows: Rows, take: TakeOffset) => {
      tell.current = () => tellDepth(rows, take, false)
      return observeScrolling(rows, () => tellDepth(rows, take, true))
    },
  })
  // The same scroll position means another depth once the scale has changed.
  useLayoutEffect(() => tell.current(), [scale.factor])
  const drawn = virtualizer.getVirtualItems().map(({ index }) => index)
  const { startIndex = 0, endIndex = -1 } = virtualizer.range ?? {}
  return { scale, scrollTopPx: grid.current?.scrollTop ?? 0, drawn, first: startIndex, last: endIndex }
}

function tellDepth(rows: Rows, take: TakeOffset, isScrolling: boolean): void {
  const element = rows.scrollElement
  if (!element) return
  const scale = scaleOf({ count: rows.options.count, viewportPx: sightOf(element) })
  // While scaled the virtualizer must not compare depths with the element's own limits.
  take(depthOf(element.scrollTop, scale), isScrolling && scale.factor === 1)
}

function observeHeight(rows: Rows, take: (heightPx: number) => void): (() => void) | undefined {
  const element = rows.scrollElement
  if (!element) return undefined
  take(sightOf(element))
  const observer = new ResizeObserver(() => take(sightOf(element)))
  observer.observe(element)
  return () => observer.disconnect()
}

function observeScrolling(rows: Rows, run: () => void): (() => void) | undefined {
  const element = rows.scrollElement
  if (!element) return undefined
  run()
  element.addEventListener('scroll', run, { passive: true })
  return () => element.removeEventListener('scroll', run)
}

function sightOf(element: HTMLElement): number {
  return Math.max(0, element.clientHeight - HEAD_PX)
}
