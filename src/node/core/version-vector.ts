/**
 * Version vectors: who has seen whose changes of one path. Promises a canonical form (entries
 * sorted by replica, no zero counters), so that equal vectors are equal byte for byte. Never
 * reads a clock.
 */

/**
 * Device id, "/", index epoch in decimal: the line of all lives of that epoch; a counter of it covers
 * the counters up to it of every life. With "." and a number behind it, one life: what a start of the
 * device stamped, until another start. A disk that is set back makes two lives of one, which know nothing
 * of each other; under one name the greater counter would pass for the newer change. On conflict copies
 * "/copy" stands behind it (conflict-copy.ts).
 */
export type ReplicaId = string

/** Sorted by replica (code unit order), every counter from 1 to 2^53-1; no life that its line covers. */
export type VersionVector = readonly (readonly [replica: ReplicaId, counter: number])[]

/** 'equal', 'before' (a happened before b), 'after', or 'concurrent'. */
export type Order = 'equal' | 'before' | 'after' | 'concurrent'

export const EMPTY_VECTOR: VersionVector = []

/** `life`: 0 for the first one of an epoch, which nothing can have parted before: it stamps the line itself. */
export function replicaId(device: string, epoch: number, life = 0): ReplicaId {
  return life === 0 ? `${device}/${epoch}` : `${device}/${epoch}.${life}`
}

/** The line that a life belongs to; undefined for a line. */
export function lineOf(replica: ReplicaId): ReplicaId | undefined {
  const dot = replica.indexOf('.', replica.indexOf('/'))
  if (dot < 0) return undefined
  const mark = replica.indexOf('/', dot)
  return replica.slice(0, dot) + (mark < 0 ? '' : replica.slice(mark))
}

export function compareVectors(a: VersionVector, b: VersionVector): Order {
  let aAhead = false
  let bAhead = false
  for (const [left, right, replica] of pairs(a, b)) {
    if (left > right && left > counterOf(b, replica)) aAhead = true
    if (right > left && right > counterOf(a, replica)) bAhead = true
  }
  if (aAhead && bAhead) return 'concurrent'
  if (aAhead) return 'after'
  return bAhead ? 'before' : 'equal'
}

/** Least vector that covers both. */
export function mergeVectors(a: VersionVector, b: VersionVector): VersionVector {
  const merged: [ReplicaId, number][] = []
  for (const [left, right, replica] of pairs(a, b)) merged.push([replica, Math.max(left, right)])
  return merged.some((entry) => isCovered(merged, entry))
    ? merged.filter((entry) => !isCovered(merged, entry))
    : merged
}

/** Up to which counter of the replica the vector covers; 0 for nothing. */
export function counterOf(vector: VersionVector, replica: ReplicaId): number {
  const line = lineOf(replica)
  return Math.max(entryOf(vector, replica), line === undefined ? 0 : entryOf(vector, line))
}

/** A vector is canonical without what its lines cover. */
export function isCovered(vector: VersionVector, [replica, counter]: VersionVector[number]): boolean {
  const line = lineOf(replica)
  return line !== undefined && entryOf(vector, line) >= counter
}

/**
 * The vector under other names; what comes to bear one name is one entry. With lives given up for their
 * line it covers more than before: all that any life of the line stamped up to there.
 */
export function renameReplicas(
  vector: VersionVector,
  nameOf: (replica: ReplicaId) => ReplicaId,
): VersionVector {
  const renamed = new Map<ReplicaId, number>()
  for (const [replica, counter] of vector) {
    const name = nameOf(replica)
    renamed.set(name, Math.max(counter, renamed.get(name) ?? 0))
  }
  const sorted = [...renamed].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return mergeVectors(sorted, EMPTY_VECTOR)
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

/** The vector's own entry: a binary search, for vectors are sorted. */
function entryOf(vector: VersionVector, replica: ReplicaId): number {
  let low = 0
  let high = vector.length
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = vector[middle]
    if (entry && entry[0] < replica) low = middle + 1
    else high = middle
  }
  const found = vector[low]
  return found?.[0] === replica ? found[1] : 0
}
