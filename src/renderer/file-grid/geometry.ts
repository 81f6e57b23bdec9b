/**
 * Where the rows of a grid are. Promises pure arithmetic over pixels and row numbers: which rows
 * are drawn, at what height, and how far to scroll for one. Never touches the DOM.
 *
 * Browsers cap the height of an element, so a body taller than LIMIT_PX is drawn shorter than it
 * is and scrolling is scaled: one pixel of the scrollbar then stands for `factor` pixels of rows.
 */

/** Fixed: a row that measured itself would move the ones below it. */
export const ROW_PX = 36
export const HEAD_PX = 32
/** Rows drawn beyond each edge, so that a quick scroll shows no gap. */
const OVERSCAN = 8
/** Chromium caps an element at 33,554,428 px and Firefox at 17,895,697; below both. */
export const LIMIT_PX = 16_000_000

/** What is known of the grid's box. `viewportPx` is its height without the head. */
export interface Box {
  readonly count: number
  readonly viewportPx: number
  readonly rowPx?: number
  readonly limitPx?: number
}

export interface Scale {
  readonly rowPx: number
  /** Height of all rows if there were no cap. */
  readonly fullPx: number
  /** Height of the element that stands for them. */
  readonly bodyPx: number
  /** Pixels of rows per pixel of scrolling; 1 below the cap. */
  readonly factor: number
  readonly viewportPx: number
}

export function scaleOf({ count, viewportPx, rowPx = ROW_PX, limitPx = LIMIT_PX }: Box): Scale {
  const fullPx = count * rowPx
  const bodyPx = Math.min(fullPx, limitPx)
  const factor = fullPx > bodyPx ? (fullPx - viewportPx) / Math.max(1, bodyPx - viewportPx) : 1
  return { rowPx, fullPx, bodyPx, factor, viewportPx }
}

/** How far into the rows the scrollbar stands, px. */
export function depthOf(scrollTopPx: number, { factor, fullPx, viewportPx }: Scale): number {
  return Math.min(Math.max(0, scrollTopPx) * factor, Math.max(0, fullPx - viewportPx))
}

/** Top of a row inside the body. Below the cap it does not depend on scrolling, so rows stay memoised. */
export function rowTop(index: number, scrollTopPx: number, scale: Scale): number {
  const topPx = index * scale.rowPx
  if (scale.factor === 1) return topPx
  const shiftedPx = Math.round(topPx - depthOf(scrollTopPx, scale) + scrollTopPx)
  // The active row is drawn wherever it is: out of sight it must not stretch the body.
  return Math.min(Math.max(0, shiftedPx), scale.bodyPx - scale.rowPx)
}

/** The smallest scroll that shows the whole row; undefined when it is in sight already. */
export function scrollTopFor(index: number, scrollTopPx: number, scale: Scale): number | undefined {
  const depthPx = depthOf(scrollTopPx, scale)
  const topPx = index * scale.rowPx
  const lowestPx = topPx + scale.rowPx - scale.viewportPx
  // One row higher than the viewport (a very flat window): its top counts.
  const wantedPx =
    topPx < depthPx || lowestPx > topPx
      ? scrolled(topPx, scale, Math.floor)
      : lowestPx > depthPx
        ? scrolled(lowestPx, scale, Math.ceil)
        : scrollTopPx
  return wantedPx === scrollTopPx ? undefined : wantedPx
}

function scrolled(depthPx: number, scale: Scale, round: (px: number) => number): number {
  const topPx = scale.factor === 1 ? depthPx : round(depthPx / scale.factor)
  return Math.min(Math.max(0, topPx), Math.max(0, scale.bodyPx - scale.viewportPx))
}

/** Rows that fit, for Page Up and Page Down; one stays in sight as a landmark. */
export function rowsPerPage(viewportPx: number, rowPx = ROW_PX): number {
  return Math.max(1, Math.floor(viewportPx / rowPx) - 1)
}

/** Numbers of the rows to draw: those in sight, some beyond, and the active one wherever it is. */
export function drawnRows(
  range: { readonly startIndex: number; readonly endIndex: number; readonly count: number },
  active: number,
  overscan = OVERSCAN,
): number[] {
  const first = Math.max(0, range.startIndex - overscan)
  const last = Math.min(range.count - 1, range.endIndex + overscan)
  const rows = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step)
  if (active < 0 || active >= range.count) return rows
  if (active < first) return [active, ...rows]
  if (active > last) return [...rows, active]
  return rows
}
