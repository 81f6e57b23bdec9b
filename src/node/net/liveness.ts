/**
 * Is the other device still there? Promises a ping every 5 s, suspicion after 10 s without a
 * byte and the end after 20 s. Never blames the peer for our own silence: neither for a reader
 * that paused it nor for a machine that slept.
 */
import type { Clock, Timer } from '../base/clock.ts'

/** NETWORK decisions, ours: three lost pings before the end, and TCP's own 15 minutes are too long. */
const PING_INTERVAL_MS = 5_000
const SUSPECT_AFTER_MS = 10_000
const DEAD_AFTER_MS = 20_000
const CHECK_INTERVAL_MS = 2_500
/** A check this late means that this process stood still, so what it did not hear proves nothing. */
const STOOD_STILL_MS = 2 * CHECK_INTERVAL_MS

export interface LivenessEvents {
  ping(): void
  suspect(silentMs: number): void
  dead(silentMs: number): void
  /** True while we hold the peer's bytes back ourselves. */
  holdsBack(): boolean
}

export interface Liveness {
  /** A byte came, on whatever lane. */
  life(): void
  stop(): void
}

export function watchLiveness(clock: Clock, events: LivenessEvents): Liveness {
  let lastLifeMs = clock.monotonicMs()
  let lastCheckMs = lastLifeMs
  let lastPingMs = lastLifeMs
  let suspected = false
  let timer: Timer
  const check = (): void => {
    const now = clock.monotonicMs()
    if (now - lastCheckMs > STOOD_STILL_MS || events.holdsBack()) lastLifeMs = now
    lastCheckMs = now
    const silentMs = now - lastLifeMs
    if (silentMs >= DEAD_AFTER_MS) return events.dead(silentMs)
    const isSuspect = silentMs >= SUSPECT_AFTER_MS
    if (isSuspect && !suspected) events.suspect(silentMs)
    suspected = isSuspect
    if (now - lastPingMs >= PING_INTERVAL_MS) {
      lastPingMs = now
      events.ping()
    }
    timer = clock.after(CHECK_INTERVAL_MS, check)
  }
  timer = clock.after(CHECK_INTERVAL_MS, check)
  return {
    life: () => {
      lastLifeMs = clock.monotonicMs()
    },
    stop: () => timer.cancel(),
  }
}
