/**
 * Time that stands still until a test moves it. Promises that timers fire in the order of their
 * due times (first set first among equals), each followed by everything it caused. Never lets
 * real time in.
 */
import type { Clock, Timer } from './clock.ts'
import { sleepWith } from './clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on, firing what falls due, and lets all promises settle between two timers. */
  advance(ms: number): Promise<void>
}

interface Pending {
  dueMs: number
  run: () => void
}

export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsedMs = 0
  const pending = new Set<Pending>()
  const after = (delayMs: number, run: () => void): Timer => {
    const entry = { dueMs: elapsedMs + Math.max(0, delayMs), run }
    pending.add(entry)
    return { cancel: () => void pending.delete(entry) }
  }
  const nextDue = (untilMs: number): Pending | undefined => {
    let next: Pending | undefined
    for (const entry of pending) {
      if (entry.dueMs <= untilMs && (next === undefined || entry.dueMs < next.dueMs)) next = entry
    }
    return next
  }
  return {
    nowMs: () => startMs + elapsedMs,
    // Apart, because a double of nanoseconds since 1970 is only good to 256 of them.
    nowNs: () => BigInt(Math.round(startMs)) * 1_000_000n + BigInt(Math.round(elapsedMs * 1e6)),
    monotonicMs: () => elapsedMs,
    after,
    sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await settle()
      for (let next = nextDue(untilMs); next !== undefined; next = nextDue(untilMs)) {
        pending.delete(next)
        elapsedMs = next.dueMs
        next.run()
        await settle()
      }
      elapsedMs = untilMs
    },
  }
}

/** One turn of the event loop: every promise that can settle without time passing has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
