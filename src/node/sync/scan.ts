/**
 * Compares a part of the disk with our statements and records the differences. Promises that
 * absence becomes a deletion only where we once recorded the path, its directory could be read,
 * and the folder's marker was there before and after; that a file is recorded only when it held
 * still while it was read; and that deletions and rewrites beyond what the guard allows are told to nobody
 * before a person was asked. Never changes the disk but for leftovers that are provably ours.
 */
import { codeOf, isPeerfoldError, textOf } from '../base/errors.ts'
import { isOnDisk } from '../core/record.ts'
import type { FileRecord } from '../core/record.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { hashLinkTarget, recordOfDeletion, recordOfFound } from './local-record.ts'
import { checkRoot } from './check-root.ts'
import type { ErrorSource } from './folder-errors.ts'
import { comparePaths, isWithin } from './path-order.ts'
import { digestFile, keepManifest } from './manifests.ts'
import type { FileDigest } from './manifests.ts'
import type { FolderContext } from './ports.ts'
import { isSpelledSo } from '../fs/spelling.ts'
import { isRacy, sameFile, sameStat } from './stat-compare.ts'
import { isDamaged, liveOf } from './target.ts'
import type { WalkDepth, WalkItem } from './walk.ts'

type Entry = Extract<WalkItem, { kind: 'entry' }>

export interface ScanResult {
  /** Statements recorded. */
  readonly changes: number
  /** Paths to look at again soon: they changed while being read, or are being placed. */
  readonly again: readonly RelativePath[]
  /** Temporaries of ours that were found. */
  readonly temporaries: readonly RelativePath[]
  /** Directories in which a name is free that was taken. */
  readonly freed: ReadonlySet<RelativePath>
  /** More is gone than the guard allows, unless it is found elsewhere: look at the whole folder. */
  readonly missesMuch: boolean
  /** All of the folder was looked at. */
  readonly isFull: boolean
}

export interface ScanProgress {
  entries: number
}

/** Files being read at once: the block worker is one thread, the rest hides its round trips. */
const READING_AT_ONCE = 4
/** Changes recorded in one transaction. */
const BATCH = 500

/** Rewritten files kept until their number is known; beyond, what there is of them is judged. */
const MOST_DESTRUCTIVE = 50_000

interface Pending {
  readonly change: LocalChange
  /** What we held there before. */
  readonly before: FileRecord | undefined
}

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

/** An error lasts until the place where it was found has been looked at again without it. */
function seenBy(
  root: FolderRoot,
  path: RelativePath,
  depth: WalkDepth,
): (error: RelativePath) => Promise<boolean> {
  const unseen = new Map<RelativePath, boolean>()
  return async (found) => {
    if (depth === 'tree' || found === path) return true
    const child = childTowards(path, found)
    if (!unseen.has(child)) unseen.set(child, await mayBeDirectory(root, child))
    return unseen.get(child) === false
  }
}

/** It was met and not entered: what lies in it is as it was. Not being able to look heals nothing. */
async function mayBeDirectory(root: FolderRoot, path: RelativePath): Promise<boolean> {
  try {
    return (await root.lstat(path))?.kind === 'directory'
  } catch {
    return true
  }
}

/** The first path on the way from `above` down to `below`. */
function childTowards(above: RelativePath, below: RelativePath): RelativePath {
  const start = above === '' ? 0 : above.length + 1
  const end = below.indexOf('/', start)
  return end === -1 ? below : below.slice(0, end)
}

/** Looks at one place after the other. What takes content away is recorded at the end, when its number is known. */
export class Scan {
  readonly result = {
    changes: 0,
    again: [] as string[],
    temporaries: [] as string[],
    freed: new Set<string>(),
    missesMuch: false,
    isFull: false,
  }
  readonly #context: FolderContext
  readonly #progress: ScanProgress
  readonly #signal: AbortSignal
  /** Nothing can be concluded about what lies at or below these. */
  #blind: RelativePath[] = []
  /** Directories new to the index whose children were not looked at. */
  readonly #unseen: RelativePath[] = []
  readonly #missing: LocalRow[] = []
  readonly #reading = new Set<Promise<void>>()
  #batch: Pending[] = []
  /** Changes that take content away, by path: two hints may lead to the same one. */
  #destructive = new Map<RelativePath, Pending>()

