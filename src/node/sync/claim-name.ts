/**
 * Whether a path that nothing of ours has can be given to what comes, asked before any content
 * moves. Promises that a name is refused with a code that says why, that what has the name under
 * another spelling is never overwritten or merged with, and that where it is about to go for
 * this very name, it is renamed instead of fetched again. Never touches content.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { FileRecord } from '../core/record.ts'
import type { FolderPlan } from '../core/withheld.ts'
import { sameContent } from '../core/resolve.ts'
import { isAwkwardName } from '../fs/awkward-names.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { OWN_DIRECTORY } from '../fs/own-directory.ts'
import { joinPath, nameOf, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import { confirmHeld } from './confirm-held.ts'
import { callInDirectory } from './open-directory.ts'
import type { FolderContext } from './ports.ts'
import { later, lookAgain } from './record-placed.ts'
import type { Placed } from './record-placed.ts'
import { collision, otherSpelling } from '../fs/spelling.ts'
import { isDamaged, liveOf } from './target.ts'

/** Awkward names are tried here first: where they fail, nobody sees them. */
const TRIAL_DIRECTORY = joinPath(OWN_DIRECTORY, 'names')
/** Children of one directory asked for at once. */
const PAGE = 500

/**
 * Undefined when `record` may be placed, else what to do instead. Throws NAME_UNUSABLE,
 * NAME_COLLISION or KIND_UNSUPPORTED.
 */
export async function claimName(context: FolderContext, record: FileRecord): Promise<Placed | undefined> {
  const { root } = context
  await tryName(context, nameOf(record.path))
  const stat = await root.lstat(record.path)
  const other = stat && (await otherSpelling(root, record.path, stat))
  return other === undefined ? undefined : makeWay(context, record, other)
}

/** Whether the disk keeps such a name, and keeps it as it is: some cut off a dot or space at its end. */
async function tryName({ root, locks }: FolderContext, name: string): Promise<void> {
  if (!isAwkwardName(name)) return
  const path = joinPath(TRIAL_DIRECTORY, name)
  // One at a time: the disk may take the name of another trial for this one.
  const isKept = await locks.hold([TRIAL_DIRECTORY], async () => {
    await ensureTrialDirectory(root)
    await createEmpty(root, path)
    const kept = (await root.list(TRIAL_DIRECTORY)).some((entry) => entry.name === name)
    await root.unlink(path)
    return kept
  })
  if (!isKept) throw new PeerfoldError('NAME_UNUSABLE', 'the disk changes this name', { path: name })
}

async function ensureTrialDirectory(root: FolderRoot): Promise<void> {
  try {
    if ((await root.lstat(TRIAL_DIRECTORY)) === undefined) await root.makeDirectory(TRIAL_DIRECTORY, 0o700)
  } catch (error) {
    if (codeOf(error) !== 'FILE_EXISTS') throw error
  }
}

/** One that a crash left behind will do as well. */
async function createEmpty(root: FolderRoot, path: RelativePath): Promise<void> {
  try {
    await (await root.createFile(path, 0o600)).close()
  } catch (error) {
    if (codeOf(error) !== 'FILE_EXISTS') throw error
  }
}

/** What has the name is about to go: renamed where it is what comes, else it goes first. */
async function makeWay(context: FolderContext, record: FileRecord, other: RelativePath): Promise<Placed> {
  const { index, folder, locks, root } = context
  const { plan, local } = await index.call('planOf', { folder, path: other })
  const held = liveOf(local)
  if (plan.kind !== 'delete' || !held) throw collision(record.path, other)
  if (!(await isOnlyRenamed(context, local, record))) return later
  // What somebody writes there meanwhile goes along: the scan finds it under the new name.
  await locks.hold([other, record.path], () =>
    callInDirectory(context, parentOf(other), () => root.rename(other, record.path)),
  )
  return lookAgain(other, record.path)
}

/** Everything that goes is to be at the new path, as it is. */
async function isOnlyRenamed(
  context: FolderContext,
  local: LocalRow | undefined,
  to: FileRecord,
): Promise<boolean> {
  const held = liveOf(local)
  if (!held || !sameContent(held, to) || !(await isWhole(context, local))) return false
  if (held.kind !== 'directory') return true
  const { index, folder } = context
  const planAt = async (path: RelativePath): Promise<FolderPlan> =>
    (await index.call('planOf', { folder, path })).plan
  for (let after = ''; ;) {
    const rows = await index.call('localUnder', { folder, under: held.path, after, limit: PAGE })
    for (const row of rows) {
      const child = liveOf(row)
      if (!child) continue
      const moved = await planAt(to.path + child.path.slice(held.path.length))
      const isMoved = moved.kind === 'place' && sameContent(moved.record, child)
      if (!isMoved || (await planAt(child.path)).kind !== 'delete') return false
      if (!(await isWhole(context, row))) return false
    }
    if (rows.length < PAGE) return true
    after = rows.at(-1)?.announced.record.path ?? after
  }
}

/** What the disk spoiled is another content at another path, and would pass for something new there. */
async function isWhole(context: FolderContext, local: LocalRow | undefined): Promise<boolean> {
  const held = liveOf(local)
  if (!held || isDamaged(local)) return false
  const stat = await context.root.lstat(held.path)
  return stat === undefined || (await confirmHeld(context, held.path, stat))
}
