/**
 * Keeps the rows of one listing known and fresh. Promises one request at a time for what is on
 * screen, a refresh only after the folder's revision grew and at most four a second, and that the
 * answer to an earlier question is dropped. Never polls, never asks for what nobody looks at.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { BrowsedFile, FileRange } from '../../../node/api/node-port.ts'
import * as pages from './pages.ts'
import type { Listing, Span } from './pages.ts'

/** Four a second: as often as the node pushes a status. */
const REFRESH_INTERVAL_MS = 250
/** Rows beyond the sight that are asked for ahead, so that scrolling meets rows and not gaps. */
const AHEAD_ROWS = 60

export interface Query {
  readonly folder: string
  readonly directory: string
  readonly search: string
}

export interface RowState {
  readonly query: Query | undefined
  readonly listing: Listing
  /** Why the last request failed; undefined while all is well. */
  readonly failure: unknown
}

export interface RowPorts {
  browse(query: Query, offset: number, limit: number, signal: AbortSignal): Promise<FileRange>
  /** Runs later, once; returns what prevents it. */
  after(delayMs: number, run: () => void): () => void
  nowMs(): number
}

const NOTHING: RowState = { query: undefined, listing: pages.UNKNOWN, failure: undefined }

export class RowSource {
  readonly store: StoreApi<RowState> = createStore(() => NOTHING)
  readonly #ports: RowPorts
  #recent: readonly number[] = []
  #rows: Span = { first: 0, last: 0 }
  #revision = 0
  #request: AbortController | undefined
  #refreshDueMs = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined

  constructor(ports: RowPorts) {
    this.#ports = ports
  }

  /** Shows another listing; what belongs to the one before is forgotten, also its answers under way. */
  show(query: Query): void {
    const before = this.store.getState().query
    if (before && sameQuery(before, query)) return
    if (before?.folder !== query.folder) this.#revision = 0
    this.#drop()
    this.#recent = []
    this.#rows = { first: 0, last: 0 }
    this.store.setState({ query, listing: pages.UNKNOWN, failure: undefined }, true)
    this.#next()
  }

  /** The rows on screen, both included. */
  see(rows: Span): void {
    this.#rows = rows
    this.#next()
  }

  /** The folder's revision, as the node's status has it. */
  revise(revision: number): void {
    const countsAnew = revision < this.#revision
    if (countsAnew) this.refresh()
    this.#revision = revision
    this.#next()
  }

  /** Asks anew for everything on screen: after a reconnect, or because a person wants it. */
  refresh(): void {
    this.#drop()
    // The node may have been another one meanwhile, and count from the beginning.
    this.#revision = 0
    this.store.setState({ listing: pages.outdated(this.store.getState().listing), failure: undefined })
    this.#refreshDueMs = Number.NEGATIVE_INFINITY
    this.#next()
  }

  /** These rows, whether they are in memory or not: for what a selection stretches over. */
  async read(rows: Span, signal: AbortSignal): Promise<BrowsedFile[]> {
    const { query, listing } = this.store.getState()
    if (!query) return []
    const known: BrowsedFile[] = []
    for (let index = rows.first; index <= rows.last; index++) {
      const row = pages.rowAt(listing, index)
      if (!row) break
      known.push(row)
    }
    for (let first = rows.first + known.length; first <= rows.last;) {
      const limit = Math.min(rows.last - first + 1, pages.PAGES_PER_REQUEST * pages.PAGE_ROWS)
      const { entries } = await this.#ports.browse(query, first, limit, signal)
      known.push(...entries)
      if (entries.length < limit) break
      first += limit
    }
    return known
  }

  /** Stops asking; a later show() begins again. Idempotent. */
  stop(): void {
    this.#drop()
    this.store.setState(NOTHING, true)
  }

  #drop(): void {
    this.#request?.abort()
    this.#request = undefined
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** Asks for what is missing, else for what is stale, else for nothing. */
  #next(): void {
    const { query, listing, failure } = this.store.getState()
    if (!query || this.#request || failure !== undefined) return
    const seen = pages.pagesFor(this.#rows, listing.total)
    this.#recent = pages.withUse(this.#recent, seen)
    const missing = pages.missingIn(listing, seen) ?? this.#missingAhead(listing)
    if (missing) return void this.#ask(query, missing)
    const stale = pages.staleIn(listing, seen, this.#revision)
    if (stale) this.#askInTime(query, stale)
  }

  #missingAhead(listing: Listing): Span | undefined {
    if (listing.total === undefined) return undefined
    const { first, last } = this.#rows
    const ahead = pages.pagesFor({ first: first - AHEAD_ROWS, last: last + AHEAD_ROWS }, listing.total)
    return pages.missingIn(listing, ahead)
  }

  #askInTime(query: Query, stale: Span): void {
    const waitMs = this.#refreshDueMs - this.#ports.nowMs()
    if (waitMs <= 0) {
      this.#refreshDueMs = this.#ports.nowMs() + REFRESH_INTERVAL_MS
      void this.#ask(query, stale)
      return
    }
    this.#cancelTimer ??= this.#ports.after(waitMs, () => {
      this.#cancelTimer = undefined
      this.#next()
    })
  }

  async #ask(query: Query, wanted: Span): Promise<void> {
    const request = new AbortController()
    this.#request = request
    const revision = this.#revision
    const offset = wanted.first * pages.PAGE_ROWS
    const limit = (wanted.last - wanted.first + 1) * pages.PAGE_ROWS
    try {
      const answer = await this.#ports.browse(query, offset, limit, request.signal)
      if (this.#request !== request) return
      // What the node had told before it was asked is in its answer.
      this.#take(wanted, { ...answer, revision: Math.max(answer.revision, revision) })
    } catch (failure) {
      if (this.#request !== request) return
      this.store.setState({ failure })
    }
    this.#request = undefined
    this.#next()
  }

  #take(wanted: Span, answer: FileRange): void {
    const { listing } = this.store.getState()
    this.#recent = pages.withUse(this.#recent, wanted)
    const next = pages.withinLimit(pages.withAnswer(listing, wanted, answer), this.#recent)
    if (next !== listing) this.store.setState({ listing: next })
  }
}

function sameQuery(one: Query, other: Query): boolean {
  return one.folder === other.folder && one.directory === other.directory && one.search === other.search
}
