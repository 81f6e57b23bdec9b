/**
 * Records what a scan found, in transactions. Promises that a name is recorded only when it survives a
 * power cut, that nothing is recorded of a path that is being placed, and that what takes content away
 * comes last, when its number is known: beyond what the guard allows it is told to nobody before a person
 * was asked, unless a person just did it in the app. Never looks at content.
 */
import { isPeerfoldError } from '../base/errors.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { deletionsFirst, findExcess, isDestructive } from './excess.ts'
import type { Pending } from './excess.ts'
import { isLive } from './found-entry.ts'
import type { FolderContext } from './ports.ts'
import { liveOf } from './target.ts'

export interface Recorded {
  /** Statements recorded. */
  changes: number
  /** Paths to look at again soon: they changed while being read, or are being placed. */
  readonly again: RelativePath[]
  /** Directories in which a name is free that was taken. */
  readonly freed: Set<RelativePath>
  /** More is gone than the guard allows, unless it is found elsewhere: look at the whole folder. */
  missesMuch: boolean
}

/** Changes recorded in one transaction. */
const BATCH = 500
/** Rewritten files kept until their number is known; beyond, what there is of them is judged. */
const MOST_DESTRUCTIVE = 50_000

export class ScanRecorder {
  readonly result: Recorded = { changes: 0, again: [], freed: new Set(), missesMuch: false }
  readonly #context: FolderContext
  readonly #isFull: () => boolean
  #batch: Pending[] = []
  /** Changes that take content away, by path: two hints may lead to the same one. */
  readonly #destructive = new Map<RelativePath, Pending>()

  /** `isFull`: all of the folder is looked at, so that what moved is found where it is. */
  constructor(context: FolderContext, isFull: () => boolean) {
    this.#context = context
    this.#isFull = isFull
  }

  /** What is held when it was looked at just now shows what is not to stay, the mode of a moment even when it is over. */
  async record(change: LocalChange, row: LocalRow | undefined): Promise<void> {
    if (this.#context.locks.isHeld(change.record.path)) {
      this.result.again.push(change.record.path)
      return
    }
    const isDecided = this.#context.decided.has(change.record)
    const before = liveOf(row)
    const { path, deleted } = change.record
    const isFound = !before && !deleted && !(await this.#context.sight.isNew(path, row))
    const pending = { change: { ...change, isDecided }, before, isFound }
    if (!isDestructive(pending, row)) return this.#push(pending)
    this.#destructive.set(change.record.path, pending)
    if (this.#destructive.size >= MOST_DESTRUCTIVE) await this.finish()
  }

  /** What was to be done with it was found out; what takes content away still waits. */
  async flush(): Promise<void> {
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
    await archive.note(
      lasting.map(({ change: { record }, before, isFound }) => {
        return { record, before, source: isFound ? 'found' : 'local' }
      }),
    )
    const { outcomes } = await index.call('recordLocal', { folder, changes })
    const recorded = lasting.filter((_, i) => outcomes[i] === 'recorded')
    // Of a decision that a power cut takes back others would know one half: that the copy is gone.
    if (recorded.some(({ change }) => change.isDecided)) await index.call('makeDurable', {})
    for (const [i, { record }] of changes.entries())
      if (outcomes[i] === 'stale') this.result.again.push(record.path)
    this.result.changes += recorded.length
    for (const { change } of recorded) {
      if (change.isDecided) this.#context.decided.forget(change.record.path)
      if (change.record.deleted) this.result.freed.add(parentOf(change.record.path))
    }
    await this.#lookAtParents(recorded)
  }

  /**
   * All that is left. What is beyond the guard is withheld, by a scan of the whole folder: one of a part
   * cannot tell what is gone from what was moved to where it does not look.
   */
  async finish(): Promise<void> {
    const destructive = [...this.#destructive.values()].toSorted(deletionsFirst)
    this.#destructive.clear()
    await this.flush()
    const undecided = destructive.filter(({ change }) => !change.isDecided)
    const excess = await findExcess(this.#context, undecided)
    for (const pending of destructive) {
      const isHeld = excess.has(pending.change.record.path)
      if (isHeld && !this.#isFull()) {
        this.result.missesMuch = true
        continue
      }
      const held = { ...pending.change, stance: 'withheld', isDecided: false } as const
      await this.#push(isHeld ? { ...pending, change: held } : pending)
    }
    await this.flush()
    // What the disk refused the history before: it may have room by now.
    await this.#context.archive.note([])
  }

  async #push(pending: Pending): Promise<void> {
    this.#batch.push(pending)
    if (this.#batch.length >= BATCH) await this.flush()
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
}
