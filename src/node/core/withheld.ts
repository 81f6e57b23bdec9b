/**
 * Changes that this device knows and does not let through until a person decides. Promises a pure
 * function: what stands between a plan and the disk ('in'), and what becomes of a path whose state here
 * was never told to the others as ours ('out'). Never drops anything by itself: content on this disk that
 * is withheld stays until a person gave it up, and what withholds nothing any more evaporates.
 */
import type { FolderMode } from './folder-policy.ts'
import { planPath, planRepair } from './plan.ts'
import type { PathPlan } from './plan.ts'
import type { Announced, DeviceId, FileRecord } from './record.ts'
import { resolve, sameContent, sameState, withContentOf } from './resolve.ts'
import { mergeVectors } from './version-vector.ts'

export type HeldCause = 'mass-change' | 'receive-only' | 'send-only'

/** A plan that changes the disk. */
export type Deed = Extract<PathPlan, { kind: 'metadata' | 'place' | 'delete' }>

/** `would` is done if a person decides so ('in': lets it through; 'out': gives up what is here). */
export interface Withheld {
  readonly kind: 'withheld'
  readonly direction: 'in' | 'out'
  readonly cause: HeldCause
  /** Undefined while no other device says anything of the path. */
  readonly would: Deed | undefined
}

export type FolderPlan = PathPlan | Withheld

/**
 * Reasons of the stance 'withheld': a cause, or that a person gave the change up and it is being undone. What
 * the guard held keeps its reason in a receive-only folder, which keeps it here whatever the guard thinks.
 */
export const REVERTING = 'reverting'

/** What the guard decided about a path, and a person after it. */
export interface GuardMark {
  /** Author of the change that is held, and the content it leads to ("" when it deletes). */
  readonly device: DeviceId
  readonly contentHash: string
  readonly approved: boolean
}

export interface Withholding {
  readonly mode: FolderMode
  /** Asked only of plans that the guard is about. */
  mark(): GuardMark | undefined
}

/** `others` are the records that other devices hold or deleted. */
export function planWithin(
  local: Announced | undefined,
  others: readonly FileRecord[],
  policy: Withholding,
): FolderPlan {
  if (local?.stance === 'unwanted') return { kind: 'nothing' }
  if (local?.stance === 'withheld') return planWithheld(local, others, policy.mode)
  const held = local?.stance === 'holds' ? local.record : undefined
  const plan = local?.stance === 'damaged' ? planRepair(local.record, others) : planPath(held, others)
  // What the disk spoiled is not changed by getting it back.
  if (!isDeed(plan) || (local?.stance === 'damaged' && sameContent(plan.record, local.record))) return plan
  const inwards = { kind: 'withheld', direction: 'in', would: plan } as const
  if (policy.mode === 'send-only') return { ...inwards, cause: 'send-only' }
  if (!isDestructive(plan, held)) return plan
  const mark = policy.mark()
  return mark && !mark.approved && isMarked(mark, plan) ? { ...inwards, cause: 'mass-change' } : plan
}

export function isDeed(plan: FolderPlan): plan is Deed {
  return plan.kind === 'metadata' || plan.kind === 'place' || plan.kind === 'delete'
}

/** Whether the mark is about this very change. */
export function isMarked(mark: GuardMark, { record }: Deed): boolean {
  return mark.device === record.author.device && mark.contentHash === record.contentHash
}

/** Whether carrying it out takes content away from this device that it keeps nowhere else. */
export function isDestructive(plan: Deed, held: FileRecord | undefined): boolean {
  if (!held || held.deleted) return false
  return plan.kind === 'delete' || (plan.kind === 'place' && !plan.keepCopy)
}

/** What this device keeps to itself: as it is, unless it no longer differs or was given up. */
function planWithheld(
  { record, reason }: Announced,
  others: readonly FileRecord[],
  mode: FolderMode,
): FolderPlan {
  const would = planRevert(record, others)
  if (would?.kind === 'adopt') return would
  if (would && (reason === REVERTING || isOnlyMetadata(record, would))) return would
  const isKept = mode === 'receive-only' || reason === 'receive-only'
  return { kind: 'withheld', direction: 'out', cause: isKept ? 'receive-only' : 'mass-change', would }
}

/** What was there before anybody was known to share it, and is what they hold, takes their times and mode. */
function isOnlyMetadata(record: FileRecord, would: Deed): boolean {
  return record.version.length === 0 && would.kind === 'metadata'
}

/**
 * The path becomes what the others say. What nobody was ever told goes; of what the others do not speak
 * at all, although this device had it from them, nothing can be said yet.
 */
function planRevert(
  record: FileRecord,
  others: readonly FileRecord[],
): Deed | Extract<PathPlan, { kind: 'adopt' }> | undefined {
  if (others.length === 0) {
    if (record.deleted || record.version.length > 0) return undefined
    return { kind: 'delete', record: tombstoneOf(record) }
  }
  const { winner } = resolve(others)
  const merged = { ...winner, version: mergeVectors(winner.version, record.version) }
  const covered = sameContent(record, winner) ? withContentOf(merged, record) : merged
  if (sameState(record, winner)) return { kind: 'adopt', record: covered }
  if (winner.deleted) return { kind: 'delete', record: covered }
  return { kind: sameContent(record, winner) ? 'metadata' : 'place', record: covered }
}

/** The tombstone of what a device held, as it says itself; `author` deleted it. */
export function tombstoneOf(held: FileRecord, author = held.author): FileRecord {
  const { manifest: _manifest, unknown: _unknown, ...rest } = held
  const nothing = { size: 0, mode: 0, mtimeNs: 0n, contentHash: '', linkTarget: '' }
  return { ...rest, ...nothing, deleted: true, replacedHash: held.contentHash, author }
}

/**
 * What this device has, said anew over all that others say: theirs give way wherever they are. What it
 * does not have is deleted there. The index stamps it.
 */
export function restatementOf(
  local: FileRecord | undefined,
  others: readonly FileRecord[],
  author: FileRecord['author'],
): FileRecord | undefined {
  if (others.length === 0) return undefined
  const { winner } = resolve(others)
  const mine = local ?? tombstoneOf(winner, author)
  const version = others.reduce((all, { version: one }) => mergeVectors(all, one), mine.version)
  const replacedHash = winner.contentHash === mine.contentHash ? mine.replacedHash : winner.contentHash
  return { ...mine, author, version, replacedHash: replacedHash || mine.replacedHash }
}

export type HeldKind = 'deleted' | 'replaced' | 'added' | 'metadata'

/** What a withheld change is to a person: what it would do ('in'), or what was done here ('out'). */
export function kindOfWithheld({ direction, would }: Withheld, local: FileRecord | undefined): HeldKind {
  if (direction === 'in') {
    if (would?.kind === 'delete') return 'deleted'
    if (would?.kind === 'metadata') return 'metadata'
    return local && !local.deleted ? 'replaced' : 'added'
  }
  if (local?.deleted) return 'deleted'
  if (would?.kind === 'metadata') return 'metadata'
  return local?.version.length === 0 || would?.kind === 'delete' ? 'added' : 'replaced'
}
