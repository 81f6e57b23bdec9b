/**
 * What became of one path, from what several devices remember of it. Promises one entry for each
 * content, wherever and however often it lay there, and to say "not kept" only when every device that
 * shares the folder was asked. Never trusts one device's clock on another's changes: when a content
 * came is told by whoever wrote it, if that device answered.
 */
import { isSameContent } from './history.ts'
import type { KeptVersion, PastChange, PathContent } from './history.ts'
import type { Author, DeviceId } from './record.ts'

/** One device's answer about the path. */
export interface Teller {
  readonly device: DeviceId
  /** What its clock shows above ours, ms. */
  readonly aheadMs: number
  readonly changes: readonly PastChange[]
  readonly versions: readonly KeptVersion[]
}

export interface Copy {
  readonly device: DeviceId
  /** Of the version there. */
  readonly version: string
}

export interface PastEntry {
  /**
   * 'current': what the path is on this device; 'kept': `copies` says where; 'not-kept': no device has
   * it; 'away': nobody who answered has it, others did not answer; 'deleted': the path was removed then.
   */
  readonly state: 'current' | 'kept' | 'not-kept' | 'away' | 'deleted'
  readonly content: PathContent
  readonly size: number | undefined
  readonly mtimeNs: bigint | undefined
  /** Who wrote or deleted it. */
  readonly author: Author | undefined
  /** When it came and when it went, by this device's clock as it is now; of several times the last. */
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  /** Kept copies, in the order of the tellers. */
  readonly copies: readonly Copy[]
}

/** What the path is on this device now. */
export interface Present {
  readonly content: PathContent
  readonly size: number
  readonly mtimeNs: bigint
  readonly author: Author
}

/** How well the teller knows of the moment: the greater, the better. */
const BY_AUTHOR = 2
const BY_FIRST = 1
const BY_OTHER = 0

interface Time {
  readonly rank: number
  readonly ms: number
}

interface Building {
  readonly content: PathContent
  readonly isDeletion: boolean
  author: Author | undefined
  size: number | undefined
  mtimeNs: bigint | undefined
  since: Time | undefined
  until: Time | undefined
  readonly copies: Copy[]
}

/** Newest first; this device is the first teller. `isComplete`: every device that shares the folder told. */
export function pathHistory(
  tellers: readonly Teller[],
  present: Present | undefined,
  isComplete: boolean,
): PastEntry[] {
  const entries = new Map<string, Building>()
  const entry = (key: string, content: PathContent, isDeletion = false): Building => {
    const known = entries.get(key)
    if (known) return known
    const made: Building = { content, isDeletion, copies: [], ...NOTHING }
    entries.set(key, made)
    return made
  }
  if (present) Object.assign(entry(keyOf(present.content), present.content), factsOf(present))
  for (const [i, teller] of tellers.entries()) {
    for (const change of teller.changes) addChange(entry, change, teller, i === 0)
    for (const version of teller.versions) addVersion(entry, version, teller)
  }
  const stateOf = ({ content, copies, isDeletion }: Building): PastEntry['state'] => {
    if (isDeletion) return 'deleted'
    if (isSameContent(content, present?.content)) return 'current'
    if (copies.length > 0) return 'kept'
    return isComplete ? 'not-kept' : 'away'
  }
  const all = [...entries.values()].map((built): PastEntry => {
    const { content, author, size, mtimeNs, copies, since, until } = built
    const times = { sinceMs: since?.ms, untilMs: until?.ms }
    return { state: stateOf(built), content, author, size, mtimeNs, copies, ...times }
  })
  return all.sort((a, b) => placeOf(b) - placeOf(a))
}

const NOTHING = {
  author: undefined,
  size: undefined,
  mtimeNs: undefined,
  since: undefined,
  until: undefined,
}

type Entry = (key: string, content: PathContent, isDeletion?: boolean) => Building

function addChange(entry: Entry, change: PastChange, { device, aheadMs }: Teller, isFirst: boolean): void {
  const { is, was } = change
  const author = { device: change.device, name: change.name }
  const isOwn = change.device === device && change.source === 'local'
  const rank = isOwn ? BY_AUTHOR : isFirst && change.source !== 'found' ? BY_FIRST : BY_OTHER
  const time = { rank, ms: change.timeMs - aheadMs }
  if (!is) {
    if (!was) return
    const deletion = entry(`deleted ${change.device} ${keyOf(was)}`, was, true)
    deletion.author = author
    deletion.since = better(deletion.since, time)
    return
  }
  if (isNamed(is) && !isSameContent(is, was)) {
    const now = entry(keyOf(is), is)
    if (better(now.since, time) === time) now.author ??= author
    now.since = better(now.since, time)
  }
  if (was && isNamed(was) && !isSameContent(is, was)) {
    const then = entry(keyOf(was), was)
    then.until = better(then.until, time)
  }
}

function addVersion(entry: Entry, version: KeptVersion, { device, aheadMs }: Teller): void {
  const { id, kind, contentHash, author, size, mtimeNs } = version
  const content = { kind, contentHash }
  const key = contentHash === '' ? `${device} ${id}` : keyOf(content)
  const kept = entry(key, content)
  kept.size ??= size
  kept.mtimeNs ??= mtimeNs
  kept.author ??= author
  kept.copies.push({ device, version: id })
  kept.until = better(kept.until, { rank: BY_OTHER, ms: version.displacedAtMs - aheadMs })
}

/** The better informed one; of two that know as well the later. */
function better(known: Time | undefined, other: Time): Time {
  if (!known || other.rank > known.rank) return other
  return other.rank === known.rank && other.ms > known.ms ? other : known
}

function factsOf({ size, mtimeNs, author }: Present) {
  return { size, mtimeNs, author }
}

/** Directories have no content, and a content without a hash cannot be told from another. */
function isNamed({ contentHash }: PathContent): boolean {
  return contentHash !== ''
}

function keyOf({ kind, contentHash }: PathContent): string {
  return `${kind} ${contentHash}`
}

/** What is there now comes first; then by when it went. */
function placeOf({ state, sinceMs, untilMs }: PastEntry): number {
  if (state === 'current') return Number.MAX_SAFE_INTEGER
  return untilMs ?? sinceMs ?? 0
}
