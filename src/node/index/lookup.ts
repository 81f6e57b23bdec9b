/**
 * What the operations of the index read first and write last: the folder's own row, devices by their keys,
 * and one path as it is known. Promises plain reads. Never settles anything.
 */
import { PeerfoldError } from '../base/errors.ts'
import { FOLDER_MODES } from '../core/folder-policy.ts'
import type { FolderPolicy } from '../core/folder-policy.ts'
import type { DeviceId, FileRecord, FolderId } from '../core/record.ts'
import { sameFields, withContentOf } from '../core/resolve.ts'
import type { LocalRow, NeededPath, PeerPolicy } from './index-port.ts'
import { announcedOf, diskRowOf, joinedDiskRowOf } from './rows.ts'
import type { DiskRow, Row } from './rows.ts'
import { isStuck, viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

export function getFolder(sql: Statements, id: FolderId): FolderRow {
  const row = sql.folder.get(id) as Row | undefined
  if (!row) throw new PeerfoldError('FOLDER_NOT_FOUND', 'the index has no such folder', { folder: id })
  const key = Number(row['key'])
  const sharers = sql.sharers.all(key) as Row[]
  const sendOnly = sharers.filter((one) => FOLDER_MODES[Number(one['mode'])] === 'send-only')
  const gaps = JSON.parse(String(row['gaps'])) as FolderRow['gaps']
  const number = (column: string): number => Number(row[column])
  return {
    key,
    epoch: number('epoch'),
    sequence: number('sequence'),
    items: number('items'),
    bytes: number('bytes'),
    revision: number('revision'),
    gaps,
    sharing: sharers.map((one) => Number(one['device'])),
    sendOnly: sendOnly.map((one) => Number(one['device'])),
    policy: JSON.parse(String(row['policy'])) as FolderPolicy,
  }
}

/** After whatever changed statements: a new revision, with the sequence and the counts it led to. */
export function save(sql: Statements, { key, sequence, items, bytes }: FolderRow): void {
  sql.saveFolder.run(sequence, items, bytes, key)
}

/** Adds the device when it is new. */
export function deviceKey(sql: Statements, id: DeviceId): number {
  const known = sql.deviceKey.get(id) as Row | undefined
  if (known) return Number(known['key'])
  sql.addDevice.run(id)
  return Number((sql.deviceKey.get(id) as Row)['key'])
}

export function deviceNames(sql: Statements): Map<number, DeviceId> {
  return new Map((sql.devices.all() as Row[]).map((row) => [Number(row['key']), String(row['id'])]))
}

export function localRow(sql: Statements, folder: number, row: Row | undefined): LocalRow | undefined {
  return row && { announced: announcedOf(row), disk: diskOf(sql, folder, String(row['path'])) }
}

/** Of a row of `ownUnder`, which brings both. */
export function localRowWithDisk(row: Row): LocalRow {
  return { announced: announcedOf(row), disk: joinedDiskRowOf(row) }
}

function diskOf(sql: Statements, folder: number, path: string): DiskRow | undefined {
  const disk = sql.disk.get(folder, path) as Row | undefined
  return disk && diskRowOf(disk)
}

export function neededPath(
  sql: Statements,
  folder: FolderRow,
  names: ReadonlyMap<number, DeviceId>,
  path: string,
): NeededPath {
  const { local, plan, byDevice } = viewPath(sql, folder, path)
  const wanted = plan.kind === 'place' ? plan.record : undefined
  const sources: DeviceId[] = []
  const otherwise: FileRecord[] = []
  for (const [device, { record, stance }] of byDevice) {
    const holds = wanted && stance === 'holds' && !record.deleted
    if (!holds || device === SELF || record.contentHash !== wanted.contentHash) continue
    sources.push(names.get(device) ?? '')
    if (!sameFields(withContentOf(wanted, record), wanted)) otherwise.push(withContentOf(wanted, record))
  }
  const own = local && { announced: local, disk: diskOf(sql, folder.key, path) }
  return { path, plan, local: own, sources, otherwise, stuck: isStuck({ local, plan }) }
}

export function peerPolicy(row: Row, names: ReadonlyMap<number, DeviceId>): PeerPolicy {
  const mode = FOLDER_MODES[Number(row['mode'])] ?? 'send-receive'
  return { device: names.get(Number(row['device'])) ?? '', mode, holdsBack: Number(row['holds_back']) }
}
