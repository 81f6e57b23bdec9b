/**
 * Puts a file or link in its place. Promises that it is whole and durable under another name first,
 * and that it takes a name nobody has or the name of what was parked, in one step.
 */
import type { FileRecord } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { temporaryOf } from './assemble.ts'
import { displace } from './displace.ts'
import { giveName } from './give-name.ts'
import { emptyAndRemove, revive } from './place-directory.ts'
import type { Place } from './place-directory.ts'
import type { FolderContext } from './ports.ts'
import { changeOf, commit, lookAgain } from './record-placed.ts'
import type { Placed } from './record-placed.ts'
import { sameFile } from './stat-compare.ts'
import { recheck } from './target.ts'

/**
 * Where a directory stands in which anything lives on, the directory keeps the name: our statement
 * becomes concurrent to the file's, whose holders then make it a conflict copy.
 */
export async function placeContent(
  context: FolderContext,
  plan: Place,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { record } = plan
  const checked = await recheck(context, record.path, local)
  if (!checked) return lookAgain(record.path)
  if (checked.stat?.kind !== 'directory') return fill(context, plan, local, checked.stat)
  const emptied = await emptyAndRemove(context, record.path)
  if (emptied === 'kept') return revive(context, record.path, local, undefined)
  return emptied === 'removed' ? fill(context, plan, local, undefined) : emptied
}

/** `stat` is what stands there; undefined when nothing does. */
async function fill(
  context: FolderContext,
  plan: Place,
  local: LocalRow | undefined,
  stat: FileStat | undefined,
): Promise<Placed> {
  const { root } = context
  const { record, keepCopy } = plan
  const temporary = temporaryOf(context, record)
  let ready = await finishTemporary(context, record, temporary)
  let copies: readonly LocalChange[] = []
  if (!stat) {
    const named = await giveName(context, temporary, record.path, ready)
    if (!named) return lookAgain(record.path)
    ready = named
  } else {
    const reason = keepCopy ? 'conflict' : 'replaced'
    const lastStep = (live: FileStat) => root.replaceIfUnchanged(temporary, record.path, live)
    const made = await displace(
      context,
      { path: record.path, by: record.author, reason, keepCopy, stat, lastStep },
      local,
    )
    if ('instead' in made) return made.instead
    copies = made.copies
  }
  await root.syncDirectory(parentOf(record.path))
  const placed = await root.lstat(record.path)
  if (placed?.inode !== ready.inode || placed.device !== ready.device)
    return lookAgain(record.path, ...copies.map((copy) => copy.record.path))
  if (sameFile(placed, ready) && placed.mode === ready.mode)
    return commit(context, [...copies, changeOf(context, record, local, placed)], local)
  // Somebody changed the very file that we placed: theirs comes after ours, and is no conflict.
  const done = await commit(context, [...copies, changeOf(context, record, local, ready)], local)
  return done.kind === 'done' ? lookAgain(record.path) : done
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
