/**
 * Who may use how much memory for reading. Promises that reading takes at most two windows (8 MiB)
 * however many files are asked for, and that a huge file does not make small ones wait: each of
 * the two lanes serves one file at a time, in the order they came.
 */
import { createChunkerWindow } from '../codec/chunker.ts'
import type { ChunkerWindow } from '../codec/chunker.ts'

/** Files up to this take the short lane: at 600 MB/s the wait behind one is 0.1 s. */
export const SHORT_LANE_BYTES = 64 * 1024 * 1024

export interface ReadWindows {
  /** Runs `run` when its lane is free. The window is `run`'s own until it settles. */
  withWindow<Result>(sizeBytes: number, run: (window: ChunkerWindow) => Promise<Result>): Promise<Result>
}

export function createReadWindows(): ReadWindows {
  const short = createLane()
  const long = createLane()
  return {
    withWindow: (sizeBytes, run) => (sizeBytes <= SHORT_LANE_BYTES ? short : long)(run),
  }
}

function createLane(): <Result>(run: (window: ChunkerWindow) => Promise<Result>) => Promise<Result> {
  let window: ChunkerWindow | undefined
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const result = last.then(() => run((window ??= createChunkerWindow())))
    last = result.catch(() => undefined) // the caller hears of it; the lane goes on
    return result
  }
}
