/**
 * One folder, read top to bottom.
 *
 *   OUT  disk → watcher → dirty paths → scan → INDEX → announce ⇒ peers
 *   IN   peers ⇒ receive → INDEX → plan → fetch → assemble → place → disk
 *
 * Promises that both directions meet in the index only, that one bad file stops no other, and that
 * nothing is concluded or placed while the folder's root is not what it was. Never moves a byte of
 * content itself.
 */

import { codeOf, isPeerfoldError, textOf } from '../base/errors.ts'
import type { ErrorCode, PeerfoldError } from '../base/errors.ts'
import type { FolderId } from '../core/record.ts'
import type { WatchHandle, Watcher } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { DirtyPaths } from './dirty-paths.ts'
import type { BlockSource } from './assemble.ts'
import type { FolderContext } from './ports.ts'
import { Inbound } from './inbound.ts'
import { closeLeftOpen } from './left-open.ts'
import { readMarker } from './marker.ts'
import { isOurTemporary } from './own-names.ts'
import { Scan } from './scan.ts'
import type { WalkDepth } from './walk.ts'
import { IGNORE_FILE } from './ignore-rules.ts'

export interface FolderSyncParts {
  readonly context: FolderContext
  readonly watcher: Watcher
  /**
   * Reads the ignore rules anew; the context's rules() gives them from then on. What is wrong with the shared
   * ones, when those of before stay in force.
   */
  reloadRules(): Promise<PeerfoldError | undefined>
  /** Connected devices that share the folder. */
  sources(): readonly BlockSource[]
  /** As Inbound's. */
  isIndexComing(): boolean
  /** Another directory is in the place of the root: this folder has to be opened anew. */
  rootChanged(): void
  /** Our index of the folder has grown. */
  announce(): void
  /** Something that viewers show has changed. */
  changed(): void
  /** As Inbound's. */
  holdingChanged(): void
}

export interface FolderProgress {
  readonly scanning: boolean
  readonly firstScanFinished: boolean
  /** Why the whole folder is at rest; undefined when it is not. */
  readonly broken: { code: ErrorCode; message: string } | undefined
  /** Needed paths that a connected device holds, as of the last round. */
  readonly obtainable: number
  readonly entriesScanned: number
}

/** A path must be quiet for this long before it is looked at. */
const QUIET_MS = 100
/** A file that kept changing, or a root that was gone, is looked at again after this. */
const AGAIN_MS = 1_000
const BROKEN_MS = 10_000
/** Full scans find what no event told: hourly, up to a quarter earlier so that folders do not meet. */
const FULL_SCAN_MS = 3_600_000

export class FolderSync {
  readonly folder: FolderId
  readonly context: FolderContext
  readonly #parts: FolderSyncParts
  readonly #inbound: Inbound
  readonly #dirty: DirtyPaths
  readonly #stop = new AbortController()
  readonly #lookAgain = new Set<RelativePath>()
  /** The way in waits for a scan. */
  #isAwaited = false
  readonly #waiters: { after: number; resolve: () => void }[] = []
  #fullScans = 0
  #fullScansStarted = 0
  #running: Promise<unknown> = Promise.resolve()
  #watch: WatchHandle | undefined
  #scanning = false
  #firstScanFinished = false
  #broken: FolderProgress['broken']
  #entries = 0

