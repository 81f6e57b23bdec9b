/** What moves, while somebody looks: an open window must not slow the node. */
import { useEffect } from 'react'
import { create } from 'zustand'
import type { Transfers } from '../../node/api/node-port.ts'
import { useApi } from '../connection/api-context.ts'
import { useConnection } from './connection-store.ts'

interface TransfersState {
  /** The newest snapshot; undefined until the first one. */
  readonly transfers: Transfers | undefined
}

export const useTransfersStore = create<TransfersState>(() => ({ transfers: undefined }))

/** Subscribed while the component that calls this is on screen; it is not rendered by snapshots. */
export function useFollowTransfers(): void {
  const api = useApi()
  useEffect(() => {
    const unsubscribe = api.subscribe(
      (calls, signal) => calls.transfers.watch(undefined, { signal }),
      (transfers) => useTransfersStore.setState({ transfers }),
    )
    return () => {
      unsubscribe()
      useTransfersStore.setState({ transfers: undefined })
    }
  }, [api])
}

useConnection.subscribe(({ phase }) => {
  if (phase.kind === 'signed-out') useTransfersStore.setState({ transfers: undefined })
})
