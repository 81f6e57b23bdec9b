/**
 * What is chosen in the list, and where the list goes after a deletion. Promises that the chosen
 * entry is the one that the node lists now.
 */
import { useStore } from 'zustand'
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import { activeAfterDeletion } from '../../file-grid/moves.ts'
import { NOTHING, only } from '../../file-grid/selection.ts'
import { findPath, rowAt } from './pages.ts'
import type { Browsing } from './use-rows.ts'

export interface Choice {
  readonly count: number
  /** The one chosen entry, as far as it is in memory. */
  readonly entry: BrowsedFile | undefined
}

export function useChoice({ grid, source }: Browsing): Choice {
  const keys = useStore(grid, ({ selection }) => selection.keys)
  const [path] = keys.size === 1 ? keys : []
  const entry = useStore(source.store, ({ listing }) => {
    const index = path === undefined ? undefined : findPath(listing, path)
    return index === undefined ? undefined : rowAt(listing, index)
  })
  return { count: keys.size, entry }
}

/** The paths that an action is meant for, in the order they were chosen. */
export function chosenPaths({ grid }: Browsing): string[] {
  return [...grid.getState().selection.keys]
}

export function chooseNothing({ grid }: Browsing): void {
  grid.setState({ selection: { ...NOTHING, anchor: grid.getState().selection.anchor } })
}

/** After a deletion the next row that stays is active and chosen. */
export function chooseNext({ grid, source, rows }: Browsing, gone: ReadonlySet<string>): void {
  const { listing } = source.store.getState()
  const pathAt = (index: number): string | undefined => rows.rowAt(index)?.path
  const { active } = grid.getState()
  const next = activeAfterDeletion(active, listing.total ?? 0, (index) => {
    const path = pathAt(index)
    return path !== undefined && gone.has(path)
  })
  const key = pathAt(next)
  grid.setState({ active: next, activeKey: key, selection: next < 0 ? NOTHING : only(key, next) })
}
