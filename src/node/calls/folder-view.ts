/**
 * One folder as people see it: what is known of it put before the one verdict. Promises that nothing
 * is counted by walking the folder, and that two moments put together never look better than both
 * of them. Never decides what the facts mean: core/status.ts does.
 */
import type { FolderView } from '../api/node-port.ts'
import { LISTED_PROBLEMS_LIMIT } from '../api/shapes.ts'
import { isErrorCode, PeerfoldError } from '../base/errors.ts'
import type { FolderConfig } from '../config/schema.ts'
import type { DeviceId, FileRecord, FolderId } from '../core/record.ts'
import { folderState, folderStatus } from '../core/status.ts'
import type { FolderFacts, Need, SharingDevice } from '../core/status.ts'
import type { HeldCause } from '../core/withheld.ts'
import type { ConflictPair, DamagedPath, FolderOverview, NeedTotal, StuckPath } from '../index/index-port.ts'
import type { FolderError } from '../sync/folder-errors.ts'
import { heldGroups } from './held.ts'
import type { NodeCore } from './node-core.ts'

export function folderViews(core: NodeCore): Promise<FolderView[]> {
  return Promise.all(core.config.folders.map((folder) => folderView(core, folder)))
}

export async function folderView(core: NodeCore, config: FolderConfig): Promise<FolderView> {
  // What the disk is said to be is asked before and after the index: between them a scan may end, whose
  // finds the index then had, or had not.
  const before = diskOf(core, config.id)
  const known = await askIndex(core, config.id)
  const disk = diskOf(core, config.id)
  const devices = config.devices.map((id) => sharingDevice(core, id, config.id, known))
  const facts = factsOf(core, config, { known, disk, before, devices })
  const errors = [...disk.errors, ...known.stuckHere.map(stuckError), ...known.damaged.first.map(damageOf)]
  return {
    id: config.id,
    name: config.name,
    path: config.path,
    state: folderState(facts),
    status: folderStatus(facts),
    mode: config.mode,
    guard: config.guard,
    held: heldGroups(core, known.withheld),
    files: facts.files,
    bytes: known.totals.bytes,
    need: facts.need,
    devices: devices.map(({ id, need, confirmedOnce, holdsBack }) => ({
      id,
      need,
      confirmed: confirmedOnce,
      mode: peerOf(known, id)?.mode ?? ('send-receive' as const),
      holdsBack,
    })),
    errors: errors.slice(0, LISTED_PROBLEMS_LIMIT),
    errorCount: disk.errorCount + stuckOf(known, core.id) + known.damaged.count,
    leftOut: disk.leftOut,
    leftOutCount: disk.leftOutCount,
    conflicts: known.conflicts.first.map(conflictOf),
    conflictCount: known.conflicts.count,
    // Of what listings show: the statements, and what was on its way and no longer is.
    revision: known.totals.revision + core.transfers.endings,
  }
}

const NO_NEED: Need = { items: 0, bytes: 0 }

/** While the folder is not in the index (yet). */
const NOTHING: FolderOverview = {
  needs: [],
  stuck: [],
  stuckHere: [],
  totals: { items: 0, bytes: 0, revision: 0 },
  unwantedElsewhere: 0,
  conflicts: { count: 0, first: [] },
  damaged: { count: 0, first: [] },
  damagedElsewhere: [],
  told: [],
  withheld: [],
  peers: [],
}

async function askIndex({ parts: { index } }: NodeCore, folder: FolderId): Promise<FolderOverview> {
  try {
    return await index.call('overview', { folder, limit: LISTED_PROBLEMS_LIMIT })
  } catch (error) {
    if (error instanceof PeerfoldError && error.code === 'FOLDER_NOT_FOUND') return NOTHING
    throw error
  }
}

/** What the folder's own stages say at this moment. */
function diskOf({ engine }: NodeCore, folder: FolderId) {
  const handle = engine.findFolder(folder)
  const found = handle?.errors.list(LISTED_PROBLEMS_LIMIT) ?? []
  const progress = handle?.progress
  const errors: FolderError[] = progress?.broken ? [{ path: '', ...progress.broken }, ...found] : found
  return {
    progress,
    errors,
    errorCount: (handle?.errors.count ?? 0) + (progress?.broken ? 1 : 0),
    leftOut: handle?.errors.leftOut(LISTED_PROBLEMS_LIMIT) ?? [],
    leftOutCount: handle?.errors.leftOutCount ?? 0,
  }
}

interface Known {
  readonly known: FolderOverview
  readonly disk: ReturnType<typeof diskOf>
  readonly before: ReturnType<typeof diskOf>
  readonly devices: readonly SharingDevice[]
}

