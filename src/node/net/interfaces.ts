/**
 * The machine's network interfaces, watched by looking every 5 s (no platform tells Node of a
 * change). Promises one call per change. Never lists loopback.
 */
import { networkInterfaces } from 'node:os'
import type { Clock, Timer } from '../base/clock.ts'

const POLL_INTERVAL_MS = 5_000

export interface Interface {
  readonly name: string
  /** The first IPv4 address: one multicast socket per interface is opened on it. */
  readonly ip4: string | undefined
  /** All its addresses but link-local IPv6, which mean nothing on another device. */
  readonly addresses: readonly string[]
}

export function listInterfaces(): Interface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all]) => {
    const outward = (all ?? []).filter((one) => !one.internal && !/^fe80:/i.test(one.address))
    if (outward.length === 0) return []
    const ip4 = outward.find((one) => one.family === 'IPv4')?.address
    return [{ name, ip4, addresses: outward.map((one) => one.address) }]
  })
}

/** Calls `changed` with the list at once and after every change; returns the end of it. */
export function watchInterfaces(
  clock: Clock,
  changed: (list: Interface[], first: boolean) => void,
  list: () => Interface[] = listInterfaces,
): () => void {
  let seen = ''
  let timer: Timer | undefined
  let first = true
  const look = (): void => {
    const now = list()
    const text = JSON.stringify(now)
    timer = clock.after(POLL_INTERVAL_MS, look)
    if (text === seen) return
    seen = text
    changed(now, first)
    first = false
  }
  look()
  return () => timer?.cancel()
}
