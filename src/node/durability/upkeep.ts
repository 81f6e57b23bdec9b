/**
 * Keeps the old contents of one folder in order: takes parked ones into packs, lets go what retention
 * lets go, collects the blocks that nobody needs any more. Promises one such work at a time, that
 * taking in waits for everything else the node has to do, that next to nothing is written when there is
 * nothing to do, and that it can be stopped at any call. Never lets go by itself what was parked within
 * the last day of running, whatever the clock says.
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { budgetOf, DAY_MS, planRetention } from '../core/retention.ts'
import type { GoesBecause, Retention } from '../core/retention.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { OWN_DIRECTORY } from '../fs/own-directory.ts'
import type { BlockJob } from '../store/block-job.ts'
import { PackEpochs } from '../store/collect-packs.ts'
import { packNames } from '../store/packs.ts'
import { ClockMemory } from './clock-memory.ts'
import { PACKS } from './layout.ts'
import type { VersionId } from './layout.ts'
import { takeIn } from './take-in.ts'
import { neededBlocks, removeEmptyDays, removeVersions, survey } from './thin-out.ts'
import type { Survey, VersionUse } from './thin-out.ts'

/** Plain figures; see the settings of the configuration for their meaning. */
export interface UpkeepSettings {
  readonly keepMs: number
  readonly sharePercent: number
  readonly leaveFreeBytes: number
  readonly settleMs: number
}

export interface UpkeepParts {
  readonly root: FolderRoot
  readonly blocks: BlockJob
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly settings: () => UpkeepSettings
  /** Something else of the node wants disk or processor. */
  readonly isBusy: () => boolean
  readonly isUnderWay: (id: VersionId) => boolean
  /** Lets go of what the history remembers from before that moment. */
  readonly trimHistory?: ((beforeMs: number) => Promise<void>) | undefined
}

export interface UpkeepView {
  readonly use: VersionUse
  /** Bytes that old contents may take now. */
  readonly budgetBytes: number
  readonly freeBytes: number
  /** What would go if it were asked for now. */
  readonly goes: Counted
  readonly work: {
    readonly kind: 'idle' | 'taking-in' | 'thinning'
    readonly done: number
    readonly total: number
  }
  /** Why the last work broke off; undefined when it did not. */
  readonly problem: ErrorCode | undefined
}

export interface Counted {
  readonly versions: number
  /** Estimated where blocks are shared. */
  readonly bytes: number
  readonly because: Readonly<Record<GoesBecause, number>>
}

/** The history reaches further back than what is kept: what is missing then can be named. A guess. */
const HISTORY_MARGIN_MS = 7 * DAY_MS
/** First look: the start has other things to do. */
const FIRST_MS = 2 * 60_000
/** Then it is asked this often whether there is something to do; costs one call for the free room. */
const TICK_MS = 10 * 60_000
/** Retention waits for so long: most clocks are set right after the start, and one look a day is enough. */
const FIRST_RETENTION_MS = 30 * 60_000
const BUSY_MS = 5_000
/** Room that is short is looked into again only after this, when nothing could be let go. */
const SHORT_AGAIN_MS = 3_600_000

