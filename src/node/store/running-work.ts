/**
 * Long operations by the id that their caller gave them. Promises that a cancelled one ends at its
 * next step with CANCELLED and that others get their turn between two steps. Operations without
 * an id run unnamed.
 */
import { PeerfoldError } from '../base/errors.ts'

export interface Progress {
  /** Bytes of content gone through. */
  readonly doneBytes: number
  /** Bytes expected; what a file's size was at the beginning. */
  readonly totalBytes: number
}

/** One running operation, as it sees itself. */
export interface Work {
  /** Expect this many bytes. */
  expect(totalBytes: number): void
  /** Before each step: lets others run, then throws CANCELLED if somebody asked for it. */
  step(): Promise<void>
  advance(bytes: number): void
}

export interface RunningWork {
  run<Result>(id: string | undefined, body: (work: Work) => Promise<Result>): Promise<Result>
  /** False when nothing runs under this id. */
  cancel(id: string): boolean
  progress(id: string): Progress | undefined
}

interface Entry {
  doneBytes: number
  totalBytes: number
  cancelled: boolean
}

/** `giveWay` lets the thread listen to others; on the twins it does nothing. */
export function createRunningWork(giveWay: () => Promise<void>): RunningWork {
  const running = new Map<string, Entry>()

  async function run<Result>(id: string | undefined, body: (work: Work) => Promise<Result>): Promise<Result> {
    const entry: Entry = { doneBytes: 0, totalBytes: 0, cancelled: false }
    if (id === undefined) return await body(workOn(entry, id, giveWay))
    if (running.has(id)) throw new PeerfoldError('INTERNAL', 'an operation with this id runs already', { id })
    running.set(id, entry)
    try {
      return await body(workOn(entry, id, giveWay))
    } finally {
      running.delete(id)
    }
  }

  return {
    run,
    cancel(id) {
      const entry = running.get(id)
      if (entry !== undefined) entry.cancelled = true
      return entry !== undefined
    },
    progress(id) {
      const entry = running.get(id)
      return entry && { doneBytes: entry.doneBytes, totalBytes: entry.totalBytes }
    },
  }
}

function workOn(entry: Entry, id: string | undefined, giveWay: () => Promise<void>): Work {
  return {
    expect: (totalBytes) => {
      entry.totalBytes = totalBytes
    },
    async step() {
      await giveWay()
      if (entry.cancelled) throw new PeerfoldError('CANCELLED', 'reading content was cancelled', { id })
    },
    advance: (bytes) => {
      entry.doneBytes += bytes
    },
  }
}
