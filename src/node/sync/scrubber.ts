/**
 * Reads again, slowly, everything that this device keeps, so that what a disk spoils is found while
 * other devices still have it. Promises one file at a time below a rate for the whole node, that it
 * stands back while anything is scanned or moves, that a pass goes on where it was after a restart,
 * and that nothing is read or written between passes. Never changes a file: what is found is stated,
 * and the way in repairs it.
 */
import { codeOf, textOf } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { FolderId, RelativePath } from '../core/record.ts'
import type { LocalRow, ScrubProgress } from '../index/index-port.ts'
import { checkRoot } from './check-root.ts'
import { checkFile } from './check-file.ts'
import type { Verdict } from './check-file.ts'
import type { FolderSync } from './folder-sync.ts'
import type { Pace } from './ports.ts'

export interface ScrubSettings {
  /** Bytes a second. */
  readonly bytesPerSecond: number
  /** A pass begins so long after the last one ended; 0: only when a person asks. */
  readonly everyMs: number
}

export interface ScrubberParts {
  readonly clock: Clock
  readonly log: Log
  readonly settings: ScrubSettings
  /** Folders that are open now. */
  folders(): readonly FolderSync[]
  /** Anything moves between devices. */
  isMoving(): boolean
  /** Statements of ours are others now. */
  restated(folder: FolderSync): void
  /** Something that viewers show has changed. */
  changed(): void
}

export type ScrubState = ScrubProgress & {
  readonly state: 'running' | 'waiting' | 'paused' | 'idle'
  /** When the next pass begins by itself, wall clock ms; undefined while one is under way, or never. */
  readonly dueMs: number | undefined
}

/** What a file costs beside its bytes: a seek, of which a disk does about a hundred a second. */
const COST_BYTES = 64 << 10
/** Shorter waits are gathered. */
const SHORTEST_WAIT_MS = 200
/** While something else is at work. */
const STAND_BACK_MS = 5_000
/** A folder whose first scan goes on is looked at again after this. */
const OPENING_MS = 60_000
/** How far the pass has come is kept this often: at most so much is read twice after a power cut. */
const SAVE_MS = 5 * 60_000
/** Timers of a month overflow; and a machine that slept has not counted. */
const LOOK_MS = 3_600_000
/** After damage was found it is looked at again so soon, and then at intervals that double up to an hour. */
const SOON_MS = 60_000
/** A folder that could not be read is tried again after this. */
const RETRY_MS = 10 * 60_000
const PAGE = 500
/** Suspected paths kept; whoever asks for more of them than that has all of them looked at by the pass. */
const SUSPECTS = 1_000

/** Damaged versions that are remembered by name. */
const VERSIONS_NAMED = 100

const FRESH = {
  startedMs: 0,
  stage: 'files',
  after: '',
  items: 0,
  bytes: 0,
  found: 0,
  damagedVersions: [],
  paused: false,
} as const

