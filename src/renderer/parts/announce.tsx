/**
 * The one polite live region. Promises at most one message a second, the newest of each kind, so
 * that a screen reader hears results and never a stream. Never percentages.
 */
import { useSyncExternalStore } from 'react'

const PAUSE_MS = 1_000

let current = ''
let waiting = new Map<string, string>()
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

/** Says `text` soon; of several with the same `kind` only the last. */
export function announce(text: string, kind = text): void {
  waiting.set(kind, text)
  timer ??= setTimeout(flush, PAUSE_MS)
}

function flush(): void {
  timer = undefined
  current = [...waiting.values()].join(' ')
  waiting = new Map()
  for (const listener of listeners) listener()
}

export function LiveRegion() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => current,
  )
  return (
    <div className="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  )
}