export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #epochs: PackEpochs
  readonly #clockMemory: ClockMemory
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #last: Promise<unknown> = Promise.resolve()
  #work: UpkeepView['work'] = IDLE
  #problem: ErrorCode | undefined
  /** Monotonic ms: when there is something to take in; when retention is due. */
  #takeInDueMs: number
  #retentionDueMs: number
  #shortDueMs = 0
  #mayHoldGarbage = true
  /** What packs hold of contents that went, and will give back when they are copied. */
  #leavingBytes = 0
  /** Also of those that went before this run. */
  #isLeavingKnown = false

  constructor(parts: UpkeepParts) {
    this.#parts = parts
    this.#epochs = new PackEpochs(parts.root, PACKS)
    this.#clockMemory = new ClockMemory(parts)
    this.#takeInDueMs = parts.clock.monotonicMs()
    this.#retentionDueMs = this.#takeInDueMs + FIRST_RETENTION_MS
  }

  /** Clears leftovers; before the first content is parked. */
  async sweep(): Promise<void> {
    await this.#epochs.sweepParts()
  }

  start(): void {
    this.#running = this.#loop()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new DOMException('the folder stops', 'AbortError'))
    await this.#running
    await this.#last
  }

  /** To be awaited right before the clock stamps a content. */
  beforeStamp(): Promise<void> {
    return this.#clockMemory.beforeStamp()
  }

  /** A content was parked: it is looked at when it has settled. */
  parked(): void {
    const { clock, settings } = this.#parts
    const dueMs = clock.monotonicMs() + settings().settleMs
    if (this.#takeInDueMs > dueMs) this.#takeInDueMs = dueMs
  }

  async view(): Promise<UpkeepView> {
    const { surveyed, plan, budgetBytes, freeBytes } = await this.#plan({})
    const goes = countOf(surveyed, plan)
    return {
      use: surveyed.use,
      budgetBytes,
      freeBytes,
      goes,
      work: this.#work,
      problem: this.#problem,
    }
  }

  /**
   * Lets go at once what retention lets go, and whatever is older than `olderThanMs` when given, by the
   * clock as it is and of the last day as well. With `dryRun` it only says what would go.
   */
  prune(request: { olderThanMs?: number | undefined; dryRun: boolean }): Promise<Counted> {
    return this.#alone(async () => {
      if (request.dryRun) {
        const { surveyed, plan } = await this.#plan(request)
        return countOf(surveyed, plan)
      }
      const planned = await this.#planToLetGo(request)
      const gone = await this.#letGo(planned)
      if (gone.versions > 0) await this.#collect(this.#wantedBytes(planned))
      return gone
    })
  }

  /** Everything that is due, without waiting for its time; for those who asked for it. */
  runNow(): Promise<void> {
    return this.#alone(async () => {
      await this.#clockMemory.look()
      await this.#takeIn()
      const { wantedBytes } = await this.#retain()
      await this.#collect(wantedBytes)
    })
  }

  async #loop(): Promise<void> {
    const { clock, log } = this.#parts
    const { signal } = this.#stop
    for (let waitMs = FIRST_MS; ; waitMs = TICK_MS) {
      await clock.sleep(waitMs, signal).catch(() => {})
      if (signal.aborted) return
      try {
        await this.#alone(() => this.#doWhatIsDue())
      } catch (error) {
        if (signal.aborted) return
        this.#problem = codeOf(error)
        log.warn('old contents could not be put in order', { code: this.#problem, reason: textOf(error) })
      }
    }
  }

  async #doWhatIsDue(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs()
    // A root that lost the engine's directory is not ours to write to.
    if ((await this.#parts.root.lstat(OWN_DIRECTORY)) === undefined) return
    await this.#clockMemory.look()
    if (nowMs >= this.#takeInDueMs) await this.#takeIn()
    const isShort = nowMs >= this.#shortDueMs && (await this.#isShort())
    let wantedBytes = 0
    if (nowMs >= this.#retentionDueMs || isShort) {
      const retained = await this.#retain()
      wantedBytes = retained.wantedBytes
      this.#retentionDueMs = nowMs + DAY_MS
      if (retained.versions === 0) this.#shortDueMs = nowMs + SHORT_AGAIN_MS
    }
    if (this.#mayHoldGarbage || wantedBytes > 0) await this.#collect(wantedBytes)
    this.#problem = undefined
  }

  async #isShort(): Promise<boolean> {
    return (await this.#parts.root.freeBytes()) < this.#parts.settings().leaveFreeBytes
  }

  async #takeIn(): Promise<void> {
    const { clock, settings } = this.#parts
    const { settleMs } = settings()
    const nextMs = clock.monotonicMs() + Math.max(settleMs, TICK_MS)
    let startedMs = clock.monotonicMs()
    try {
      const { taken, waiting } = await takeIn(
        { ...this.#parts, epochs: this.#epochs, nowMs: () => clock.nowMs() },
        {
          settleMs,
          signal: this.#stop.signal,
          pause: async () => {
            // As long as it worked it rests: at most half of one core and of the disk.
            await this.#rest(clock.monotonicMs() - startedMs)
            startedMs = clock.monotonicMs()
          },
          onProgress: (done, total) => (this.#work = { kind: 'taking-in', done, total }),
        },
      )
      if (taken > 0) {
        this.#parts.log.info('old contents taken into packs', { taken, waiting })
        this.#mayHoldGarbage = true
      }
      this.#takeInDueMs = waiting > 0 ? nextMs : Number.POSITIVE_INFINITY
    } finally {
      this.#work = IDLE
    }
  }

  async #rest(workedMs: number): Promise<void> {
    const { clock, isBusy } = this.#parts
    const { signal } = this.#stop
    if (workedMs > 0) await clock.sleep(workedMs, signal)
    while (isBusy()) await clock.sleep(BUSY_MS, signal)
  }

  /** How many went, and what packs have to give back for it. */
  async #retain(): Promise<{ readonly versions: number; readonly wantedBytes: number }> {
    const { settings, trimHistory } = this.#parts
    const planned = await this.#planToLetGo({})
    const { versions } = await this.#letGo(planned)
    const { plan, nowMs } = planned
    await trimHistory?.(nowMs - settings().keepMs - HISTORY_MARGIN_MS)
    if (plan.overBudgetBytes > 0)
      this.#parts.log.warn('old contents of the last day take more room than they may', {
        overBytes: plan.overBudgetBytes,
      })
    return { versions, wantedBytes: this.#wantedBytes(planned) }
  }

  /**
   * Nothing goes for want of room that what went before leaves as well. What an earlier run of the program
   * let go has to be looked for.
   */
  async #planToLetGo(request: { olderThanMs?: number | undefined }): Promise<Planned> {
    const planned = await this.#plan(request)
    const isForRoom = planned.plan.goes.some(({ why }) => why === 'room')
    if (this.#isLeavingKnown || !isForRoom) return planned
    // RACE: a reference that cannot be read hides what is leaving.
    // Worst case: as much goes once more after each start. The collection that follows says why it cannot.
    await this.#collect(0).catch(() => undefined)
    return await this.#plan(request)
  }

  /** Of what is leaving, what old contents take beyond their budget. */
  #wantedBytes({ plan, budgetBytes }: Planned): number {
    const overBytes = plan.keptBytes + this.#leavingBytes - budgetBytes
    return Math.max(0, Math.min(this.#leavingBytes, overBytes))
  }

  /** Returns what went. */
  async #letGo({ surveyed, plan }: Planned): Promise<Counted> {
    const ids = plan.goes.map(({ id }) => id)
    if (ids.length === 0) return countOf(surveyed, plan)
    const { root, log, clock } = this.#parts
    this.#work = { kind: 'thinning', done: 0, total: ids.length }
    try {
      const gone = new Set(await removeVersions(root, ids, async () => this.#stop.signal.throwIfAborted()))
      const counted = countOf(surveyed, { ...plan, goes: plan.goes.filter(({ id }) => gone.has(id)) })
      if (counted.versions === 0) return counted
      this.#leavingBytes += packedBytesOf(surveyed, gone)
      this.#mayHoldGarbage = true
      await removeEmptyDays(root, clock.nowMs())
      const { versions, bytes, because } = counted
      log.info('old contents let go', { versions, bytes, ...because })
      return counted
    } finally {
      this.#work = IDLE
    }
  }

  /** Packs with blocks that nobody needs are copied for `wantedBytes` of room. */
  async #collect(wantedBytes: number): Promise<void> {
    const { root, blocks, random, log, settings } = this.#parts
    const { signal } = this.#stop
    const { nowMs, lastDay } = await this.#clockMemory.time()
    const expired = { beforeMs: nowMs - settings().keepMs, lastDay }
    const collected = await this.#epochs.collect({
      needed: (packs) => neededBlocks(root, packs, expired),
      repack: (packs) => {
        const prefix = randomHex(random, 10)
        const id = `repack ${prefix}`
        this.#epochs.begin(prefix)
        const cancel = (): void => void blocks.call('cancel', { id }).catch(() => undefined)
        signal.addEventListener('abort', cancel, { once: true })
        return blocks
          .call('repack', { root: root.path, id, directory: PACKS, prefix, packs })
          .finally(() => signal.removeEventListener('abort', cancel))
      },
      wantedBytes,
      signal,
    })
    // What was written since the mark before goes with the next one.
    this.#mayHoldGarbage = collected.removed + collected.copied > 0
    this.#leavingBytes = collected.leavingBytes
    this.#isLeavingKnown = true
    const { removed, copied, damaged, missing, unfit, bytes, livingBytes } = collected
    if (damaged + missing > 0) log.warn('blocks of old contents are damaged', { damaged, missing })
    if (unfit > 0) log.warn('there is no room to copy packs that are hardly needed', { packs: unfit })
    if (removed + copied > 0) log.info('packs collected', { removed, copied, bytes, livingBytes })
  }

  async #plan({ olderThanMs }: { olderThanMs?: number | undefined }): Promise<Planned> {
    const { root, settings, clock, isUnderWay } = this.#parts
    const { keepMs, ...room } = settings()
    const packRoom = { fileBytes: await packFileBytes(root), leavingBytes: this.#leavingBytes }
    const surveyed = await survey(root, packRoom, isUnderWay, this.#stop.signal)
    const freeBytes = await root.freeBytes()
    const { parkedBytes, packFileBytes: packedBytes } = surveyed.use
    const budgetBytes = budgetOf(room, freeBytes, parkedBytes + packedBytes)
    const asked = olderThanMs === undefined ? undefined : { olderThanMs, nowMs: clock.nowMs() }
    const time = await this.#clockMemory.time()
    const plan = planRetention(surveyed.contents, { keepMs, budgetBytes, asked }, time)
    return { surveyed, budgetBytes, freeBytes, plan, nowMs: time.nowMs }
  }

  /** One after the other. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(async () => {
      this.#stop.signal.throwIfAborted()
      return await work()
    })
    this.#last = done.catch(() => undefined) // whoever asked hears of it
    return done
  }
}

interface Planned {
  readonly surveyed: Survey
  readonly plan: Retention
  readonly budgetBytes: number
  readonly freeBytes: number
  /** As retention believes it. */
  readonly nowMs: number
}

const IDLE: UpkeepView['work'] = { kind: 'idle', done: 0, total: 0 }

function countOf({ contents }: Survey, { goes }: Retention): Counted {
  const bytesOf = new Map(contents.map(({ id, bytes }) => [id, bytes]))
  const because = { age: 0, thinned: 0, room: 0 }
  for (const { why } of goes) because[why]++
  const bytes = goes.reduce((sum, { id }) => sum + (bytesOf.get(id) ?? 0), 0)
  return { versions: goes.length, bytes, because }
}

/** What packs will give back for them. */
function packedBytesOf({ contents }: Survey, gone: ReadonlySet<string>): number {
  return contents.reduce((sum, { id, isPacked, bytes }) => sum + (isPacked && gone.has(id) ? bytes : 0), 0)
}

async function packFileBytes(root: FolderRoot): Promise<number> {
  let bytes = 0
  for (const name of await packNames(root, PACKS)) bytes += (await root.lstat(`${PACKS}/${name}`))?.size ?? 0
  return bytes
}
