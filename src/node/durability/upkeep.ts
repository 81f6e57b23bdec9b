/**
 * Keeps the old contents of one folder in order: takes parked ones into packs, lets go what retention
 * lets go, collects the blocks that nobody needs any more. Promises one such work at a time, that none
 * is left out because another one failed, that taking in waits for everything else the node has to do and keeps
 * nobody waiting meanwhile, that next to nothing is written when there is nothing to do, and that it can
 * be stopped at any call. Never lets go by itself what was parked within the last day of running, whatever
 * the clock says.
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, PeerfoldError, textOf } from '../base/errors.ts'
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
import type { TakenIn } from './take-in.ts'
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
  /** Why some work broke off when it was last tried; undefined when none did. */
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
/** What is busy for longer is not waited for, but looked at again with the next tick. A guess. */
const PATIENCE_MS = 60_000
/** After this the others have their turn, however much is left to take in: it could be hours. */
const TURN_MS = 30 * 60_000
/** Room that is short is looked into again only after this, when nothing could be let go. */
const SHORT_AGAIN_MS = 3_600_000
/** And what could not be taken in. */
const TAKE_IN_AGAIN_MS = 3_600_000

/** Each fails for itself. */
type Work = 'look' | 'take in' | 'let go' | 'collect' | 'trim the history'

