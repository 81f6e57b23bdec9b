/**
 * Names that were changed and not yet synced. Promises that a name synced by its directory
 * survives every power cut, that a rename happens whole or not at all, and that the tree stays a
 * tree. Never decides about file contents.
 *
 * Model: changes of unrelated names reach the disk in any order. Two changes keep their order
 * when they touch the same name or the same inode, as every journal does; so a lost link keeps
 * the inode's old name, because the change that would have removed it is lost too. The directory
 * that holds a name is on its own: syncing a new directory does not make its parent's name for it
 * durable.
 */
import type { Random } from '../base/random.ts'
import type { Entry, Inode } from './memory-inode.ts'

/** One name set or (without entry) removed. */
export interface NameEdit {
  readonly directory: Inode
  readonly key: string
  readonly entry: Entry | undefined
}

/** One step of the disk: create, link, unlink and the like have one edit, a rename has two. */
export interface NameChange {
  readonly edits: readonly NameEdit[]
  /** Inodes that gain or lose a name. */
  readonly inodes: readonly Inode[]
  /** Directories from the target's up to the root, when an inode that was there before moves there. */
  readonly above: readonly Inode[]
}

type Side = 'entries' | 'durableEntries'

function apply(change: NameChange, side: Side): void {
  const count = side === 'entries' ? 'names' : 'durableNames'
  for (const { directory, key, entry } of change.edits) {
    const previous = directory[side].get(key)
    if (previous !== undefined) previous.inode[count]--
    if (entry !== undefined) entry.inode[count]++
    if (entry === undefined) directory[side].delete(key)
    else directory[side].set(key, entry)
  }
}

function touchSameName(a: NameChange, b: NameChange): boolean {
  return a.edits.some((x) => b.edits.some((y) => x.directory === y.directory && x.key === y.key))
}

/** Whether `later` means nothing unless `earlier` happened. */
function needs(later: NameChange, earlier: NameChange): boolean {
  return (
    touchSameName(later, earlier) ||
    earlier.inodes.some((inode) => later.inodes.includes(inode) || later.above.includes(inode))
  )
}

/** The same after a power cut: what happened inside a directory went with the directory. */
function needsAtCrash(later: NameChange, earlier: NameChange): boolean {
  return needs(later, earlier) || later.edits.some((edit) => earlier.inodes.includes(edit.directory))
}

/** How one crash went, for counting rare events. */
export interface NamesLost {
  readonly kept: number
  readonly lost: number
}

export class NameJournal {
  #pending: NameChange[] = []
  readonly #unnamed: (inode: Inode) => void

  /** `unnamed` hears of each inode that may have lost its last name, now or on disk. */
  constructor(unnamed: (inode: Inode) => void) {
    this.#unnamed = unnamed
  }

  get pendingCount(): number {
    return this.#pending.length
  }

  /** Does `change` now; a power cut may undo it until it is settled. */
  record(change: NameChange): void {
    apply(change, 'entries')
    this.#pending.push(change)
    for (const inode of change.inodes) inode.pendingChanges++
    change.inodes.forEach(this.#unnamed)
  }

  /** Makes every change of a name in `directory` durable, with what those changes rest on. */
  syncDirectory(directory: Inode): void {
    for (const change of [...this.#pending])
      if (change.edits.some((edit) => edit.directory === directory)) this.settle(change)
  }

  /** Makes `change`, and what it rests on, durable. */
  settle(change: NameChange): void {
    const place = this.#pending.indexOf(change)
    if (place < 0) return
    for (const earlier of this.#pending.slice(0, place)) if (needs(change, earlier)) this.settle(earlier)
    this.#pending.splice(this.#pending.indexOf(change), 1)
    apply(change, 'durableEntries')
    for (const inode of change.inodes) inode.pendingChanges--
    change.inodes.forEach(this.#unnamed)
  }

  /** Makes durable whatever gave or took a name of one of these inodes. */
  settleInodes(inodes: readonly Inode[]): void {
    for (const change of [...this.#pending])
      if (change.inodes.some((inode) => inodes.includes(inode))) this.settle(change)
  }

  settleAll(): void {
    for (const change of [...this.#pending]) this.settle(change)
  }

  /** Leaves in `durableEntries` what a power cut could have left. */
  crash(root: Inode, random: Random): NamesLost {
    const lost: NameChange[] = []
    for (const change of this.#pending) {
      for (const inode of change.inodes) inode.pendingChanges--
      const must = lost.some((earlier) => needsAtCrash(change, earlier))
      if (must || random.below(2) === 0 || !keepsTree(change, root)) lost.push(change)
      else apply(change, 'durableEntries')
    }
    const kept = this.#pending.length - lost.length
    this.#pending = []
    return { kept, lost: lost.length }
  }
}

/** Whether a directory would not end up below itself, or anything outside the tree. */
function keepsTree(change: NameChange, root: Inode): boolean {
  if (change.above.length === 0) return true
  const target = change.edits.find((edit) => edit.entry !== undefined)
  if (target === undefined) return true
  return isBelow(root, target.directory, target.entry!.inode)
}

/** Whether `wanted` is reached from `from` over durable names without passing `barred`. */
function isBelow(from: Inode, wanted: Inode, barred: Inode): boolean {
  if (from === barred) return false
  if (from === wanted) return true
  for (const { inode } of from.durableEntries.values())
    if (inode.kind === 'directory' && isBelow(inode, wanted, barred)) return true
  return false
}
