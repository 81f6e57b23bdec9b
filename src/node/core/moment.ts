/**
 * A folder as it was: what has to be done so that it is that again. Promises a pure plan whose steps
 * can be taken in their order, that nothing is removed but what the history says was not there then,
 * and that what cannot be had again is named and stays as it is. Never touches what did not change
 * since: it is not in the plan.
 *
 * Whose clock: a moment is read off one device's log, whose order is that in which the device saw the
 * changes. Going back from now, everything is undone up to the newest line stamped at or before the
 * moment, whatever the stamps of the lines in between: a clock that jumped makes a moment mean another
 * one, but the result is always a state that the device really had.
 */
import { isSameContent } from './history.ts'
import type { PastChange, PathContent } from './history.ts'
import type { RelativePath } from './record.ts'

/** A path that changed since the moment. */
export interface Difference {
  readonly path: RelativePath
  /** What it was then, and what it is now; undefined: nothing. */
  readonly past: PathContent | undefined
  readonly present: PathContent | undefined
}

export type MomentStep =
  | { readonly kind: 'make'; readonly path: RelativePath }
  | {
      readonly kind: 'put'
      readonly path: RelativePath
      readonly content: PathContent
      /** What is there now. */
      readonly over: PathContent | undefined
      readonly where: 'here' | 'elsewhere'
    }
  | { readonly kind: 'remove'; readonly path: RelativePath; readonly content: PathContent }

/**
 * 'here': on this device; 'elsewhere': a connected device keeps it; 'away': nobody who could be asked
 * does, others are away; 'not-kept': no device does.
 */
export type Whereabouts = 'here' | 'elsewhere' | 'away' | 'not-kept'

export interface LostContent {
  readonly path: RelativePath
  readonly content: PathContent
  readonly where: 'away' | 'not-kept'
}

export interface MomentPlan {
  /** To be taken one after the other; one that fails stops only what depends on it. */
  readonly steps: readonly MomentStep[]
  /** What lay there then and cannot be had; what is there now stays. */
  readonly lost: readonly LostContent[]
}

/** What each path was before the given changes, newest first, were made. */
export function undo(
  past: Map<RelativePath, PathContent | undefined>,
  newestFirst: readonly PastChange[],
): void {
  for (const { path, was } of newestFirst) past.set(path, was)
}

export function differences(
  past: ReadonlyMap<RelativePath, PathContent | undefined>,
  present: ReadonlyMap<RelativePath, PathContent>,
): Difference[] {
  return [...past]
    .map(([path, was]) => ({ path, past: was, present: present.get(path) }))
    .filter((one) => !isSameContent(one.past, one.present))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * `different` in the order of `differences`. Steps in this order: what stands where something of
 * another kind is to be; directories from the top down; contents; and last, from the bottom up, what
 * was not there.
 */
export function planMoment(
  different: readonly Difference[],
  whereIs: (content: PathContent) => Whereabouts,
): MomentPlan {
  const lost: LostContent[] = []
  const puts: MomentStep[] = []
  const makes: MomentStep[] = []
  /** To become a directory, or to be one no more. */
  const blocked = new Set<RelativePath>()
  for (const { path, past, present } of different) {
    if (!past) continue
    const where = past.kind === 'directory' ? 'here' : whereIs(past)
    if (where === 'away' || where === 'not-kept') {
      lost.push({ path, content: past, where })
      continue
    }
    const isTurned = present && (present.kind === 'directory') !== (past.kind === 'directory')
    if (isTurned) blocked.add(path)
    if (past.kind === 'directory') makes.push({ kind: 'make', path })
    else puts.push({ kind: 'put', path, content: past, over: isTurned ? undefined : present, where })
  }
  const first: MomentStep[] = []
  const last: MomentStep[] = []
  for (const { path, past, present } of different.toReversed()) {
    if (!present || (past && !blocked.has(path))) continue
    const removals = isAtOrBelow(path, blocked) ? first : last
    removals.push({ kind: 'remove', path, content: present })
  }
  return { steps: [...first, ...makes, ...puts, ...last], lost }
}

function isAtOrBelow(path: RelativePath, tops: ReadonlySet<RelativePath>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (tops.has(path.slice(0, end))) return true
  return false
}