export class Scrubber {
  readonly #parts: ScrubberParts
  readonly #stop = new AbortController()
  readonly #progress = new Map<FolderId, ScrubProgress>()
  readonly #suspects = new Map<FolderId, Set<RelativePath>>()
  /** When suspects of a folder that could not be read are looked at again, monotonic ms. */
  readonly #againMs = new WeakMap<FolderSync, number>()
  readonly #standing = new Set<FolderId>()
  /** When what is damaged is looked at again, monotonic ms, and how long after that. */
  readonly #damagedDue = new WeakMap<FolderSync, { atMs: number; waitMs: number }>()
  #wake = Promise.withResolvers<void>()
  #owedMs = 0
  #savedMs = 0
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: ScrubberParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new DOMException('the scrubber stops', 'AbortError'))
    this.#wake.resolve()
    await this.#running
  }

  /** Looks at the path soon. */
  suspect(folder: FolderId, path: RelativePath): void {
    const paths = this.#suspects.get(folder) ?? new Set()
    this.#suspects.set(folder, paths)
    if (paths.size < SUSPECTS) paths.add(path)
    this.#wake.resolve()
  }

  /** A folder was opened, for example. */
  lookAgain(): void {
    this.#wake.resolve()
  }

  /** Begins a pass now, or goes on with the one that was paused. */
  async begin(folder: FolderSync): Promise<void> {
    const before = await this.#progressOf(folder)
    const { finishedMs, damagedVersions } = before
    const anew = { ...FRESH, finishedMs, damagedVersions, startedMs: this.#nowMs() }
    await this.#keep(folder, before.startedMs > 0 ? { ...before, paused: false } : anew)
    this.#wake.resolve()
  }

  /** Stands still until a person begins it again. */
  async pause(folder: FolderSync): Promise<void> {
    await this.#keep(folder, { ...(await this.#progressOf(folder)), paused: true })
  }

  /** Versions of the folder that were found damaged: ids. */
  async damagedVersions(folder: FolderSync): Promise<ReadonlySet<string>> {
    return new Set((await this.#progressOf(folder)).damagedVersions)
  }

  async stateOf(folder: FolderSync): Promise<ScrubState> {
    const progress = await this.#progressOf(folder)
    const isRunning = progress.startedMs > 0
    const state = progress.paused
      ? 'paused'
      : !isRunning
        ? 'idle'
        : this.#standing.has(folder.folder)
          ? 'waiting'
          : 'running'
    const { everyMs } = this.#parts.settings
    const dueMs = isRunning || progress.paused || everyMs === 0 ? undefined : progress.finishedMs + everyMs
    return { ...progress, state, dueMs }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers()
      let waitMs = LOOK_MS
      for (const folder of this.#parts.folders()) {
        try {
          waitMs = Math.min(waitMs, await this.#turn(folder, signal))
        } catch (error) {
          if (signal.aborted) break
          this.#warn(folder, error)
          waitMs = Math.min(waitMs, RETRY_MS)
        }
        if (this.#suspects.has(folder.folder)) waitMs = Math.min(waitMs, RETRY_MS)
      }
      await this.#rest(waitMs)
    }
  }

  /** What is wrong with the folder is the scan's to say. */
  #warn({ folder }: FolderSync, error: unknown): void {
    const why = { code: codeOf(error), reason: textOf(error) }
    this.#parts.log.warn('a folder could not be scrubbed', { folder, ...why })
  }

  /** Until something asks for it, or the time. */
  async #rest(waitMs: number): Promise<void> {
    if (this.#stop.signal.aborted) return
    const timer = this.#parts.clock.after(waitMs, () => this.#wake.resolve())
    await this.#wake.promise
    timer.cancel()
  }

  /** Everything there is to do in the folder now; returns for how long there is nothing more, ms. */
  async #turn(folder: FolderSync, signal: AbortSignal): Promise<number> {
    if (!folder.progress.firstScanFinished) return OPENING_MS
    await this.#lookAtSuspects(signal)
    await this.#lookAtDamaged(folder, signal)
    const progress = await this.#progressOf(folder)
    const damagedInMs = this.#damagedInMs(folder)
    if (progress.paused) return damagedInMs
    const dueInMs = progress.startedMs > 0 ? 0 : this.#dueInMs(progress)
    if (dueInMs > 0) return Math.min(dueInMs, damagedInMs)
    if (progress.startedMs === 0) await this.begin(folder)
    await this.#pass(folder, signal)
    return 0
  }

  #damagedInMs(folder: FolderSync): number {
    const atMs = this.#damagedDue.get(folder)?.atMs ?? Infinity
    return Math.min(LOOK_MS, Math.max(0, atMs - this.#parts.clock.monotonicMs()))
  }

  #dueInMs({ finishedMs }: ScrubProgress): number {
    const { everyMs } = this.#parts.settings
    if (everyMs === 0) return LOOK_MS
    const sinceMs = this.#nowMs() - finishedMs
    // A clock that was wrong when the last pass ended says nothing: better too early.
    return sinceMs < 0 ? 0 : Math.min(LOOK_MS, everyMs - sinceMs)
  }

  /** To its end, unless it is paused. */
  async #pass(folder: FolderSync, signal: AbortSignal): Promise<void> {
    const { context } = folder
    this.#savedMs = this.#parts.clock.monotonicMs()
    try {
      for await (const step of this.#items(folder, signal)) {
        const before = await this.#progressOf(folder)
        if (before.paused || before.startedMs === 0) return
        this.#progress.set(context.folder, counted(before, step))
        if (step.found && step.stage === 'versions')
          this.#parts.log.error('a kept version is damaged', { folder: context.folder, version: step.after })
        if (this.#parts.clock.monotonicMs() - this.#savedMs >= SAVE_MS) await this.#save(folder)
        await this.#lookAtSuspects(signal)
      }
      const { items, bytes, found, startedMs, stage, damagedVersions } = await this.#progressOf(folder)
      const finishedMs = this.#nowMs()
      const versions = stage === 'versions' ? damagedVersions : []
      await this.#keep(folder, { ...FRESH, items, bytes, found, finishedMs, damagedVersions: versions })
      this.#parts.log.info('folder scrubbed', {
        folder: context.folder,
        items,
        bytes,
        found,
        tookMs: finishedMs - startedMs,
      })
    } catch (error) {
      await this.#save(folder).catch(() => {}) // the error that ended the pass is the one to be told
      throw error
    }
  }

  /** What the pass still has to read, one after the other, as it is read. */
  async *#items(folder: FolderSync, signal: AbortSignal): AsyncGenerator<Step> {
    const { context } = folder
    const pace = this.#paceOf(folder, signal)
    const { stage, after } = await this.#progressOf(folder)
    if (stage === 'files') yield* this.#files(folder, after, pace, signal)
    for await (const { id, bytes, damaged } of context.archive.check(
      stage === 'versions' ? after : '',
      pace,
      signal,
    ))
      yield { stage: 'versions', after: id, bytes, found: damaged }
  }

  async *#files(folder: FolderSync, behind: string, pace: Pace, signal: AbortSignal): AsyncGenerator<Step> {
    const { context } = folder
    for (let after = behind; ;) {
      await checkRoot(context)
      const page = await context.index.call('localUnder', {
        folder: context.folder,
        under: '',
        after,
        limit: PAGE,
      })
      for (const row of page) {
        const { path, size } = row.announced.record
        const verdict = await this.#check(folder, row, pace, signal)
        if (verdict.kind !== 'none')
          yield { stage: 'files', after: path, bytes: size, found: verdict.kind === 'damaged' }
      }
      if (page.length < PAGE) return
      after = page.at(-1)?.announced.record.path ?? after
    }
  }

  /** Of all folders: one that cannot be read keeps its own for later and is in the way of no other. */
  async #lookAtSuspects(signal: AbortSignal): Promise<void> {
    for (const folder of this.#parts.folders()) {
      const { context } = folder
      const paths = this.#suspects.get(context.folder)
      const nowMs = this.#parts.clock.monotonicMs()
      if (!paths || nowMs < (this.#againMs.get(folder) ?? 0)) continue
      this.#suspects.delete(context.folder)
      try {
        await this.#lookAt(folder, paths, signal)
      } catch (error) {
        signal.throwIfAborted()
        this.#warn(folder, error)
        this.#againMs.set(folder, nowMs + RETRY_MS)
        for (const path of paths) this.suspect(context.folder, path)
      }
    }
  }

  /** Takes each path out when it is its turn. */
  async #lookAt(folder: FolderSync, paths: Set<RelativePath>, signal: AbortSignal): Promise<void> {
    const { context } = folder
    await checkRoot(context)
    const rows = await context.index.call('local', { folder: context.folder, paths: [...paths] })
    for (const row of rows) {
      if (!row) continue
      paths.delete(row.announced.record.path)
      const verdict = await this.#check(folder, row, this.#paceOf(undefined, signal), signal)
      if (verdict.kind === 'damaged') this.#lookSoon(folder)
    }
  }

  /** What a disk cannot read now it often can a little later. */
  #lookSoon(folder: FolderSync): void {
    this.#damagedDue.set(folder, { atMs: this.#parts.clock.monotonicMs() + SOON_MS, waitMs: 2 * SOON_MS })
  }

  /** A disk that reads again, or somebody who put the content back without a trace, heals by itself. */
  async #lookAtDamaged(folder: FolderSync, signal: AbortSignal): Promise<void> {
    const { context } = folder
    const nowMs = this.#parts.clock.monotonicMs()
    const { atMs, waitMs } = this.#damagedDue.get(folder) ?? { atMs: nowMs, waitMs: LOOK_MS }
    if (nowMs < atMs) return
    this.#damagedDue.set(folder, { atMs: nowMs + waitMs, waitMs: Math.min(2 * waitMs, LOOK_MS) })
    for (let after = ''; ;) {
      const page = await context.index.call('damaged', { folder: context.folder, after, limit: PAGE })
      for (const row of page) await this.#check(folder, row, this.#paceOf(folder, signal), signal)
      if (page.length < PAGE) return
      after = page.at(-1)?.announced.record.path ?? after
    }
  }

  async #check(folder: FolderSync, row: LocalRow, pace: Pace, signal: AbortSignal): Promise<Verdict> {
    const { record } = row.announced
    const verdict = await checkFile(folder.context, row, pace, signal)
    if (verdict.kind === 'scan-first') folder.look(record.path, 'children')
    if ((verdict.kind === 'damaged' || verdict.kind === 'good') && verdict.changed) {
      this.#tell(folder, record.path, verdict)
      if (verdict.kind === 'damaged') this.#lookSoon(folder)
      this.#parts.restated(folder)
    }
    return verdict
  }

  #tell(folder: FolderSync, path: RelativePath, verdict: Verdict): void {
    const { log } = folder.context
    if (verdict.kind === 'damaged') log.error('a file is damaged on this disk', { path, code: verdict.code })
    else log.info('a damaged file is what it was again', { path })
  }

  /** For a folder: also waits while something else is at work. */
  #paceOf(folder: FolderSync | undefined, signal: AbortSignal): Pace {
    const { clock, settings } = this.#parts
    return async (bytes) => {
      if (folder) await this.#standBack(folder, signal)
      this.#owedMs += ((bytes + COST_BYTES) * 1_000) / settings.bytesPerSecond
      if (this.#owedMs < SHORTEST_WAIT_MS) return
      const waitMs = this.#owedMs
      this.#owedMs = 0
      await clock.sleep(waitMs, signal)
    }
  }

  async #standBack(folder: FolderSync, signal: AbortSignal): Promise<void> {
    const { clock, isMoving } = this.#parts
    while (folder.progress.scanning || isMoving()) {
      this.#standing.add(folder.folder)
      await clock.sleep(STAND_BACK_MS, signal)
    }
    this.#standing.delete(folder.folder)
  }

  async #progressOf({ context: { index, folder } }: FolderSync): Promise<ScrubProgress> {
    const known = this.#progress.get(folder) ?? (await index.call('scrubProgress', { folder }))
    // All of a new folder was read a moment ago, when it was scanned.
    const progress = known ?? { ...FRESH, finishedMs: this.#nowMs() }
    this.#progress.set(folder, progress)
    if (!known) await index.call('setScrubProgress', { folder, progress })
    return progress
  }

  async #keep(folder: FolderSync, progress: ScrubProgress): Promise<void> {
    this.#progress.set(folder.folder, progress)
    await this.#save(folder)
    this.#parts.changed()
  }

  async #save({ context: { index, folder } }: FolderSync): Promise<void> {
    const progress = this.#progress.get(folder)
    this.#savedMs = this.#parts.clock.monotonicMs()
    if (progress) await index.call('setScrubProgress', { folder, progress })
  }

  #nowMs(): number {
    return Math.trunc(this.#parts.clock.nowMs())
  }
}

/** The versions found in former passes are forgotten when this one comes to them. */
function counted(before: ScrubProgress, { stage, after, bytes, found }: Step): ScrubProgress {
  const known = stage === 'versions' && before.stage === 'files' ? [] : before.damagedVersions
  const isNamed = found && stage === 'versions' && known.length < VERSIONS_NAMED
  const read = { items: before.items + 1, bytes: before.bytes + bytes, found: before.found + Number(found) }
  return { ...before, ...read, stage, after, damagedVersions: isNamed ? [...known, after] : known }
}

/** One thing was read. */
interface Step extends Pick<ScrubProgress, 'stage' | 'after'> {
  readonly bytes: number
  readonly found: boolean
}
