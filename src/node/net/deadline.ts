/**
 * Deadlines as signals, on the injected clock. Promises to release its timer and its listeners
 * when `clear` is called. Never fires after that.
 */
import { setMaxListeners } from 'node:events'
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'

export interface Deadline {
  readonly signal: AbortSignal
  clear(): void
}

/** A signal that aborts after `delayMs` (TIMEOUT) or with any of `parents`. */
export function deadline(clock: Clock, delayMs: number, ...parents: (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const timer = clock.after(delayMs, () =>
    controller.abort(new PeerfoldError('TIMEOUT', 'took too long', { delayMs })),
  )
  const follow = (event: Event): void => controller.abort((event.target as AbortSignal).reason)
  for (const parent of parents) {
    if (parent?.aborted) controller.abort(parent.reason)
    else parent?.addEventListener('abort', follow, { once: true })
  }
  return {
    signal: controller.signal,
    clear: () => {
      timer.cancel()
      for (const parent of parents) parent?.removeEventListener('abort', follow)
    },
  }
}
