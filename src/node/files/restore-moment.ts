/**
 * A file, a directory or a whole folder becomes what it was at a moment, in steps that each are an
 * ordinary change made here. Promises that a step is taken only while its path is what the plan was
 * made on, that what it replaces or removes is parked first, that one which fails stops no other, and
 * that beginning again goes on with what is not done: what is already as it was is no difference any
 * more, so that neither a kill nor a device that went away needs anything to be remembered. Never
 * records anything: the caller scans what was changed.
 */
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { PathContent } from '../core/history.ts'
import { differences, planMoment, stayingUnsure } from '../core/moment.ts'
import type { LostContent, MomentPlan, MomentStep, Whereabouts } from '../core/moment.ts'
import type { DeviceId, RelativePath } from '../core/record.ts'
import { placeOld } from '../durability/restore.ts'
import type { CheckTarget, RestoreParts } from '../durability/restore.ts'
import type { FolderContext } from '../sync/ports.ts'
import { liveOf } from '../sync/target.ts'
import { contentKey, pathOf } from './holders.ts'
import type { Holder } from './holders.ts'
import { oldContentFrom } from './old-content.ts'
import { checkAsPlanned, makeAsPlanned, removeAsPlanned } from './planned-step.ts'
import { findContents, recallMoment } from './recall.ts'
import type { Found, Recalled, RecallParts } from './recall.ts'

export interface MomentParts extends RecallParts {
  /** For one step: the temporaries it makes are nobody's leftovers until `done`. */
  restoreParts(done: Promise<void>): RestoreParts
  /** Resolves when all that was changed on the disk before this call is recorded. */
  scanned(): Promise<void>
  /** Something at this path was changed. */
  look(path: RelativePath): void
}

export interface MomentRequest {
  /** "" is the whole folder. */
  readonly path: RelativePath
  /** By this device's clock, as it is now. */
  readonly atMs: number
}

export interface PlannedMoment extends MomentPlan {
  readonly recalled: Recalled
  /** What stays though it may not have been there then. */
  readonly unsure: readonly RelativePath[]
  /** Devices that share the folder and could not be asked for what is lost. */
  readonly missing: readonly DeviceId[]
}

export interface StepProblem {
  readonly path: RelativePath
  readonly code: ErrorCode
  readonly message: string
}

export interface MomentProgress {
  /** The moment before the first step: restoring that one undoes this restore. */
  readonly startedMs: number
  readonly done: number
  readonly total: number
  /** Of those done, what was not there then. */
  readonly removed: number
  /** Written so far. */
  readonly bytes: number
  /** The last one. */
  readonly path: RelativePath
  /** At most PROBLEMS_LIMIT of them; `problemCount` says how many there are. */
  readonly problems: readonly StepProblem[]
  readonly problemCount: number
  readonly finished: boolean
}

const PROBLEMS_LIMIT = 100
/** Between two tellings of progress, ms. */
const TELL_MS = 250
/** Paths asked of the index at once. */
const PATHS_AT_ONCE = 1_000
/** The place decides, not where the content comes from: nobody else is asked because of these. */
const PLACE_TROUBLES: readonly ErrorCode[] = [
  ...([
    'FILE_CHANGED',
    'FILE_EXISTS',
    'NAME_UNUSABLE',
    'NAME_COLLISION',
    'BAD_PATH',
    'PATH_TOO_LONG',
  ] as const),
  ...(['PERMISSION_DENIED', 'DISK_FULL', 'DISK_READ_ONLY', 'DISK_AWAY'] as const),
  ...(['SYMLINK_UNSUPPORTED', 'FILE_TOO_LARGE'] as const),
]

/** The trouble of one path, and no reason to leave the others. */
const STEP_TROUBLES: readonly ErrorCode[] = [
  ...PLACE_TROUBLES,
  ...(['FILE_NOT_FOUND', 'DIRECTORY_NOT_EMPTY', 'KIND_UNSUPPORTED', 'VERSION_DAMAGED'] as const),
  ...(['VERSION_NOT_FOUND', 'PEER_GONE', 'PEER_PROTOCOL', 'TIMEOUT', 'BLOCK_MISSING', 'IO_ERROR'] as const),
]

/** For holders of one content, after those of the plan; each has some that were not tried. A guess. */
const SEARCHES_LIMIT = 8

