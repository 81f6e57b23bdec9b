/** A clock that moves only when told to. Promises timers in order of their time, then of their making. */
import { type Clock, sleepWith } from '../../src/node/base/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time forward and runs what falls due. */
  advance(byMs: number): void
}

export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0
  let timers: { atMs: number; run: () => void }[] = []
  const after: Clock['after'] = (delayMs, run) => {
    const timer = { atMs: elapsedMs + delayMs, run }
    timers.push(timer)
    return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
  }
  return {
    nowMs: () => startMs + elapsedMs,
    nowNs: () => BigInt(startMs + elapsedMs) * 1_000_000n,
    monotonicMs: () => elapsedMs,
    after,
    sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
    advance: (byMs) => {
      const endMs = elapsedMs + byMs
      for (;;) {
        const due = timers.toSorted((a, b) => a.atMs - b.atMs)[0]
        if (!due || due.atMs > endMs) break
        timers = timers.filter((other) => other !== due)
        elapsedMs = Math.max(elapsedMs, due.atMs)
        due.run()
      }
      elapsedMs = endMs
    },
  }
}
