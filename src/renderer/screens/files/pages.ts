/**
 * The rows of one listing, as far as they are known: pages of 200, the 50 used last. Promises
 * pure functions over plain data, and that an older answer never replaces a newer one. Never asks
 * the node: row-source.ts does.
 */
import type { BrowsedFile, FileRange } from '../../../node/api/node-port.ts'

export const PAGE_ROWS = 200
/** 50 pages are 10,000 rows, some MB: scrolling back is at once, and memory does not grow with the folder. */
export const PAGE_LIMIT = 50
/** Most pages of one request: the contract allows 1,000 rows. */
export const PAGES_PER_REQUEST = 5

export interface Page {
  readonly rows: readonly BrowsedFile[]
  /** The folder's revision when this was read; OUTDATED when nobody can tell any more. */
  readonly revision: number
}

export interface Listing {
  /** Entries in all; undefined until the first answer. */
  readonly total: number | undefined
  readonly revision: number
  readonly pages: ReadonlyMap<number, Page>
}

/** First and last, both included: rows or pages. */
export interface Span {
  readonly first: number
  readonly last: number
}

const OUTDATED = -1
export const UNKNOWN: Listing = { total: undefined, revision: OUTDATED, pages: new Map() }

function pageOf(index: number): number {
  return Math.floor(index / PAGE_ROWS)
}

export function rowAt(listing: Listing, index: number): BrowsedFile | undefined {
  if (listing.total === undefined || index >= listing.total) return undefined
  return listing.pages.get(pageOf(index))?.rows[index % PAGE_ROWS]
}

/** Pages that hold these rows, cut to what exists; before the first answer, the first page. */
export function pagesFor(rows: Span, total: number | undefined): Span {
  const last = total === undefined ? 0 : pageOf(Math.max(0, total - 1))
  return { first: Math.min(pageOf(Math.max(0, rows.first)), last), last: Math.min(pageOf(rows.last), last) }
}

/** The pages to ask for because they are not there, in one go; undefined when all are. */
export function missingIn(listing: Listing, pages: Span): Span | undefined {
  return spanOf(pages, (page) => !listing.pages.has(page))
}

/** The pages to ask for again because the folder has changed since; undefined when none. */
export function staleIn(listing: Listing, pages: Span, revision: number): Span | undefined {
  return spanOf(pages, (page) => (listing.pages.get(page)?.revision ?? revision) < revision)
}

function spanOf(pages: Span, wanted: (page: number) => boolean): Span | undefined {
  const found: number[] = []
  for (let page = pages.first; page <= pages.last; page++) if (wanted(page)) found.push(page)
  if (found.length === 0) return undefined
  const first = found[0]!
  return { first, last: Math.min(found.at(-1)!, first + PAGES_PER_REQUEST - 1) }
}

/** The listing with an answer in it; the same listing when the answer says nothing newer. */
export function withAnswer(listing: Listing, pages: Span, answer: FileRange): Listing {
  const next = new Map(listing.pages)
  let changed = false
  for (let page = pages.first; page <= pages.last; page++) {
    if ((next.get(page)?.revision ?? OUTDATED) > answer.revision) continue
    const start = page * PAGE_ROWS - answer.offset
    next.set(page, { rows: answer.entries.slice(start, start + PAGE_ROWS), revision: answer.revision })
    changed = true
  }
  if (!changed) return listing
  if (answer.revision < listing.revision) return { ...listing, pages: next }
  return { total: answer.total, revision: answer.revision, pages: within(next, answer.total) }
}

function within(pages: Map<number, Page>, total: number): Map<number, Page> {
  for (const page of pages.keys()) if (page > 0 && page * PAGE_ROWS >= total) pages.delete(page)
  return pages
}

/**
 * All that is known, as something to be asked for again: after a reconnect, when the node may
 * count its revisions anew. The rows stay in sight meanwhile.
 */
export function outdated(listing: Listing): Listing {
  const pages = new Map<number, Page>()
  for (const [page, { rows }] of listing.pages) pages.set(page, { rows, revision: OUTDATED })
  return { total: listing.total, revision: OUTDATED, pages }
}

/** Page numbers, last used first, with these in front. */
export function withUse(recent: readonly number[], pages: Span): readonly number[] {
  const used: number[] = []
  for (let page = pages.first; page <= pages.last; page++) used.push(page)
  if (used.every((page, place) => recent[place] === page)) return recent
  return [...used, ...recent.filter((page) => page < pages.first || page > pages.last)]
}

/** Without the pages that were not used for longest. */
export function withinLimit(listing: Listing, recent: readonly number[], limit = PAGE_LIMIT): Listing {
  if (listing.pages.size <= limit) return listing
  const kept = new Set(recent.filter((page) => listing.pages.has(page)).slice(0, limit))
  const pages = new Map([...listing.pages].filter(([page]) => kept.has(page)))
  return { ...listing, pages }
}

/** Where a row is now, looking only at pages that are here. */
export function findPath(listing: Listing, path: string): number | undefined {
  for (const [page, { rows }] of listing.pages) {
    const place = rows.findIndex((row) => row.path === path)
    if (place >= 0) return page * PAGE_ROWS + place
  }
  return undefined
}
