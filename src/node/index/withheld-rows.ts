/**
 * Rows of what is withheld, and their groups. Promises that a change keeps the moment when it was first
 * met for as long as it is withheld. Never decides anything.
 */
import type { FileRecord, RecordKind } from '../core/record.ts'
import { kindOfWithheld } from '../core/withheld.ts'
import type { HeldCause, HeldKind, Withheld } from '../core/withheld.ts'
import type { WithheldChange, WithheldGroup, WithheldTotal } from './index-port.ts'
import { KINDS } from './rows.ts'
import type { Row } from './rows.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

const DIRECTIONS = ['out', 'in'] as const
const CAUSES: readonly HeldCause[] = ['mass-change', 'receive-only', 'send-only']
const CHANGES: readonly HeldKind[] = ['deleted', 'replaced', 'added', 'metadata']

/** Codes of the table of threats. */
export const THREATS = { deleted: 0, replaced: 1, directory: 2 } as const

export function writeWithheld(
  sql: Statements,
  folder: number,
  path: string,
  plan: Withheld,
  local: FileRecord | undefined,
): void {
  const before = sql.dropWithheld.get(folder, path) as Row | undefined
  const about = concerned(plan, local)
  const values = [DIRECTIONS.indexOf(plan.direction), CAUSES.indexOf(plan.cause), authorKey(sql, plan)]
  const change = CHANGES.indexOf(kindOfWithheld(plan, local))
  const sinceMs = Number(before?.['since_ms'] ?? Math.trunc(sql.nowMs()))
  sql.putWithheld.run(folder, path, ...values, change, KINDS.indexOf(about.kind), about.size, sinceMs)
}

export function dropWithheld(sql: Statements, folder: number, path: string): void {
  sql.dropWithheld.get(folder, path)
}

function authorKey(sql: Statements, { direction, would }: Withheld): number {
  if (direction === 'out' || !would) return SELF
  const { device } = would.record.author
  sql.addDevice.run(device)
  return Number((sql.deviceKey.get(device) as Row)['key'])
}

/** The content that there is to lose or to gain: the live one. */
function concerned({ would }: Withheld, local: FileRecord | undefined): { kind: RecordKind; size: number } {
  const wanted = would?.record
  if (wanted && !wanted.deleted && (!local || local.deleted)) return wanted
  return local ?? wanted ?? { kind: 'file', size: 0 }
}

export function withheldTotals(sql: Statements, folder: number): WithheldTotal[] {
  const totals: { -readonly [K in keyof WithheldTotal]: WithheldTotal[K] }[] = []
  for (const row of sql.withheldTotals.all(folder) as Row[]) {
    const group = groupOf(row)
    const [items, bytes, sinceMs] = [Number(row['items']), Number(row['bytes']), Number(row['since_ms'])]
    let total = totals.find((one) => isSameGroup(one, group))
    if (!total) {
      const none = { deleted: 0, replaced: 0, added: 0, metadata: 0 }
      total = { ...group, items: none, bytes: 0, sinceMs }
      totals.push(total)
    }
    total.items = { ...total.items, [CHANGES[Number(row['change'])] as HeldKind]: items }
    total.bytes += bytes
    total.sinceMs = Math.min(total.sinceMs, sinceMs)
  }
  return totals
}

function groupOf(row: Row): WithheldGroup {
  return {
    direction: DIRECTIONS[Number(row['direction'])] as WithheldGroup['direction'],
    cause: CAUSES[Number(row['cause'])] as HeldCause,
    device: String(row['id']),
  }
}

function isSameGroup(a: WithheldGroup, b: WithheldGroup): boolean {
  return a.direction === b.direction && a.cause === b.cause && a.device === b.device
}

/** The group as its columns; undefined for a device that nobody knows. */
function groupValues(sql: Statements, { direction, cause, device }: WithheldGroup): number[] | undefined {
  const known = sql.deviceKey.get(device) as Row | undefined
  return known && [DIRECTIONS.indexOf(direction), CAUSES.indexOf(cause), Number(known['key'])]
}

export function withheldChanges(
  sql: Statements,
  folder: number,
  group: WithheldGroup,
  after: string,
  limit: number,
): WithheldChange[] {
  const values = groupValues(sql, group)
  const rows = values ? (sql.withheldOfGroup.all(folder, ...values, after, limit) as Row[]) : []
  return rows.map((row) => ({
    path: String(row['path']),
    kind: KINDS[Number(row['kind'])] as RecordKind,
    change: CHANGES[Number(row['change'])] as HeldKind,
    size: Number(row['size']),
  }))
}

/** Whether the path is withheld, and in this group. */
export function isInGroup(sql: Statements, folder: number, path: string, group: WithheldGroup): boolean {
  const row = sql.withheldAt.get(folder, path) as Row | undefined
  const values = groupValues(sql, group)
  const columns = ['direction', 'cause', 'device']
  return (
    row !== undefined && values !== undefined && columns.every((name, i) => Number(row[name]) === values[i])
  )
}