function factsOf(
  core: NodeCore,
  { id, paused }: FolderConfig,
  { known, disk, before, devices }: Known,
): FolderFacts {
  const need = needOf(known.needs, core.id)
  const looks = [before.progress, disk.progress]
  return {
    nodeLive: core.isLive,
    // Still opening is no fault: the first scan has not finished, that is all.
    rootOk: !looks.some((progress) => progress?.broken),
    paused,
    doubled: core.engine.isDoubled(core.id),
    indexLost: core.parts.notices.has('index-lost', id),
    held: withheldBy(known, 'mass-change'),
    localChanges: withheldBy(known, 'receive-only'),
    remoteChanges: withheldBy(known, 'send-only'),
    scanning: looks.some((progress) => progress?.scanning),
    firstScanFinished: looks.every((progress) => progress?.firstScanFinished),
    conflicts: known.conflicts.count,
    errors: Math.max(before.errorCount, disk.errorCount) + stuckOf(known, core.id) + known.damaged.count,
    need,
    obtainable: Math.min(disk.progress?.obtainable ?? 0, need.items),
    files: known.totals.items,
    onlyHere: onlyHere(known, devices),
    devices,
  }
}

function sharingDevice(
  { config, engine }: NodeCore,
  id: DeviceId,
  folder: FolderId,
  known: FolderOverview,
): SharingDevice {
  const { connected, lastSeenMs } = engine.presence(id)
  const name = config.devices.find((device) => device.id === id)?.name ?? id
  return {
    id,
    name,
    connected,
    sharing: engine.isSharing(id, folder),
    need: wantedBy(known, id),
    unplaceable: stuckOf(known, id),
    damaged: known.damagedElsewhere.find(({ device }) => device === id)?.items ?? 0,
    holdsBack: peerOf(known, id)?.holdsBack ?? 0,
    lastSeenMs: Math.trunc(lastSeenMs),
    confirmedOnce: known.told.includes(id),
    doubled: engine.isDoubled(id),
  }
}

function peerOf({ peers }: FolderOverview, device: DeviceId) {
  return peers.find((peer) => peer.device === device)
}

/** What it lacks and will take: what it holds back it does not want, until someone decides there. */
function wantedBy(known: FolderOverview, device: DeviceId): Need {
  const lacked = needOf(known.needs, device)
  const peer = peerOf(known, device)
  const items = peer?.mode === 'send-only' ? 0 : Math.max(0, lacked.items - (peer?.holdsBack ?? 0))
  return items === 0 ? NO_NEED : { ...lacked, items }
}

function withheldBy({ withheld }: FolderOverview, cause: HeldCause): number {
  const sums = withheld.filter((total) => total.cause === cause).map(({ items }) => Object.values(items))
  return sums.flat().reduce((sum, items) => sum + items, 0)
}

function stuckOf({ stuck }: FolderOverview, device: DeviceId): number {
  return stuck.find((one) => one.device === device)?.items ?? 0
}

/** The statement outlives the program that met the error; its code is what is left of it. */
function stuckError({ path, reason }: StuckPath): FolderError {
  const code = isErrorCode(reason) ? reason : 'NAME_UNUSABLE'
  return { path, code, message: 'this device cannot place it' }
}

function needOf(needs: readonly NeedTotal[], device: DeviceId) {
  const found = needs.find((need) => need.device === device)
  return { items: found?.items ?? 0, bytes: found?.bytes ?? 0 }
}

/**
 * Upper bound of what no other device is known to hold: what the most complete one lacks, and what
 * none of them wants.
 */
function onlyHere(
  { totals, needs, unwantedElsewhere }: FolderOverview,
  devices: readonly SharingDevice[],
): number {
  const confirmed = devices.filter(({ confirmedOnce }) => confirmedOnce)
  const lacked = Math.min(
    totals.items,
    ...confirmed.map(({ id, unplaceable, damaged }) => needOf(needs, id).items + unplaceable + damaged),
  )
  return Math.min(totals.items, lacked + unwantedElsewhere)
}

function damageOf({ path, reason }: DamagedPath): FolderView['errors'][number] {
  return { path, code: reason, message: 'the bytes on the disk are not those that were written' }
}

function conflictOf({ copy, original }: ConflictPair): FolderView['conflicts'][number] {
  const { path, conflictOf: about } = copy
  return { path, conflictOf: about, copy: sideOf(copy), ...(original && { original: sideOf(original) }) }
}

function sideOf({ size, mtimeNs, author, contentHash }: FileRecord) {
  return { size, mtimeMs: Number(mtimeNs / 1_000n) / 1_000, device: author.name, hash: contentHash }
}
