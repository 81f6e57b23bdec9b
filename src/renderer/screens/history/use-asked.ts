/**
 * One question to the node for as long as something is shown. Promises that an answer which comes
 * after the question changed is dropped, and that the old answer stays until the new one is there.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import { type CallError, toCallError } from '../../connection/call-error.ts'

export interface Asked<A> {
  readonly answer: A | undefined
  readonly error: CallError | undefined
  readonly again: () => void
}

/** Asks again when `key` changes, and when told to. */
export function useAsked<A>(key: string, ask: (signal: AbortSignal) => Promise<A>): Asked<A> {
  const [state, setState] = useState<{ answer?: A; error?: CallError }>({})
  const [times, setTimes] = useState(0)
  const latest = useRef(ask)
  latest.current = ask
  useEffect(() => {
    const asking = new AbortController()
    const { signal } = asking
    setState(({ answer }) => (answer === undefined ? {} : { answer }))
    latest.current(signal).then(
      (answer) => signal.aborted || setState({ answer }),
      (error: unknown) => signal.aborted || setState({ error: toCallError(error) }),
    )
    return () => asking.abort()
  }, [key, times])
  const again = useCallback(() => setTimes((count) => count + 1), [])
  return { answer: state.answer, error: state.error, again }
}
