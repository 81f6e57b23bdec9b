/**
 * Compares a part of the disk with our statements and records the differences. Promises that
 * absence becomes a deletion only where we once recorded the path, its directory could be read,
 * and the folder's marker was there before and after; and that a file is recorded only when it held
 * still while it was read. Never changes the disk but for leftovers that are provably ours.
 */
import { codeOf, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { originalOf } from '../core/conflict-copy.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { hashLinkTarget } from './local-record.ts'
import { checkRoot } from './check-root.ts'
import { changeOfFound, diskOf, isLive, isWorthALook } from './found-entry.ts'
import type { Entry, FoundContent } from './found-entry.ts'
import type { ErrorSource } from './folder-errors.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { seenBy } from './healed-places.ts'
import { comparePaths, isWithin } from './path-order.ts'
import { digestFile, keepManifest } from './manifests.ts'
import { changeOfMissed } from './missed-path.ts'
import { diskAway, otherDiskAt } from './other-disk.ts'
import type { FolderContext } from './ports.ts'
import { RowCursor } from './row-cursor.ts'
import { ScanRecorder } from './scan-recorder.ts'
import type { Recorded } from './scan-recorder.ts'
import { sameStat } from './stat-compare.ts'
import { liveOf } from './target.ts'
import type { WalkDepth, WalkItem } from './walk.ts'

export interface ScanResult extends Readonly<Recorded> {
  /** Temporaries of ours that were found. */
  readonly temporaries: readonly RelativePath[]
  /** All of the folder was looked at. */
  readonly isFull: boolean
}

export interface ScanProgress {
  entries: number
}

/** Files being read at once: the block worker is one thread, the rest hides its round trips. */
const READING_AT_ONCE = 4

/** Throws FOLDER_PATH_MISSING or FOLDER_MARKER_* when the root is not what it was: nothing is recorded then. */
export async function scan(
  context: FolderContext,
  path: RelativePath,
  depth: WalkDepth,
  progress: ScanProgress,
  signal: AbortSignal,
): Promise<ScanResult> {
  const one = new Scan(context, progress, signal)
  await one.look(path, depth)
  return one.finish()
}

const FOUND_BY_SCANS: readonly ErrorSource[] = ['scan', 'left-out']

/** Looks at one place after the other. What takes content away is recorded at the end, when its number is known. */
export class Scan {
  readonly #context: FolderContext
  readonly #progress: ScanProgress
  readonly #signal: AbortSignal
  readonly #recorder: ScanRecorder
  readonly #temporaries: RelativePath[] = []
  /** All of the folder is looked at, by these rules. */
  #fullBy: IgnoreRules | undefined
  /** Nothing can be concluded about what lies at or below these. */
  #blind: RelativePath[] = []
  /** Directories new to the index whose children were not looked at. */
  readonly #unseen: RelativePath[] = []
  readonly #missing: LocalRow[] = []
  readonly #reading = new Set<Promise<void>>()

  constructor(context: FolderContext, progress: ScanProgress, signal: AbortSignal) {
    this.#context = context
    this.#progress = progress
    this.#signal = signal
    this.#recorder = new ScanRecorder(context, () => this.#fullBy !== undefined)
    context.sight.scanBegins()
  }

  async look(path: RelativePath, depth: WalkDepth): Promise<void> {
    const { errors, root } = this.#context
    await checkRoot(this.#context)
    const forgetHealed = FOUND_BY_SCANS.map((source) => errors.lookingAt(source, path))
    if (path === '' && depth === 'tree') this.#fullBy = this.#context.rules()
    await this.#look(path, depth)
    for (const unseen of this.#unseen.splice(0)) await this.#look(unseen, 'tree')
    for (const forget of forgetHealed) await forget(seenBy(root, path, depth))
  }

  /** What was moved is found where it is before it is missed where it was, so that others have it still. */
  async finish(): Promise<ScanResult> {
    await this.#recordMissing()
    await this.#recorder.finish()
    if (this.#fullBy) await this.#context.sight.seenAll(this.#fullBy)
    const isFull = this.#fullBy !== undefined
    return { ...this.#recorder.result, temporaries: this.#temporaries, isFull }
  }

  async #look(path: RelativePath, depth: WalkDepth): Promise<void> {
    this.#blind = []
    const rows = new RowCursor(this.#context, path)
    for await (const item of this.#items(path, depth)) {
      this.#signal.throwIfAborted()
      if (item.kind === 'problem') await this.#problem(item)
      if (item.kind === 'temporary') this.#temporaries.push(item.path)
      if (item.kind === 'left-out') this.#leftOut(item.path)
      if (item.kind !== 'entry') continue
      await this.#rowsBefore(rows, item.path)
      const row = (await rows.peek())?.announced.record.path === item.path ? await rows.take() : undefined
      await this.#entry(item, row)
      if (item.closed) this.#blind.push(`${item.path}/`)
      this.#progress.entries++
    }
    await this.#rowsBefore(rows, undefined)
    await Promise.all(this.#reading)
    await this.#recorder.flush()
  }

  async *#items(path: RelativePath, depth: WalkDepth): AsyncGenerator<WalkItem> {
    const { walks, root, marker } = this.#context
    const ignoreLines = this.#context.rules().lines
    const { secret } = marker
    const id = await walks.call('start', { root: root.path, secret, ignoreLines, path, depth })
    try {
      for (;;) {
        const page = await walks.call('next', id)
        if (page.length === 0) return
        yield* page
      }
    } finally {
      await walks.call('stop', id)
    }
  }

  async #problem(item: Extract<WalkItem, { kind: 'problem' }>): Promise<void> {
    const { path, code, message } = item
    if (item.named) this.#blind.push(path)
    // What stays, and cannot be read all the same, is named: looked at again it would be, for ever.
    const isGone = item.named && path !== '' && hasGone(code) && !(await this.#isThere(path))
    if (isGone) this.#again(path)
    else this.#context.errors.report('scan', { path, code, message })
  }

  async #isThere(path: RelativePath): Promise<boolean> {
    return this.#context.root.lstat(path).then(
      (stat) => stat !== undefined,
      () => true,
    )
  }

  #leftOut(path: RelativePath): void {
    const message = 'a FIFO, socket or device is not synced'
    this.#context.errors.report('left-out', { path, code: 'KIND_UNSUPPORTED', message })
  }

  async #againInPeace(path: RelativePath): Promise<void> {
    await this.#context.sight.changesWhileRead(path)
    this.#again(path)
  }

  #again(path: RelativePath): void {
    this.#recorder.result.again.push(path)
  }

  /** Rows that the walk passed without meeting them on disk. */
  async #rowsBefore(rows: RowCursor, path: RelativePath | undefined): Promise<void> {
    for (let row = await rows.peek(); row; row = await rows.peek()) {
      const known = row.announced.record.path
      if (path !== undefined && comparePaths(known, path) >= 0) return
      const blind = this.#blind.find(
        (above) => known.startsWith(above) && isWithin(known, above.replace(/\/$/, '')),
      )
      if (blind !== undefined) {
        await rows.skipPast(blind)
        continue
      }
      await rows.take()
      if (!(await this.#isElsewhere(row))) this.#missing.push(row)
    }
  }

  /** On a disk that is not to be seen: named where that begins. */
  async #isElsewhere(row: LocalRow): Promise<boolean> {
    if (!liveOf(row)) return false
    // Not being able to look is found out by the look that makes sure of a deletion.
    const at = await otherDiskAt(this.#context, row).catch(() => undefined)
    if (at === undefined) return false
    const { code, message } = diskAway(at)
    this.#context.errors.report('scan', { path: at, code, message })
    return true
  }

  async #entry(entry: Entry, row: LocalRow | undefined): Promise<void> {
    if (!(await this.#isWorthALook(entry, row))) return
    if (this.#context.locks.isHeld(entry.path)) return this.#again(entry.path)
    if (entry.stat.kind === 'directory' && entry.closed && !isLive(row)) this.#unseen.push(entry.path)
    if (entry.stat.kind !== 'file') return this.#orReport(entry, () => this.#readOther(entry, row))
    while (this.#reading.size >= READING_AT_ONCE) await Promise.race(this.#reading)
    const reading: Promise<void> = this.#orReport(entry, () => this.#readFile(entry, row)).finally(() =>
      this.#reading.delete(reading),
    )
    this.#reading.add(reading)
    // Awaited in look(); a failure before that must not count as unhandled.
    reading.catch(() => {})
  }

  async #isWorthALook(entry: Entry, row: LocalRow | undefined): Promise<boolean> {
    const worth = isWorthALook(entry, row)
    if (worth !== 'unless-empty') return worth
    const { index, folder } = this.#context
    return index.call('liveUnder', { folder, path: entry.path })
  }

  async #readFile(entry: Entry, row: LocalRow | undefined): Promise<void> {
    const digest = await digestFile(this.#context, entry.path)
    if (!digest.heldStill || !sameStat(digest.stat, entry.stat)) return this.#againInPeace(entry.path)
    await keepManifest(this.#context, digest)
    await this.#found(entry, row, digest)
  }

  /** The walk saw it a while ago: as a change of ours it would undo what was placed in between. */
  async #readOther(entry: Entry, row: LocalRow | undefined): Promise<void> {
    const { kind, inode, device, mode } = entry.stat
    const now = await this.#context.root.lstat(entry.path)
    // What is in a directory moves its times, and is no change of the directory.
    const seen = kind === 'directory' ? { kind, inode, device, mode } : entry.stat
    if (!now || !sameStat(now, { ...now, ...seen })) return this.#againInPeace(entry.path)
    const contentHash = kind === 'symlink' ? hashLinkTarget(entry.linkTarget) : ''
    await this.#found(entry, row, { contentHash, manifest: undefined })
  }

  /** What cannot be read is one entry's own trouble. */
  async #orReport(entry: Entry, work: () => Promise<void>): Promise<void> {
    const { errors } = this.#context
    try {
      await work()
    } catch (error) {
      const code = codeOf(error)
      if (hasGone(code)) return this.#again(entry.path)
      if (code === 'CANCELLED' || code === 'INTERNAL') throw error
      const shown = code === 'PERMISSION_DENIED' ? 'FILE_UNREADABLE' : code
      errors.report('scan', { path: entry.path, code: shown, message: textOf(error) })
    }
  }

  async #found(entry: Entry, row: LocalRow | undefined, content: FoundContent): Promise<void> {
    const { self, index, folder } = this.#context
    const change = changeOfFound(entry, row, content, self)
    if (change) return this.#recorder.record(await this.#withOriginal(change, row), row)
    const basedOn = row?.announced.sequence ?? 0
    const refreshed = { path: entry.path, disk: diskOf(entry, row), basedOn }
    await index.call('refreshDisk', { folder, rows: [refreshed] })
  }

  /** A conflict copy that was made and not recorded, by a death in between or in an index that was lost, is one. */
  async #withOriginal(change: LocalChange, row: LocalRow | undefined): Promise<LocalChange> {
    const conflictOf = liveOf(row) ? '' : originalOf(change.record)
    if (conflictOf === '') return change
    // On the disk: in the first scan of an index made anew it may not be recorded yet.
    const original = await this.#context.root.lstat(conflictOf)
    return original ? { ...change, record: { ...change.record, conflictOf } } : change
  }

  /**
   * Deletions last, and only if the root still is the folder it was. Children before their directories:
   * whoever hears of a directory's end first, and of nothing more for now, has to bring it back for them.
   */
  async #recordMissing(): Promise<void> {
    if (this.#missing.length === 0) return
    await checkRoot(this.#context)
    for (const row of this.#missing.splice(0).toSorted(childrenFirst)) {
      this.#signal.throwIfAborted()
      await this.#missed(row)
    }
    await this.#recorder.flush()
  }

  async #missed(row: LocalRow): Promise<void> {
    const { index, folder } = this.#context
    const { path } = row.announced.record
    const change = await changeOfMissed(this.#context, row)
    if (change === 'again') this.#again(path)
    else if (change === 'forget') await index.call('forgetLocal', { folder, paths: [path] })
    else if (change) await this.#recorder.record(change, row)
  }
}

/** It went, or became something else, between two looks at it: no error, but to be looked at again. */
function hasGone(code: ErrorCode): boolean {
  return code === 'FILE_NOT_FOUND' || code === 'KIND_UNSUPPORTED'
}

function childrenFirst(a: LocalRow, b: LocalRow): number {
  return comparePaths(b.announced.record.path, a.announced.record.path)
}
