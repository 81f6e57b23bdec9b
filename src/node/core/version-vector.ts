/**
 * Version vectors: who has seen whose changes of one path. Promises a canonical form (entries
 * sorted by replica, no zero counters), so that equal vectors are equal byte for byte. Never
 * reads a clock.
 */

/**
 * Device id, "/", index epoch in decimal. Counters of a former life of a device never return. On
 * conflict copies "/copy" stands behind it (conflict-copy.ts).
 */
export type ReplicaId = string

/** Sorted by replica (code unit order), every counter from 1 to 2^53-1. */
export type VersionVector = readonly (readonly [replica: ReplicaId, counter: number])[]

/** 'equal', 'before' (a happened before b), 'after', or 'concurrent'. */
export type Order = 'equal' | 'before' | 'after' | 'concurrent'

export const EMPTY_VECTOR: VersionVector = []

export function replicaId(device: string, epoch: number): ReplicaId {
  return `${device}/${epoch}`
}

export function compareVectors(a: VersionVector, b: VersionVector): Order {
  let aAhead = false
  let bAhead = false
  for (const [left, right] of pairs(a, b)) {
    if (left > right) aAhead = true
    if (right > left) bAhead = true
  }
  if (aAhead && bAhead) return 'concurrent'
  if (aAhead) return 'after'
  return bAhead ? 'before' : 'equal'
}

/** Least vector that covers both. */
export function mergeVectors(a: VersionVector, b: VersionVector): VersionVector {
  const merged: [ReplicaId, number][] = []
  for (const [left, right, replica] of pairs(a, b)) merged.push([replica, Math.max(left, right)])
  return merged
}

/**
 * The vector after one more change by `replica`. `counter` must be one that the replica never gave
 * out before: the sequence of the statement in the replica's index is. Counting up from the vector's
 * own entry is not enough, because a vector can come back without it (a path forgotten and met again,
 * a commit lost in a power cut), and then others would take a new change for an old one.
 */
export function stampVector(vector: VersionVector, replica: ReplicaId, counter: number): VersionVector {
  return mergeVectors(vector, [[replica, counter]])
}

/** The vector with no more of `replica` than `greatest`. */
export function capVector(vector: VersionVector, replica: ReplicaId, greatest: number): VersionVector {
  const capped = vector.map(
    ([id, counter]) => [id, id === replica ? Math.min(counter, greatest) : counter] as const,
  )
  return capped.filter(([, counter]) => counter > 0)
}

/** Walks two canonical vectors side by side; a missing entry counts 0. */
function* pairs(a: VersionVector, b: VersionVector): Generator<[number, number, ReplicaId]> {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = a[i]
    const right = b[j]
    if (left && (!right || left[0] < right[0])) {
      yield [left[1], 0, left[0]]
      i++
    } else if (right && (!left || right[0] < left[0])) {
      yield [0, right[1], right[0]]
      j++
    } else if (left && right) {
      yield [left[1], right[1], left[0]]
      i++
      j++
    }
  }
}
