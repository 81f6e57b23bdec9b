/**
 * Going back to a moment, as the node tells its progress. Promises one at a time, that closing what
 * shows it stops it, and that the moment which undoes it is kept from the first step of the first
 * try on. Never remembers anything beyond its dialog: the node needs nothing to go on or to undo.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { RestoreProgress } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { type CallError, toCallError } from '../../connection/call-error.ts'

export interface RestoreRun {
  readonly atMs: number
  /** It takes one back that this dialog did. */
  readonly isUndo: boolean
  readonly isRunning: boolean
  /** Of the newest try; undefined before the node began. */
  readonly progress: RestoreProgress | undefined
  /** Going back to it undoes every try of this; undefined while nothing was done. */
  readonly undoMs: number | undefined
  /** Why it broke off; undefined when a person stopped it. */
  readonly error: CallError | undefined
}

export interface Restoring {
  readonly run: RestoreRun | undefined
  readonly start: (atMs: number) => void
  readonly undo: () => void
  /** Goes on with what is not done. */
  readonly again: () => void
  readonly stop: () => void
  /** Forgets it, to begin with another moment. */
  readonly clear: () => void
}

export function useRestore(folder: string, path: string): Restoring {
  const { calls } = useApi()
  const [run, setRun] = useState<RestoreRun>()
  const control = useRef<AbortController>(undefined)
  useEffect(() => () => control.current?.abort(), [])

  const begin = useCallback(
    async ({ atMs, isUndo, undoMs }: Pick<RestoreRun, 'atMs' | 'isUndo' | 'undoMs'>): Promise<void> => {
      if (control.current) return
      const running = new AbortController()
      control.current = running
      let now: RestoreRun = { atMs, isUndo, undoMs, isRunning: true, progress: undefined, error: undefined }
      const tell = (change: Partial<RestoreRun>): void => {
        now = { ...now, ...change }
        setRun(now)
      }
      tell({})
      try {
        const told = await calls.versions.restoreMoment({ folder, path, atMs }, { signal: running.signal })
        for await (const progress of told)
          tell({ progress, undoMs: now.undoMs ?? (progress.total > 0 ? progress.startedMs : undefined) })
        tell({ isRunning: false })
      } catch (error) {
        tell({ isRunning: false, error: running.signal.aborted ? undefined : toCallError(error) })
      } finally {
        control.current = undefined
      }
    },
    [calls, folder, path],
  )
  return {
    run,
    start: (atMs) => void begin({ atMs, isUndo: false, undoMs: undefined }),
    undo: () => {
      if (run?.undoMs !== undefined) void begin({ atMs: run.undoMs, isUndo: true, undoMs: undefined })
    },
    again: () => {
      if (run) void begin(run)
    },
    stop: () => control.current?.abort(),
    clear: () => setRun(undefined),
  }
}
