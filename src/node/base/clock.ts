/**
 * Time as a parameter. Promises that no other layer reads the machine's clock or sets a timer,
 * so that a test or the simulator can own time. Never formats or compares user-visible dates.
 */

/** A pending timer; `cancel` is idempotent and safe after it fired. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch; may jump in either direction. */
  nowMs(): number
  /** Wall clock, nanoseconds since the Unix epoch, with the resolution the platform offers. */
  nowNs(): bigint
  /** Monotonic milliseconds since some start; only differences mean something. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs`. */
  after(delayMs: number, run: () => void): Timer
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** Builds `sleep` on any `after`, so that every clock waits the same way. */
export function sleepWith(
  after: Clock['after'],
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * The machine's own clock. Timers do not keep the process alive, unless that is what the caller
 * lives by: a command that only waits would otherwise end in the middle of it.
 */
export function systemClock({ keepsAlive = false } = {}): Clock {
  const after: Clock['after'] = (delayMs, run) => {
    const handle = setTimeout(run, delayMs)
    if (!keepsAlive) handle.unref()
    return { cancel: () => clearTimeout(handle) }
  }
  return {
    nowMs: () => Date.now(),
    nowNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n,
    monotonicMs: () => performance.now(),
    after,
    sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
  }
}
