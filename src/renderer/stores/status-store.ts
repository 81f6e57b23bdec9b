/**
 * The newest status snapshot. A snapshot replaces the one before, it never merges with it; while
 * the node is away the last one stays, marked as old.
 */
import { create } from 'zustand'
import type { NodeStatus } from '../../node/api/node-port.ts'
import type { Api } from '../connection/api.ts'
import type { CallError } from '../connection/call-error.ts'
import { useConnection } from './connection-store.ts'

interface StatusState {
  readonly status: NodeStatus | undefined
  /** It came over the link that is there now: what it says is true now. */
  readonly isLive: boolean
  /** Why there is no snapshot, though the node is there. */
  readonly error: CallError | undefined
}

export const useStatusStore = create<StatusState>(() => ({
  status: undefined,
  isLive: false,
  error: undefined,
}))

/** Subscribes for as long as the page lives; the frame shows the status on every screen. */
export function followStatus(api: Api): void {
  useConnection.subscribe(({ phase }) => {
    if (phase.kind !== 'live') useStatusStore.setState({ isLive: false, error: undefined })
    // Whoever signs out leaves nothing on the screen.
    if (phase.kind === 'signed-out') useStatusStore.setState({ status: undefined })
  })
  api.subscribe(
    (calls, signal) => calls.status.watch(undefined, { signal }),
    (status) => useStatusStore.setState({ status, isLive: true, error: undefined }),
    (error) => useStatusStore.setState({ isLive: false, error }),
  )
}

/** Part of the status; undefined until the first snapshot. */
export function useStatus<T>(select: (status: NodeStatus) => T): T | undefined {
  return useStatusStore(({ status }) => status && select(status))
}

/** The status is true at this moment; else words of state are not shown and nothing can be changed. */
export function useIsLive(): boolean {
  return useStatusStore((state) => state.isLive)
}
