/**
 * Our own statements, as a scan or a placement asks for them. Promises that a change made on what is no
 * longer our statement is not recorded, and that what is withheld is never told as ours. Never decides what
 * is withheld because there is too much of it (guard.ts counts, the scan asks).
 */
import type { Announced, DeviceId, FileRecord } from '../core/record.ts'
import { sameState, withContentOf } from '../core/resolve.ts'
import { EMPTY_VECTOR } from '../core/version-vector.ts'
import { isDeed } from '../core/withheld.ts'
import { strike, tookContent } from './guard.ts'
import type { LocalChange } from './index-port.ts'
import { stamped } from './lives.ts'
import { deviceKey } from './lookup.ts'
import { announcedOf, diskValues } from './rows.ts'
import type { Row } from './rows.ts'
import { putOwn, settlePath, viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

export function recordOne(
  sql: Statements,
  folder: FolderRow,
  self: DeviceId,
  change: LocalChange,
): 'recorded' | 'stale' {
  const { path } = change.record
  const before = sql.statement.get(folder.key, path, SELF) as Row | undefined
  if (Number(before?.['sequence'] ?? 0) !== change.basedOn) return 'stale'
  const known = before && announcedOf(before)
  const statement = statementOf(sql, folder, self, change, known)
  putOwn(sql, folder, statement, known)
  if (!change.isDecided) noteLoss(sql, folder, known, statement)
  if (change.disk) sql.putDisk.run(...diskValues(folder.key, path, change.disk))
  else sql.dropDisk.run(folder.key, path)
  settlePath(sql, folder, path)
  return 'recorded'
}

/** What we say after the change. What nobody was ever told of needs a vector before it can be. */
function statementOf(
  sql: Statements,
  folder: FolderRow,
  self: DeviceId,
  { record, isOurs, stance, reason, isDecided = false }: LocalChange,
  before: Announced | undefined,
): Omit<Announced, 'sequence'> {
  const isUntold = record.version.length === 0
  // Its vector is that of what it was made on: wanted again, it would pass for that very version.
  if (before?.stance === 'withheld' && stance === 'unwanted')
    return { record: { ...record, version: EMPTY_VECTOR }, stance, reason }
  if (!isOurs)
    return { record: isUntold && stance === 'holds' ? stamped(record, folder, self) : record, stance, reason }
  const said = saidByOthers(sql, folder, record)
  if (said) return { record: said, stance: 'holds', reason: '' }
  const isReceiving = folder.policy.mode === 'receive-only'
  const isKept = !isDecided && before?.stance === 'withheld'
  const isWithheld = isReceiving || isKept || stance === 'withheld'
  // A tombstone of what nobody was told deletes nothing anywhere.
  if (!isWithheld || (record.deleted && isUntold))
    return { record: stamped(record, folder, self), stance: 'holds', reason: '' }
  const isHeld = stance === 'withheld' || (isKept && before.reason === 'mass-change')
  return { record, stance: 'withheld', reason: isReceiving && !isHeld ? 'receive-only' : 'mass-change' }
}

/** What a person let through, or gave up, is no loss to be counted. */
function noteLoss(
  sql: Statements,
  folder: FolderRow,
  before: Announced | undefined,
  { record, stance }: Omit<Announced, 'sequence'>,
): void {
  if (!folder.policy.guard || !before || stance !== 'holds') return
  if (before.stance !== 'holds' && before.stance !== 'damaged') return
  const mark = sql.mark.get(folder.key, record.path) as Row | undefined
  if (mark?.['approved'] === 1n || !tookContent(sql, folder, before.record, record)) return
  strike(sql, folder, deviceKey(sql, record.author.device))
}

/**
 * The statement that we were about to carry out, when the disk is that already: a node was killed
 * between placing and recording, or two people did the same. As a change of ours it would be
 * concurrent to whatever its author does next; a deletion made there meanwhile would be undone.
 */
function saidByOthers(sql: Statements, folder: FolderRow, found: FileRecord): FileRecord | undefined {
  const { plan } = viewPath(sql, folder, found.path)
  const asked = plan.kind === 'withheld' ? plan.would : plan
  if (!asked || !isDeed(asked) || !sameState(asked.record, found)) return undefined
  // What nobody was told of, nobody said anything about.
  return asked.record.version.length > 0 ? withContentOf(asked.record, found) : undefined
}
