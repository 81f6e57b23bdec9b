/**
 * What a person does with a grid: the active row and the selection. Promises one small store per
 * grid, so that a move renders two rows and not all of them.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { NOTHING, only, type Selection } from './selection.ts'

export interface GridState {
  /** Number of the active row; -1 before the first. */
  readonly active: number
  /** Its key, as far as it is known: rows shift while devices sync. */
  readonly activeKey: string | undefined
  readonly selection: Selection
  /** Grows when the active row shall be brought into sight although no key was pressed. */
  readonly jumps: number
}

export type GridStore = StoreApi<GridState>

export const UNTOUCHED: GridState = { active: -1, activeKey: undefined, selection: NOTHING, jumps: 0 }

export function createGridStore(): GridStore {
  return createStore(() => UNTOUCHED)
}

/** The state with a row active, chosen and in sight, for example the directory one came out of. */
export function jumped(state: GridState, index: number, key: string): GridState {
  return { active: index, activeKey: key, selection: only(key, index), jumps: state.jumps + 1 }
}

/**
 * The state after the rows have changed: the active row is followed to where it is now; when it is
 * gone, what took its place is active.
 */
export function followed(
  state: GridState,
  count: number,
  keyAt: (index: number) => string | undefined,
  find: (key: string) => number | undefined,
): GridState {
  if (state.active < 0) return state
  const { activeKey } = state
  const here = keyAt(state.active)
  if (activeKey !== undefined && here === activeKey) return state
  const found = activeKey === undefined ? undefined : find(activeKey)
  const active = found ?? Math.min(state.active, count - 1)
  const key = found === undefined ? (keyAt(active) ?? activeKey) : activeKey
  return active === state.active && key === activeKey ? state : { ...state, active, activeKey: key }
}
