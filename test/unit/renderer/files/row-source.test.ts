/** Rows that stay known and fresh, against a node that answers when the test says so. */
import { describe, expect, test } from 'vitest'
import type { BrowsedFile, FileRange } from '../../../../src/node/api/node-port.ts'
import { rowAt } from '../../../../src/renderer/screens/files/pages.ts'
import { type Query, RowSource } from '../../../../src/renderer/screens/files/row-source.ts'

interface Asked {
  readonly query: Query
  readonly offset: number
  readonly limit: number
  readonly signal: AbortSignal
  answer(revision: number, mark?: string): Promise<void>
  fail(error: unknown): Promise<void>
}

const TOTAL = 100_000
const ROOT: Query = { folder: 'photos', directory: '', search: '' }

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

function lab() {
  const asked: Asked[] = []
  const timers: { atMs: number; run: () => void }[] = []
  let nowMs = 0
  const source = new RowSource({
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { atMs: nowMs + delayMs, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
    browse: (query, offset, limit, signal) =>
      new Promise<FileRange>((resolve, reject) => {
        asked.push({
          query,
          offset,
          limit,
          signal,
          answer: (revision, mark = '') => {
            const entries = Array.from({ length: limit }, (_, step) => rowOf(offset + step, mark))
            resolve({ total: TOTAL, offset, entries, revision })
            return settled()
          },
          fail: (error) => {
            reject(error as Error)
            return settled()
          },
        })
      }),
  })
  const pass = (ms: number): void => {
    nowMs += ms
    for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
      timers.splice(timers.indexOf(timer), 1)
      timer.run()
    }
  }
  const last = (): Asked => asked.at(-1)!
  const path = (index: number): string | undefined => rowAt(source.store.getState().listing, index)?.path
  return { source, asked, last, pass, path }
}

function rowOf(index: number, mark: string): BrowsedFile {
  const path = `f${index}${mark}`
  return { path, kind: 'file', size: 0, mode: 0, mtimeMs: 0, hash: '', here: 'holds', copies: [] }
}

/** A listing whose first rows are on screen. */
async function shown(revision = 1) {
  const all = lab()
  all.source.show(ROOT)
  all.source.revise(revision)
  await all.last().answer(revision)
  all.source.see({ first: 0, last: 20 })
  return all
}

describe('what is asked for', () => {
  test('is the first page, once, and then only what comes into sight', async () => {
    const { source, asked, path } = await shown()
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ offset: 0, limit: 200 })
    expect(path(19)).toBe('f19')
    source.see({ first: 5_000, last: 5_020 })
    expect(asked[1]).toMatchObject({ offset: 5_000, limit: 200 })
  })

  test('is one request at a time, and the newest sight when the scrollbar is dragged', async () => {
    const { source, asked } = await shown()
    for (const first of [10_000, 20_000, 30_000, 40_000]) source.see({ first, last: first + 20 })
    expect(asked).toHaveLength(2)
    await asked[1]!.answer(1)
    expect(asked).toHaveLength(3)
    expect(asked[2]).toMatchObject({ offset: 40_000 })
  })

  test('is the next page a little before it comes into sight', async () => {
    const { source, asked } = await shown()
    source.see({ first: 150, last: 170 })
    expect(asked[1]).toMatchObject({ offset: 200, limit: 200 })
  })
})

describe('a refresh', () => {
  test('comes when the revision grew, for the page on screen alone, and is never a poll', async () => {
    const { source, asked, pass, path } = await shown(1)
    source.see({ first: 700, last: 720 })
    await asked[1]!.answer(1)
    pass(60_000)
    expect(asked).toHaveLength(2)
    source.revise(2)
    expect(asked[2]).toMatchObject({ offset: 600, limit: 200 })
    await asked[2]!.answer(2, 'new')
    expect(path(700)).toBe('f700new')
    expect(path(0)).toBe('f0')
    pass(60_000)
    expect(asked).toHaveLength(3)
  })

  test('comes at most four times a second however fast the revision grows', async () => {
    const { source, asked, last, pass } = await shown(1)
    for (let step = 0; step < 1_000; step += 10) {
      source.revise(2 + step)
      if (asked.length > 1) await last().answer(2 + step)
      pass(10)
    }
    expect(asked.length - 1).toBeGreaterThanOrEqual(4)
    expect(asked.length - 1).toBeLessThanOrEqual(5)
  })

  test('is not repeated for an answer that names a lower revision than the status did', async () => {
    const { source, asked, last, pass } = await shown(1)
    source.revise(5)
    await last().answer(4)
    pass(1_000)
    expect(asked).toHaveLength(2)
  })

  test('starts over when the node counts its revisions anew', async () => {
    const { source, asked, last, path } = await shown(500)
    source.revise(3)
    expect(asked).toHaveLength(2)
    await last().answer(3, 'again')
    expect(path(0)).toBe('f0again')
  })
})

describe('an answer to an earlier question', () => {
  test('is dropped after the listing has changed', async () => {
    const { source, asked, path } = await shown()
    source.see({ first: 5_000, last: 5_020 })
    source.show({ ...ROOT, directory: 'summer' })
    expect(asked[1]!.signal.aborted).toBe(true)
    await asked[1]!.answer(1, 'late')
    expect(path(5_000)).toBeUndefined()
    expect(asked[2]).toMatchObject({ query: { directory: 'summer' }, offset: 0 })
    await asked[2]!.answer(1, 'right')
    expect(path(0)).toBe('f0right')
  })

  test('is dropped also when it is an error', async () => {
    const { source, asked } = await shown()
    source.see({ first: 5_000, last: 5_020 })
    source.show({ ...ROOT, search: 'x' })
    await asked[1]!.fail(new Error('late'))
    expect(source.store.getState().failure).toBeUndefined()
  })
})

describe('a failure', () => {
  test('stays until somebody asks again, with the rows still in sight', async () => {
    const { source, asked, last, pass, path } = await shown(1)
    source.revise(2)
    const error = new Error('gone')
    await last().fail(error)
    expect(source.store.getState().failure).toBe(error)
    expect(path(0)).toBe('f0')
    pass(60_000)
    source.revise(3)
    expect(asked).toHaveLength(2)
    source.refresh()
    expect(asked).toHaveLength(3)
    await last().answer(1, 'back')
    expect(source.store.getState().failure).toBeUndefined()
    expect(path(0)).toBe('f0back')
  })
})

test('a stretch over rows that are not here reads them in requests of a thousand', async () => {
  const { source, asked } = await shown()
  const reading = source.read({ first: 10, last: 1_500 }, new AbortController().signal)
  expect(asked[1]).toMatchObject({ offset: 200, limit: 1_000 })
  await asked[1]!.answer(1)
  expect(asked[2]).toMatchObject({ offset: 1_200, limit: 301 })
  await asked[2]!.answer(1)
  const rows = await reading
  expect(rows).toHaveLength(1_491)
  expect(rows[0]!.path).toBe('f10')
  expect(rows.at(-1)!.path).toBe('f1500')
})

test('after it was stopped nothing is asked', async () => {
  const { source, asked } = await shown()
  source.stop()
  source.revise(9)
  source.see({ first: 900, last: 920 })
  expect(asked).toHaveLength(1)
})
