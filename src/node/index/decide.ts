/**
 * What a person decided about withheld changes, and what a change of the folder's mode decides for them.
 * Promises that a decision is part of the statements from then on, so that it outlives any stop; and that
 * no content is given up here: rejecting plans what inbound then parks and replaces.
 */
import type { FolderPolicy } from '../core/folder-policy.ts'
import type { Announced, DeviceId, FileRecord } from '../core/record.ts'
import { restatementOf, REVERTING } from '../core/withheld.ts'
import { guardRoom, strikeReleased } from './guard.ts'
import type { WithheldGroup } from './index-port.ts'
import { stamped } from './lives.ts'
import { announcedOf } from './rows.ts'
import type { Row } from './rows.ts'
import { heldByOthers, putOwn, settlePath, viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { isInGroup, withheldChanges } from './withheld-rows.ts'

export interface Decision extends WithheldGroup {
  readonly decision: 'approve' | 'reject'
  readonly author: FileRecord['author']
  readonly after: string
  readonly limit: number
  readonly paths?: readonly string[] | undefined
}

export function decide(
  sql: Statements,
  folder: FolderRow,
  self: DeviceId,
  request: Decision,
): { decided: number; next: string | undefined } {
  const { after, limit } = request
  const listed =
    request.paths ?? withheldChanges(sql, folder.key, request, after, limit).map(({ path }) => path)
  let decided = 0
  // Children before their directories, as a scan tells their deletion.
  const isTold = request.direction === 'out' && request.decision === 'approve'
  for (const path of isTold ? listed.toReversed() : listed) {
    if (!isInGroup(sql, folder.key, path, request) || !decideOne(sql, folder, self, path, request)) continue
    settlePath(sql, folder, path)
    decided++
  }
  const isMore = request.paths === undefined && listed.length === limit
  return { decided, next: isMore ? listed.at(-1) : undefined }
}

/** False when it cannot be decided yet. */
function decideOne(
  sql: Statements,
  folder: FolderRow,
  self: DeviceId,
  path: string,
  { direction, decision, author }: Decision,
): boolean {
  const { local, byDevice, plan } = viewPath(sql, folder, path)
  if (direction === 'out') {
    if (!local) return false
    if (decision === 'approve') release(sql, folder, self, local)
    else return revert(sql, folder, local, plan.kind === 'withheld' && plan.would !== undefined)
  } else if (decision === 'approve') sql.approveMark.run(folder.key, path)
  else {
    // Its content is not here to be stated; it is got back first.
    if (local?.stance === 'damaged') return false
    const record = restatementOf(
      local?.stance === 'holds' ? local.record : undefined,
      heldByOthers(byDevice),
      author,
    )
    if (!record) return false
    putOwn(sql, folder, { record: stamped(record, folder, self), stance: 'holds', reason: '' }, local)
  }
  return true
}

function release(sql: Statements, folder: FolderRow, self: DeviceId, local: Announced): void {
  putOwn(sql, folder, { record: stamped(local.record, folder, self), stance: 'holds', reason: '' }, local)
}

/**
 * Only towards something that is known: where no device told its whole index yet (after the database was
 * lost, say), all that is here would look as if nobody else had it.
 */
function revert(sql: Statements, folder: FolderRow, local: Announced, isKnown: boolean): boolean {
  const sharing = sql.sharing.all(folder.key) as Row[]
  const told = sharing.length === 0 || sharing.some((row) => row['told'] === 1n)
  if (!isKnown || !told) return false
  putOwn(sql, folder, { ...local, reason: REVERTING }, local)
  return true
}

/**
 * Statements that the former mode withheld and the new one does not are told from now on, and count; where
 * they destroy more than the guard allows, a person is asked. What the guard held waits on in every mode.
 * All paths have to be settled afterwards.
 */
export function changePolicy(
  sql: Statements,
  folder: FolderRow,
  self: DeviceId,
  policy: FolderPolicy,
): FolderRow {
  sql.setPolicy.run(JSON.stringify(policy), folder.key)
  const changed = { ...folder, policy }
  if (policy.mode === folder.policy.mode || policy.mode === 'receive-only') return changed
  const rows = (sql.ownWithheld.all(folder.key) as Row[]).map(announcedOf)
  // First: while they wait for a person, there is room for nothing more.
  for (const { record, reason } of rows) if (reason === 'mass-change') settlePath(sql, changed, record.path)
  const from = rows.filter(({ reason }) => reason === 'receive-only')
  const losses = new Set(from.filter(({ record }) => record.deleted || record.replacedHash !== ''))
  const room = guardRoom(sql, changed, SELF, 'out') ?? Infinity
  const held = losses.size > room ? losses : new Set<Announced>()
  for (const local of held) putOwn(sql, changed, { ...local, reason: 'mass-change' }, local)
  const released = from.filter((local) => !held.has(local))
  for (const local of released) release(sql, changed, self, local)
  // Only now is what moved where it went.
  for (const { record } of released) strikeReleased(sql, changed, record)
  return changed
}
