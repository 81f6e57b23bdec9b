/**
 * Waits for a child process to say something. Promises that what was said before the question
 * counts, and that a process that ends fails the wait with its error output.
 */
import type { ChildProcess } from 'node:child_process'
import { within } from './deadline.ts'

/** The longest wait of these tests: 25 s to notice a dead cable, a minute between two calls. */
const DEADLINE_MS = 120_000

export type EventLine = Readonly<Record<string, unknown>>

export interface EventLines {
  readonly all: readonly EventLine[]
  /** The first event from `fromIndex` on that has all of these fields. */
  next(fields: EventLine, fromIndex?: number): Promise<EventLine>
}

/** The child writes one JSON object per line to standard output. */
export function eventLines(child: ChildProcess): EventLines {
  const all: EventLine[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  let errors = ''
  let ended = false
  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake()
  }
  child.stdout?.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString()).split('\n')
    rest = lines.pop() ?? ''
    all.push(...lines.map((line) => JSON.parse(line) as EventLine))
    wakeAll()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    errors += bytes.toString()
  })
  child.once('exit', () => {
    ended = true
    wakeAll()
  })
  const find = (fields: EventLine, from: number): EventLine | undefined =>
    all.slice(from).find((event) => Object.entries(fields).every(([key, value]) => same(event[key], value)))
  async function wait(fields: EventLine, fromIndex: number): Promise<EventLine> {
    for (;;) {
      const found = find(fields, fromIndex)
      if (found !== undefined) return found
      if (ended) throw new Error(`the process ended without saying ${JSON.stringify(fields)}: ${errors}`)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      })
    }
  }
  return {
    all,
    next: (fields, fromIndex = 0) =>
      within(DEADLINE_MS, `the process says ${JSON.stringify(fields)}`, wait(fields, fromIndex)),
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
