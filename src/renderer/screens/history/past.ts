/**
 * What the history of a path says, in order and as keys of the catalogue. Promises that only what
 * some device keeps is offered, nearest holder first. Never asks anybody: pure.
 */
import type { PastContent } from '../../../node/api/node-port.ts'
import type { TextKey } from '../../../node/words/catalogue.ts'

export type Holder = PastContent['copies'][number]

/** Who can give it, this device first: nothing travels then. */
export function holdersOf({ copies }: PastContent, self: string): Holder[] {
  return copies.toSorted((one, other) => Number(other.device === self) - Number(one.device === self))
}

export function canRestore({ state, copies }: PastContent): boolean {
  return state === 'kept' && copies.length > 0
}

/** The trouble of one holder, and no reason not to ask the next. */
const OF_ONE_HOLDER: readonly string[] = ['PEER_GONE', 'TIMEOUT', 'VERSION_NOT_FOUND', 'VERSION_DAMAGED']

export function isOfOneHolder(code: string): boolean {
  return OF_ONE_HOLDER.includes(code)
}

/** The sentence on when it was there: what is there now has no end, a deletion is no stretch of time. */
export function timeKey({ state, sinceMs, untilMs }: PastContent): TextKey {
  if (state === 'deleted') return sinceMs === undefined ? 'history.time.unknown' : 'history.time.at'
  const hasEnd = state !== 'current' && untilMs !== undefined
  if (sinceMs !== undefined) return hasEnd ? 'history.time.span' : 'history.time.since'
  return hasEnd ? 'history.time.until' : 'history.time.unknown'
}

export function authorKey({ state, author }: PastContent): TextKey {
  if (!author) return 'history.by.unknown'
  return state === 'deleted' ? 'history.by.deleted' : 'history.by.written'
}
