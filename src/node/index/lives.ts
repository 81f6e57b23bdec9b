/**
 * Lives of one index: what is done so that two of them (a copied home, a disk set back) are told apart
 * and neither covers what only the other wrote. Promises that a sequence that another life gave out is
 * recognised, but for the chance of two leaps that end close together, and that versions stamped
 * after the lives parted are concurrent to the other's, whoever compares them.
 */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Announced, DeviceId, FileRecord } from '../core/record.ts'
import { counterOf, lineOf, renameReplicas, replicaId, stampVector } from '../core/version-vector.ts'
import type { VersionVector } from '../core/version-vector.ts'
import type { OwnPosition, SequenceGap } from './index-port.ts'
import type { FolderRow } from './settle.ts'

/** Gaps kept; the oldest two become one, which only makes a device that was away for long ask anew. */
const GAPS_LIMIT = 64
/** Sequences begin here, or further on, with each millisecond; nothing announces a thousand changes in one. */
const SEQUENCES_PER_MS = 1_024
/** Past the year 2109, so a clock that far on is wrong; beyond, a counter is no word of ours. */
const CLOCK_LIMIT = 2 ** 52
/**
 * Sequences left out by chance: two lives of 100,000 changes whose clocks are of no use overlap once in 10,000
 * times. By the clock it is half an hour.
 */
const BLIND_LEAP = 2 ** 31
/** Our lives in one vector, of a file that is changed after every start: weeks, for most. */
const NAMED_LIVES_LIMIT = 16

/**
 * How many sequences a start leaves out behind `end`: a copy of a whole disk starts with the same index, and
 * must not number what the other life does. By the wall clock, so that a life that begins later numbers
 * higher than all that lived before, and folding those covers nothing of it. A clock that went backwards
 * leaves it to chance.
 */
export function leapBehind(end: number, clock: Pick<Clock, 'nowMs'>, random: Random): number {
  const first = Math.floor(clock.nowMs()) * SEQUENCES_PER_MS
  return random.below(BLIND_LEAP) + (first > end && first < CLOCK_LIMIT ? first - end : 0)
}

export function withGap(
  row: FolderRow,
  lost: number,
  leap: number,
): { gaps: SequenceGap[]; sequence: number } {
  const from = row.sequence + 1
  const end = Math.max(row.sequence, lost)
  const gaps: SequenceGap[] = [...row.gaps, [from, end, end + leap]]
  // One further: what is announced next must not end inside the gap.
  return { gaps: withinLimit(gaps), sequence: end + leap + 1 }
}

/** What lay between two gaps that became one was ours: met again, it means no other life. */
function withinLimit(gaps: SequenceGap[]): SequenceGap[] {
  const [first, second, ...rest] = gaps
  if (!first || !second || gaps.length <= GAPS_LIMIT) return gaps
  return [[first[0], second[2], second[2]], ...rest]
}

/** Whether a sequence that somebody saw was given out by an index that this one is no successor of. */
export function isUnknownHere(sequence: number, ours: OwnPosition): boolean {
  return sequence > ours.sequence || gapOf(sequence, ours) !== undefined
}

/**
 * Whether another device says a counter of ours that only another life of ours can have given out: a copy
 * of an old index was put back, and nobody who is connected had heard of that very epoch last. A commit of
 * ours that was lost is no such counter.
 */
export function isOtherLifeIn(records: readonly Announced[], self: string, ours: OwnPosition): boolean {
  const line = replicaId(self, ours.epoch)
  const counters = records.flatMap(({ record }) =>
    record.version.filter(([replica]) => (lineOf(replica) ?? replica) === line).map(([, counter]) => counter),
  )
  return counters.some(
    (counter) => isUnknownHere(counter, ours) && counter > (gapOf(counter, ours)?.[1] ?? 0),
  )
}

function gapOf(sequence: number, { gaps }: Pick<OwnPosition, 'gaps'>): SequenceGap | undefined {
  return gaps.find(([from, , to]) => sequence >= from && sequence <= to)
}

/**
 * With this device's counter, which is the sequence that the statement is about to get. A counter of
 * this very epoch that is met further on was given out by a life that a backup took back: the new one
 * lies behind it, or the change would bear the version it changed.
 */
export function stamped(record: FileRecord, folder: FolderRow, self: DeviceId): FileRecord {
  const replica = replicaId(self, folder.epoch, folder.gaps.at(-1)?.[2])
  const version = folded(record.version, self)
  const given = counterOf(version, replica)
  if (given > folder.sequence && given < CLOCK_LIMIT) folder.sequence = given
  return { ...record, version: stampVector(version, replica, folder.sequence + 1) }
}

/**
 * Of the lives of ours that changed this path the oldest become their line, for vectors would grow with every
 * start. To what only a life has that ended, or parted from this one, that many starts ago, the change then
 * passes for newer.
 */
function folded(version: VersionVector, self: DeviceId): VersionVector {
  const isOurs = ([replica]: VersionVector[number]): boolean =>
    replica.startsWith(`${self}/`) && lineOf(replica) !== undefined
  const lives = version.filter(isOurs).toSorted(([, one], [, other]) => other - one)
  if (lives.length <= NAMED_LIVES_LIMIT) return version
  const old = new Set(lives.slice(NAMED_LIVES_LIMIT).map(([replica]) => replica))
  return renameReplicas(version, (replica) => (old.has(replica) ? (lineOf(replica) ?? replica) : replica))
}
