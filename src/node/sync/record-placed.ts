/**
 * The statement after the deed. Promises that what was placed is recorded with what the disk shows
 * of it, on the statement of now; a change that cannot be recorded is looked at again, never assumed.
 */
import type { FileRecord } from '../core/record.ts'
import { mergeVectors } from '../core/version-vector.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalChange, LocalRow } from '../index/index-port.ts'
import type { FolderContext } from './ports.ts'
import { isRacy } from './stat-compare.ts'
import { liveOf } from './target.ts'

/** What became of a plan. */
export type Placed =
  /** `lookAt`: what is there was changed along with it. */
  | { readonly kind: 'done'; readonly lookAt?: readonly RelativePath[] }
  /** The disk is not what the plan was made on: look at these paths first. */
  | { readonly kind: 'look-again'; readonly paths: readonly RelativePath[] }
  /** Something else has to happen first: children to go, a parent to come. */
  | { readonly kind: 'later' }

export const lookAgain = (...paths: RelativePath[]): Placed => ({ kind: 'look-again', paths })
export const later: Placed = { kind: 'later' }

/** Our statement becomes `record`; `stat` is what the disk shows of it, undefined when it is gone. */
export function changeOf(
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

/** `local`: our statement of the path that was changed; of other paths among the changes we held nothing. */
export async function commit(
  context: FolderContext,
  changes: readonly LocalChange[],
  local: LocalRow | undefined,
): Promise<Placed> {
  const { index, folder, archive } = context
  const held = liveOf(local)
  const before = ({ path }: FileRecord): FileRecord | undefined => (held?.path === path ? held : undefined)
  await archive.note(changes.map(({ record }) => ({ record, before: before(record), source: 'remote' })))
  let waiting = changes
  for (let tries = 0; tries < TRIES && waiting.length > 0; tries++) {
    const { outcomes } = await index.call('recordLocal', { folder, changes: waiting })
    const stale = waiting.filter((_, i) => outcomes[i] === 'stale')
    waiting = await Promise.all(stale.map((change) => rebase(context, change)))
  }
  return waiting.length === 0 ? { kind: 'done' } : lookAgain(...waiting.map(({ record }) => record.path))
}

/**
 * The same change on the statement of now. What others said in between the plan did not know, so it is not
 * covered: a deletion that came while the file arrived is carried out next. Only our own counters stay.
 */
async function rebase(context: FolderContext, change: LocalChange): Promise<LocalChange> {
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: [change.record.path] })
  const between = row?.announced.record
  if (!between) return { ...change, basedOn: 0 }
  const own = between.version.filter(([replica]) => replica.startsWith(`${context.self.device}/`))
  const version = mergeVectors(change.record.version, own)
  return { ...change, record: { ...change.record, version }, basedOn: row.announced.sequence }
}
