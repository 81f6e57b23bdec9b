/**
 * What a person sees of one path, given what every device says of it. Promises that an entry is
 * shown exactly when something live is held here or wanted, and that "has" is said only of a device
 * that stated this very content. Pure.
 */
import type { Announced, FileRecord } from '../core/record.ts'
import { resolve, sameContent } from '../core/resolve.ts'
import type { FolderPlan } from '../core/withheld.ts'
import type { CopyState, Here } from './index-port.ts'

export interface Shown {
  readonly record: FileRecord
  readonly here: Here
}

/** Ours where we have said anything live of it, else what we want; undefined when nothing is there. */
export function shownOf(local: Announced | undefined, plan: FolderPlan): Shown | undefined {
  if (local && !local.record.deleted) return { record: local.record, here: local.stance }
  if (plan.kind === 'place') return { record: plan.record, here: 'wanted' }
  if (plan.kind !== 'withheld' || plan.would?.kind !== 'place') return undefined
  return { record: plan.would.record, here: 'withheld' }
}

/** What a copy is measured by: the content that is to be everywhere, or what is shown while that is to go. */
export function aimOf(statements: Iterable<Announced>, shown: FileRecord): FileRecord {
  const held = [...statements].filter(({ stance }) => stance === 'holds').map(({ record }) => record)
  const winner = held.length > 0 ? resolve(held).winner : shown
  return winner.deleted ? shown : winner
}

/** `hasTold`: the device told its whole index at least once, so that its silence means something. */
export function copyState(said: Announced | undefined, aim: FileRecord, hasTold: boolean): CopyState {
  if (!said) return hasTold ? 'wants' : 'unknown'
  if (said.stance === 'unplaceable' && said.record.deleted) return 'wants'
  if (said.stance !== 'holds') return said.stance
  if (said.record.deleted) return 'wants'
  return sameContent(said.record, aim) ? 'has' : 'other'
}
