/**
 * Carries out the plan of one path on the disk. Promises, in this order: the new content is whole
 * and durable beside its target, the target still is what the plan was made on, what is there is
 * parked, the name changes in one step, the directory is durable, the statement is recorded. A
 * crash leaves the old or the new; the statement never says more than the disk. Never drops content
 * that nobody else has seen.
 */
import { PeerfoldError } from '../base/errors.ts'
import { conflictCopyOf } from '../core/conflict-copy.ts'
import type { PathPlan } from '../core/plan.ts'
import type { FileRecord } from '../core/record.ts'
import { compareVectors, mergeVectors } from '../core/version-vector.ts'
import type { FileStat } from '../fs/file-system.ts'
import { joinPath, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { digestFile } from './manifests.ts'
import { temporaryOf } from './assemble.ts'
import { isOurTemporary } from './own-names.ts'
import type { FolderContext } from './ports.ts'
import { isRacy, sameFile, sameStat } from './stat-compare.ts'

/** What became of a plan. */
export type Placed =
  | { readonly kind: 'done'; readonly records: readonly FileRecord[] }
  /** The disk is not what the plan was made on: look at these paths first. */
  | { readonly kind: 'look-again'; readonly paths: readonly RelativePath[] }
  /** Something else has to happen first: children to go, a parent to come. */
  | { readonly kind: 'later' }

type Place = Extract<PathPlan, { kind: 'place' }>

const lookAgain = (...paths: RelativePath[]): Placed => ({ kind: 'look-again', paths })
const later: Placed = { kind: 'later' }

/** Carries out `plan`; a file's content must have been assembled before. */
export async function place(
  context: FolderContext,
  plan: PathPlan,
  local: LocalRow | undefined,
): Promise<Placed> {
  if (plan.kind === 'nothing' || plan.kind === 'adopt') return { kind: 'done', records: [] }
  const { path } = plan.record
  const held = plan.kind === 'place' && plan.keepCopy ? [path, plan.keepCopy.path] : [path]
  return context.locks.hold(held, async () => {
    if (plan.kind === 'metadata') return setMetadata(context, plan.record, local)
    if (plan.kind === 'delete') return remove(context, plan.record, local)
    const parent = await ensureParent(context, path)
    if (parent) return parent
    return plan.record.kind === 'directory'
      ? placeDirectory(context, plan, local)
      : placeContent(context, plan, local)
  })
}

/** Undefined when the target is what our statement says, else what to do instead. */
async function recheck(
  context: FolderContext,
  path: RelativePath,
  local: LocalRow | undefined,
): Promise<{ stat: FileStat | undefined } | undefined> {
  const stat = await context.root.lstat(path)
  const held = liveOf(local)
  if (!held || !local?.disk) return stat === undefined || local?.disk?.retained ? { stat } : undefined
  if (!stat || stat.kind !== held.kind) return undefined
  if (held.kind === 'directory') return { stat }
  if (!local.disk.racy && sameStat(stat, local.disk.stat)) return { stat }
  if (!sameFile(stat, local.disk.stat)) return undefined
  // The stamp cannot tell: read it. Links are compared by what they say.
  if (held.kind === 'symlink')
    return (await context.root.readLink(path)) === held.linkTarget ? { stat } : undefined
  const digest = await digestFile(context, path)
  const same = digest.heldStill && digest.contentHash === held.contentHash && sameFile(digest.stat, stat)
  return same && (stat.mode & 0o777) === (local.disk.stat.mode & 0o777) ? { stat: digest.stat } : undefined
}

function liveOf(local: LocalRow | undefined): FileRecord | undefined {
  if (local?.announced.stance !== 'holds' || local.announced.record.deleted) return undefined
  return local.announced.record
}

// ---- content -------------------------------------------------------------------------------

/** A file or link: made complete beside the target, then put in its place. */
async function placeContent(
  context: FolderContext,
  plan: Place,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { record } = plan
  const checked = await recheck(context, record.path, local)
  if (!checked) return lookAgain(record.path)
  if (checked.stat?.kind === 'directory') return replaceDirectory(context, plan, local)
  const temporary = temporaryOf(context, record)
  const ready = await finishTemporary(context, record, temporary)
  const changes: LocalChange[] = []
  if (!checked.stat) {
    if (!(await create(context, temporary, record.path))) return lookAgain(record.path)
  } else {
    const copy = plan.keepCopy && (await keepCopy(context, plan.keepCopy, record.path, local, checked.stat))
    if (copy === 'occupied') return lookAgain(plan.keepCopy?.path ?? record.path)
    if (copy) changes.push(copy)
    const replaced = await replace(context, temporary, record, local, plan.keepCopy ? 'conflict' : 'replaced')
    if (!replaced) return undoCopy(context, copy, record.path)
  }
  await root.syncDirectory(parentOf(record.path))
  const stat = await root.lstat(record.path)
  if (!stat || !sameFile(stat, ready) || stat.mode !== ready.mode)
    return lookAgain(record.path, ...changes.map((c) => c.record.path))
  changes.push(changeOf(context, record, local, stat))
  return commit(context, changes, local)
}

/** Mode, mtime, durable; returns what the file must look like once it is in its place. */
async function finishTemporary(
  context: FolderContext,
  record: FileRecord,
  temporary: RelativePath,
): Promise<FileStat> {
  const { root } = context
  if (record.kind === 'symlink') {
    if ((await root.lstat(temporary)) !== undefined) await root.unlink(temporary)
    await root.makeSymlink(temporary, record.linkTarget)
    await root.setMtime(temporary, record.mtimeNs)
    return (await root.lstat(temporary)) as FileStat
  }
  const handle = await root.openWrite(temporary)
  try {
    await handle.setMode(record.mode)
    await handle.setMtime(record.mtimeNs)
    await handle.sync()
    return await handle.stat()
  } finally {
    await handle.close()
  }
}

/** Gives the temporary a free name; false when something has that name meanwhile. */
async function create(context: FolderContext, temporary: RelativePath, path: RelativePath): Promise<boolean> {
  const { root } = context
  try {
    await root.link(temporary, path)
  } catch (error) {
    if (!(error instanceof PeerfoldError)) throw error
    if (error.code === 'FILE_EXISTS') return false
    if (error.code !== 'LINK_UNSUPPORTED') throw error
    // RACE: without hard links a name taken between these two calls is overwritten. Worst case:
    // a file made in that moment on such a disk is lost. Accepted: those disks offer nothing better.
    if ((await root.lstat(path)) !== undefined) return false
    await root.rename(temporary, path)
    return true
  }
  await root.unlink(temporary)
  return true
}

/** Parks what is there and puts the temporary in its place; false when it changed meanwhile. */
async function replace(
  context: FolderContext,
  temporary: RelativePath,
  record: FileRecord,
  local: LocalRow | undefined,
  reason: 'replaced' | 'conflict',
): Promise<boolean> {
  const { root } = context
  return parkAnd(context, record, local, reason, (live) =>
    root.replaceIfUnchanged(temporary, record.path, live),
  )
}

/** Parks what is there and takes its name away; false when it changed meanwhile. */
async function parkAway(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
  reason: 'deleted' | 'replaced' | 'conflict',
): Promise<boolean> {
  const { root } = context
  return parkAnd(context, record, local, reason, (live) => root.unlinkIfUnchanged(record.path, live))
}

/**
 * Parking takes milliseconds, in which people write: what was parked must still be what the plan
 * was made on, and the last step checks once more. Otherwise all stays as it is.
 */
async function parkAnd(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
  reason: 'deleted' | 'replaced' | 'conflict',
  displace: (live: FileStat) => Promise<boolean>,
): Promise<boolean> {
  const before = liveOf(local)
  if (!before || !local?.disk) return false
  const item = { path: record.path, record: before, reason, by: record.author }
  const parked = await context.archive.park(item)
  try {
    if (sameFile(parked.live, local.disk.stat) && (await displace(parked.live))) return true
  } catch (error) {
    await parked.abandon()
    throw error
  }
  await parked.abandon()
  return false
}

/**
 * The loser of a conflict gets its own name before the winner takes the old one. Undefined when
 * the copy is there already, or was resolved before.
 */
async function keepCopy(
  context: FolderContext,
  copy: FileRecord,
  path: RelativePath,
  local: LocalRow | undefined,
  stat: FileStat,
): Promise<LocalChange | undefined | 'occupied'> {
  const { root, index, folder } = context
  for (const hexDigits of [8, 16, 32, 64]) {
    const named = hexDigits === 8 ? copy : renamed(copy, path, local, hexDigits)
    const [row] = await index.call('local', { folder, paths: [named.path] })
    const known = row?.announced.record
    const seen = known && compareVectors(named.version, known.version)
    const isSame = known?.deleted === false && known.contentHash === named.contentHash
    if (seen === 'before' || (seen === 'equal' && isSame)) return undefined
    if (liveOf(row) && liveOf(row)?.contentHash === named.contentHash) return undefined
    if (liveOf(row) || (await root.lstat(named.path)) !== undefined) {
      if (!row) return 'occupied'
      continue
    }
    await root.link(path, named.path)
    await root.syncDirectory(parentOf(named.path))
    const copied = await root.lstat(named.path)
    if (!copied || !sameFile(copied, stat)) return 'occupied'
    return changeOf(context, named, row, copied)
  }
  return undefined
}

/** The path changed under us: the copy just made is of what was there before, and not needed yet. */
async function undoCopy(
  { root }: FolderContext,
  copy: LocalChange | undefined,
  path: RelativePath,
): Promise<Placed> {
  if (copy?.disk && !(await root.unlinkIfUnchanged(copy.record.path, { ...copy.disk.stat, links: 2 })))
    return lookAgain(path, copy.record.path)
  return lookAgain(path)
}

function renamed(
  copy: FileRecord,
  path: RelativePath,
  local: LocalRow | undefined,
  hexDigits: number,
): FileRecord {
  const conflictOf = local?.announced.record.conflictOf ?? ''
  return conflictCopyOf({ ...copy, path, conflictOf }, hexDigits)
}

// ---- directories ---------------------------------------------------------------------------

async function placeDirectory(
  context: FolderContext,
  plan: Place,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { record } = plan
  const { path } = record
  const changes: LocalChange[] = []
  const before = await root.lstat(path)
  if (before?.kind !== 'directory') {
    const checked = await recheck(context, path, local)
    if (!checked) return lookAgain(path)
    if (checked.stat) {
      const copy = plan.keepCopy && (await keepCopy(context, plan.keepCopy, path, local, checked.stat))
      if (copy === 'occupied') return lookAgain(plan.keepCopy?.path ?? path)
      if (copy) changes.push(copy)
      if (!(await parkAway(context, record, local, plan.keepCopy ? 'conflict' : 'replaced')))
        return undoCopy(context, copy, path)
    }
    await root.makeDirectory(path, 0o700)
  }
  const stat = await setModeFor(context, path, record.mode)
  await root.syncDirectory(parentOf(path))
  if (stat?.kind !== 'directory') return lookAgain(path, ...changes.map((c) => c.record.path))
  changes.push(changeOf(context, record, local, stat))
  return commit(context, changes, local)
}

/**
 * A directory has to make room for a file or link. Where anything in it lives on, the directory
 * keeps the name: our statement becomes concurrent to the file's, whose holders then make it a
 * conflict copy.
 */
async function replaceDirectory(
  context: FolderContext,
  plan: Place,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { path } = plan.record
  const emptied = await removeEmpty(context, path)
  if (emptied === 'kept') return revive(context, path, local, undefined)
  if (emptied !== 'removed') return emptied
  const temporary = temporaryOf(context, plan.record)
  const ready = await finishTemporary(context, plan.record, temporary)
  if (!(await create(context, temporary, path))) return lookAgain(path)
  await context.root.syncDirectory(parentOf(path))
  const stat = await context.root.lstat(path)
  if (!stat || !sameFile(stat, ready) || stat.mode !== ready.mode) return lookAgain(path)
  return commit(context, [changeOf(context, plan.record, local, stat)], local)
}

/** 'kept': something stays in it. Otherwise what to do instead, or 'removed'. */
async function removeEmpty(context: FolderContext, path: RelativePath): Promise<Placed | 'kept' | 'removed'> {
  const { index, folder } = context
  if (await index.call('liveUnder', { folder, path })) {
    const children = await index.call('localUnder', { folder, under: path, after: '', limit: 1_000 })
    const going = await anyGoing(context, children)
    return going ? later : 'kept'
  }
  if (await tryRemove(context, path)) return 'removed'
  const left = await whatIsLeft(context, path)
  if (left === 'unknown') return lookAgain(path)
  if (left === 'unwanted') return 'kept'
  return (await tryRemove(context, path)) ? 'removed' : lookAgain(path)
}

/** False when something is in it. */
async function tryRemove({ root }: FolderContext, path: RelativePath): Promise<boolean> {
  try {
    await root.removeDirectory(path)
    return true
  } catch (error) {
    if (error instanceof PeerfoldError && error.code === 'DIRECTORY_NOT_EMPTY') return false
    throw error
  }
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

/** Whether a child is still to be deleted, so that waiting can empty the directory. */
async function anyGoing(context: FolderContext, children: readonly LocalRow[]): Promise<boolean> {
  const { index, folder } = context
  let staying = false
  let going = false
  for (const child of children) {
    if (!liveOf(child)) continue
    const { plan } = await index.call('planOf', { folder, path: child.announced.record.path })
    if (plan.kind === 'delete') going = true
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
  const { index, folder, root } = context
  const { plan, local } = await index.call('planOf', { folder, path: parent })
  const held = liveOf(local)
  if (held?.kind === 'directory') {
    const stat = await root.lstat(parent)
    return stat?.kind === 'directory' ? undefined : lookAgain(parent)
  }
  if (plan.kind === 'place' && plan.record.kind === 'directory') return later
  const above = await ensureParent(context, parent)
  if (above) return above
  return context.locks.hold([parent], async () => {
    const revived = await reviveMissing(context, parent, plan, local)
    return revived.kind === 'done' ? undefined : revived
  })
}

async function reviveMissing(
  context: FolderContext,
  path: RelativePath,
  plan: PathPlan,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const changes: LocalChange[] = []
  const checked = await recheck(context, path, local)
  if (!checked) return lookAgain(path)
  const held = liveOf(local)
  if (held && checked.stat) {
    const copy = await keepCopy(context, conflictCopyOf(held), path, local, checked.stat)
    if (copy === 'occupied') return lookAgain(conflictCopyOf(held).path)
    if (copy) changes.push(copy)
    if (!(await parkAway(context, held, local, 'conflict'))) return undoCopy(context, copy, path)
  }
  if (checked.stat?.kind !== 'directory') await root.makeDirectory(path, 0o755)
  const seen = plan.kind === 'delete' || plan.kind === 'adopt' ? plan.record : undefined
  return revive(context, path, local, seen, changes)
}

/** Records the directory at `path` as a change of ours, covering the tombstone `seen`. */
async function revive(
  context: FolderContext,
  path: RelativePath,
  local: LocalRow | undefined,
  seen: FileRecord | undefined,
  changes: LocalChange[] = [],
): Promise<Placed> {
  const { root, self } = context
  await root.syncDirectory(parentOf(path))
  const stat = await root.lstat(path)
  if (stat?.kind !== 'directory') return lookAgain(path)
  const before = local?.announced.stance === 'holds' ? local.announced.record.version : []
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

// ---- deletion and metadata -----------------------------------------------------------------

async function remove(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { path } = record
  const held = liveOf(local)
  if (held?.kind === 'directory') return removeDirectory(context, record, local)
  const checked = await recheck(context, path, local)
  if (!checked?.stat) return lookAgain(path)
  if (!(await parkAway(context, record, local, 'deleted'))) return lookAgain(path)
  await context.root.syncDirectory(parentOf(path))
  return commit(context, [changeOf(context, record, local, undefined)], local)
}

async function removeDirectory(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { path } = record
  const stat = await root.lstat(path)
  if (stat?.kind !== 'directory') return lookAgain(path)
  const emptied = await removeEmpty(context, path)
  if (emptied === 'kept') {
    const { index, folder } = context
    if (await index.call('liveUnder', { folder, path })) return revive(context, path, local, record)
    // Only what is ignored is left: it stays, and the directory with it, without a word to others.
    const disk = { stat, racy: false, retained: true }
    return commit(context, [{ ...changeOf(context, record, local, undefined), disk }])
  }
  if (emptied !== 'removed') return emptied
  await root.syncDirectory(parentOf(path))
  return commit(context, [changeOf(context, record, local, undefined)], local)
}

async function setMetadata(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { path } = record
  if (!(await recheck(context, path, local))?.stat) return lookAgain(path)
  if (record.kind !== 'directory') await root.setMtime(path, record.mtimeNs)
  const stat =
    record.kind === 'symlink' ? await root.lstat(path) : await setModeFor(context, path, record.mode)
  const before = local?.disk?.stat
  if (!stat || !before || stat.inode !== before.inode || stat.size !== before.size) return lookAgain(path)
  // A write between the check and the new stamp would hide behind it: always read it next time.
  return commit(context, [
    { ...changeOf(context, record, local, stat), disk: { stat, racy: true, retained: false } },
  ])
}

/**
 * Sets the mode and reads back what the disk made of it. A mode that somebody changes in between would
 * pass for what the disk keeps, and never be noticed: one that differs is set once more.
 */
async function setModeFor(
  { root }: FolderContext,
  path: RelativePath,
  mode: number,
): Promise<FileStat | undefined> {
  await root.setMode(path, mode)
  const stat = await root.lstat(path)
  if (!stat || (stat.mode & 0o777) === mode) return stat
  await root.setMode(path, mode)
  return root.lstat(path)
}

// ---- recording -----------------------------------------------------------------------------

function changeOf(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
  stat: FileStat | undefined,
): LocalChange {
  const disk = stat && { stat, racy: isRacy(stat, context.clock.nowNs()), retained: false }
  const basedOn = local?.announced.sequence ?? 0
  return { record, isOurs: false, stance: 'holds', reason: '', disk, basedOn }
}

/** How often a statement that changed meanwhile (somebody's news merged into it) is tried again. */
const TRIES = 3

async function commit(
  context: FolderContext,
  changes: readonly LocalChange[],
  local?: LocalRow,
): Promise<Placed> {
  const { index, folder, archive } = context
  const held = liveOf(local)
  const before = ({ path }: FileRecord): FileRecord | undefined => (held?.path === path ? held : undefined)
  let waiting = changes
  const recorded: FileRecord[] = []
  for (let tries = 0; tries < TRIES && waiting.length > 0; tries++) {
    const { outcomes } = await index.call('recordLocal', { folder, changes: waiting })
    recorded.push(...waiting.filter((_, i) => outcomes[i] === 'recorded').map(({ record }) => record))
    const stale = waiting.filter((_, i) => outcomes[i] === 'stale')
    waiting = await Promise.all(stale.map((change) => rebase(context, change)))
  }
  archive.note(recorded.map((record) => ({ record, before: before(record), source: 'remote' })))
  return waiting.length === 0
    ? { kind: 'done', records: recorded }
    : lookAgain(...waiting.map(({ record }) => record.path))
}

/** The same change on the statement of now: its version covers what came in between. */
async function rebase(context: FolderContext, change: LocalChange): Promise<LocalChange> {
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: [change.record.path] })
  const between = row?.announced.record
  if (!between) return { ...change, basedOn: 0 }
  const version = mergeVectors(change.record.version, between.version)
  return { ...change, record: { ...change.record, version }, basedOn: row.announced.sequence }
}