interface Prepared extends PlannedMoment {
  readonly found: Found
}

/** What would be done, with nothing changed. HISTORY_TOO_SHORT, LIMIT_EXCEEDED, BAD_INPUT, FILE_NOT_FOUND. */
export async function planRestore(
  parts: MomentParts,
  request: MomentRequest,
  signal: AbortSignal,
): Promise<PlannedMoment> {
  await parts.scanned()
  return prepare(parts, request, signal)
}

async function prepare(
  parts: MomentParts,
  { path, atMs }: MomentRequest,
  signal: AbortSignal,
): Promise<Prepared> {
  const { context } = parts
  if (atMs > context.clock.nowMs())
    throw new PeerfoldError('BAD_INPUT', 'this moment is still to come; choose one that is past', { atMs })
  const recalled = await recallMoment(parts, path, atMs, signal)
  const { contents } = recalled.past
  if (contents.size === 0 && path !== '' && (await presentOf(context, [path])).size === 0)
    throw new PeerfoldError('FILE_NOT_FOUND', 'nothing is there now, and nothing was there since', { path })
  const present = await presentOf(context, [...contents.keys()])
  const rules = context.rules()
  const different = differences(contents, present).filter(
    // Ignored is never changed, whatever it was before.
    (one) => !rules.ignores(one.path, (one.past ?? one.present)?.kind === 'directory'),
  )
  const wanted = different.flatMap(({ past }) => (past && past.contentHash !== '' ? past : []))
  const found = await findContents(parts, path, wanted, signal)
  const whereIs = (content: PathContent): Whereabouts => {
    const [first] = found.holders.of(content)
    if (first) return isHere(first, context) ? 'here' : 'elsewhere'
    return found.missing.length > 0 && content.contentHash !== '' ? 'away' : 'not-kept'
  }
  const unsure = stayingUnsure(recalled.past, present)
  return { ...planMoment(different, whereIs), recalled, unsure, missing: found.missing, found }
}

function isHere(holder: Holder, { self }: FolderContext): boolean {
  return holder.kind === 'live' || holder.source.device === self.device
}

async function presentOf(
  { index, folder }: FolderContext,
  paths: readonly RelativePath[],
): Promise<Map<RelativePath, PathContent>> {
  const present = new Map<RelativePath, PathContent>()
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
    const rows = await index.call('local', { folder, paths: paths.slice(at, at + PATHS_AT_ONCE) })
    for (const row of rows) {
      const live = liveOf(row)
      if (live) present.set(live.path, { kind: live.kind, contentHash: live.contentHash })
    }
  }
  return present
}

/**
 * The first progress at once, others at most four times a second; the last is `finished`. Who stops
 * taking it stops the restore, and so does a folder that is no longer what it was.
 */
export async function* restoreMoment(
  parts: MomentParts,
  request: MomentRequest,
  signal: AbortSignal,
): AsyncGenerator<MomentProgress> {
  const { clock } = parts.context
  await parts.scanned()
  const startedMs = Math.trunc(clock.nowMs())
  const { steps, lost, found } = await prepare(parts, request, signal)
  const run = new Run(parts, request.path, found, signal)
  for (const one of lost) run.lose(one)
  const progress = (done: number, path: RelativePath, finished: boolean): MomentProgress => {
    const { bytes, removed, problems, problemCount } = run
    return { startedMs, done, total: steps.length, removed, bytes, path, problems, problemCount, finished }
  }
  yield progress(0, request.path, false)
  let toldMs = clock.monotonicMs()
  for (const [i, step] of steps.entries()) {
    signal.throwIfAborted()
    await run.take(step)
    if (clock.monotonicMs() - toldMs < TELL_MS) continue
    yield progress(i + 1, step.path, false)
    toldMs = clock.monotonicMs()
  }
  await parts.scanned()
  yield progress(steps.length, steps.at(-1)?.path ?? request.path, true)
}

function lostError(where: 'away' | 'not-kept'): PeerfoldError {
  return where === 'away'
    ? new PeerfoldError('PEER_GONE', 'no device that is connected keeps it; others are away')
    : new PeerfoldError('VERSION_NOT_FOUND', 'no device keeps it')
}