  constructor(context: FolderContext, progress: ScanProgress, signal: AbortSignal) {
    this.#context = context
    this.#progress = progress
    this.#signal = signal
  }

  async look(path: RelativePath, depth: WalkDepth): Promise<void> {
    const { errors, root } = this.#context
    await checkRoot(this.#context)
    const forgetHealed = FOUND_BY_SCANS.map((source) => errors.lookingAt(source, path))
    this.result.isFull ||= path === '' && depth === 'tree'
    await this.#look(path, depth)
    for (const unseen of this.#unseen.splice(0)) await this.#look(unseen, 'tree')
    for (const forget of forgetHealed) await forget(seenBy(root, path, depth))
  }

  /** What was moved is found where it is before it is missed where it was, so that others have it still. */
  async finish(): Promise<ScanResult> {
    await this.#recordMissing()
    await this.#recordDestructive()
    return this.result
  }

  async #look(path: RelativePath, depth: WalkDepth): Promise<void> {
    this.#blind = []
    const rows = new RowCursor(this.#context, path)
    for await (const item of this.#items(path, depth)) {
      this.#signal.throwIfAborted()
      if (item.kind === 'problem') this.#problem(item)
      if (item.kind === 'temporary') this.result.temporaries.push(item.path)
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
    await this.#flush()
  }

  async *#items(path: RelativePath, depth: WalkDepth): AsyncGenerator<WalkItem> {
    const { walks, root, marker } = this.#context
    const ignoreLines = this.#context.rules().lines
    const id = await walks.call('start', {
      root: root.path,
      secret: marker.secret,
      ignoreLines,
      path,
      depth,
    })
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

  #problem(item: Extract<WalkItem, { kind: 'problem' }>): void {
    const { path, code, message } = item
    this.#context.errors.report('scan', { path, code, message })
    if (item.named) this.#blind.push(path)
  }

  #leftOut(path: RelativePath): void {
    const message = 'a FIFO, socket or device is not synced'
    this.#context.errors.report('left-out', { path, code: 'KIND_UNSUPPORTED', message })
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
      this.#missing.push(row)
    }
  }

  async #entry(entry: Entry, row: LocalRow | undefined): Promise<void> {
    if (!(await this.#isWorthALook(entry, row))) return
    if (this.#context.locks.isHeld(entry.path)) {
      this.result.again.push(entry.path)
      return
    }
    if (entry.stat.kind === 'directory' && entry.closed && !isLive(row)) this.#unseen.push(entry.path)
    if (entry.stat.kind !== 'file') {
      const contentHash = entry.stat.kind === 'symlink' ? hashLinkTarget(entry.linkTarget) : ''
      await this.#found(entry, row, contentHash, undefined)
      return
    }
    while (this.#reading.size >= READING_AT_ONCE) await Promise.race(this.#reading)
    const reading: Promise<void> = this.#readFile(entry, row).finally(() => this.#reading.delete(reading))
    this.#reading.add(reading)
    // Awaited in run(); a failure before that must not count as unhandled.
    reading.catch(() => {})
  }

  async #isWorthALook(entry: Entry, row: LocalRow | undefined): Promise<boolean> {
    if (!row?.disk) return true
    const { disk } = row
    if (isDamaged(row)) return !sameStat(entry.stat, disk.stat)
    if (!isOnDisk(row.announced.stance)) return true
    const { path } = row.announced.record
    if (disk.retained && entry.stat.kind === 'directory')
      return this.#context.index.call('liveUnder', { folder: this.#context.folder, path })
    if (entry.stat.kind === 'directory' && disk.stat.kind === 'directory')
      return (entry.stat.mode & 0o777) !== (disk.stat.mode & 0o777)
    return disk.racy || !sameStat(entry.stat, disk.stat)
  }

  async #readFile(entry: Entry, row: LocalRow | undefined): Promise<void> {
    const { errors } = this.#context
    try {
      const digest = await digestFile(this.#context, entry.path)
      if (!digest.heldStill || !sameStat(digest.stat, entry.stat)) this.result.again.push(entry.path)
      else await this.#found(entry, row, digest.contentHash, digest)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'FILE_NOT_FOUND' || code === 'KIND_UNSUPPORTED') {
        this.result.again.push(entry.path)
        return
      }
      if (code === 'CANCELLED' || code === 'INTERNAL') throw error
      const shown = code === 'PERMISSION_DENIED' ? 'FILE_UNREADABLE' : code
      errors.report('scan', { path: entry.path, code: shown, message: textOf(error) })
    }
  }

