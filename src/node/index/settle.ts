/**
 * Keeps the derived table of needs true. Promises that after a call, for each path given, it says
 * exactly who lacks what; where only our statement has to follow, it follows in the same
 * transaction. Never touches a disk.
 */
import type { Announced, FileRecord } from '../core/record.ts'
import { planPath } from '../core/plan.ts'
import type { PathPlan } from '../core/plan.ts'
import { resolve, sameState } from '../core/resolve.ts'
import { announcedOf, statementValues } from './rows.ts'
import type { Row } from './rows.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

export interface FolderRow {
  readonly key: number
  readonly epoch: number
  sequence: number
  readonly gaps: readonly (readonly [from: number, to: number])[]
  /** Keys of the other devices that share it. */
  readonly sharing: readonly number[]
}

export interface PathView {
  readonly local: Announced | undefined
  readonly byDevice: ReadonlyMap<number, Announced>
  readonly plan: PathPlan
}

/** What everybody says of a path, and what follows for us. */
export function viewPath(sql: Statements, folder: FolderRow, path: string): PathView {
  const byDevice = new Map<number, Announced>()
  for (const row of sql.statementsOfPath.all(folder.key, path) as Row[])
    byDevice.set(Number(row['device']), announcedOf(row))
  const local = byDevice.get(SELF)
  const others = [...byDevice].filter(([device]) => device !== SELF).map(([, announced]) => announced)
  return { local, byDevice, plan: planOf(local, others) }
}

/** A path that we do not want needs nothing; what nobody holds is no statement about content. */
function planOf(local: Announced | undefined, others: readonly Announced[]): PathPlan {
  if (local && local.stance === 'unwanted') return { kind: 'nothing' }
  const held = others.filter(({ stance }) => stance === 'holds').map(({ record }) => record)
  return planPath(local?.stance === 'holds' ? local.record : undefined, held)
}

/** Returns whether our own statement followed. */
export function settlePath(sql: Statements, folder: FolderRow, path: string): boolean {
  const view = viewPath(sql, folder, path)
  if (view.plan.kind !== 'adopt') {
    writeNeeds(sql, folder, path, view)
    return false
  }
  const { record } = view.plan
  folder.sequence++
  const announced: Announced = { record, stance: 'holds', reason: '', sequence: folder.sequence }
  const key = { folder: folder.key, device: SELF, epoch: folder.epoch }
  sql.putStatement.run(...statementValues(key, announced))
  writeNeeds(sql, folder, path, viewPath(sql, folder, path))
  return true
}

function writeNeeds(sql: Statements, folder: FolderRow, path: string, view: PathView): void {
  writeNeed(sql, folder.key, SELF, path, sizeToDo(view.plan))
  const held = [...view.byDevice.values()].filter(({ stance }) => stance === 'holds')
  const winner = held.length > 0 ? resolve(held.map(({ record }) => record)).winner : undefined
  for (const device of folder.sharing) {
    const lacking = winner !== undefined && lacks(view.byDevice.get(device), winner)
    writeNeed(sql, folder.key, device, path, lacking ? winner.size : undefined)
  }
}

/** Bytes that the plan still moves; undefined when there is nothing to do. */
function sizeToDo(plan: PathPlan): number | undefined {
  if (plan.kind === 'nothing' || plan.kind === 'adopt') return undefined
  return plan.kind === 'place' ? plan.record.size : 0
}

function lacks(theirs: Announced | undefined, winner: FileRecord): boolean {
  if (theirs?.stance === 'unwanted') return false
  if (theirs?.stance === 'holds') return !sameState(theirs.record, winner)
  return !winner.deleted
}

function writeNeed(
  sql: Statements,
  folder: number,
  device: number,
  path: string,
  size: number | undefined,
): void {
  if (size === undefined) sql.dropNeed.run(folder, device, path)
  else sql.putNeed.run(folder, device, path, size)
}
