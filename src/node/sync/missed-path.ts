/**
 * A path that we have a statement of and a walk did not meet. Promises that absence is a deletion only of
 * what we held and only when one more look finds nothing either; that ignored is not deleted; and that
 * what is no longer ignored, and gone, is forgotten. Never records anything itself.
 */
import type { RelativePath } from '../fs/relative-path.ts'
import { isSpelledSo } from '../fs/spelling.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import { recordOfDeletion } from './local-record.ts'
import type { FolderContext } from './ports.ts'
import { liveOf } from './target.ts'

/** The change that it is; 'again' when something is there after all, 'forget' when it is nothing any more. */
export async function changeOfMissed(
  { root, rules, self }: FolderContext,
  row: LocalRow,
): Promise<LocalChange | 'again' | 'forget' | undefined> {
  const { record, stance, sequence } = row.announced
  const ignored = rules().ignores(record.path, record.kind === 'directory')
  const based = { isOurs: false, reason: '', disk: undefined, basedOn: sequence }
  if (stance === 'unwanted') return ignored ? undefined : 'forget'
  if (!liveOf(row)) return row.disk && { record, stance, ...based }
  if (ignored) return { record, stance: 'unwanted', ...based }
  if (await isStillThere(root, record.path)) return 'again'
  return { ...based, record: recordOfDeletion(record, self, stance), isOurs: true, stance: 'holds' }
}

/**
 * One more look: it may have been placed or made since the walk passed. A disk that takes another
 * name for this one says so too: what was renamed from "A" to "a" is gone under the first.
 */
async function isStillThere(root: FolderContext['root'], path: RelativePath): Promise<boolean> {
  try {
    const stat = await root.lstat(path)
    return stat !== undefined && stat.kind !== 'other' && (await isSpelledSo(root, path))
  } catch {
    // Not being able to look is no deletion.
    return true
  }
}
