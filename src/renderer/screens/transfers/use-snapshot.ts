/** Reads from the newest snapshot of transfers without being rendered for every one of them. */
import { useRef } from 'react'
import type { Transfers } from '../../../node/api/node-port.ts'
import { useStatus } from '../../stores/status-store.ts'
import { useTransfersStore } from '../../stores/transfers-store.ts'
import { isMoving } from './movement.ts'

/** Keeps the value it had for as long as a new one says the same; undefined before the first snapshot. */
export function useSnapshot<T>(
  select: (transfers: Transfers) => T,
  isSame: (one: T, other: T) => boolean,
): T | undefined {
  const last = useRef<T>(undefined)
  return useTransfersStore(({ transfers }) => {
    if (!transfers) return undefined
    const next = select(transfers)
    if (last.current === undefined || !isSame(last.current, next)) last.current = next
    return last.current
  })
}

/** Whether anything moves now. */
export function useIsMoving(): boolean {
  const folders = useStatus((status) => status.folders)
  return useTransfersStore(({ transfers }) => transfers !== undefined && isMoving(transfers, folders ?? []))
}
