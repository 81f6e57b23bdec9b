/** What keys and clicks do to a grid. */
import { describe, expect, test } from 'vitest'
import { GridCommands, STRETCH_LIMIT } from '../../../../src/renderer/file-grid/grid-commands.ts'
import { createGridStore, followed, UNTOUCHED } from '../../../../src/renderer/file-grid/grid-state.ts'

const NONE = { shiftKey: false, ctrlKey: false, metaKey: false }

/** "r0", "r1" …; only the first `here` of them are in memory until they are read. */
interface Rows {
  readonly count?: number
  readonly here?: number
  readonly name?: (index: number) => string
}

function lab({ count = 100, here = count, name = (index) => `r${index}` }: Rows = {}) {
  const state = createGridStore()
  const opened: string[] = []
  const revealed: number[] = []
  const readings: { first: number; last: number; signal: AbortSignal; answer(): Promise<void> }[] = []
  let deletions = 0
  const commands = new GridCommands<string>(() => ({
    count,
    state,
    rows: {
      useRow: () => undefined,
      rowAt: (index) => (index >= 0 && index < here ? name(index) : undefined),
      keyOf: (row) => row,
      nameOf: (row) => row,
      read: (first, last, signal) =>
        new Promise((resolve) => {
          const answer = async (): Promise<void> => {
            resolve(Array.from({ length: last - first + 1 }, (_, step) => name(first + step)))
            for (let turn = 0; turn < 5; turn++) await Promise.resolve()
          }
          readings.push({ first, last, signal, answer })
        }),
    },
    onOpen: (row) => void opened.push(row),
    onDelete: () => void deletions++,
    reveal: (index) => void revealed.push(index),
  }))
  const press = (key: string, modifiers: Partial<typeof NONE> = {}, timeStamp = 0): boolean =>
    commands.key({ ...NONE, altKey: false, key, timeStamp, ...modifiers }, 10)
  return {
    state,
    commands,
    press,
    opened,
    revealed,
    readings,
    active: () => state.getState().active,
    selected: () => [...state.getState().selection.keys],
    deletions: () => deletions,
  }
}

describe('keys', () => {
  test('the first focus makes the first row active and selects nothing', () => {
    const { commands, active, selected } = lab()
    commands.focus()
    expect(active()).toBe(0)
    expect(selected()).toEqual([])
  })

  test('an arrow moves, selects and brings into sight', () => {
    const { press, active, selected, revealed } = lab()
    press('ArrowDown')
    expect(press('ArrowDown')).toBe(true)
    expect([active(), selected(), revealed]).toEqual([1, ['r1'], [0, 1]])
  })

  test('Ctrl and an arrow move alone, and Space then adds the row', () => {
    const { press, active, selected } = lab()
    press('ArrowDown')
    press('ArrowDown', { ctrlKey: true })
    expect([active(), selected()]).toEqual([1, ['r0']])
    press(' ', { ctrlKey: true })
    expect(selected()).toEqual(['r0', 'r1'])
  })

  test('Shift stretches from where the selection began, and shrinks again', () => {
    const { press, selected } = lab()
    press('ArrowDown')
    press('PageDown', { shiftKey: true })
    expect(selected()).toHaveLength(11)
    press('ArrowUp', { shiftKey: true })
    expect(selected()).toHaveLength(10)
    press('Home', { shiftKey: true })
    expect(selected()).toEqual(['r0'])
  })

  test('Enter opens the active row, Delete deletes only what is selected, Escape lets go', () => {
    const { press, opened, deletions, selected } = lab()
    press('End')
    expect(press('Enter')).toBe(true)
    expect(opened).toEqual(['r99'])
    press('Delete')
    expect(deletions()).toBe(1)
    expect(press('Escape')).toBe(true)
    expect(selected()).toEqual([])
    expect(press('Delete')).toBe(false)
    expect(press('Escape')).toBe(false)
    expect(deletions()).toBe(1)
  })

  test.each(['f', 'k', '1'])('Ctrl+%s is left to the page', (key) => {
    expect(lab().press(key, { ctrlKey: true })).toBe(false)
  })
})