class Run {
  bytes = 0
  removed = 0
  problemCount = 0
  readonly problems: StepProblem[] = []
  readonly #parts: MomentParts
  readonly #under: RelativePath
  readonly #found: Found
  readonly #signal: AbortSignal
  /** Contents that nothing can give, and why: what is recorded with one keeps its name. */
  readonly #lost = new Map<string, PeerfoldError>()
  /** Contents that did not get to where they were, and why: under another name they stay. */
  readonly #unplaced = new Map<string, PeerfoldError>()

  constructor(parts: MomentParts, under: RelativePath, found: Found, signal: AbortSignal) {
    this.#parts = parts
    this.#under = under
    this.#found = found
    this.#signal = signal
  }

  failed(path: RelativePath, error: PeerfoldError): void {
    this.problemCount++
    const { code, message } = error
    if (this.problems.length < PROBLEMS_LIMIT) this.problems.push({ path, code, message })
  }

  lose({ path, content, where }: LostContent): void {
    const error = lostError(where)
    this.failed(path, error)
    this.#lost.set(contentKey(content), error)
  }

  async take(step: MomentStep): Promise<void> {
    const { context, look } = this.#parts
    const refusal = this.#refusalOf(step)
    if (refusal) return this.failed(step.path, refusal)
    try {
      if (step.kind === 'put') await this.#put(step)
      else if (step.kind === 'make') await makeAsPlanned(context, step.path)
      else {
        await context.locks.hold([step.path], () => removeAsPlanned(context, step))
        this.removed++
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!isPeerfoldError(error) || !STEP_TROUBLES.includes(error.code)) throw error
      this.failed(step.path, error)
      if (step.kind === 'put') this.#unplaced.set(contentKey(step.content), error)
    } finally {
      look(step.path)
    }
  }

  /**
   * Why what has the name keeps it. A content that is only not where it was gives way to what was there
   * before: of many equal files, empty ones perhaps, one that fails would stop all others.
   */
  #refusalOf(step: MomentStep): PeerfoldError | undefined {
    if (step.kind === 'make') return undefined
    if (step.kind === 'put') return step.over && this.#lost.get(contentKey(step.over))
    const key = contentKey(step.content)
    return this.#lost.get(key) ?? this.#unplaced.get(key)
  }

  /** From the first holder that can give it; what was here when the plan was made may have moved or rotted. */
  async #put(step: Extract<MomentStep, { kind: 'put' }>): Promise<void> {
    const tried: Holder[] = []
    let holders = this.#found.holders.of(step.content)
    for (let searches = 0; ; searches++) {
      const error = await this.#putFrom(holders, step)
      if (!error) return
      if (searches === SEARCHES_LIMIT || PLACE_TROUBLES.includes(codeOf(error))) throw error
      tried.push(...holders)
      const again = await findContents(this.#parts, this.#under, [step.content], this.#signal, tried)
      holders = again.holders.of(step.content)
      if (holders.length === 0) throw error
    }
  }

  /** Undefined when it is done; else why the last of them could not give it. */
  async #putFrom(holders: readonly Holder[], step: Extract<MomentStep, { kind: 'put' }>): Promise<unknown> {
    const { path } = step
    let last: unknown = new PeerfoldError('VERSION_NOT_FOUND', 'nothing keeps it any more', { path })
    for (const holder of holders.toSorted(
      (a, b) => Number(pathOf(b) === path) - Number(pathOf(a) === path),
    )) {
      try {
        await this.#place(step, holder)
        return undefined
      } catch (error) {
        this.#signal.throwIfAborted()
        // What is at the path decides, not where the content comes from.
        if (codeOf(error) === 'FILE_CHANGED' || codeOf(error) === 'FILE_EXISTS') throw error
        if (!isPeerfoldError(error) || !STEP_TROUBLES.includes(error.code)) throw error
        this.#parts.context.log.info('a content could not be had', { path, code: error.code })
        last = error
      }
    }
    return last
  }

  async #place({ path, content, over }: Extract<MomentStep, { kind: 'put' }>, holder: Holder): Promise<void> {
    const { context, restoreParts } = this.#parts
    const done = Promise.withResolvers<void>()
    const check: CheckTarget = (there) => checkAsPlanned(context, path, over, there)
    try {
      const old = oldContentFrom(context, holder, content, this.#signal)
      const { size } = await placeOld(restoreParts(done.promise), old, path, check)
      this.bytes += size
    } finally {
      done.resolve()
    }
  }
}