  async #found(
    entry: Entry,
    row: LocalRow | undefined,
    contentHash: string,
    digest: FileDigest | undefined,
  ): Promise<void> {
    const { self, index, folder } = this.#context
    if (digest) await keepManifest(this.#context, digest)
    const disk = { stat: entry.stat, racy: isRacy(entry.stat, entry.lookedNs), retained: false }
    const found = { ...entry, contentHash, manifest: digest?.manifest }
    if (row && (isUnchanged(entry, row, contentHash) || isStillDamaged(entry, row, contentHash))) {
      await index.call('refreshDisk', { folder, rows: [{ path: entry.path, disk }] })
      return
    }
    const { record, isOurs } = recordOfFound(found, row, self)
    await this.#record(
      {
        record: withUserMetadata(record, entry, row),
        isOurs,
        stance: 'holds',
        reason: '',
        disk,
        basedOn: row?.announced.sequence ?? 0,
      },
      row,
    )
  }

  async #record(change: LocalChange, row: LocalRow | undefined): Promise<void> {
    const pending = { change, before: isLive(row) ? row?.announced.record : undefined }
    if (isDestructive(pending, row)) {
      this.#destructive.set(change.record.path, pending)
      if (this.#destructive.size >= MOST_DESTRUCTIVE) await this.#recordDestructive()
      return
    }
    this.#batch.push(pending)
    if (this.#batch.length >= BATCH) await this.#flush()
  }

  async #flush(): Promise<void> {
    const { index, folder, locks, archive } = this.#context
    const batch = this.#batch
    this.#batch = []
    // What is being placed was seen unfinished: look again once it is done.
    const ready = batch.filter(({ change }) => !locks.isHeld(change.record.path))
    for (const { change } of batch)
      if (locks.isHeld(change.record.path)) this.result.again.push(change.record.path)
    const lasting = await this.#lasting(ready)
    if (lasting.length === 0) return
    const changes = lasting.map(({ change }) => change)
    const { outcomes } = await index.call('recordLocal', { folder, changes })
    const recorded = lasting.filter((_, i) => outcomes[i] === 'recorded')
    for (const [i, { record }] of changes.entries())
      if (outcomes[i] === 'stale') this.result.again.push(record.path)
    archive.note(recorded.map(({ change, before }) => ({ record: change.record, before, source: 'local' })))
    this.result.changes += recorded.length
    for (const { change } of recorded)
      if (change.record.deleted) this.result.freed.add(parentOf(change.record.path))
    await this.#lookAtParents(recorded)
  }

  /**
   * Those whose names survive a power cut. One that we placed ourselves just before a call failed need
   * not: recorded and then lost, it would look deleted. What cannot be made sure of is looked at again.
   */
  async #lasting(batch: readonly Pending[]): Promise<Pending[]> {
    const isNew = ({ change, before }: Pending): boolean => !before && !change.record.deleted
    const failed = new Set<RelativePath>()
    for (const parent of new Set(batch.filter(isNew).map(({ change }) => parentOf(change.record.path)))) {
      try {
        await this.#context.root.syncDirectory(parent)
      } catch (error) {
        if (!isPeerfoldError(error)) throw error
        failed.add(parent)
      }
    }
    return batch.filter((pending) => {
      const { path } = pending.change.record
      const lasts = !isNew(pending) || !failed.has(parentOf(path))
      if (!lasts) this.result.again.push(path)
      return lasts
    })
  }

  /** A child of a directory that we call deleted (or never met) makes us look at the directory. */
  async #lookAtParents(recorded: readonly Pending[]): Promise<void> {
    const { index, folder } = this.#context
    const live = recorded.map(({ change }) => change).filter(({ record }) => !record.deleted)
    const parents = [...new Set(live.map(({ record }) => parentOf(record.path)))].filter(
      (path) => path !== '',
    )
    if (parents.length === 0) return
    const rows = await index.call('local', { folder, paths: parents })
    for (const [i, parent] of parents.entries()) if (!isLive(rows[i])) this.result.again.push(parent)
  }

  /** Deletions last, and only if the root still is the folder it was. */
  async #recordMissing(): Promise<void> {
    if (this.#missing.length === 0) return
    await checkRoot(this.#context)
    for (const row of this.#missing.splice(0)) {
      this.#signal.throwIfAborted()
      await this.#missed(row)
    }
    await this.#flush()
  }

  /**
   * What is beyond the guard is withheld, by a scan of the whole folder: one of a part cannot tell what is
   * gone from what was moved to where it does not look.
   */
  async #recordDestructive(): Promise<void> {
    const destructive = [...this.#destructive.values()].toSorted(deletionsFirst)
    this.#destructive.clear()
    await this.#flush()
    const excess = await findExcess(this.#context, destructive)
    for (const pending of destructive) {
      const isHeld = excess.has(pending.change.record.path)
      if (isHeld && !this.result.isFull) {
        this.result.missesMuch = true
        continue
      }
      const change: LocalChange = isHeld ? { ...pending.change, stance: 'withheld' } : pending.change
      this.#batch.push({ ...pending, change })
      if (this.#batch.length >= BATCH) await this.#flush()
    }
    await this.#flush()
  }

  async #missed(row: LocalRow): Promise<void> {
    const { index, folder, self } = this.#context
    const { record, stance, sequence } = row.announced
    const ignored = this.#context.rules().ignores(record.path, record.kind === 'directory')
    const based = { isOurs: false, reason: '', disk: undefined, basedOn: sequence }
    if (stance === 'unwanted') {
      if (!ignored) await index.call('forgetLocal', { folder, paths: [record.path] })
    } else if (liveOf(row)) {
      if (ignored) await this.#record({ record, stance: 'unwanted', ...based }, row)
      else if (!(await this.#isStillThere(record.path)))
        await this.#record(
          {
            ...based,
            record: recordOfDeletion(record, self, stance),
            isOurs: true,
            stance: 'holds',
          },
          row,
        )
    } else if (row.disk) {
      await this.#record({ record, stance, ...based }, row)
    }
  }

  /**
   * One more look: it may have been placed or made since the walk passed. A disk that takes another
   * name for this one says so too: what was renamed from "A" to "a" is gone under the first.
   */
  async #isStillThere(path: RelativePath): Promise<boolean> {
    const { root } = this.#context
    try {
      const stat = await root.lstat(path)
      if (stat === undefined || stat.kind === 'other') return false
      if (!(await isSpelledSo(root, path))) return false
    } catch {
      // Not being able to look is no deletion.
    }
    this.result.again.push(path)
    return true
  }
}

/**
 * A deletion, or something else where a file, link or directory was. A file that became a directory is
 * recorded in its order: others must not meet its children first.
 */
function isDestructive({ change, before }: Pending, row: LocalRow | undefined): boolean {
  if (!before || !change.isOurs || row?.announced.stance !== 'holds') return false
  const { record } = change
  const isOther = record.kind !== before.kind || record.contentHash !== before.contentHash
  return record.deleted || (record.kind !== 'directory' && isOther)
}

/** What takes the name of a directory comes when others know that nothing is left in it. */
function deletionsFirst(a: Pending, b: Pending): number {
  return Number(b.change.record.deleted) - Number(a.change.record.deleted)
}

/** Paths of the changes that take content out of the folder, when they are more than the guard allows. */
async function findExcess(
  { index, folder }: FolderContext,
  destructive: readonly Pending[],
): Promise<ReadonlySet<RelativePath>> {
  const none = new Set<RelativePath>()
  if (destructive.length === 0) return none
  const room = await index.call('guardRoom', { folder })
  if (!room || destructive.length <= room.items) return none
  const contents = destructive.map(({ change, before }) => {
    return { path: change.record.path, contentHash: before?.contentHash ?? '' }
  })
  const elsewhere = await index.call('isElsewhere', { folder, contents })
  const lost = contents.filter(({ contentHash }, i) => contentHash !== '' && !elsewhere[i])
  if (lost.length <= room.items) return none
  const held = new Set(lost.map(({ path }) => path))
  // A directory goes with what is in it.
  for (const { path } of lost)
    for (let above = parentOf(path); above !== '' && !held.has(above); above = parentOf(above))
      held.add(above)
  return held
}

function isLive(row: LocalRow | undefined): boolean {
  return row !== undefined && isOnDisk(row.announced.stance) && !row.announced.record.deleted
}

/** Same kind, content, mode and mtime as when the statement was made. */
function isUnchanged(entry: Entry, row: LocalRow, contentHash: string): boolean {
  const { record } = row.announced
  if (!isLive(row) || !row.disk || record.kind !== entry.stat.kind) return false
  const sameMetadata = record.kind === 'directory' || entry.stat.mtimeNs === row.disk.stat.mtimeNs
  const sameMode = record.kind === 'symlink' || (entry.stat.mode & 0o777) === (row.disk.stat.mode & 0o777)
  return record.contentHash === contentHash && sameMetadata && sameMode
}

/** The damage that we know of: nobody wrote since, only a name, a mode or nothing was changed. */
function isStillDamaged({ stat }: Entry, row: LocalRow, contentHash: string): boolean {
  const before = row.disk?.stat
  if (!isDamaged(row) || !before || contentHash === row.announced.record.contentHash) return false
  return sameFile(stat, before)
}

/**
 * A disk may keep less of a time or mode than the user's record says; only what the user changed
 * since is taken from the disk.
 */
function withUserMetadata<R extends { mode: number; mtimeNs: bigint }>(
  record: R,
  entry: Entry,
  row: LocalRow | undefined,
): R {
  if (!row?.disk || !isLive(row) || row.announced.record.kind !== entry.stat.kind) return record
  const before = row.announced.record
  const mode = (entry.stat.mode & 0o777) === (row.disk.stat.mode & 0o777) ? before.mode : record.mode
  const mtimeNs = entry.stat.mtimeNs === row.disk.stat.mtimeNs ? before.mtimeNs : record.mtimeNs
  return { ...record, mode, mtimeNs }
}

/** Our rows at and below a path, in order, page by page. */
class RowCursor {
  readonly #context: FolderContext
  readonly #under: RelativePath
  #page: LocalRow[] = []
  #after = ''
  #started = false
  #ended = false

  constructor(context: FolderContext, under: RelativePath) {
    this.#context = context
    this.#under = under
  }

  async peek(): Promise<LocalRow | undefined> {
    if (this.#page.length === 0 && !this.#ended) await this.#load()
    return this.#page[0]
  }

  async take(): Promise<LocalRow | undefined> {
    await this.peek()
    return this.#page.shift()
  }

  /** Goes on behind everything at and below `above` ("name/" means only below it). */
  async skipPast(above: string): Promise<void> {
    if (above === '') {
      this.#page = []
      this.#ended = true
      return
    }
    const inside = (path: string): boolean => path === above || path.startsWith(above.replace(/\/?$/, '/'))
    while (this.#page.length > 0 && inside(this.#page[0]?.announced.record.path ?? '')) this.#page.shift()
    if (this.#page.length > 0 || this.#ended) return
    const end = above.replace(/\/?$/, '0')
    if (comparePaths(this.#after, end) < 0) this.#after = `${above.replace(/\/$/, '')}/\u{10ffff}`
  }

  async #load(): Promise<void> {
    const { index, folder } = this.#context
    if (!this.#started && this.#under !== '') {
      this.#started = true
      const [own] = await index.call('local', { folder, paths: [this.#under] })
      if (own) {
        this.#page = [own]
        return
      }
    }
    this.#started = true
    const query = { folder, under: this.#under, after: this.#after, limit: 1_000 }
    this.#page = await index.call('localUnder', query)
    this.#ended = this.#page.length < 1_000
    this.#after = this.#page.at(-1)?.announced.record.path ?? this.#after
  }
}