describe('clicks', () => {
  test('choose one, add with Ctrl, stretch with Shift', () => {
    const { commands, selected, active } = lab()
    commands.click(5, NONE)
    commands.click(8, { ...NONE, metaKey: true })
    expect(selected()).toEqual(['r5', 'r8'])
    commands.click(6, { ...NONE, shiftKey: true })
    expect(selected()).toEqual(['r6', 'r7', 'r8'])
    expect(active()).toBe(6)
  })
})

describe('rows that are not here', () => {
  test('are read when a stretch covers them, and then selected', async () => {
    const { press, readings, selected } = lab({ count: 1_000, here: 200 })
    press('ArrowDown')
    press('End', { shiftKey: true })
    expect(readings[0]).toMatchObject({ first: 0, last: 999 })
    await readings[0]!.answer()
    expect(selected()).toHaveLength(1_000)
  })

  test('are not selected when something else was done before they came', async () => {
    const { press, readings, selected } = lab({ count: 1_000, here: 200 })
    press('a', { ctrlKey: true })
    press('Home')
    expect(readings[0]!.signal.aborted).toBe(true)
    await readings[0]!.answer()
    expect(selected()).toEqual(['r0'])
  })

  test('one alone is selected when it comes', async () => {
    const { press, readings, selected, active } = lab({ count: 1_000, here: 200 })
    press('End')
    expect([active(), selected()]).toEqual([999, []])
    await readings[0]!.answer()
    expect(selected()).toEqual(['r999'])
  })

  test('a selection ends at its limit, on the side of the anchor', async () => {
    const { press, readings } = lab({ count: 100_000, here: 0 })
    press('End')
    press('Home', { shiftKey: true })
    expect(readings[1]).toMatchObject({ first: 100_000 - STRETCH_LIMIT, last: 99_999 })
  })
})

describe('type-ahead', () => {
  const names = {
    count: 10_000,
    here: 200,
    name: (index: number) => (index === 5_000 ? 'zebra' : `a${index}`),
  }

  test('goes to a row in memory at once', () => {
    const { press, active } = lab(names)
    press('a', {}, 0)
    press('7', {}, 100)
    expect(active()).toBe(7)
  })

  test('reads on for a row that is not here, a thousand rows at a time', async () => {
    const { press, active, readings } = lab(names)
    press('z')
    await Promise.resolve()
    await Promise.resolve()
    for (let reading = 0; reading < 6; reading++) await readings[reading]!.answer()
    expect(readings[4]).toMatchObject({ first: 4_000, last: 4_999 })
    expect(active()).toBe(5_000)
  })

  test('is over as soon as another key comes', async () => {
    const { press, active, readings } = lab(names)
    press('z')
    press('Home')
    for (let reading = 0; reading < readings.length; reading++) await readings[reading]!.answer()
    expect(active()).toBe(0)
  })
})

describe('when the rows change', () => {
  const state = { ...UNTOUCHED, active: 5, activeKey: 'e' }
  const keys = (text: string) => (index: number) => text[index]
  const find = (text: string) => (key: string) => (text.includes(key) ? text.indexOf(key) : undefined)
  const after = (text: string) => followed(state, text.length, keys(text), find(text))

  test.each([
    { what: 'the active row is followed to where it is now', rows: '__abcde', active: 6, key: 'e' },
    { what: 'what took the place of a row that is gone is active', rows: 'abcd_fgh', active: 5, key: 'f' },
    { what: 'the last row is active when the end is gone', rows: 'abc', active: 2, key: 'c' },
    { what: 'no row is active when none is left', rows: '', active: -1, key: 'e' },
  ])('$what', ({ rows, active, key }) => {
    expect(after(rows)).toMatchObject({ active, activeKey: key })
  })

  test('nothing changes while the active row stays where it was', () => {
    expect(after('abcdfe')).toBe(state)
  })
})
