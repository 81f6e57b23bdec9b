/**
 * What is selected in a grid. Promises that a selection names rows by their keys, never by their
 * numbers: numbers shift while devices sync, and what is deleted must be what was seen. Pure.
 */
export interface Selection {
  readonly keys: ReadonlySet<string>
  /** Row from which Shift stretches; -1 when nothing was chosen yet. */
  readonly anchor: number
}

export const NOTHING: Selection = { keys: new Set(), anchor: -1 }

export function only(key: string | undefined, index: number): Selection {
  return { keys: new Set(key === undefined ? [] : [key]), anchor: index }
}

export function toggled(selection: Selection, key: string, index: number): Selection {
  const keys = new Set(selection.keys)
  if (!keys.delete(key)) keys.add(key)
  return { keys, anchor: index }
}

/** The rows from the anchor to here, and nothing else; the anchor stays. */
export function stretched(selection: Selection, keys: Iterable<string>): Selection {
  return { keys: new Set(keys), anchor: selection.anchor }
}

/** First and last row of what Shift covers from the anchor to `index`. */
export function stretchOf(selection: Selection, index: number): { first: number; last: number } {
  const from = selection.anchor < 0 ? index : selection.anchor
  return { first: Math.min(from, index), last: Math.max(from, index) }
}

export function without(selection: Selection, gone: ReadonlySet<string>): Selection {
  return { keys: new Set([...selection.keys].filter((key) => !gone.has(key))), anchor: selection.anchor }
}
