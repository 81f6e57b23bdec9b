/**
 * What keys and clicks do to a grid. Promises to say of every key whether it was taken, and that a
 * stretch over rows that are not here is selected when they are, unless something else was done
 * meanwhile. Never touches the DOM: `reveal` scrolls.
 */
import type { GridRows } from './grid-parts.ts'
import type { GridStore } from './grid-state.ts'
import { moveOf } from './moves.ts'
import * as choice from './selection.ts'
import * as typing from './type-ahead.ts'

/** Most rows of one selection: what is selected is named row by row, and held in memory. */
export const STRETCH_LIMIT = 5_000

export interface Commanded<Row> {
  readonly count: number
  readonly rows: GridRows<Row>
  readonly state: GridStore
  readonly onOpen: (row: Row) => void
  readonly onDelete?: () => void
  readonly reveal: (index: number) => void
}

interface Modifiers {
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

interface Key extends Modifiers {
  readonly key: string
  readonly altKey: boolean
  readonly timeStamp: number
}

export class GridCommands<Row> {
  readonly #now: () => Commanded<Row>
  #typed = typing.NOTHING_TYPED
  /** What is being read for a command; any later command ends it. */
  #reading: AbortController | undefined

  constructor(now: () => Commanded<Row>) {
    this.#now = now
  }

  stop(): void {
    this.#reading?.abort()
  }

  /** True when the key meant something here. */
  key(event: Key, rowsPerPage: number): boolean {
    const { state, count, onDelete } = this.#now()
    const { active } = state.getState()
    if (event.altKey) return false
    const target = moveOf(event.key, active, count, rowsPerPage)
    if (target !== undefined) return this.#move(target, event)
    if (isCommand(event) && event.key.toLowerCase() === 'a') return this.#stretch(0, count - 1)
    if (isCommand(event) && event.key !== ' ') return false
    if (event.key === 'Enter') return this.open(active)
    if (event.key === 'Delete' && onDelete && state.getState().selection.keys.size > 0) {
      onDelete()
      return true
    }
    if (event.key === 'Escape') return this.#clear()
    if (!isCommand(event) && typing.isLetter(event.key, this.#typed, event.timeStamp))
      return this.#type(event.key, event.timeStamp)
    if (event.key === ' ') return this.#toggle(active)
    return false
  }

  click(index: number, modifiers: Modifiers): void {
    const { count } = this.#now()
    if (index >= count) return
    if (modifiers.shiftKey) this.#move(index, { ...modifiers, ctrlKey: false, metaKey: false })
    else if (isCommand(modifiers)) {
      this.#activate(index)
      this.#toggle(index)
    } else this.#move(index, modifiers)
  }

  open(index: number): boolean {
    const { rows, onOpen } = this.#now()
    const row = rows.rowAt(index)
    if (row === undefined) return false
    onOpen(row)
    return true
  }

  /** The first focus makes a row active, so that there is one to speak of. */
  focus(): void {
    const { state, count } = this.#now()
    if (state.getState().active < 0 && count > 0) this.#activate(0)
  }

  #move(index: number, modifiers: Modifiers): boolean {
    const { state, rows } = this.#now()
    const { selection, active } = state.getState()
    if (modifiers.shiftKey) {
      // Without an anchor the stretch begins where the person was.
      if (selection.anchor < 0) state.setState({ selection: { ...selection, anchor: active } })
      const { first, last } = choice.stretchOf(state.getState().selection, index)
      this.#activate(index)
      return this.#stretch(first, last)
    }
    this.#activate(index)
    if (isCommand(modifiers)) return true
    this.#reading?.abort()
    const key = keyAt(rows, index)
    state.setState({ selection: choice.only(key, index) })
    if (key === undefined) this.#chooseLater(index)
    return true
  }

  /** The row is not here yet: it is selected when it is. */
  #chooseLater(index: number): void {
    const { state, rows } = this.#now()
    void this.#read(async (signal) => {
      const [row] = await rows.read(index, index, signal)
      if (row === undefined || signal.aborted) return
      state.setState({ activeKey: rows.keyOf(row), selection: choice.only(rows.keyOf(row), index) })
    })
  }

  #activate(index: number): void {
    const { state, rows, reveal } = this.#now()
    state.setState({ active: index, activeKey: keyAt(rows, index) })
    reveal(index)
  }

  #toggle(index: number): boolean {
    const { state, rows } = this.#now()
    const key = keyAt(rows, index)
    if (key === undefined) return false
    this.#reading?.abort()
    state.setState({ selection: choice.toggled(state.getState().selection, key, index) })
    return true
  }

  #clear(): boolean {
    const { state } = this.#now()
    const { selection } = state.getState()
    this.#reading?.abort()
    if (selection.keys.size === 0) return false
    state.setState({ selection: { keys: new Set(), anchor: selection.anchor } })
    return true
  }

  #stretch(first: number, last: number): boolean {
    const { state, rows, count } = this.#now()
    if (count === 0) return false
    const { anchor } = state.getState().selection
    const [from, to] = withinLimit(first, last, anchor)
    const select = (found: readonly Row[]): void =>
      state.setState({ selection: choice.stretched(state.getState().selection, found.map(rows.keyOf)) })
    const known = knownRows(rows, from, to)
    this.#reading?.abort()
    if (known) select(known)
    else
      void this.#read(async (signal) => {
        const found = await rows.read(from, to, signal)
        if (!signal.aborted) select(found)
      })
    return true
  }

  #type(letter: string, atMs: number): boolean {
    const { state, rows, count } = this.#now()
    this.#typed = typing.typedWith(this.#typed, letter, atMs)
    const { prefix, from } = typing.soughtBy(this.#typed, state.getState().active)
    const nameAt = (index: number): string | undefined => {
      const row = rows.rowAt(index)
      return row === undefined ? undefined : rows.nameOf(row)
    }
    const found = typing.findByPrefix(prefix, from, count, nameAt)
    const go = (index: number): boolean =>
      this.#move(index, { shiftKey: false, ctrlKey: false, metaKey: false })
    this.#reading?.abort()
    if (found !== undefined) return go(found)
    void this.#read(async (signal) => {
      const read = async (first: number, last: number): Promise<string[]> =>
        (await rows.read(first, last, signal)).map(rows.nameOf)
      const place =
        (await rows.seek?.(prefix, signal)) ?? (await typing.seekByPrefix(prefix, from, count, read))
      if (place !== undefined && !signal.aborted) go(place)
    })
    return true
  }

  async #read(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const reading = new AbortController()
    this.#reading = reading
    try {
      await run(reading.signal)
    } catch {
      // Rows that cannot be read are not selected; the list itself says why it cannot be read.
    }
  }
}

function isCommand({ ctrlKey, metaKey }: Modifiers): boolean {
  return ctrlKey || metaKey
}

function keyAt<Row>(rows: GridRows<Row>, index: number): string | undefined {
  const row = rows.rowAt(index)
  return row === undefined ? undefined : rows.keyOf(row)
}

function knownRows<Row>(rows: GridRows<Row>, first: number, last: number): Row[] | undefined {
  const found: Row[] = []
  for (let index = first; index <= last; index++) {
    const row = rows.rowAt(index)
    if (row === undefined) return undefined
    found.push(row)
  }
  return found
}

/** What is nearest to the anchor counts. */
function withinLimit(first: number, last: number, anchor: number): [first: number, last: number] {
  if (last - first < STRETCH_LIMIT) return [first, last]
  return anchor >= last ? [last - STRETCH_LIMIT + 1, last] : [first, first + STRETCH_LIMIT - 1]
}
