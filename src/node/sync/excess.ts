/**
 * Changes of one scan that take content out of the folder, and what of them is beyond the guard. Promises
 * that content which only moved counts for nothing, that what goes with all its copies counts, and that a
 * directory is held with what is in it. Never records anything.
 */
import type { FileRecord } from '../core/record.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import type { FolderContext } from './ports.ts'

/** A change that is not recorded yet. */
export interface Pending {
  readonly change: LocalChange
  /** What we held there before. */
  readonly before: FileRecord | undefined
  /** Nothing was held, and nobody knows whether something was there. */
  readonly isFound?: boolean
}

/**
 * A deletion, or something else where a file, link or directory was. A file that became a directory is
 * recorded in its order: others must not meet its children first.
 */
export function isDestructive({ change, before }: Pending, row: LocalRow | undefined): boolean {
  // What the disk spoiled counts, too: others may hold it whole, and would delete it.
  const isHeld = row?.announced.stance === 'holds' || row?.announced.stance === 'damaged'
  if (!before || !change.isOurs || !isHeld) return false
  const { record } = change
  const isOther = record.kind !== before.kind || record.contentHash !== before.contentHash
  return record.deleted || (record.kind !== 'directory' && isOther)
}

/** What takes the name of a directory comes when others know that nothing is left in it. */
export function deletionsFirst(a: Pending, b: Pending): number {
  return Number(b.change.record.deleted) - Number(a.change.record.deleted)
}

/** Paths of the changes that take content out of the folder, when they are more than the guard allows. */
export async function findExcess(
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
  const elsewhere = await index.call('areElsewhere', { folder, contents })
  const lost = contents.filter(({ contentHash }, i) => contentHash !== '' && !elsewhere[i])
  if (lost.length <= room.items) return none
  const held = new Set(lost.map(({ path }) => path))
  // A directory goes with what is in it.
  for (const { path } of lost)
    for (let above = parentOf(path); above !== '' && !held.has(above); above = parentOf(above))
      held.add(above)
  return held
}