  constructor(parts: FolderSyncParts) {
    this.folder = parts.context.folder
    this.context = parts.context
    this.#parts = parts
    this.#dirty = new DirtyPaths(parts.context.clock, QUIET_MS)
    this.#inbound = new Inbound({
      context: parts.context,
      sources: parts.sources,
      isIndexComing: parts.isIndexComing,
      announce: parts.announce,
      changed: parts.changed,
      holdingChanged: parts.holdingChanged,
      lookAgain: (paths) => {
        this.#isAwaited = true
        for (const path of paths) this.#dirty.add(path, 'tree')
      },
      ready: () => this.#firstScanFinished && this.#broken === undefined,
    })
  }

  get progress(): FolderProgress {
    return {
      scanning: this.#scanning,
      firstScanFinished: this.#firstScanFinished,
      broken: this.#broken,
      obtainable: this.#inbound.obtainable,
      entriesScanned: this.#entries,
    }
  }

  start(): void {
    this.#dirty.add('', 'tree')
    const loops = [this.#scanLoop(), this.#inbound.run(this.#stop.signal), this.#clockwork()]
    this.#running = Promise.allSettled(loops)
  }

  async stop(): Promise<void> {
    this.#stop.abort(new DOMException('the folder stops', 'AbortError'))
    this.#dirty.close()
    await this.#watch?.close()
    await this.#running
    for (const waiter of this.#waiters.splice(0)) waiter.resolve()
  }

  /** Other devices' statements, or who is connected, changed. */
  indexChanged(): void {
    this.#inbound.wake()
  }

  /** Looks at a path soon; "" with 'tree' is a full scan. */
  look(path: RelativePath, depth: WalkDepth): void {
    this.#dirty.add(path, depth)
  }

  /** Resolves when a full scan that begins after this call has finished. */
  rescan(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ after: this.#fullScansStarted, resolve })
    this.#dirty.add('', 'tree')
    return promise
  }

  async #scanLoop(): Promise<void> {
    const { signal } = this.#stop
    await closeLeftOpen(this.context)
    while (!signal.aborted) {
      const hints = await this.#dirty.take()
      if (hints.size === 0) continue
      try {
        await this.#startWatching()
        await this.#scanHints(hints, signal)
        this.#healed()
      } catch (error) {
        if (signal.aborted) return
        await this.#breakDown(error, signal)
      } finally {
        this.#scanning = false
        this.#parts.changed()
      }
    }
  }

  async #scanHints(hints: ReadonlyMap<RelativePath, WalkDepth>, signal: AbortSignal): Promise<void> {
    const full = hints.get('') === 'tree'
    const started = full ? ++this.#fullScansStarted : 0
    this.#scanning = full || !this.#firstScanFinished
    const unusable = full ? await this.#parts.reloadRules() : undefined
    this.#parts.changed()
    await this.#scanAll(full ? [['', 'tree']] : await this.#presentFirst(hints), signal)
    if (unusable) this.#reportRules(unusable)
    if (hints.has(IGNORE_FILE)) this.#dirty.add('', 'tree')
    if (!full) return
    this.#firstScanFinished = true
    this.#fullScans = started
    for (const waiter of this.#waiters.filter(({ after }) => after < this.#fullScans)) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
    this.#inbound.wake()
  }

  async #scanAll(hints: readonly (readonly [RelativePath, WalkDepth])[], signal: AbortSignal): Promise<void> {
    const progress = { entries: 0 }
    const watchProgress = this.context.clock.after(1_000, () => this.#parts.changed())
    let isEcho = false
    try {
      const scan = new Scan(this.context, progress, signal)
      for (const [path, depth] of hints) await scan.look(path, depth)
      const result = await scan.finish()
      this.#inbound.found(result.temporaries)
      this.#inbound.mayPlace(result.isFull ? 'anything' : result.freed)
      if (result.missesMuch) this.#dirty.add('', 'tree')
      if (result.again.length > 0) this.#lookAgainLater(result.again)
      const isQuiet = result.changes === 0 && result.again.length === 0 && result.freed.size === 0
      isEcho = isQuiet && !this.#isAwaited && this.#areEchoes(hints)
    } finally {
      // Also what was recorded before a scan broke off must not wait for the next change.
      this.#parts.announce()
      if (!isEcho) this.#wakeInbound()
      watchProgress.cancel()
      this.#entries = progress.entries
    }
  }

  #wakeInbound(): void {
    this.#isAwaited = false
    this.#inbound.wake()
  }

  /** A step that failed in a directory opened for it would wake itself at once, for ever. */
  #areEchoes(hints: readonly (readonly [RelativePath, WalkDepth])[]): boolean {
    const { locks, clock } = this.context
    return hints.every(([path, depth]) => depth === 'children' && locks.mayBeEcho(path, clock.monotonicMs()))
  }

  /** A rename is told as two paths: content is announced where it is now before where it is no more. */
  async #presentFirst(hints: ReadonlyMap<RelativePath, WalkDepth>): Promise<[RelativePath, WalkDepth][]> {
    const isThere = new Map<RelativePath, boolean>()
    for (const path of hints.keys()) {
      const stat = await this.context.root.lstat(path).catch(() => undefined)
      isThere.set(path, stat !== undefined)
    }
    return [...hints].toSorted(([a], [b]) => Number(isThere.get(b)) - Number(isThere.get(a)))
  }

  #lookAgainLater(paths: readonly RelativePath[]): void {
    // One timer for all: each look that an event brought would bring one more, for as long as it is restless.
    const isDue = this.#lookAgain.size > 0
    for (const path of paths) this.#lookAgain.add(path)
    if (isDue) return
    this.context.clock.after(AGAIN_MS, () => {
      for (const path of this.#lookAgain) this.#dirty.add(path, 'children')
      this.#lookAgain.clear()
    })
  }

  /** A root that is not what it was: nothing is done until it is back. */
  async #breakDown(error: unknown, signal: AbortSignal): Promise<void> {
    const code = codeOf(error)
    if (!isPeerfoldError(error)) this.context.log.error('scan failed', { reason: textOf(error) })
    else this.context.log.warn('folder is at rest', { code, reason: error.message })
    this.#broken = { code, message: textOf(error) }
    this.#parts.changed()
    // Who waits for a scan learns from `broken` that there was none.
    for (const waiter of this.#waiters.splice(0)) waiter.resolve()
    if (code === 'FOLDER_ROOT_CHANGED') this.#parts.rootChanged()
    await this.context.clock.sleep(BROKEN_MS, signal).catch(() => {})
    this.#dirty.add('', 'tree')
  }

  #reportRules({ code, message }: PeerfoldError): void {
    this.context.errors.report('scan', { path: IGNORE_FILE, code, message })
  }

  /** What arrived while the root was gone was left lying: the scan's own wake found it not ready yet. */
  #healed(): void {
    if (!this.#broken) return
    this.#broken = undefined
    this.#inbound.wake()
  }

  async #startWatching(): Promise<void> {
    if (this.#watch) return
    const { root, folder, marker } = this.context
    await readMarker(root, folder)
    this.#watch = await this.#parts.watcher.watch(root.path, (hint) => {
      if (hint === undefined) this.#dirty.add('', 'tree')
      // A change that fails after its temporary was touched would wake itself at once, for ever.
      else if (!isOurTemporary(marker.secret, hint)) this.#dirty.add(hint, 'children')
    })
  }

  async #clockwork(): Promise<void> {
    const { clock, random } = this.context
    const { signal } = this.#stop
    while (!signal.aborted) {
      const early = random.below(FULL_SCAN_MS / 4)
      await clock.sleep(FULL_SCAN_MS - early, signal).catch(() => {})
      if (!signal.aborted) this.#dirty.add('', 'tree')
    }
  }
}
