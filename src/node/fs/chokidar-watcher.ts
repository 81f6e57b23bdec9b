/**
 * Watching real folders: the Watcher port over the watch worker. Promises that whatever the
 * worker could not see ends in a hint to look everywhere, that a dead worker is replaced, and
 * that watching never fails the caller. Correctness never depends on it.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { codeOf, textOf } from '../base/errors.ts'
import type { Job } from '../base/job.ts'
import { openWorkerJob } from '../base/job-hosts.ts'
import type { WatchHandle, WatchHint, Watcher } from './file-system.ts'
import type { WatchJobOperations, WatchNews } from './watch-job.ts'

export interface ChokidarWatcherParts {
  readonly clock: Clock
  /**
   * Watching has gaps: the kernel's limit of watches (ENOSPC) or handles (EMFILE) is reached, or
   * the worker died and is being replaced. The hint to look everywhere was already given.
   */
  readonly onError: (error: Error, root: string) => void
  /** Starts the watch job; a worker thread by default. */
  readonly openJob?: (onDeath: (error: Error) => void) => Job<WatchJobOperations>
}

export interface ChokidarWatcher extends Watcher {
  /** Ends the worker and every watch; idempotent. */
  close(): Promise<void>
}

/**
 * Small young generation, because V8 otherwise commits hundreds of megabytes for the start and
 * keeps them; the old one is far above what 100k files need (measured: 63 MB in all).
 */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }
/** Before a dead worker is replaced, doubling up to the last. Guesses. */
const FIRST_RESTART_DELAY_MS = 1_000
const LONGEST_RESTART_DELAY_MS = 60_000

interface Watched {
  readonly root: string
  readonly onHint: (hint: WatchHint) => void
}

function openWorker(onDeath: (error: Error) => void): Job<WatchJobOperations> {
  const url = new URL('./watch-job.ts', import.meta.url)
  return openWorkerJob<WatchJobOperations>(url, undefined, { name: 'watch', resourceLimits: LIMITS, onDeath })
}

export function createChokidarWatcher(parts: ChokidarWatcherParts): ChokidarWatcher {
  const watched = new Map<number, Watched>()
  let job: Job<WatchJobOperations> | undefined
  let lastId = 0
  let restartDelayMs = FIRST_RESTART_DELAY_MS
  let restart: Timer | undefined
  let closed = false

  const deliver = ({ id, hints, errors }: WatchNews): void => {
    const folder = watched.get(id)
    if (folder === undefined) return
    for (const hint of hints) folder.onHint(hint)
    for (const text of errors) parts.onError(new Error(text), folder.root)
  }
  const listen = async (from: Job<WatchJobOperations>): Promise<void> => {
    try {
      while (job === from) (await from.call('news', {})).forEach(deliver)
    } catch {
      // The worker is closed or dead; onDeath deals with the latter.
    }
  }
  const onDeath = (error: Error): void => {
    job = undefined
    for (const { root, onHint } of watched.values()) {
      onHint(undefined)
      parts.onError(error, root)
    }
    if (closed) return
    restart = parts.clock.after(restartDelayMs, () => void startAgain())
    restartDelayMs = Math.min(2 * restartDelayMs, LONGEST_RESTART_DELAY_MS)
  }
  const opened = (): Job<WatchJobOperations> => {
    if (job !== undefined) return job
    restart?.cancel()
    job = (parts.openJob ?? openWorker)(onDeath)
    void listen(job)
    return job
  }
  const begin = async (id: number, { root, onHint }: Watched): Promise<void> => {
    try {
      await opened().call('watch', { id, root })
    } catch (error) {
      // A dead worker reports itself; anything else leaves this folder to the regular scans.
      if (job === undefined || closed) return
      onHint(undefined)
      parts.onError(error instanceof Error ? error : new Error(textOf(error)), root)
    }
  }
  const startAgain = async (): Promise<void> => {
    await Promise.all([...watched].map(([id, folder]) => begin(id, folder)))
    // What happened in between was seen by nobody.
    for (const { onHint } of watched.values()) onHint(undefined)
  }
  const forget = async (id: number): Promise<void> => {
    if (!watched.delete(id) || job === undefined) return
    await job.call('unwatch', { id }).catch((error: unknown) => {
      if (codeOf(error) !== 'INTERNAL' && codeOf(error) !== 'CANCELLED') throw error
    })
  }
  const watch = async (root: string, onHint: (hint: WatchHint) => void): Promise<WatchHandle> => {
    const id = ++lastId
    const folder = { root, onHint }
    watched.set(id, folder)
    await begin(id, folder)
    return { close: () => forget(id) }
  }
  const close = async (): Promise<void> => {
    closed = true
    restart?.cancel()
    watched.clear()
    const last = job
    job = undefined
    if (last === undefined) return
    await last.call('stop', {}).catch(() => {
      // Already dead: nothing waits in it.
    })
    await last.close()
  }
  return { watch, close }
}
