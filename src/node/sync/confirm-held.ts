/**
 * Reads a file whose ctime a step of ours moves: what the disk spoiled before, and nobody has found yet,
 * would pass for an edit at the next scan, which cannot tell who moved it. Promises that such a file is
 * damaged by our statement before the step is taken, or taken back; that one which somebody wrote or
 * touched is left to the scan; and that nothing is read where a scan would have to look anyway.
 */
import { codeOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { recordDamaged, SECOND_LOOK_MS } from './check-file.ts'
import { digestFile } from './manifests.ts'
import type { FolderContext } from './ports.ts'
import { sameStat } from './stat-compare.ts'
import { isDamaged, liveOf } from './target.ts'

type Parts = Pick<FolderContext, 'folder' | 'root' | 'index' | 'blocks' | 'clock' | 'suspect'>

/**
 * False when the content is not what we say of it: unless somebody writes it just now, all its names are
 * damaged by our statement then. `is`: as whoever asks saw it last. `was`: as it was before a step of ours
 * that moved its ctime already.
 */
export async function confirmHeld(
  parts: Parts,
  path: RelativePath,
  is: FileStat,
  was: FileStat | 'unknown' = is,
): Promise<boolean> {
  const { index, folder, root, clock } = parts
  const [row] = await index.call('local', { folder, paths: [path] })
  const held = liveOf(row)
  if (!row?.disk || held?.kind !== 'file' || row.disk.racy || isDamaged(row)) return true
  // Whoever took the step read it, or it is the scan's matter.
  const before = was === 'unknown' ? { ...is, ctimeNs: row.disk.stat.ctimeNs } : was
  if (!sameStat(before, row.disk.stat)) return true
  // Somebody wrote to it while our step was taken.
  if (!sameStat({ ...is, ctimeNs: before.ctimeNs }, before)) return true
  if ((await look(parts, path, held.contentHash)) === undefined) return true
  await clock.sleep(SECOND_LOOK_MS)
  const wrong = await look(parts, path, held.contentHash)
  if (wrong === undefined) return true
  const now = await root.lstat(path)
  if (wrong === 'FILE_CHANGED' || !now || !sameStat(now, is)) return false
  await recordDamaged(parts, row, now, wrong)
  parts.suspect(path)
  // With the mark lost in a power cut it would pass for an edit all the same.
  await index.call('makeDurable', {})
  return false
}

/** What is wrong with the content; undefined when nothing is, or when its mode keeps it from us as from every scan. */
async function look(parts: Parts, path: RelativePath, contentHash: string): Promise<ErrorCode | undefined> {
  try {
    const found = await digestFile(parts, path)
    return found.heldStill && found.contentHash === contentHash ? undefined : 'FILE_DAMAGED'
  } catch (error) {
    const code = codeOf(error)
    if (code === 'PERMISSION_DENIED') return undefined
    if (code === 'IO_ERROR') return code
    // Gone or another kind by now, if only while a disk is unmounted: that says nothing of its bytes.
    if (code === 'FILE_NOT_FOUND' || code === 'KIND_UNSUPPORTED') return 'FILE_CHANGED'
    throw error
  }
}