export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #epochs: PackEpochs
  readonly #clockMemory: ClockMemory
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #last: Promise<unknown> = Promise.resolve()
  /** Who waits for the work under way to end. */
  #waiting = 0
  #work: UpkeepView['work'] = IDLE
  readonly #problems = new Map<Work, ErrorCode>()
  /** Monotonic ms: when there is something to take in, and when it is tried again; when retention is due. */
  #takeInDueMs: number
  #takeInAgainMs = 0
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
    this.#takeInAt(clock.monotonicMs() + settings().settleMs)
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
      problem: [...this.#problems.values()][0],
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
      this.#mayHoldGarbage = true
      const failures = [await this.#try('take in', () => this.#takeIn()), ...(await this.#makeRoom())]
      for (const failure of failures) if (failure !== undefined) throw failure
    })
  }

  async #loop(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    for (let waitMs = FIRST_MS; ; waitMs = TICK_MS) {
      await clock.sleep(waitMs, signal).catch(() => {})
      if (signal.aborted) return
      await this.#alone(() => this.#try('look', () => this.#doWhatIsDue())).catch(() => {}) // it stops
    }
  }

  async #doWhatIsDue(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs()
    // A root that lost the engine's directory is not ours to write to.
    if ((await this.#parts.root.lstat(OWN_DIRECTORY)) === undefined) return
    await this.#clockMemory.look()
    if (nowMs >= Math.max(this.#takeInDueMs, this.#takeInAgainMs))
      await this.#try('take in', () => this.#takeIn())
    if (nowMs >= this.#retentionDueMs || (nowMs >= this.#shortDueMs && (await this.#isShort())))
      await this.#makeRoom()
    else await this.#collectIfAny(0)
  }

  /**
   * What retention lets go, and the room for it. Returns what failed: what could not be let go leaves
   * blocks of others to be collected, and on a full disk nothing else gives the room back.
   */
  async #makeRoom(): Promise<unknown[]> {
    const { clock, settings, trimHistory } = this.#parts
    let retained: Retained | undefined
    const letGo = async (): Promise<void> => {
      retained = await this.#retain()
      this.#retentionDueMs = clock.monotonicMs() + DAY_MS
      if (retained.versions === 0) this.#shortDueMs = clock.monotonicMs() + SHORT_AGAIN_MS
    }
    const trim = async (): Promise<void> => {
      const { nowMs } = await this.#clockMemory.time()
      await trimHistory?.(nowMs - settings().keepMs - HISTORY_MARGIN_MS)
    }
    return [
      await this.#try('let go', letGo),
      await this.#collectIfAny(retained?.wantedBytes ?? 0),
      await this.#try('trim the history', trim),
    ]
  }

  async #collectIfAny(wantedBytes: number): Promise<unknown> {
    if (!this.#mayHoldGarbage && wantedBytes === 0) return undefined
    return await this.#try('collect', () => this.#collect(wantedBytes))
  }

  /** The failure, if it failed; told once for as long as it is the same. */
  async #try(work: Work, run: () => Promise<void>): Promise<unknown> {
    try {
      await run()
      this.#problems.delete(work)
      return undefined
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      const code = codeOf(error)
      if (this.#problems.get(work) !== code)
        this.#parts.log.warn('old contents could not be put in order', { work, code, reason: textOf(error) })
      this.#problems.set(work, code)
      return error
    }
  }

  async #isShort(): Promise<boolean> {
    return (await this.#parts.root.freeBytes()) < this.#parts.settings().leaveFreeBytes
  }

  async #takeIn(): Promise<void> {
    const { clock, settings, log } = this.#parts
    const { settleMs } = settings()
    const nowMs = clock.monotonicMs()
    const dueMs = this.#takeInDueMs
    // What is parked from now on makes itself known.
    this.#takeInDueMs = Number.POSITIVE_INFINITY
    this.#takeInAgainMs = 0
    try {
      const { taken, failed, waiting, unfit, isCutShort } = await this.#takeInBatches(settleMs)
      if (taken > 0) log.info('old contents taken into packs', { taken, waiting })
      if (taken + failed > 0) this.#mayHoldGarbage = true
      if (waiting > 0) this.#takeInAt(nowMs + Math.max(settleMs, TICK_MS))
      if (isCutShort) this.#takeInAt(dueMs)
      if (unfit > 0)
        throw new PeerfoldError('DISK_FULL', 'there is no room to take in old contents', { unfit })
    } catch (error) {
      this.#mayHoldGarbage = true
      this.#takeInAt(dueMs)
      this.#takeInAgainMs = clock.monotonicMs() + TAKE_IN_AGAIN_MS
      throw error
    } finally {
      this.#work = IDLE
    }
  }

  async #takeInBatches(settleMs: number): Promise<TakenIn> {
    const { clock } = this.#parts
    const turnEndsMs = clock.monotonicMs() + TURN_MS
    let startedMs = clock.monotonicMs()
    return await takeIn(
      { ...this.#parts, epochs: this.#epochs, nowMs: () => clock.nowMs() },
      {
        settleMs,
        signal: this.#stop.signal,
        mayGoOn: async () => {
          // As long as it worked it rests: at most half of one core and of the disk.
          const mayGoOn = await this.#rest(clock.monotonicMs() - startedMs)
          startedMs = clock.monotonicMs()
          return mayGoOn && startedMs < turnEndsMs
        },
        onProgress: (done, total) => (this.#work = { kind: 'taking-in', done, total }),
      },
    )
  }

  #takeInAt(dueMs: number): void {
    this.#takeInDueMs = Math.min(this.#takeInDueMs, dueMs)
  }

  /** False when somebody waits for this to end, or something else of the node takes its time. */
  async #rest(workedMs: number): Promise<boolean> {
    const { clock, isBusy } = this.#parts
    const { signal } = this.#stop
    for (let restMs = workedMs; restMs > 0 && this.#waiting === 0; restMs -= BUSY_MS)
      await clock.sleep(Math.min(restMs, BUSY_MS), signal)
    let patienceMs = PATIENCE_MS
    for (; patienceMs > 0 && this.#waiting === 0 && isBusy(); patienceMs -= BUSY_MS)
      await clock.sleep(BUSY_MS, signal)
    signal.throwIfAborted()
    return this.#waiting === 0 && patienceMs > 0
  }

  /** How many went, and what packs have to give back for it. */
  async #retain(): Promise<Retained> {
    const planned = await this.#planToLetGo({})
    const { versions } = await this.#letGo(planned)
    const { overBudgetBytes } = planned.plan
    if (overBudgetBytes > 0)
      this.#parts.log.warn('old contents of the last day take more room than they may', {
        overBytes: overBudgetBytes,
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
    this.#mayHoldGarbage = true
    try {
      const gone = new Set(await removeVersions(root, ids, async () => this.#stop.signal.throwIfAborted()))
      const counted = countOf(surveyed, { ...plan, goes: plan.goes.filter(({ id }) => gone.has(id)) })
      if (counted.versions === 0) return counted
      this.#leavingBytes += packedBytesOf(surveyed, gone)
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
    return { surveyed, budgetBytes, freeBytes, plan }
  }

  /** One after the other. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++
    const done = this.#last.then(async () => {
      this.#waiting--
      this.#stop.signal.throwIfAborted()
      return await work()
    })
    this.#last = done.catch(() => undefined) // whoever asked hears of it
    return done
  }
}

interface Retained {
  readonly versions: number
  /** What packs have to give back. */
  readonly wantedBytes: number
}

interface Planned {
  readonly surveyed: Survey
  readonly plan: Retention
  readonly budgetBytes: number
  readonly freeBytes: number
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
