/**
 * The index in the database's worker. Promises one transaction per operation, sequences without
 * gaps in what is announced, and derived needs that are always true. Never sees a disk or a peer.
 */
import type { Announced, DeviceId, FileRecord, FolderId } from '../core/record.ts'
import { systemClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { FOLDER_MODES, FREE_POLICY } from '../core/folder-policy.ts'
import type { FolderPolicy } from '../core/folder-policy.ts'
import { sameState } from '../core/resolve.ts'
import { EMPTY_VECTOR } from '../core/version-vector.ts'
import { isDeed } from '../core/withheld.ts'
import { openConnection, translated } from '../db/connection.ts'
import type { Connection } from '../db/connection.ts'
import { PeerfoldError } from '../base/errors.ts'
import type {
  ConflictPair,
  FolderOverview,
  IndexOperations,
  LocalChange,
  LocalRow,
  NeededPath,
  PeerPolicy,
  NeedTotal,
  ScrubProgress,
  Settled,
} from './index-port.ts'
import { browse } from './browse.ts'
import { restampOwn, withGap } from './lives.ts'
import { changePolicy, decide, stamped } from './decide.ts'
import { guardRoom, holdThreats, isElsewhere, strike, tookContent } from './guard.ts'
import { announcedOf, diskRowOf, diskValues, recordOf, statementValues } from './rows.ts'
import type { DiskRow, Row } from './rows.ts'
import { INDEX_STEPS } from './schema.ts'
import { isStuck, putOwn, settlePath, takeBack, viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { DROP_UNUSED_MANIFESTS, NOBODY, prepareStatements, rangeUnder, SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { withheldChanges, withheldTotals } from './withheld-rows.ts'

export interface IndexSettings {
  readonly file: string
  /** Id of this device. */
  readonly self: DeviceId
}

/** Opens the database in a worker; throws DATABASE_DAMAGED. */
export function open(settings: IndexSettings): IndexOperations & { close(): Promise<void> } {
  const connection = openConnection({ file: settings.file, steps: INDEX_STEPS })
  try {
    const operations = indexOperations(connection, settings.self)
    return { ...operations, close: async () => void connection.close() }
  } catch (error) {
    connection.close()
    throw error
  }
}

/** The operations over an open connection; the twin of tests and simulator uses them directly. */
export function indexOperations(
  connection: Connection,
  self: DeviceId,
  clock: Pick<Clock, 'nowMs'> = systemClock(),
): IndexOperations {
  // Before anything is fetched: what a download needs is referenced by nothing yet.
  connection.exec(DROP_UNUSED_MANIFESTS)
  const sql = fittingStatements(connection, () => clock.nowMs())
  sql.addNobody.run()
  sql.addDevice.run(self)
  if (deviceKey(sql, self) !== SELF)
    throw new PeerfoldError('DATABASE_DAMAGED', 'the database belongs to another device')
  const change = <A, R>(work: (argument: A) => R) => {
    const inTransaction = connection.transaction(work)
    return async (argument: A): Promise<R> => translated(() => inTransaction.immediate(argument))
  }
  const read = <A, R>(work: (argument: A) => R) => {
    return async (argument: A): Promise<R> => translated(() => work(argument))
  }
  const makeDurable = async (): Promise<void> => {
    // Syncs the log first; in a database in memory it does nothing.
    translated(() => connection.exec('PRAGMA wal_checkpoint(FULL)'))
  }
  return { ...changes(sql, change, self), ...guarded(sql, change, self), ...queries(sql, read), makeDurable }
}

/** Tables of another program are of no use to this one: they are rebuilt as damaged ones are. */
function fittingStatements(connection: Connection, nowMs: () => number): Statements {
  try {
    return prepareStatements(connection, nowMs)
  } catch (error) {
    // Anything else, a disk that cannot be read now for example, says nothing about the tables.
    if ((error as { code?: unknown }).code !== 'SQLITE_ERROR') throw error
    throw new PeerfoldError('DATABASE_DAMAGED', 'the tables are those of another program', {}, error)
  }
}

type Wrap = <A, R>(work: (argument: A) => R) => (argument: A) => Promise<R>
type Changes = Pick<
  IndexOperations,
  | 'openFolder'
  | 'dropFolder'
  | 'setSharing'
  | 'newEpoch'
  | 'skipPast'
  | 'recordLocal'
  | 'forgetLocal'
  | 'refreshDisk'
  | 'recordRemote'
  | 'setAcked'
  | 'putManifest'
  | 'setScrubProgress'
>

function changes(sql: Statements, change: Wrap, self: DeviceId): Changes {
  return {
    openFolder: change(({ folder, devices, freshEpoch, policy }) => {
      const created = sql.folder.get(folder) === undefined
      if (created) sql.addFolder.run(folder, freshEpoch, JSON.stringify(policy ?? FREE_POLICY))
      const { epoch, sequence, gaps } = settleSharing(sql, folder, self, devices, policy)
      return { epoch, sequence, gaps, created }
    }),
    dropFolder: change(({ folder }) => {
      const row = sql.folder.get(folder) as Row | undefined
      if (!row) return
      const key = Number(row['key'])
      for (const drop of [sql.dropFolderNeeds, sql.dropFolderEntries, sql.dropFolderDisk]) drop.run(key)
      for (const drop of [sql.dropFolderNeedTotals, sql.dropFolderStatements]) drop.run(key)
      for (const drop of [sql.dropFolderWithheld, sql.dropFolderWithheldTotals, sql.dropFolderThreats])
        drop.run(key)
      for (const drop of [sql.dropFolderMarks, sql.dropFolderStruck]) drop.run(key)
      sql.dropFolderSharing.run(key)
      sql.dropFolder.run(key)
    }),
    setSharing: change(({ folder, devices, policy }) => {
      const row = settleSharing(sql, folder, self, devices, policy)
      return { adopted: row.adopted, sequence: row.sequence }
    }),
    newEpoch: change(({ folder, former, epoch, floor, common }) => {
      const row = getFolder(sql, folder)
      if (row.epoch !== former) return { epoch: row.epoch, sequence: row.sequence }
      const sequence = Math.max(row.sequence, floor)
      const parted = common === undefined ? [] : restampOwn(sql, row, self, { epoch, common })
      sql.setEpoch.run(epoch, sequence, row.key)
      sql.renumber.run(epoch, row.key)
      const settled = settleAll(sql, getFolder(sql, folder), parted)
      return { epoch, sequence: settled.sequence }
    }),
    skipPast: change(({ folder, lost, leap }) => {
      const row = getFolder(sql, folder)
      const { gaps, sequence } = withGap(row, lost, leap)
      sql.setGaps.run(JSON.stringify(gaps), sequence, row.key)
      return { epoch: row.epoch, sequence }
    }),
    recordLocal: change(({ folder, changes: list }) => {
      const row = getFolder(sql, folder)
      const outcomes = list.map((one) => recordOne(sql, row, self, one))
      save(sql, row)
      return { outcomes, sequence: row.sequence }
    }),
    forgetLocal: change(({ folder, paths }) => {
      const row = getFolder(sql, folder)
      for (const path of paths) {
        const before = sql.statement.get(row.key, path, SELF) as Row | undefined
        if (before) takeBack(sql, row, announcedOf(before))
        sql.dropDisk.run(row.key, path)
        settlePath(sql, row, path)
      }
      save(sql, row)
    }),
    refreshDisk: change(({ folder, rows }) => {
      const { key } = getFolder(sql, folder)
      for (const { path, disk } of rows) sql.putDisk.run(...diskValues(key, path, disk))
    }),
    recordRemote: change((page) => recordPage(sql, page)),
    setAcked: change(({ folder, device, epoch, sequence }) => {
      sql.setAcked.run(epoch, sequence, getFolder(sql, folder).key, deviceKey(sql, device))
    }),
    putManifest: change(({ root, pages, sketch }) => {
      for (const { page, bytes } of pages) sql.putManifest.run(root, page, Buffer.from(bytes))
      for (const block of sketch) sql.putSketch.run(block, root)
    }),
    setScrubProgress: change(({ folder, progress }) => {
      sql.setScrub.run(JSON.stringify(progress), getFolder(sql, folder).key)
    }),
  }
}

type Guarded = Pick<IndexOperations, 'needed' | 'guardDeletions' | 'decide' | 'setPeerPolicy'>

/** Changes of what is withheld. */
function guarded(sql: Statements, change: Wrap, self: DeviceId): Guarded {
  return {
    needed: change(({ folder, after, limit }) => {
      const row = getFolder(sql, folder)
      if (holdThreats(sql, row, 'replaced') > 0) save(sql, row)
      const paths = (sql.needed.all(row.key, after, limit) as Row[]).map((need) => String(need['path']))
      const names = deviceNames(sql)
      return paths.map((path) => neededPath(sql, row, names, path))
    }),
    guardDeletions: change(({ folder }) => {
      const row = getFolder(sql, folder)
      const held = holdThreats(sql, row, 'deleted')
      if (held > 0) save(sql, row)
      return { held }
    }),
    decide: change(({ folder, ...request }) => {
      const row = getFolder(sql, folder)
      const done = decide(sql, row, self, request)
      save(sql, row)
      return done
    }),
    setPeerPolicy: change(({ folder, device, mode, holdsBack }) => {
      const said = [FOLDER_MODES.indexOf(mode), holdsBack]
      sql.setPeerPolicy.run(...said, getFolder(sql, folder).key, deviceKey(sql, device), ...said)
    }),
  }
}

function queries(
  sql: Statements,
  read: Wrap,
): Omit<IndexOperations, keyof Changes | keyof Guarded | 'makeDurable'> {
  return {
    position: read(({ folder }) => {
      const { epoch, sequence, gaps } = getFolder(sql, folder)
      return { epoch, sequence, gaps }
    }),
    peerPosition: read(({ folder, device }) => {
      const row = getFolder(sql, folder)
      const key = deviceKey(sql, device)
      const found = (sql.sharing.all(row.key) as Row[]).find((one) => Number(one['device']) === key)
      const at = (prefix: string) => ({
        epoch: Number(found?.[`${prefix}epoch`] ?? 0),
        sequence: Number(found?.[`${prefix}sequence`] ?? 0),
      })
      return { seen: at(''), acked: at('acked_') }
    }),
    announcedSince: read(({ folder, after, limit }) => {
      const row = getFolder(sql, folder)
      return (sql.statementsSince.all(row.key, row.epoch, after, limit) as Row[]).map(announcedOf)
    }),
    local: read(({ folder, paths }) => {
      const { key } = getFolder(sql, folder)
      return paths.map((path) => localRow(sql, key, sql.statement.get(key, path, SELF) as Row | undefined))
    }),
    localUnder: read(({ folder, under, after, limit }) => {
      const { key } = getFolder(sql, folder)
      const rows = sql.ownUnder.all(key, after, ...rangeUnder(under), limit) as Row[]
      return rows.map((row) => localRow(sql, key, row) as LocalRow)
    }),
    liveUnder: read(({ folder, path }) => {
      const row = getFolder(sql, folder)
      if (sql.ownLiveUnder.get(row.key, ...rangeUnder(path))) return true
      const needed = sql.neededUnder.all(row.key, ...rangeUnder(path)) as Row[]
      return needed.some((need) => viewPath(sql, row, String(need['path'])).plan.kind === 'place')
    }),
    guardRoom: read(({ folder }) => {
      const row = getFolder(sql, folder)
      const items = row.policy.mode === 'receive-only' ? undefined : guardRoom(sql, row, SELF, 'out')
      return items === undefined ? undefined : { items }
    }),
    isElsewhere: read(({ folder, contents }) => {
      const row = getFolder(sql, folder)
      return contents.map(({ path, contentHash }) => isElsewhere(sql, row, path, contentHash))
    }),
    holding: read(({ folder }) => {
      const { key, policy } = getFolder(sql, folder)
      const { items } = sql.heldBack.get(key) as Row
      return { mode: policy.mode, holdsBack: Number(items ?? 0) }
    }),
    withheldTotals: read(({ folder }) => withheldTotals(sql, getFolder(sql, folder).key)),
    withheldChanges: read(({ folder, after, limit, ...group }) =>
      withheldChanges(sql, getFolder(sql, folder).key, group, after, limit),
    ),
    planOf: read(({ folder, path }) => neededPath(sql, getFolder(sql, folder), deviceNames(sql), path)),
    needTotals: read(({ folder }) => needTotals(sql, getFolder(sql, folder).key)),
    overview: read(({ folder, limit }) => overview(sql, getFolder(sql, folder), limit)),
    damaged: read(({ folder, after, limit }) => {
      const { key } = getFolder(sql, folder)
      return (sql.damaged.all(key, after, limit) as Row[]).map((row) => localRow(sql, key, row) as LocalRow)
    }),
    namesOf: read(({ folder, inode, device }) => {
      const { key } = getFolder(sql, folder)
      const rows = sql.diskOfInode.all(key, BigInt.asIntN(64, inode), BigInt.asIntN(64, device)) as Row[]
      const said = rows.map(({ path }) => sql.statement.get(key, path, SELF) as Row | undefined)
      return said.flatMap((row) => localRow(sql, key, row) ?? [])
    }),
    scrubProgress: read(({ folder }) => {
      const { scrub } = sql.scrub.get(getFolder(sql, folder).key) as Row
      return scrub === '' ? undefined : (JSON.parse(String(scrub)) as ScrubProgress)
    }),
    findContent: read(({ contentHash, limit }) =>
      (sql.byContent.all(contentHash, limit) as Row[]).map(foundOf),
    ),
    findAlike: read(({ sketch, limit }) => findAlike(sql, sketch, limit)),
    browse: read(({ folder, ...query }) => browse(sql, getFolder(sql, folder), deviceNames(sql), query)),
    getManifest: read(({ root, page }) => {
      const row = sql.manifest.get(root, page) as Row | undefined
      return row && new Uint8Array(row['bytes'] as Uint8Array)
    }),
  }
}

function foundOf(row: Row): { folder: FolderId; record: FileRecord } {
  return { folder: String(row['folder_id']), record: recordOf(row) }
}

/** Files looked up for one block: many share one that is all zeros, say. */
const SKETCHED_LIMIT = 32

function findAlike(sql: Statements, sketch: readonly string[], limit: number) {
  const roots = sketch.flatMap((block) => sql.sketched.all(block, SKETCHED_LIMIT) as Row[])
  const shared = Map.groupBy(roots, ({ root }) => String(root))
  const best = [...shared].toSorted(([, a], [, b]) => b.length - a.length).map(([root]) => root)
  return best.flatMap((root) => (sql.byRoot.all(root, 1) as Row[]).map(foundOf)).slice(0, limit)
}

function getFolder(sql: Statements, id: FolderId): FolderRow {
  const row = sql.folder.get(id) as Row | undefined
  if (!row) throw new PeerfoldError('FOLDER_NOT_FOUND', 'the index has no such folder', { folder: id })
  const key = Number(row['key'])
  const sharing = (sql.sharing.all(key) as Row[]).map((one) => Number(one['device']))
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
    sharing,
    policy: JSON.parse(String(row['policy'])) as FolderPolicy,
  }
}

/** After whatever changed statements: a new revision, with the sequence and the counts it led to. */
function save(sql: Statements, { key, sequence, items, bytes }: FolderRow): void {
  sql.saveFolder.run(sequence, items, bytes, key)
}

function overview(sql: Statements, folder: FolderRow, limit: number): FolderOverview {
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

function needTotals(sql: Statements, folder: number): NeedTotal[] {
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

/** Adds the device when it is new. */
function deviceKey(sql: Statements, id: DeviceId): number {
  const known = sql.deviceKey.get(id) as Row | undefined
  if (known) return Number(known['key'])
  sql.addDevice.run(id)
  return Number((sql.deviceKey.get(id) as Row)['key'])
}

function deviceNames(sql: Statements): Map<number, DeviceId> {
  return new Map((sql.devices.all() as Row[]).map((row) => [Number(row['key']), String(row['id'])]))
}

function localRow(sql: Statements, folder: number, row: Row | undefined): LocalRow | undefined {
  return row && { announced: announcedOf(row), disk: diskOf(sql, folder, String(row['path'])) }
}

function diskOf(sql: Statements, folder: number, path: string): DiskRow | undefined {
  const disk = sql.disk.get(folder, path) as Row | undefined
  return disk && diskRowOf(disk)
}

function neededPath(
  sql: Statements,
  folder: FolderRow,
  names: ReadonlyMap<number, DeviceId>,
  path: string,
): NeededPath {
  const { local, plan, byDevice } = viewPath(sql, folder, path)
  const wanted = plan.kind === 'place' ? plan.record : undefined
  const sources: DeviceId[] = []
  for (const [device, { record, stance }] of byDevice) {
    const holds = wanted && stance === 'holds' && !record.deleted
    if (holds && device !== SELF && record.contentHash === wanted.contentHash)
      sources.push(names.get(device) ?? '')
  }
  const own = local && { announced: local, disk: diskOf(sql, folder.key, path) }
  return { path, plan, local: own, sources, stuck: isStuck({ local, plan }) }
}

function peerPolicy(row: Row, names: ReadonlyMap<number, DeviceId>): PeerPolicy {
  const mode = FOLDER_MODES[Number(row['mode'])] ?? 'send-receive'
  return { device: names.get(Number(row['device'])) ?? '', mode, holdsBack: Number(row['holds_back']) }
}

function recordOne(
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
  const isSuspect = stance === 'withheld' || (!isDecided && before?.stance === 'withheld')
  const isWithheld = isReceiving || isSuspect
  // A tombstone of what nobody was told deletes nothing anywhere.
  if (!isWithheld || (record.deleted && isUntold))
    return { record: stamped(record, folder, self), stance: 'holds', reason: '' }
  return { record, stance: 'withheld', reason: isReceiving ? 'receive-only' : 'mass-change' }
}

/** What a person let through, or gave up, is no loss to be counted. */
function noteLoss(
  sql: Statements,
  folder: FolderRow,
  before: Announced | undefined,
  { record, stance }: Omit<Announced, 'sequence'>,
): void {
  if (!folder.policy.guard || before?.stance !== 'holds' || stance !== 'holds') return
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
  return asked.record.version.length > 0 ? asked.record : undefined
}

function recordPage(sql: Statements, page: Parameters<IndexOperations['recordRemote']>[0]): Settled {
  const folder = getFolder(sql, page.folder)
  const device = deviceKey(sql, page.device)
  if (!folder.sharing.includes(device))
    throw new PeerfoldError('PEER_PROTOCOL', 'the folder is not shared with this device')
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
function settleSharing(
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
  const settled = changed ? settleAll(sql, folder, allPaths(sql, folder.key)) : { adopted: 0 }
  return { ...folder, sequence: folder.sequence, adopted: settled.adopted }
}

function* allPaths(sql: Statements, folder: number): Generator<string> {
  for (let after = ''; ;) {
    const rows = sql.allPaths.all(folder, after, 1_000) as Row[]
    for (const row of rows) yield String(row['path'])
    if (rows.length < 1_000) return
    after = String(rows.at(-1)?.['path'])
  }
}
