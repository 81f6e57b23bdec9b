/**
 * The way in: takes what this device needs, in an order in which new content comes first and
 * deletions last, and carries it out. Promises rounds that end, that each round is planned on the
 * index of now, and that what cannot be done now is tried again when something changed. Never keeps
 * a list longer than the paths of one folder that have to wait.
 */
import type { Timer } from '../base/clock.ts'
import { codeOf, isPeerfoldError, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { PathPlan } from '../core/plan.ts'
import type { FileRecord, Stance } from '../core/record.ts'
import { sameContent, withContentOf } from '../core/resolve.ts'
import { parentOf } from '../fs/relative-path.ts'
import { isDeed, isDestructive } from '../core/withheld.ts'
import type { Deed } from '../core/withheld.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { NeededPath } from '../index/index-port.ts'
import { assemble, temporaryOf, twinsOf } from './assemble.ts'
import type { AssembleProgress, BlockSource } from './assemble.ts'
import { checkRoot } from './check-root.ts'
import { claimName } from './claim-name.ts'
import { callInDirectory } from './open-directory.ts'
import { place } from './place.ts'
import { ensureParent } from './place-directory.ts'
import type { Placed } from './record-placed.ts'
import { comparePaths } from './path-order.ts'
import type { FolderContext } from './ports.ts'
import { liveOf } from './target.ts'

export interface InboundParts {
  readonly context: FolderContext
  sources(): readonly BlockSource[]
  /** Whether a connected device is known to have more to tell. */
  isIndexComing(): boolean
  announce(): void
  changed(): void
  /** How many changes of others are held back here is another number than it was. */
  holdingChanged(): void
  lookAgain(paths: readonly RelativePath[]): void
  /** Whether the folder may be changed now: scanned once, its root in order. */
  ready(): boolean
}

/** Files in progress at once. */
const AT_ONCE = 16
const PAGE = 500
/** What failed is tried again after this, doubling up to the second, when nothing else wakes us. */
const RETRY_MS = 2_000
const RETRY_MAX_MS = 60_000
/** What is held back is told this much later, once for all that came meanwhile. */
const TELL_MS = 2_000
/** Looks at a path that are taken at once; then it is tried like anything that failed. */
const SURPRISES = 3
/** Nothing is wrong: it just cannot be had from where we asked. */
const ORDINARY: readonly ErrorCode[] = ['BLOCK_MISSING', 'PEER_GONE', 'TIMEOUT', 'CANCELLED', 'FILE_CHANGED']

/**
 * What lies in the record and the kind of disk, or waits for a person, so that the others are told
 * ("unplaceable"). A full or failing disk, or a permission, heals by itself and is an error of this device
 * alone: told to the others, it would be two statements for every file whenever a disk fills up and is emptied.
 */
const LASTING: readonly ErrorCode[] = [
  ...(['NAME_COLLISION', 'NAME_UNUSABLE', 'BAD_PATH', 'SYMLINK_UNSUPPORTED', 'FILE_TOO_LARGE'] as const),
  'WITHHELD_IN_THE_WAY',
]

type Outcome = 'done' | 'later' | 'failed' | 'waiting' | 'stuck'

export class Inbound {
  readonly #parts: InboundParts
  readonly #temporaries = new Set<RelativePath>()
  /** Directories in which something changed that may let stuck paths in, since the last round began. */
  #freed = new Set<RelativePath>()
  /** All that is stuck is tried in the next round: at the start, and after each full scan. */
  #tryAll = true
  /** What was stuck in the last round: what comes to it anew, as wanted or held again, is tried. */
  #stuck = new Set<RelativePath>()
  /** How often in a row a path was not what its plan was made on. */
  readonly #surprises = new Map<RelativePath, number>()
  #wake = Promise.withResolvers<void>()
  #woken = false
  #retryMs = RETRY_MS
  #retry: Timer | undefined
  obtainable = 0
  /** As last told. */
  #holdsBack = 0
  #isTelling = false

  constructor(parts: InboundParts) {
    this.#parts = parts
  }

  wake(): void {
    this.#woken = true
    this.#wake.resolve()
  }

  /** Temporaries of ours that a scan met. */
  found(temporaries: readonly RelativePath[]): void {
    for (const path of temporaries) this.#temporaries.add(path)
  }

  /** What could not be placed is tried again in these directories, once. */
  mayPlace(where: ReadonlySet<RelativePath> | 'anything'): void {
    if (where === 'anything') this.#tryAll = true
    else for (const directory of where) this.#freed.add(directory)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#parts.context
    signal.addEventListener('abort', () => this.wake(), { once: true })
    while (!signal.aborted) {
      if (!this.#woken) await this.#wake.promise
      this.#woken = false
      this.#wake = Promise.withResolvers()
      if (signal.aborted || !this.#parts.ready()) continue
      try {
        const failed = await this.#rounds(signal)
        if (failed) {
          this.#wakeIn(this.#retryMs)
          this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
        } else this.#retryMs = RETRY_MS
      } catch (error) {
        if (signal.aborted) return
        this.#tryAll = true
        // The scan finds out what is wrong with the root, and says so.
        if (isPeerfoldError(error)) this.#parts.lookAgain([''])
        else log.error('a round of changes failed', { reason: textOf(error) })
        this.#wakeIn(RETRY_MAX_MS)
      }
    }
  }

  /** One timer for all: each round that something else woke, and that failed, would bring one more. */
  #wakeIn(delayMs: number): void {
    this.#retry?.cancel()
    this.#retry = this.#parts.context.clock.after(delayMs, () => this.wake())
  }

  /** Rounds as long as they get somewhere; whether something is left that failed. */
  async #rounds(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const { done, failed } = await this.#round(signal)
      this.#parts.changed()
      if (done > 0) this.#parts.announce()
      if (done === 0 || signal.aborted) {
        await this.#sweep()
        await this.#tellHolding()
        return failed > 0
      }
    }
  }

  /** While pages of an index come in the number grows with each: it is told now and then. */
  async #tellHolding(): Promise<void> {
    const { index, folder, clock } = this.#parts.context
    const { holdsBack } = await index.call('holding', { folder })
    if (holdsBack === this.#holdsBack || this.#isTelling) return
    this.#isTelling = true
    clock.after(TELL_MS, () => {
      this.#isTelling = false
      this.#holdsBack = holdsBack
      this.#parts.holdingChanged()
      this.wake()
    })
  }

  async #round(signal: AbortSignal): Promise<{ done: number; failed: number }> {
    const { context } = this.#parts
    const tally: Record<Outcome, number> = { done: 0, later: 0, failed: 0, waiting: 0, stuck: 0 }
    const deletions: RelativePath[] = []
    const mayFit = this.#takeCauses()
    const probe = probesBelowWithheld()
    const wasStuck = this.#stuck
    this.#stuck = new Set()
    // How much is destroyed can be judged when all of it is known: page by page, each would pass.
    const isComing = this.#parts.isIndexComing()
    let obtainable = 0
    for (let after = ''; ;) {
      // What is placed into an empty mount point is lost.
      await checkRoot(context)
      const page = await context.index.call('needed', { folder: context.folder, after, limit: PAGE })
      const connected = new Set(this.#parts.sources().map(({ device }) => device))
      const now: NeededPath[] = []
      // What goes in this round may be in the way of what is stuck, and can be renamed to it.
      const going = new Set(
        page.filter(({ plan }) => plan.kind === 'delete').map(({ path }) => parentOf(path)),
      )
      for (const needed of page) {
        if (needed.stuck) {
          this.#stuck.add(needed.path)
          const isKnown = wasStuck.has(needed.path) && !mayFit(needed.path) && !probe(needed)
          if (isKnown && !going.has(parentOf(needed.path))) continue
        }
        const isContent = needed.plan.kind === 'place' && needed.plan.record.kind === 'file'
        const isNear = !isContent || needed.sources.some((device) => connected.has(device))
        if (isNear && !needed.stuck) obtainable++
        if (isComing && wouldDestroy(needed)) tally.later++
        else if (needed.plan.kind === 'delete') deletions.push(needed.path)
        else now.push(needed)
      }
      this.obtainable = obtainable
      this.#parts.changed()
      await this.#each(now, signal, (needed) => this.#carryOut(needed, tally, signal))
      if (page.length < PAGE) break
      after = page.at(-1)?.path ?? after
    }
    if (deletions.length > 0) await context.index.call('guardDeletions', { folder: context.folder })
    // Children before their directories.
    for (const path of deletions.toSorted((a, b) => comparePaths(b, a))) {
      signal.throwIfAborted()
      const needed = await context.index.call('planOf', { folder: context.folder, path })
      await this.#carryOut(needed, tally, signal)
    }
    this.obtainable = tally.failed + tally.later
    return { done: tally.done, failed: tally.failed + tally.later }
  }

  /** Directories one after the other (parents first), the rest a few at a time. */
  async #each(
    list: readonly NeededPath[],
    signal: AbortSignal,
    work: (needed: NeededPath) => Promise<void>,
  ): Promise<void> {
    const running = new Set<Promise<void>>()
    for (const needed of list) {
      signal.throwIfAborted()
      const { plan } = needed
      if (plan.kind === 'place' && plan.record.kind === 'directory') {
        await work(needed)
        continue
      }
      while (running.size >= AT_ONCE) await Promise.race(running)
      const one: Promise<void> = work(needed).finally(() => running.delete(one))
      one.catch(() => {})
      running.add(one)
    }
    await Promise.all(running)
  }

  /** Whether something changed for a stuck path, for one round. */
  #takeCauses(): (path: RelativePath) => boolean {
    const [all, freed] = [this.#tryAll, this.#freed]
    this.#tryAll = false
    this.#freed = new Set()
    return (path) => all || freed.has(parentOf(path))
  }

  async #carryOut(needed: NeededPath, tally: Record<Outcome, number>, signal: AbortSignal): Promise<void> {
    const outcome = await this.#tryOne(needed, signal)
    tally[outcome]++
    const { plan, path, stuck } = needed
    if (outcome === 'done' && plan.kind === 'delete') this.#freed.add(parentOf(path))
    if (outcome === 'done' && plan.kind === 'place' && plan.record.kind === 'directory') this.#freed.add(path)
    // Stuck for another reason now, which is tried again by time; or no more, and so are others beside it.
    if (stuck && outcome !== 'stuck') this.#freed.add(parentOf(path))
  }

  async #tryOne(needed: NeededPath, signal: AbortSignal): Promise<Outcome> {
    const { context } = this.#parts
    const { path, plan } = needed
    if (!isDeed(plan)) return 'waiting'
    try {
      if (this.#isIgnored(plan)) return await this.#say(needed, 'unwanted', '')
      const outcome = await this.#doOne(needed, signal)
      if (outcome === 'done') context.errors.clear('place', path)
      return outcome
    } catch (error) {
      signal.throwIfAborted()
      const code = codeOf(error)
      if (LASTING.includes(code) && plan.kind === 'place' && !liveOf(needed.local))
        return this.#giveUp(needed, code)
      if (!isPeerfoldError(error))
        context.log.error('a change could not be carried out', { path, reason: textOf(error) })
      if (!ORDINARY.includes(code)) context.errors.report('place', { path, code, message: textOf(error) })
      return 'failed'
    }
  }

  #isIgnored({ record }: Deed): boolean {
    return this.#parts.context.rules().ignores(record.path, record.kind === 'directory')
  }

  /** "I want this and cannot have it", said once for each record and reason. */
  async #giveUp(needed: NeededPath, code: ErrorCode): Promise<Outcome> {
    const { path, stuck, local } = needed
    this.#parts.context.errors.clear('place', path)
    this.#stuck.add(path)
    if (stuck && local?.announced.reason === code) return 'stuck'
    return this.#say(needed, 'unplaceable', code)
  }

  /** "I know this and do not have it." What is on the disk stays as it is. */
  async #say({ plan, local }: NeededPath, stance: Stance, reason: string): Promise<Outcome> {
    if (!isDeed(plan)) return 'waiting'
    const { index, folder } = this.#parts.context
    const basedOn = local?.announced.sequence ?? 0
    const change = { record: plan.record, isOurs: false, stance, reason, disk: undefined, basedOn }
    const { outcomes } = await index.call('recordLocal', { folder, changes: [change] })
    return outcomes[0] === 'recorded' ? 'done' : 'later'
  }

  async #doOne(needed: NeededPath, signal: AbortSignal): Promise<Outcome> {
    const { context } = this.#parts
    const { plan, local, path } = needed
    if (plan.kind === 'place') {
      const parent = await ensureParent(context, path)
      if (parent) return this.#outcomeOf(parent, path)
      const instead = liveOf(local) ? undefined : await claimName(context, plan.record)
      if (instead) return this.#outcomeOf(instead, path)
    }
    if (plan.kind === 'place' && plan.record.kind === 'file') return this.#bringFile(needed, plan, signal)
    if (plan.kind === 'place' && plan.record.kind === 'symlink')
      this.#temporaries.add(temporaryOf(context, plan.record))
    const placed = await place(context, plan, local)
    return this.#outcomeOf(placed, path)
  }

  /** The transfer lasts until the file is in its place, or until what keeps it from there. */
  async #bringFile(
    needed: NeededPath,
    plan: PathPlan & { kind: 'place' },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { context } = this.#parts
    const { record } = plan
    const sources = this.#sourcesOf(needed)
    if (sources.length === 0 && !(await this.#isHere(needed))) return 'waiting'
    this.#temporaries.add(temporaryOf(context, record))
    const devices = sources.map(({ device }) => device)
    const moving = context.transfers.receive(context.folder, record, devices)
    const sinceMs = context.clock.monotonicMs()
    try {
      const whole = await this.#assemble(needed, record, sources, moving, signal)
      // Hours may have passed: by now it may be deleted, replaced, withheld or ignored.
      const { plan: now, local } = await context.index.call('planOf', {
        folder: context.folder,
        path: needed.path,
      })
      const isAsPlanned = now.kind === 'place' && sameContent(now.record, record) && !this.#isIgnored(now)
      const proved = isAsPlanned ? { ...now, record: withContentOf(now.record, whole) } : undefined
      const outcome = proved ? this.#outcomeOf(await place(context, proved, local), needed.path) : 'later'
      if (outcome === 'done') context.space.accepted(record.size)
      moving.end(outcome === 'done' ? undefined : 'FILE_CHANGED')
      return outcome
    } catch (error) {
      if (codeOf(error) === 'DISK_FULL') await this.#makeRoom(record, sinceMs)
      moving.end(codeOf(error))
      throw error
    }
  }

  /** As the plan's record says it, or as another source does: what of it came true. */
  async #assemble(
    { local, otherwise }: NeededPath,
    record: FileRecord,
    sources: readonly BlockSource[],
    moving: AssembleProgress,
    signal: AbortSignal,
  ): Promise<FileRecord> {
    const { context } = this.#parts
    let failed: unknown
    for (const said of [record, ...otherwise]) {
      try {
        await assemble(context, said, local, sources, moving, signal)
        return said
      } catch (error) {
        signal.throwIfAborted()
        failed ??= error
      }
    }
    throw failed
  }

  /**
   * What did not fit stays in the way of nothing smaller. That it is fetched from its beginning again is
   * accepted: of a disk that is full, nobody knows how much of it another file may have.
   */
  async #makeRoom(record: FileRecord, sinceMs: number): Promise<void> {
    const { context } = this.#parts
    const { root, space, clock, log } = context
    const path = temporaryOf(context, record)
    try {
      // Nothing was begun: the question was answered with no.
      if ((await root.lstat(path)) === undefined) return
      space.refused(record.size, clock.monotonicMs() - sinceMs)
      await callInDirectory(context, parentOf(path), () => root.unlink(path))
    } catch (error) {
      log.debug('a temporary stays for now', { path, reason: textOf(error) })
    }
  }

  #outcomeOf(placed: Placed, path: RelativePath): Outcome {
    if (placed.kind === 'later') return 'later'
    if (placed.kind === 'done') {
      this.#surprises.delete(path)
      if (placed.lookAt) this.#parts.lookAgain(placed.lookAt)
      return 'done'
    }
    const surprises = (this.#surprises.get(path) ?? 0) + 1
    this.#surprises.set(path, surprises)
    this.#parts.lookAgain(placed.paths)
    // The scan wakes us; a path that surprises again and again waits for the timer.
    return surprises > SURPRISES ? 'failed' : 'waiting'
  }

  #sourcesOf({ sources }: NeededPath): BlockSource[] {
    return this.#parts.sources().filter(({ device }) => sources.includes(device))
  }

  /** Whether the content can be had without another device. */
  async #isHere({ plan }: NeededPath): Promise<boolean> {
    if (plan.kind !== 'place') return false
    if (plan.record.size === 0) return true
    const { context } = this.#parts
    const { contentHash } = plan.record
    if ((await context.archive.findParked(contentHash)) !== undefined) return true
    return (await twinsOf(context, contentHash)).length > 0
  }

  /** Removes temporaries of ours, and reports, whose item is no longer needed. */
  async #sweep(): Promise<void> {
    const { context } = this.#parts
    if (this.#temporaries.size === 0 && !context.errors.has('place')) return
    const wanted = new Set<RelativePath>()
    const needed = new Set<RelativePath>()
    for (let after = ''; ;) {
      const page = await context.index.call('needed', { folder: context.folder, after, limit: PAGE })
      for (const { plan, path, stuck } of page) {
        needed.add(path)
        if (plan.kind === 'place' && !stuck) wanted.add(temporaryOf(context, plan.record))
      }
      if (page.length < PAGE) break
      after = page.at(-1)?.path ?? after
    }
    context.errors.keepOnly('place', needed)
    for (const path of [...this.#temporaries]) {
      // Held: a call is writing it right now, for a person and not for a record.
      if (wanted.has(path) || context.locks.isHeld(path)) continue
      try {
        const remove = () => context.root.unlink(path)
        if ((await context.root.lstat(path)) !== undefined)
          await callInDirectory(context, parentOf(path), remove)
        this.#temporaries.delete(path)
      } catch (error) {
        context.log.debug('a temporary stays for now', { path, reason: textOf(error) })
      }
    }
  }
}

/**
 * Of what lies below a withheld change, one in each directory is tried in each round: it comes as soon as what
 * is in the way may go or has gone, whoever saw to that.
 */
function probesBelowWithheld(): (needed: NeededPath) => boolean {
  const probed = new Set<RelativePath>()
  return ({ path, local }) => {
    const isBelow = local?.announced.reason === ('WITHHELD_IN_THE_WAY' satisfies ErrorCode)
    if (!isBelow || probed.has(parentOf(path))) return false
    probed.add(parentOf(path))
    return true
  }
}

function wouldDestroy({ plan, local }: NeededPath): boolean {
  const said = local?.announced
  return isDeed(plan) && isDestructive(plan, said?.stance === 'holds' ? said.record : undefined)
}
