/**
 * A folder as it was: what has to be done so that it is that again. Promises a pure plan whose steps
 * can be taken in their order, that nothing is removed but what the history says was not there then,
 * and that what cannot be had again, or may not have been there, is named and stays as it is. Never touches what did not change
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

/** What a log tells of the paths that changed since the moment. */
export interface Past {
  readonly contents: Map<RelativePath, PathContent | undefined>
  /** Found later than the moment: what they were is not known, the oldest content that is known stands for it. */
  readonly unsure: Set<RelativePath>
}

export function unknownPast(): Past {
  return { contents: new Map(), unsure: new Set() }
}

/** What each path was before the given changes, newest first, were made. */
export function undo({ contents, unsure }: Past, newestFirst: readonly PastChange[]): void {
  for (const { path, is, was, source } of newestFirst) {
    const isUnsure = source === 'found' && was === undefined && is !== undefined
    contents.set(path, isUnsure ? is : was)
    if (isUnsure) unsure.add(path)
    else unsure.delete(path)
  }
}

/** Paths of which it is worth knowing what the log says from before the moment. */
export function doubtful({ contents, unsure }: Past): Set<RelativePath> {
  const absent = [...contents].filter(([, was]) => was === undefined).map(([path]) => path)
  return new Set([...absent, ...unsure])
}

/**
 * What the log says from the moment back, newest first: the first line of a path that seems to have been
 * absent counts, if it says that something was there. A log that contradicts itself (an index began anew, a
 * line could not be written) removes nothing so. What is settled is `asked` no more.
 */
export function correct(
  { contents, unsure }: Past,
  asked: Set<RelativePath>,
  newestFirst: readonly PastChange[],
): void {
  for (const { path, is } of newestFirst) {
    if (!asked.delete(path) || !is) continue
    contents.set(path, is)
    unsure.delete(path)
  }
}

/** What is unsure was not there where a file was above it; and where it stays, the directories above it do. */
export function makeConsistent({ contents, unsure }: Past): void {
  for (const path of [...unsure]) {
    const above = parentsOf(path).filter((parent) => contents.has(parent))
    const isFile = (parent: RelativePath): boolean =>
      !unsure.has(parent) && (contents.get(parent)?.kind ?? 'directory') !== 'directory'
    if (above.some(isFile)) {
      contents.set(path, undefined)
      unsure.delete(path)
      continue
    }
    for (const parent of above.filter((one) => contents.get(one) === undefined)) {
      contents.set(parent, { kind: 'directory', contentHash: '' })
      unsure.add(parent)
    }
  }
}

/** What stays though it may not have been there, in order. */
export function stayingUnsure(
  { contents, unsure }: Pick<Past, 'contents' | 'unsure'>,
  present: ReadonlyMap<RelativePath, PathContent>,
): RelativePath[] {
  const isThere = (path: RelativePath): boolean => {
    const now = present.get(path)
    return now !== undefined && isSameContent(now, contents.get(path))
  }
  return [...unsure].filter(isThere).sort()
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
  return tops.has(path) || parentsOf(path).some((parent) => tops.has(parent))
}

/** The nearest first. */
function parentsOf(path: RelativePath): RelativePath[] {
  const parents: RelativePath[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    parents.push(path.slice(0, end))
  return parents
}
