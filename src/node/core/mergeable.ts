/**
 * Which devices' statements of one path can be heard together. Promises that no merge of those has more
 * entries than every device takes, so that a device never says what would part it from another. A
 * statement that does not fit is as if its device had never said anything of the path: the device
 * counts as lacking it, its edit stays where it is, and all others go on among themselves. Pure.
 *
 * Rejected: cutting vectors to the limit. One that no longer covers what was seen brings back what was
 * deleted. Refusing the merge alone: the path would stand still between devices that did nothing.
 */
import type { Announced } from './record.ts'
import { EMPTY_VECTOR, mergeVectors } from './version-vector.ts'

/**
 * Entries of a merge. A hundred less than a message may carry, for each life of a device adds one of its
 * own when it changes the path: that is never refused.
 */
export const MERGED_LIMIT = 900

/**
 * `said` without what does not fit, by device; what `own` says always stays. The shortest are heard first:
 * whoever invents changes leaves out itself before others. What adds no entry fits any time, so devices
 * whose vectors have reached the limit together still hear each other.
 */
export function mergeable<K>(said: ReadonlyMap<K, Announced>, own: K): ReadonlyMap<K, Announced> {
  const lengths = [...said.values()].map(({ record }) => record.version.length)
  if (lengths.reduce((sum, length) => sum + length, 0) <= MERGED_LIMIT) return said
  let merged = said.get(own)?.record.version ?? EMPTY_VECTOR
  const leftOut = new Set<K>()
  // Of the others, only what they hold is ever merged.
  const held = [...said].filter(([device, { stance }]) => device !== own && stance === 'holds')
  const byLength = held.toSorted(([, a], [, b]) => a.record.version.length - b.record.version.length)
  for (const [device, { record }] of byLength) {
    const next = mergeVectors(merged, record.version)
    if (next.length > Math.max(MERGED_LIMIT, merged.length)) leftOut.add(device)
    else merged = next
  }
  return new Map([...said].filter(([device]) => !leftOut.has(device)))
}
