/**
 * Lives of one index: what is done so that two of them (a copied home, a disk set back) are told apart
 * and neither covers what only the other wrote. Promises that a sequence that another life gave out is
 * recognised, but for the chance of two leaps that end close together, and that versions stamped
 * after the lives parted are concurrent to the other's.
 */
import type { Announced } from '../core/record.ts'
import { capVector, replicaId, stampVector } from '../core/version-vector.ts'
import type { FolderPosition, OwnPosition, SequenceGap } from './index-port.ts'
import { announcedOf, statementValues } from './rows.ts'
import type { Row } from './rows.ts'
import type { FolderRow } from './settle.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

/** Gaps kept; the oldest two become one, which only makes a device that was away for long ask anew. */
const GAPS_LIMIT = 64

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
 * The last sequence that both lives are sure to share, when `seen` comes from another life that began as
 * ours did. `acked` is what the device that saw it had confirmed to us: from our own past, therefore. A
 * leap goes anywhere, so they can have parted at any start since that confirmation, up to the one whose
 * gap holds `seen`. It may also be a commit of ours that was lost, and then nothing parted; a life that
 * went on in a copy of our state begins with the very same numbers, so that is not told apart. Undefined
 * where two gaps became one: most of what lies there was ours.
 */
export function commonPast(seen: number, ours: OwnPosition, acked: FolderPosition): number | undefined {
  const gap = gapOf(seen, ours)
  if (gap && gap[1] === gap[2]) return undefined
  const shared = acked.epoch === ours.epoch ? acked.sequence : 0
  const starts = ours.gaps.map(([from]) => from - 1).filter((last) => !gap || last < gap[0])
  return starts.find((last) => last >= shared) ?? (gap && gap[0] - 1)
}

/**
 * A counter of ours in what another device says that only another life of ours can have given out: a copy
 * of an old index was put back and nobody who is connected had heard of that very epoch last. It would
 * cover what this life stamped. A commit of ours that was lost is no such counter: later ones are greater.
 */
export function otherLifeIn(
  records: readonly Announced[],
  self: string,
  ours: OwnPosition,
): number | undefined {
  const replica = replicaId(self, ours.epoch)
  for (const { record } of records) {
    const counter = record.version.find(([one]) => one === replica)?.[1] ?? 0
    if (isUnknownHere(counter, ours) && counter > (gapOf(counter, ours)?.[1] ?? 0)) return counter
  }
  return undefined
}

function gapOf(sequence: number, { gaps }: Pick<OwnPosition, 'gaps'>): SequenceGap | undefined {
  return gaps.find(([from, , to]) => sequence >= from && sequence <= to)
}

/**
 * Our own counters above `common` mean another change in the other life: they give way to one of the
 * life that begins as `epoch`, so that neither life's version seems to have seen the other's. Returns
 * the paths.
 */
export function restampOwn(
  sql: Statements,
  folder: FolderRow,
  self: string,
  { epoch, common }: { epoch: number; common: number },
): string[] {
  const paths: string[] = []
  const [former, next] = [replicaId(self, folder.epoch), replicaId(self, epoch)]
  const key = { folder: folder.key, device: SELF, epoch: folder.epoch }
  for (let after = common; ;) {
    const rows = sql.statementsSince.all(folder.key, folder.epoch, after, 1_000) as Row[]
    for (const row of rows) {
      const announced = announcedOf(row)
      const { record, sequence } = announced
      after = sequence
      const counter = record.version.find(([replica]) => replica === former)?.[1] ?? 0
      if (counter <= common || counter > folder.sequence || gapOf(counter, folder)) continue
      const version = stampVector(capVector(record.version, former, common), next, sequence)
      sql.putStatement.run(...statementValues(key, { ...announced, record: { ...record, version } }))
      paths.push(record.path)
    }
    if (rows.length < 1_000) return paths
  }
}
