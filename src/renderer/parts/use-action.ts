/**
 * Runs what a button does. Promises that it runs once at a time, and that its failure stays until
 * the next try, worded by whoever shows it.
 */
import { useCallback, useRef, useState } from 'react'
import { type CallError, toCallError } from '../connection/call-error.ts'

export interface Action<A extends readonly unknown[]> {
  /** Resolves to whether it succeeded. */
  readonly run: (...args: A) => Promise<boolean>
  readonly isRunning: boolean
  readonly error: CallError | undefined
  readonly clear: () => void
}

export function useAction<A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [state, setState] = useState<{ isRunning: boolean; error?: CallError }>({ isRunning: false })
  const latest = useRef(work)
  latest.current = work
  const running = useRef(false)
  const run = useCallback(async (...args: A): Promise<boolean> => {
    if (running.current) return false
    running.current = true
    setState({ isRunning: true })
    try {
      await latest.current(...args)
      setState({ isRunning: false })
      return true
    } catch (error) {
      setState({ isRunning: false, error: toCallError(error) })
      return false
    } finally {
      running.current = false
    }
  }, [])
  const clear = useCallback(() => setState({ isRunning: false }), [])
  return { run, isRunning: state.isRunning, error: state.error, clear }
}
