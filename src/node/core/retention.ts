/**
 * Which old contents stay and which go. Promises that running it again changes nothing, that running
 * it seldom or often ends the same, that the last thing a path held stays as long as anything does,
 * and that nothing of the last day of running goes by itself. Never looks at a clock or a disk, and
 * believes no clock: running-day.ts says what it is given instead.
 *
 * The schedule, by age since the content was displaced:
 *   up to 1 day     everything: this is where a slip is undone
 *   up to 7 days    the last of every hour
 *   until the end   the last of every day (UTC)
 * The last one of a span is how the span ended: what somebody means by "as it was on Tuesday".
 * Spans lie fixed on the calendar, so that what is kept by the day is among what is kept by the hour,
 * and thinning in many steps or in one ends the same. A file saved every minute for a month leaves
 * 1,440 + 144 + 23 versions instead of 43,200.
 *
 * When room is short, what a later version of the same path has superseded goes first, then the last
 * ones of their paths, oldest first. What was displaced within a day of running stays even then: whoever
 * fills the disk on purpose, or by accident, must not push out what was just replaced.
 *
 * What is stamped later than now counts as just displaced: no age lets it go, lack of room and people do.
 */

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** Up to this age nothing is thinned out. */
const GRACE_MS = DAY_MS
const HOURLY_UNTIL_MS = 7 * DAY_MS

/** An old content as retention sees it. */
export interface KeptContent {
  /** Ids sort by time; they decide between contents of one millisecond. */
  readonly id: string
  readonly path: string
  /** When it was displaced, or last written after that; ms since 1970. */
  readonly displacedAtMs: number
  /** What its removal would free, bytes; an estimate where blocks are shared. */
  readonly bytes: number
}

export interface RetentionPolicy {
  readonly keepMs: number
  /** Sum of `bytes` that may stay. */
  readonly budgetBytes: number
  /** What a person lets go, by the clock as it is: nothing protects what is that old. */
  readonly asked?: { readonly olderThanMs: number; readonly nowMs: number } | undefined
}

export interface RetentionTime {
  /** Ages count up to then, ms since 1970. */
  readonly nowMs: number
  /** What the clock showed in the last day of running: nothing that was stamped then goes by itself. */
  readonly lastDay: readonly { readonly fromMs: number; readonly toMs: number }[]
}

/** Between a look at the clock and a stamp it may be slewed by so much; a guess. */
export const SLEW_MS = 60_000

export type GoesBecause = 'age' | 'thinned' | 'room'

export interface Retention {
  readonly goes: readonly { readonly id: string; readonly why: GoesBecause }[]
  readonly keptBytes: number
  /** Bytes above the budget that stay all the same, because they are of the last day of running. */
  readonly overBudgetBytes: number
}

/** Contents in any order. */
export function planRetention(
  contents: readonly KeptContent[],
  policy: RetentionPolicy,
  time: RetentionTime,
): Retention {
  const goes: { id: string; why: GoesBecause }[] = []
  const kept: Standing[] = []
  for (const history of Map.groupBy(contents, ({ path }) => path).values())
    for (const content of standingsOf(history, policy, time))
      if (typeof content.standing !== 'number') goes.push({ id: content.id, why: content.standing })
      else kept.push({ ...content, standing: content.standing })
  let keptBytes = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { id, bytes } of kept.filter(({ standing }) => standing < UNTOUCHABLE).toSorted(bySacrifice)) {
    if (keptBytes <= policy.budgetBytes) break
    // What shares its bytes with a live file frees nothing.
    if (bytes === 0) continue
    goes.push({ id, why: 'room' })
    keptBytes -= bytes
  }
  return { goes, keptBytes, overBudgetBytes: Math.max(0, keptBytes - policy.budgetBytes) }
}

/** 0: superseded; 1: the last of its path; 2: of the last day of running. */
interface Standing extends KeptContent {
  readonly standing: number
}
const UNTOUCHABLE = 2

function standingsOf(
  history: readonly KeptContent[],
  { keepMs, asked }: RetentionPolicy,
  { nowMs, lastDay }: RetentionTime,
): (KeptContent & { readonly standing: number | 'age' | 'thinned' })[] {
  let slot: string | undefined
  return history.toSorted(newestFirst).map((content, place) => {
    const atMs = content.displacedAtMs
    if (asked !== undefined && ageAt(asked.nowMs, atMs) >= asked.olderThanMs)
      return { ...content, standing: 'age' }
    const isOfLastDay = isWithin(lastDay, atMs)
    const ageMs = ageAt(nowMs, atMs)
    if (ageMs >= keepMs && !isOfLastDay) return { ...content, standing: 'age' }
    const standing = isOfLastDay ? UNTOUCHABLE : place === 0 ? 1 : 0
    if (ageMs < GRACE_MS || isOfLastDay) {
      slot = undefined
      return { ...content, standing }
    }
    const before = slot
    slot = slotOf(atMs, ageMs)
    return { ...content, standing: slot === before ? 'thinned' : standing }
  })
}

/** Whether the clock may have shown `atMs` in the last day of running. */
export function isWithin(lastDay: RetentionTime['lastDay'], atMs: number): boolean {
  return lastDay.some(({ fromMs, toMs }) => fromMs - SLEW_MS <= atMs && atMs <= toMs + SLEW_MS)
}

function ageAt(nowMs: number, atMs: number): number {
  return Math.max(0, nowMs - atMs)
}

function slotOf(atMs: number, ageMs: number): string {
  return ageMs < HOURLY_UNTIL_MS ? `hour ${Math.floor(atMs / HOUR_MS)}` : `day ${Math.floor(atMs / DAY_MS)}`
}

function newestFirst(a: KeptContent, b: KeptContent): number {
  return b.displacedAtMs - a.displacedAtMs || (a.id < b.id ? 1 : -1)
}

function bySacrifice(a: Standing, b: Standing): number {
  return a.standing - b.standing || newestFirst(b, a)
}

export interface RoomSettings {
  /** Share of the room that would be free without old contents, percent. */
  readonly sharePercent: number
  /** Bytes of the disk that old contents leave free. */
  readonly leaveFreeBytes: number
}

/**
 * Bytes that old contents may take: a share of what would be free without them, less when that leaves
 * too little. A share of the whole disk would say nothing about the room that is left; this one gives
 * way by itself when the disk fills, and several folders on one disk still never fill it.
 */
export function budgetOf(settings: RoomSettings, freeBytes: number, usedBytes: number): number {
  const room = freeBytes + usedBytes
  const byShare = Math.floor((room * settings.sharePercent) / 100)
  return Math.max(0, Math.min(byShare, room - settings.leaveFreeBytes))
}
