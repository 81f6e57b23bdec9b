/**
 * Keeps what is derived from the statements true. Promises that after a call, for each path given, the
 * needs say exactly who lacks what, the entries what people see and the withheld changes what waits for
 * a person; where only our statement has to follow, it follows in the same transaction. Never touches a
 * disk.
 */
import type { FolderPolicy } from '../core/folder-policy.ts'
import { mergeable } from '../core/mergeable.ts'
import { isOnDisk } from '../core/record.ts'
import type { Announced, FileRecord, RecordKind } from '../core/record.ts'
import { resolve, sameContent, sameState } from '../core/resolve.ts'
import type { SequenceGap } from './index-port.ts'
import { isDeed, isDestructive, isMarked, planWithin, tombstoneOf } from '../core/withheld.ts'
import type { FolderPlan, GuardMark } from '../core/withheld.ts'
import { announcedOf, statementValues } from './rows.ts'
import type { Row } from './rows.ts'
import { shownOf } from './shown.ts'
import { NOBODY, SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { dropWithheld, THREATS, writeWithheld } from './withheld-rows.ts'

export interface FolderRow {
  readonly key: number
  readonly epoch: number
  sequence: number
  /** What our statements hold live; saved with the sequence. */
  items: number
  bytes: number
  /** As it was when the folder was read. */
  readonly revision: number
  readonly gaps: readonly SequenceGap[]
  /** Keys of the other devices that share it. */
  readonly sharing: readonly number[]
  /** Those of them that take nothing, as they last said. */
  readonly sendOnly: readonly number[]
  readonly policy: FolderPolicy
}

export interface PathView {
  readonly local: Announced | undefined
  /** Without what cannot be merged with the rest. */
  readonly byDevice: ReadonlyMap<number, Announced>
  readonly plan: FolderPlan
}

/** What everybody says of a path, and what follows for us. */
export function viewPath(sql: Statements, folder: FolderRow, path: string): PathView {
  const said = new Map<number, Announced>()
  for (const row of sql.statementsOfPath.all(folder.key, path) as Row[])
    said.set(Number(row['device']), announcedOf(row))
  const byDevice = mergeable(said, SELF)
  const local = byDevice.get(SELF)
  const mark = (): GuardMark | undefined => markOf(sql, folder, path)
  const plan = planWithin(local, heldByOthers(byDevice), { mode: folder.policy.mode, mark })
  return { local, byDevice, plan }
}

/** What nobody holds is no statement about content. */
export function heldByOthers(byDevice: PathView['byDevice']): FileRecord[] {
  const held = [...byDevice].filter(([device, { stance }]) => device !== SELF && stance === 'holds')
  return held.map(([, { record }]) => record)
}

function markOf(sql: Statements, folder: FolderRow, path: string): GuardMark | undefined {
  const row = sql.mark.get(folder.key, path) as Row | undefined
  if (!row) return undefined
  const [device, contentHash] = [String(row['device']), String(row['content_hash'])]
  return { device, contentHash, approved: row['approved'] === 1n }
}

/** Returns whether our own statement followed. */
export function settlePath(sql: Statements, folder: FolderRow, path: string): boolean {
  const view = viewPath(sql, folder, path)
  if (view.plan.kind !== 'adopt') {
    derive(sql, folder, path, view)
    return false
  }
  putOwn(sql, folder, { record: view.plan.record, stance: 'holds', reason: '' }, view.local)
  derive(sql, folder, path, viewPath(sql, folder, path))
  return true
}

/** Our next statement, in the place of the one `before`. */
export function putOwn(
  sql: Statements,
  folder: FolderRow,
  statement: Omit<Announced, 'sequence'>,
  before: Announced | undefined,
): void {
  const announced = { ...statement, sequence: ++folder.sequence }
  const key = { folder: folder.key, device: SELF, epoch: folder.epoch }
  sql.putStatement.run(...statementValues(key, announced))
  countHeld(folder, before, -1)
  countHeld(folder, announced, 1)
}

/**
 * Nothing is here, and what others hold is wanted. It has to be said: who was away when we stopped to hold
 * the path would ask us for its content for ever.
 */
export function takeBack(sql: Statements, folder: FolderRow, before: Announced): void {
  putOwn(sql, folder, { record: tombstoneOf(before.record), stance: 'unplaceable', reason: '' }, before)
}

function countHeld(folder: FolderRow, said: Announced | undefined, sign: 1 | -1): void {
  if (!said || !isOnDisk(said.stance) || said.record.deleted) return
  folder.items += sign
  folder.bytes += sign * said.record.size
}

function derive(sql: Statements, folder: FolderRow, path: string, view: PathView): void {
  writeNeeds(sql, folder, path, view)
  writeEntry(sql, folder, path, shownOf(view.local, view.plan)?.record.kind)
  writeThreat(sql, folder, path, view)
  const { local, plan } = view
  if (plan.kind === 'withheld') writeWithheld(sql, folder.key, path, plan, local?.record)
  else dropWithheld(sql, folder.key, path)
}

/** A mark that is about another change than the one that is asked for now is over. */
function writeThreat(sql: Statements, folder: FolderRow, path: string, { local, plan }: PathView): void {
  const held = local?.stance === 'holds' ? local.record : undefined
  const asked = plan.kind === 'withheld' && plan.direction === 'in' ? plan.would : plan
  if (!held || !asked || !isDeed(asked) || !isDestructive(asked, held)) {
    sql.dropMark.run(folder.key, path)
    sql.dropThreat.run(folder.key, path)
    return
  }
  const mark = markOf(sql, folder, path)
  const isOver = mark && !isMarked(mark, asked)
  if (isOver) sql.dropMark.run(folder.key, path)
  if (plan.kind === 'withheld' || (mark && !isOver)) {
    sql.dropThreat.run(folder.key, path)
    return
  }
  const isRemoval = asked.kind === 'delete'
  const change = !isRemoval
    ? THREATS.replaced
    : held.kind === 'directory'
      ? THREATS.directory
      : THREATS.deleted
  const { device } = asked.record.author
  sql.addDevice.run(device)
  sql.putThreat.run(folder.key, path, change, Number((sql.deviceKey.get(device) as Row)['key']))
}

/** A path that changes its kind changes its place in the listing. */
function writeEntry(sql: Statements, folder: FolderRow, path: string, kind: RecordKind | undefined): void {
  const slash = path.lastIndexOf('/')
  const [parent, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)]
  const rank = kind === undefined ? undefined : kind === 'directory' ? 0 : 1
  for (const other of [0, 1]) if (other !== rank) sql.dropEntry.run(folder.key, parent, other, name)
  if (rank !== undefined) sql.putEntry.run(folder.key, parent, rank, name)
}

