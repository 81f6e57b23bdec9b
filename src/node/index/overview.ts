/** What the verdict about a folder is made of, in one look. Promises counts that are all of one moment. */
import type { FileRecord } from '../core/record.ts'
import type { ConflictPair, FolderOverview, NeedTotal } from './index-port.ts'
import { deviceNames, peerPolicy } from './lookup.ts'
import { announcedOf, recordOf } from './rows.ts'
import type { Row } from './rows.ts'
import type { FolderRow } from './settle.ts'
import { NOBODY, SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { withheldTotals } from './withheld-rows.ts'

export function overview(sql: Statements, folder: FolderRow, limit: number): FolderOverview {
  const { key, items, bytes, revision } = folder
  const { count } = sql.conflictCount.get(key) as Row
  const copies = (sql.conflicts.all(key, limit) as Row[]).map(recordOf)
  const unwanted = sql.needTotal.get(key, NOBODY) as Row | undefined
  const names = deviceNames(sql)
  const told = (sql.sharing.all(key) as Row[]).filter((row) => row['told'] === 1n)
  return {
    needs: needTotals(sql, key),
    ...troubles(sql, key, limit),
    totals: { items, bytes, revision },
    unwantedElsewhere: Number(unwanted?.['items'] ?? 0),
    conflicts: { count: Number(count), first: copies.map((copy) => conflictPair(sql, key, copy)) },
    damaged: damagedPaths(sql, key, limit),
    withheld: withheldTotals(sql, key),
    peers: (sql.sharing.all(key) as Row[]).map((one) => peerPolicy(one, names)),
    told: told.map((row) => names.get(Number(row['device'])) ?? ''),
  }
}

/** What is stuck is what a device cannot place, and what its disk spoiled: told apart here. */
function troubles(
  sql: Statements,
  folder: number,
  limit: number,
): Pick<FolderOverview, 'stuck' | 'stuckHere' | 'damagedElsewhere'> {
  const totals = sql.stuckTotals.all(folder) as Row[]
  const listed = totals.length === 0 ? [] : (sql.ownStuck.all(folder, limit) as Row[])
  const damaged = sql.damagedElsewhere.all(folder) as Row[]
  const spoiled = new Map(damaged.map((row) => [row['id'], Number(row['stuck'])]))
  const stuck = totals.map(({ id, stuck }) => ({
    device: String(id),
    items: Number(stuck) - (spoiled.get(id) ?? 0),
  }))
  return {
    stuck: stuck.filter(({ items }) => items > 0),
    damagedElsewhere: damaged.map((row) => ({ device: String(row['id']), items: Number(row['items']) })),
    stuckHere: listed.map((row) => ({ path: String(row['path']), reason: String(row['reason']) })),
  }
}

function damagedPaths(sql: Statements, folder: number, limit: number): FolderOverview['damaged'] {
  const { count } = sql.damagedCount.get(folder) as Row
  const rows = sql.damaged.all(folder, '', limit) as Row[]
  const first = rows.map(({ path, reason }) => ({ path: String(path), reason: String(reason) }))
  return { count: Number(count), first }
}

export function needTotals(sql: Statements, folder: number): NeedTotal[] {
  return (sql.needTotals.all(folder) as Row[]).map((row) => ({
    device: String(row['id']),
    items: Number(row['items']),
    bytes: Number(row['bytes']),
  }))
}

function conflictPair(sql: Statements, folder: number, copy: FileRecord): ConflictPair {
  const row = sql.statement.get(folder, copy.conflictOf, SELF) as Row | undefined
  const said = row && announcedOf(row)
  const isThere = said?.stance === 'holds' && !said.record.deleted
  return { copy, original: isThere ? said.record : undefined }
}
