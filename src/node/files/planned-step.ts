/**
 * Single steps of a plan on the disk. Promises that one is taken only while its path is what the plan
 * was made on, and that nothing is removed that was not parked. Never records anything.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { PathContent } from '../core/history.ts'
import type { MomentStep } from '../core/moment.ts'
import type { RelativePath } from '../core/record.ts'
import { makeUnlessThere } from '../durability/directories.ts'
import type { FileStat } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { FolderContext } from '../sync/ports.ts'
import { sameFile } from '../sync/stat-compare.ts'
import { liveOf } from '../sync/target.ts'
import { deleteAsIs, makeParents } from './write-file.ts'

/** With the directories above it. */
export async function makeAsPlanned(context: FolderContext, path: RelativePath): Promise<void> {
  await makeParents(context, path)
  if (await makeUnlessThere(context.root, path, 0o755)) await context.root.syncDirectory(parentOf(path))
}

/** Parks a file or link first; a directory has to be empty. The caller holds the path. */
export async function removeAsPlanned(
  context: FolderContext,
  { path, content }: Extract<MomentStep, { kind: 'remove' }>,
): Promise<void> {
  const { root } = context
  const there = await root.lstat(path)
  if (there === undefined) return
  await checkAsPlanned(context, path, content, there)
  if (there.kind === 'directory') await context.decided.during(path, '', () => root.removeDirectory(path))
  else await deleteAsIs(context, path, there)
  await root.syncDirectory(parentOf(path))
}

/** Nobody decided about a content that came after the plan was made: FILE_CHANGED. */
export async function checkAsPlanned(
  { index, folder }: FolderContext,
  path: RelativePath,
  planned: PathContent | undefined,
  there: FileStat | undefined,
): Promise<void> {
  if (!planned && !there) return
  const [row] = await index.call('local', { folder, paths: [path] })
  const held = liveOf(row)
  const isRecorded = held?.kind === planned?.kind && held?.contentHash === planned?.contentHash
  const isThere = there?.kind === 'directory' || (there && row?.disk && sameFile(there, row.disk.stat))
  if (planned && there?.kind === planned.kind && isRecorded && isThere) return
  throw new PeerfoldError('FILE_CHANGED', 'the path is not what the plan was made on', { path })
}