function writeNeeds(sql: Statements, folder: FolderRow, path: string, view: PathView): void {
  writeNeed(sql, folder.key, SELF, path, sizeToDo(view.plan), isStuck(view))
  const held = [...view.byDevice.values()].filter(({ stance }) => stance === 'holds')
  const winner = held.length > 0 ? resolve(held.map(({ record }) => record)).winner : undefined
  if (folder.sharing.length > 0)
    writeNeed(sql, folder.key, NOBODY, path, isUnwantedElsewhere(folder, view) ? 0 : undefined)
  for (const device of folder.sharing) {
    const said = view.byDevice.get(device)
    const lacking = winner !== undefined && lacks(said, winner)
    writeNeed(sql, folder.key, device, path, lacking ? winner.size : undefined, isItsTrouble(said, winner))
  }
}

/** Whether this device wants the record of its plan and said of that very record that it cannot place it. */
export function isStuck({ local, plan }: Pick<PathView, 'local' | 'plan'>): boolean {
  return plan.kind === 'place' && cannotPlace(local, plan.record)
}

function cannotPlace(said: Announced | undefined, wanted: FileRecord | undefined): boolean {
  return said?.stance === 'unplaceable' && wanted !== undefined && sameState(said.record, wanted)
}

/** Nothing that is sent mends it for certain: it cannot place that very record, or its disk spoiled it. */
function isItsTrouble(said: Announced | undefined, wanted: FileRecord | undefined): boolean {
  const isSpoiled = said?.stance === 'damaged' && wanted !== undefined && sameState(said.record, wanted)
  return isSpoiled || cannotPlace(said, wanted)
}

/** Held here, and no other device will have it: some do not want it, the rest cannot place it or take nothing. */
function isUnwantedElsewhere({ sharing, sendOnly }: FolderRow, { local, byDevice }: PathView): boolean {
  if (local?.stance !== 'holds' || local.record.deleted) return false
  const { record } = local
  const isOut = (device: number): boolean => {
    const said = byDevice.get(device)
    const takesNothing = sendOnly.includes(device) && !(said && holdsContent(said, record))
    return isUnwanted(said) || takesNothing || cannotPlace(said, record)
  }
  // Where each of them only lacks it, it is among what each of them lacks.
  return sharing.every(isOut) && sharing.some((device) => isUnwanted(byDevice.get(device)))
}

function isUnwanted(said: Announced | undefined): boolean {
  return said?.stance === 'unwanted' || said?.stance === 'withheld'
}

function holdsContent({ stance, record }: Announced, wanted: FileRecord): boolean {
  return stance === 'holds' && sameContent(record, wanted)
}

/** Bytes that the plan still moves; undefined when there is nothing to do. */
function sizeToDo(plan: FolderPlan): number | undefined {
  if (!isDeed(plan)) return undefined
  return plan.kind === 'place' ? plan.record.size : 0
}

function lacks(theirs: Announced | undefined, winner: FileRecord): boolean {
  if (isUnwanted(theirs)) return false
  if (theirs?.stance === 'holds') return !sameState(theirs.record, winner)
  return !winner.deleted
}

function writeNeed(
  sql: Statements,
  folder: number,
  device: number,
  path: string,
  size: number | undefined,
  stuck = false,
): void {
  if (size === undefined) sql.dropNeed.run(folder, device, path)
  else sql.putNeed.run(folder, device, path, size, Number(stuck))
}
