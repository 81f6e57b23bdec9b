/**
 * The rows of the directory on screen, as hooks. Promises one source per screen, fed by the
 * folder's revision and by reconnects, and that the active row is followed when rows shift.
 */
import { useEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import type { ApiCalls } from '../../connection/api.ts'
import type { GridRows } from '../../file-grid/grid-parts.ts'
import { createGridStore, followed, type GridStore, jumped, UNTOUCHED } from '../../file-grid/grid-state.ts'
import { useConnection } from '../../stores/connection-store.ts'
import { useStatusStore } from '../../stores/status-store.ts'
import { nameOf } from './copies.ts'
import { findPath, rowAt } from './pages.ts'
import { type Query, RowSource } from './row-source.ts'
import { seekName } from './seek-name.ts'

export interface Browsing {
  readonly source: RowSource
  readonly rows: GridRows<BrowsedFile>
  readonly grid: GridStore
}

export function useBrowsing({ folder, directory, search }: Query): Browsing {
  const { calls } = useApi()
  const browsing = useMemo(() => browsingOver(calls), [calls])
  const { source, grid } = browsing

  const last = useRef({ folder, directory })
  useEffect(() => {
    const before = last.current
    last.current = { folder, directory }
    grid.setState({ ...UNTOUCHED, jumps: grid.getState().jumps })
    source.show({ folder, directory, search })
    const cameFrom = before.folder === folder ? childTowards(directory, before.directory) : undefined
    return cameFrom === undefined ? undefined : jumpTo(browsing, cameFrom)
  }, [browsing, source, grid, folder, directory, search])

  useEffect(() => followRows(browsing), [browsing])
  useEffect(() => followNode(source, folder), [source, folder])
  useEffect(() => () => source.stop(), [source])
  return browsing
}

/** The directory directly in `directory` that leads to `below`; undefined when `below` is not in it. */
function childTowards(directory: string, below: string): string | undefined {
  const start = directory === '' ? '' : `${directory}/`
  if (below === directory || !below.startsWith(start)) return undefined
  return start + (below.slice(start.length).split('/')[0] ?? '')
}

/** Whoever comes up finds the place again, unless another row was chosen meanwhile. */
function jumpTo({ source, rows, grid }: Browsing, path: string): () => void {
  const control = new AbortController()
  const end = source.store.subscribe(({ listing }) => {
    if (listing.total === undefined) return
    end()
    rows.seek?.(nameOf(path), control.signal).then(
      async (index) => {
        const [row] = index === undefined ? [] : await rows.read(index, index, control.signal)
        const isUntouched = grid.getState().selection.keys.size === 0
        if (index !== undefined && row?.path === path && isUntouched && !control.signal.aborted)
          grid.setState(jumped(grid.getState(), index, path))
      },
      // The list says itself why it cannot be read.
      () => undefined,
    )
  })
  return () => {
    end()
    control.abort()
  }
}

function browsingOver(calls: ApiCalls): Browsing {
  const source = new RowSource({
    browse: ({ folder, directory, search }, offset, limit, signal) =>
      calls.files.browse(
        { folder, directory, offset, limit, ...(search === '' ? {} : { search }) },
        { signal },
      ),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    nowMs: () => performance.now(),
  })
  const rows: GridRows<BrowsedFile> = {
    useRow: (index) => useStore(source.store, ({ listing }) => rowAt(listing, index)),
    rowAt: (index) => rowAt(source.store.getState().listing, index),
    keyOf: ({ path }) => path,
    nameOf: ({ path }) => nameOf(path),
    read: (first, last, signal) => source.read({ first, last }, signal),
    seek: (prefix, signal) =>
      seekName(prefix, source.store.getState().listing.total ?? 0, async (index) => {
        const [row] = await source.read({ first: index, last: index }, signal)
        return row
      }),
  }
  return { source, rows, grid: createGridStore() }
}

function followRows({ source, rows, grid }: Browsing): () => void {
  const keyAt = (index: number): string | undefined => {
    const row = rows.rowAt(index)
    return row && rows.keyOf(row)
  }
  return source.store.subscribe(({ listing }) => {
    if (listing.total === undefined) return
    const state = grid.getState()
    const next = followed(state, listing.total, keyAt, (path) => findPath(listing, path))
    if (next !== state) grid.setState(next)
  })
}

/** The revision comes with the status; after a reconnect everything on screen is asked for anew. */
function followNode(source: RowSource, folder: string): () => void {
  const revise = (): void => {
    const { status, isLive } = useStatusStore.getState()
    const revision = status?.folders.find(({ id }) => id === folder)?.revision
    if (isLive && revision !== undefined) source.revise(revision)
  }
  revise()
  const ends = [
    useStatusStore.subscribe(revise),
    useConnection.subscribe(({ phase }, { phase: before }) => {
      if (phase.kind === 'live' && before.kind !== 'live') source.refresh()
    }),
  ]
  return () => ends.forEach((end) => end())
}
