/**
 * Carries out the plan of one path on the disk. Promises, in this order: the new content is whole
 * and durable beside its target, the target still is what the plan was made on, what is there is
 * parked, the name changes in one step, the directory is durable, the statement is recorded. A
 * crash leaves the old or the new; the statement never says more than the disk. Never drops content
 * that nobody else has seen.
 */
import type { FileRecord } from '../core/record.ts'
import { isDeed } from '../core/withheld.ts'
import type { FolderPlan } from '../core/withheld.ts'
import type { FileStat } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import { confirmHeld } from './confirm-held.ts'
import { displace } from './displace.ts'
import { inOpenDirectory } from './open-directory.ts'
import { placeContent } from './place-content.ts'
import { ensureParent, placeDirectory, recordRemoved, removeDirectory } from './place-directory.ts'
import type { FolderContext } from './ports.ts'
import { changeOf, commit, lookAgain } from './record-placed.ts'
import type { Placed } from './record-placed.ts'
import { liveOf, recheck, setModeFor, setMtimeFor } from './target.ts'

/** Carries out `plan`; a file's content must have been assembled before. */
export async function place(
  context: FolderContext,
  plan: FolderPlan,
  local: LocalRow | undefined,
): Promise<Placed> {
  if (!isDeed(plan)) return { kind: 'done' }
  const { path } = plan.record
  const held = plan.kind === 'place' && plan.keepCopy ? [path, plan.keepCopy.path] : [path]
  return context.locks.hold(held, async () => {
    if (plan.kind === 'delete') return remove(context, plan.record, local)
    const inParent = (step: () => Promise<Placed>) => inOpenDirectory(context, parentOf(path), step)
    if (plan.kind === 'metadata') return inParent(() => setMetadata(context, plan.record, local))
    const parent = await ensureParent(context, path)
    if (parent) return parent
    return inParent(() =>
      plan.record.kind === 'directory'
        ? placeDirectory(context, plan, local)
        : placeContent(context, plan, local),
    )
  })
}

async function remove(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  if (liveOf(local)?.kind === 'directory') return removeDirectory(context, record, local)
  const instead = await inOpenDirectory(context, parentOf(record.path), () =>
    takeAway(context, record, local),
  )
  return instead ?? recordRemoved(context, record, local)
}

/** A file or link; what to do instead, or undefined when it is durably gone. */
async function takeAway(
  context: FolderContext,
  { path, author }: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed | undefined> {
  const { root } = context
  const stat = (await recheck(context, path, local))?.stat
  if (!stat) return lookAgain(path)
  const lastStep = (live: FileStat) => root.unlinkIfUnchanged(path, live)
  const gone = { path, by: author, reason: 'deleted', keepCopy: undefined, stat, lastStep } as const
  const made = await displace(context, gone, local)
  if ('instead' in made) return made.instead
  await root.syncDirectory(parentOf(path))
  return undefined
}

async function setMetadata(
  context: FolderContext,
  record: FileRecord,
  local: LocalRow | undefined,
): Promise<Placed> {
  const { root } = context
  const { path } = record
  const was = (await recheck(context, path, local))?.stat
  if (!was) return lookAgain(path)
  if (!(await confirmHeld(context, path, was))) return lookAgain(path)
  const mtimeNs = record.kind === 'directory' ? 0n : await setMtimeFor(context, path, record.mtimeNs, was)
  const stat =
    record.kind === 'symlink' ? await root.lstat(path) : await setModeFor(context, path, record.mode, was)
  const before = local?.disk?.stat
  if (!stat || !before || stat.inode !== before.inode || stat.size !== before.size) return lookAgain(path)
  // Somebody wrote or touched it meanwhile: that is theirs, and no statement of ours is about it.
  if (record.kind !== 'directory' && stat.mtimeNs !== mtimeNs) return lookAgain(path)
  // A write between the check and the new stamp would hide behind it: always read it next time.
  const disk = { stat, racy: true, retained: false }
  const placed = await commit(context, [{ ...changeOf(context, record, local, stat), disk }], local)
  if (record.kind === 'directory' || stat.links === 1 || placed.kind !== 'done') return placed
  return { kind: 'done', lookAt: await otherNames(context, path, stat) }
}

/** Names that got the mode and time along with this one: nothing but a look tells the other devices. */
async function otherNames(
  { index, folder }: FolderContext,
  path: RelativePath,
  { inode, device }: FileStat,
): Promise<RelativePath[]> {
  const rows = await index.call('namesOf', { folder, inode, device })
  return rows.map(({ announced }) => announced.record.path).filter((name) => name !== path)
}
