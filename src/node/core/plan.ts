/**
 * What this device must do about one path. Promises a pure function of its own statement and the
 * others', and that carrying the plan out and planning again gives 'nothing'. Never plans to drop
 * content that a concurrent change does not know of: `keepCopy` says what to keep first.
 */
import { conflictCopyOf } from './conflict-copy.ts'
import type { FileRecord } from './record.ts'
import { resolve, sameContent, sameFields, sameState, withContentOf } from './resolve.ts'
import { compareVectors, mergeVectors } from './version-vector.ts'

export type PathPlan =
  | { readonly kind: 'nothing' }
  /** The disk is right already; only our statement changes to `record`. */
  | { readonly kind: 'adopt'; readonly record: FileRecord }
  /** Content is right; mode or mtime change to those of `record`. */
  | { readonly kind: 'metadata'; readonly record: FileRecord }
  /** The path becomes `record`; `keepCopy` (a record at another path) is made of what is there first. */
  | { readonly kind: 'place'; readonly record: FileRecord; readonly keepCopy?: FileRecord }
  /** What is there is parked; our statement becomes the tombstone `record`. */
  | { readonly kind: 'delete'; readonly record: FileRecord }

/**
 * `local` is what this device holds (undefined: nothing known), `others` what the other devices
 * hold or deleted. Statements of devices that do not hold their record do not belong here.
 */
export function planPath(local: FileRecord | undefined, others: readonly FileRecord[]): PathPlan {
  const all = local ? [local, ...others] : others
  if (all.length === 0) return { kind: 'nothing' }
  const { winner: resolved, losers } = resolve(all)
  if (!local) return planFromNothing(local, resolved)
  const covered = coverLocal(resolved, local)
  const winner = sameContent(local, covered) ? withContentOf(covered, local) : covered
  if (local.deleted) return planFromNothing(local, winner)
  if (sameState(local, winner)) return planStatement(local, winner)
  if (winner.deleted) return { kind: 'delete', record: winner }
  if (sameContent(local, winner)) return { kind: 'metadata', record: winner }
  const lost = losers.find((loser) => sameContent(loser, local))
  if (!lost) return { kind: 'place', record: winner }
  // The record covers our loser only: other devices that hold the same content keep it themselves.
  const copy = withContentOf(conflictCopyOf(lost), local)
  const keepCopy = { ...copy, mode: local.mode, mtimeNs: local.mtimeNs }
  return { kind: 'place', record: winner, keepCopy }
}

/**
 * What to do about `damaged`, which this device should hold and whose bytes its disk has spoiled: that
 * content again, before anything that did not know of it; or what has replaced it. Never a copy of the
 * bytes that are there, and never an older content in the place of a newer one that nobody has.
 */
export function planRepair(damaged: FileRecord, others: readonly FileRecord[]): PathPlan {
  const plan = planPath(damaged, others)
  if (plan.kind === 'delete') return plan
  if (plan.kind === 'nothing' || (plan.kind === 'place' && plan.keepCopy))
    return { kind: 'place', record: damaged }
  return { kind: 'place', record: plan.record }
}

/**
 * Our statement's vector never goes back, whoever wins: a counter of this device that fell out of it
 * would be given to the next change here, which others then took for the change that had it before.
 * Ours is covered by somebody (or kept as a copy) even when it is not covered by the winner.
 */
function coverLocal(winner: FileRecord, local: FileRecord): FileRecord {
  return { ...winner, version: mergeVectors(winner.version, local.version) }
}

function planFromNothing(local: FileRecord | undefined, winner: FileRecord): PathPlan {
  if (!winner.deleted) return { kind: 'place', record: winner }
  return local ? planStatement(local, winner) : { kind: 'adopt', record: winner }
}

function planStatement(local: FileRecord, winner: FileRecord): PathPlan {
  const unchanged = compareVectors(local.version, winner.version) === 'equal' && sameFields(local, winner)
  return unchanged ? { kind: 'nothing' } : { kind: 'adopt', record: winner }
}
