/**
 * How often one address may knock. Promises a bounded memory whatever strangers do. Never counts
 * what was refused.
 */
import type { Clock } from '../base/clock.ts'

/**
 * A stranger costs 2.4 to 4.2 ms of CPU before any later limit sees it: 20 a second is a twentieth
 * of a core. The burst is for a neighbour that restarts, dials and opens its lanes. Ours.
 */
const PER_SECOND = 20
const BURST = 60
const MAX_ADDRESSES = 1_024

/** Returns `mayEnter(address)`. */
export function rateLimit(clock: Clock): (address: string) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return (address) => {
    const now = clock.monotonicMs()
    const last = buckets.get(address) ?? { tokens: BURST, atMs: now }
    const tokens = Math.min(BURST, last.tokens + ((now - last.atMs) / 1000) * PER_SECOND)
    buckets.delete(address) // re-inserted at the end: the map is ordered by last visit
    buckets.set(address, { tokens: Math.max(0, tokens - 1), atMs: now })
    const [oldest] = buckets.keys()
    if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest)
    return tokens >= 1
  }
}
