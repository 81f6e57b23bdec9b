/**
 * Settles the many paths that a page of another device's index, other devices of the folder, or the mode
 * of one of them touch. Promises a new revision whenever it ran.
 */
import { PeerfoldError } from '../base/errors.ts'
import { FOLDER_MODES } from '../core/folder-policy.ts'
import type { FolderPolicy } from '../core/folder-policy.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import type { Statement } from '../db/connection.ts'
import { changePolicy } from './decide.ts'
import type { IndexOperations, Settled } from './index-port.ts'
import { isOtherLifeIn } from './lives.ts'
import { deviceKey, getFolder, save } from './lookup.ts'
import { statementValues } from './rows.ts'
import type { Row } from './rows.ts'
import { settlePath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import type { Statements } from './statements.ts'

export function recordPage(
  sql: Statements,
  self: DeviceId,
  page: Parameters<IndexOperations['recordRemote']>[0],
): Settled & { readonly otherLife?: true } {
  const folder = getFolder(sql, page.folder)
  const device = deviceKey(sql, page.device)
  if (!folder.sharing.includes(device))
    throw new PeerfoldError('PEER_PROTOCOL', 'the folder is not shared with this device')
  if (isOtherLifeIn(page.records, self, folder))
    return { adopted: 0, sequence: folder.sequence, otherLife: true }
  const key = { folder: folder.key, device, epoch: page.epoch }
  const touched = new Set<string>()
  for (const announced of page.records) {
    sql.putStatement.run(...statementValues(key, announced))
    touched.add(announced.record.path)
  }
  if (page.complete) {
    for (const stale of sql.staleStatements.all(folder.key, device, page.epoch) as Row[]) {
      sql.dropStatement.run(folder.key, stale['path'], device)
      touched.add(String(stale['path']))
    }
  }
  sql.setSeen.run(page.complete ? 1 : 0, page.epoch, page.epoch, page.upto, folder.key, device)
  return settleAll(sql, folder, touched)
}

function settleAll(sql: Statements, folder: FolderRow, paths: Iterable<string>): Settled {
  let adopted = 0
  for (const path of paths) if (settlePath(sql, folder, path)) adopted++
  save(sql, folder)
  return { adopted, sequence: folder.sequence }
}

/** Makes the sharing devices exactly `ids`, and settles every path when that changed anything. */
export function settleSharing(
  sql: Statements,
  id: FolderId,
  self: DeviceId,
  ids: readonly DeviceId[],
  policy: FolderPolicy | undefined,
): FolderRow & Settled {
  const before = getFolder(sql, id)
  const wanted = ids.map((device) => deviceKey(sql, device))
  const gone = before.sharing.filter((device) => !wanted.includes(device))
  const added = wanted.filter((device) => !before.sharing.includes(device))
  for (const device of gone) {
    for (const drop of [sql.dropDeviceStatements, sql.dropDeviceNeeds, sql.dropSharing])
      drop.run(before.key, device)
  }
  for (const device of added) sql.addSharing.run(before.key, device)
  const sharing = getFolder(sql, id)
  const folder = policy ? changePolicy(sql, sharing, self, policy) : sharing
  const changed = gone.length + added.length > 0 || folder.policy.mode !== sharing.policy.mode
  // Needs of paths that only a gone device spoke of would stay: nothing is left there to settle.
  if (changed) for (const drop of [sql.dropFolderNeeds, sql.dropFolderEntries]) drop.run(folder.key)
  if (gone.length > 0)
    for (const drop of [sql.dropFolderWithheld, sql.dropFolderThreats]) drop.run(folder.key)
  const settled = changed ? settleAll(sql, folder, inPages(sql.allPaths, folder.key)) : { adopted: 0 }
  return { ...folder, sequence: folder.sequence, adopted: settled.adopted }
}

/** Notes what a device says of its mode and of what it holds back, and settles the paths that it matters for. */
export function settlePeerPolicy(
  sql: Statements,
  { folder, device, mode, holdsBack }: Parameters<IndexOperations['setPeerPolicy']>[0],
): void {
  const before = getFolder(sql, folder)
  const said = [FOLDER_MODES.indexOf(mode), holdsBack]
  sql.setPeerPolicy.run(...said, before.key, deviceKey(sql, device), ...said)
  const now = getFolder(sql, folder)
  if (now.sendOnly.length === before.sendOnly.length) return
  // From one that takes nothing no copy is to come: what the others do not want either is only here.
  settleAll(sql, now, inPages(sql.unwantedPaths, now.key))
}

function* inPages(paths: Statement, folder: number): Generator<string> {
  for (let after = ''; ;) {
    const rows = paths.all(folder, after, 1_000) as Row[]
    for (const row of rows) yield String(row['path'])
    if (rows.length < 1_000) return
    after = String(rows.at(-1)?.['path'])
  }
}
