/**
 * Directories: made, removed when nothing is left in them, brought back for a child. Promises that
 * nothing unknown is ever removed with a directory, and that what lives on keeps its directory.
 */
import { isErrorCode, PeerfoldError } from '../base/errors.ts'
import { conflictCopyOf } from '../core/conflict-copy.ts'
import type { PathPlan } from '../core/plan.ts'
import type { FileRecord } from '../core/record.ts'
import { isOnDisk } from '../core/record.ts'
import type { FolderPlan } from '../core/withheld.ts'
import { mergeVectors } from '../core/version-vector.ts'
import type { FileStat } from '../fs/file-system.ts'
import { joinPath, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { displace } from './displace.ts'
import type { Displacement } from './displace.ts'
import { inOpenDirectory, inOwnDirectory } from './open-directory.ts'
import { diskAway } from './other-disk.ts'
import { isOurTemporary } from './own-names.ts'
import type { FolderContext } from './ports.ts'
import { changeOf, commit, later, lookAgain } from './record-placed.ts'
import type { Placed } from './record-placed.ts'
import { refuseForeign } from '../fs/spelling.ts'
import { isDamaged, liveOf, recheck, setModeFor } from './target.ts'

export type Place = Extract<PathPlan, { kind: 'place' }>

export async function placeDirectory(
  context: FolderContext,
  { record, keepCopy }: Place,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { path } = record
  const room = await clear(context, { path, by: record.author, keepCopy }, local)
  if ('instead' in room) return room.instead
  if (!room.stands) await root.makeDirectory(path, 0o700)
  const stands = await root.lstat(path)
  const stat = stands?.kind === 'directory' && (await setModeFor(context, path, record.mode, stands))
  await root.syncDirectory(parentOf(path))
  if (!stat || stat.kind !== 'directory')
    return lookAgain(path, ...room.copies.map((copy) => copy.record.path))
  return commit(context, [...room.copies, changeOf(context, record, local, stat)], local)
}

/** Takes away what has the name of a directory to be; `stands`: it is one already. */
async function clear(
  context: FolderContext,
  { path, by, keepCopy }: Pick<Displacement, 'path' | 'by' | 'keepCopy'>,
  local: LocalRow | undefined,
): Promise<
  { readonly copies: readonly LocalChange[]; readonly stands: boolean } | { readonly instead: Placed }
> {
  const { root } = context
  const there = await root.lstat(path)
  if (there && !liveOf(local)) await refuseForeign(root, path, there)
  if (there?.kind === 'directory') return { copies: [], stands: true }
  const checked = await recheck(context, path, local)
  if (!checked) return { instead: lookAgain(path) }
  const { stat } = checked
  if (!stat) return { copies: [], stands: false }
  const reason = keepCopy ? 'conflict' : 'replaced'
  const lastStep = (live: FileStat) => root.unlinkIfUnchanged(path, live)
  const made = await displace(context, { path, by, reason, keepCopy, stat, lastStep }, local)
  return 'instead' in made ? made : { copies: made.copies, stands: false }
}

/** 'kept': something stays in it. Otherwise what to do instead, or 'removed', durably. Whoever calls holds it. */
export async function emptyAndRemove(
  context: FolderContext,
  path: RelativePath,
): Promise<Placed | 'kept' | 'removed'> {
  const { index, folder } = context
  if (await index.call('liveUnder', { folder, path })) {
    const children = await index.call('localUnder', { folder, under: path, after: '', limit: 1_000 })
    const going = await anyGoing(context, children)
    return going ? later : 'kept'
  }
  if (await tryRemove(context, path)) return 'removed'
  const left = await inOwnDirectory(context, path, () => whatIsLeft(context, path))
  if (left === 'unknown') return lookAgain(path)
  if (left === 'unwanted') return 'kept'
  return (await tryRemove(context, path)) ? 'removed' : lookAgain(path)
}

/** False when something is in it; true when it is durably gone. */
async function tryRemove(context: FolderContext, path: RelativePath): Promise<boolean> {
  const { root } = context
  const above = parentOf(path)
  return inOpenDirectory(context, above, async () => {
    try {
      await root.removeDirectory(path)
    } catch (error) {
      if (error instanceof PeerfoldError && error.code === 'DIRECTORY_NOT_EMPTY') return false
      throw error
    }
    await root.syncDirectory(above)
    return true
  })
}

/**
 * Looks into a directory that should be empty; leftovers of ours are removed. 'unwanted': only what
 * is ignored or cannot be synced; 'unknown': something that the index should hear of first.
 */
async function whatIsLeft(
  context: FolderContext,
  path: RelativePath,
): Promise<'nothing' | 'unwanted' | 'unknown'> {
  const { root, index, folder, marker } = context
  let left: 'nothing' | 'unwanted' = 'nothing'
  for (const { name } of await root.list(path)) {
    const child = name === undefined ? undefined : joinPath(path, name)
    const stat = child === undefined ? undefined : await root.lstat(child)
    if (child === undefined || stat?.kind === 'other') left = 'unwanted'
    else if (stat && stat.kind !== 'directory' && isOurTemporary(marker.secret, child))
      await root.unlink(child)
    else if (stat && context.rules().ignores(child, stat.kind === 'directory')) left = 'unwanted'
    else if (stat) {
      const [row] = await index.call('local', { folder, paths: [child] })
      if (!row?.disk?.retained) return 'unknown'
      left = 'unwanted'
    }
  }
  return left
}

/** Whether a child is still to be deleted (a held one, too), so that waiting can empty the directory. */
async function anyGoing(context: FolderContext, children: readonly LocalRow[]): Promise<boolean> {
  const { index, folder } = context
  let staying = false
  let going = false
  for (const child of children) {
    if (!liveOf(child)) continue
    const { plan } = await index.call('planOf', { folder, path: child.announced.record.path })
    const asked = plan.kind === 'withheld' && plan.direction === 'in' ? plan.would : plan
    if (asked?.kind === 'delete') going = true
    else if (liveOf(child)?.kind !== 'directory') staying = true
  }
  return going && !staying
}

/**
 * Makes sure that the directory above `path` is there and ours. A parent that others deleted comes
 * back for its child; a file in its place becomes a conflict copy. Undefined when all is well.
 */
export async function ensureParent(context: FolderContext, path: RelativePath): Promise<Placed | undefined> {
  const parent = parentOf(path)
  if (parent === '') return undefined
  const { index, folder, root, errors } = context
  // What is placed into an empty mount point is hidden when its disk is back.
  const away = errors.nearest('scan', parent, 'DISK_AWAY')
  if (away !== undefined && away !== '') throw diskAway(away)
  const { plan, local, stuck, sources } = await index.call('planOf', { folder, path: parent })
  const held = liveOf(local)
  if (held?.kind === 'directory') {
    const stat = await root.lstat(parent)
    return stat?.kind === 'directory' ? undefined : lookAgain(parent)
  }
  const reason = local?.announced.reason ?? ''
  if (stuck && isErrorCode(reason))
    throw new PeerfoldError(reason, 'the directory above cannot be placed', { path: parent })
  if (plan.kind === 'place' && plan.record.kind === 'directory') return later
  const above = await ensureParent(context, parent)
  if (above) return above
  // A directory of ours would cover content that one other device still has: it is brought back first.
  // What nobody has would be waited for in vain: its bytes are kept as damaged, and the children come.
  if (isDamaged(local) && sources.length > 0) return later
  return context.locks.hold([parent], async () => {
    const make = () => makeParent(context, parent, plan, local)
    const made = await inOpenDirectory(context, parentOf(parent), make)
    return made.kind === 'done' ? undefined : made
  })
}

/** What was withheld there gives way only where nothing is left on the disk to give way. */
async function makeParent(
  context: FolderContext,
  path: RelativePath,
  plan: FolderPlan,
  local: LocalRow | undefined,
): Promise<Placed> {
  if (plan.kind !== 'withheld') return reviveMissing(context, path, plan, local)
  if (liveOf(local))
    throw new PeerfoldError('WITHHELD_IN_THE_WAY', 'a change held back is in the way', { path })
  const { would } = plan
  if (would?.kind !== 'place' || would.record.kind !== 'directory')
    return reviveMissing(context, path, plan, local)
  return placeDirectory(context, would, local)
}

async function reviveMissing(
  context: FolderContext,
  path: RelativePath,
  plan: FolderPlan,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const held = liveOf(local)
  const keepCopy = held && conflictCopyOf(held)
  const room = await clear(context, { path, by: context.self, keepCopy }, local)
  if ('instead' in room) return room.instead
  if (!room.stands) await root.makeDirectory(path, 0o755)
  const seen = plan.kind === 'delete' || plan.kind === 'adopt' ? plan.record : undefined
  return revive(context, path, local, seen, room.copies)
}

/** Records the directory at `path` as a change of ours, covering the tombstone `seen`. */
export async function revive(
  context: FolderContext,
  path: RelativePath,
  local: LocalRow | undefined,
  seen: FileRecord | undefined,
  changes: readonly LocalChange[] = [],
): Promise<Placed> {
  const { root, self } = context
  await root.syncDirectory(parentOf(path))
  const stat = await root.lstat(path)
  if (stat?.kind !== 'directory') return lookAgain(path)
  const before = local && isOnDisk(local.announced.stance) ? local.announced.record.version : []
  const version = seen ? mergeVectors(before, seen.version) : before
  const record: FileRecord = {
    path,
    kind: 'directory',
    deleted: false,
    size: 0,
    mode: stat.mode & 0o777,
    mtimeNs: 0n,
    contentHash: '',
    replacedHash: '',
    linkTarget: '',
    author: self,
    version,
    conflictOf: '',
  }
  const change = { ...changeOf(context, record, local, stat), isOurs: true }
  return commit(context, [...changes, change], local)
}

export async function removeDirectory(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { path } = record
  const stat = await root.lstat(path)
  if (stat?.kind !== 'directory') return lookAgain(path)
  const emptied = await emptyAndRemove(context, path)
  if (emptied === 'kept') {
    const { index, folder } = context
    if (await index.call('liveUnder', { folder, path })) return revive(context, path, local, record)
    // Only what is ignored is left: it stays, and the directory with it, without a word to others.
    const disk = { stat, racy: false, retained: true }
    return commit(context, [{ ...changeOf(context, record, local, undefined), disk }], local)
  }
  if (emptied !== 'removed') return emptied
  return recordRemoved(context, record, local)
}

/** Something is durably gone by a step of ours, and with it the directories above that only stayed for it. */
export async function recordRemoved(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const placed = await commit(context, [changeOf(context, record, local, undefined)], local)
  if (placed.kind === 'done') await removeRetained(context, parentOf(record.path))
  return placed
}

/** Others know it as gone already: nothing is announced. */
async function removeRetained(context: FolderContext, path: RelativePath): Promise<void> {
  const { index, folder, locks } = context
  const rowOf = async (): Promise<LocalRow | undefined> =>
    (await index.call('local', { folder, paths: [path] }))[0]
  if (path === '' || !(await rowOf())?.disk?.retained) return
  const isGone = await locks.hold([path], async () => {
    const row = await rowOf()
    if (!row?.disk?.retained || (await emptyAndRemove(context, path)) !== 'removed') return false
    const change = changeOf(context, row.announced.record, row, undefined)
    await index.call('recordLocal', { folder, changes: [change] })
    return true
  })
  if (isGone) await removeRetained(context, parentOf(path))
}
