/**
 * One folder as people see it: what is known of it put before the one verdict. Promises that nothing
 * is counted by walking the folder. Never decides what the facts mean: core/status.ts does.
 */
import type { FolderView } from '../api/node-port.ts'
import { LISTED_PROBLEMS_LIMIT } from '../api/shapes.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { FolderConfig } from '../config/schema.ts'
import type { DeviceId, FileRecord, FolderId } from '../core/record.ts'
import { folderState, folderStatus } from '../core/status.ts'
import type { FolderFacts, SharingDevice } from '../core/status.ts'
import type { ConflictPair, NeedTotal } from '../index/index-port.ts'
import type { FolderError } from '../sync/folder-errors.ts'
import type { NodeCore } from './node-core.ts'

export function folderViews(core: NodeCore): Promise<FolderView[]> {
  return Promise.all(core.config.folders.map((folder) => folderView(core, folder)))
}

export async function folderView(core: NodeCore, config: FolderConfig): Promise<FolderView> {
  const known = await askIndex(core, config.id)
  const errors = errorsOf(core, config.id)
  const devices: SharingDevice[] = []
  for (const id of config.devices) devices.push(await sharingDevice(core, id, config.id, known.needs))
  const facts = factsOf(core, config, { ...known, errors: errors.length, devices })
  return {
    id: config.id,
    name: config.name,
    path: config.path,
    state: folderState(facts),
    status: folderStatus(facts),
    files: facts.files,
    bytes: known.totals.bytes,
    need: facts.need,
    devices: devices.map(({ id, need, confirmedOnce }) => ({ id, need, confirmed: confirmedOnce })),
    errors: errors.slice(0, LISTED_PROBLEMS_LIMIT),
    errorCount: errors.length,
    conflicts: known.conflicts.first.map(conflictOf),
    conflictCount: known.conflicts.count,
    revision: known.totals.revision,
  }
}

interface Known {
  readonly needs: readonly NeedTotal[]
  readonly totals: { readonly items: number; readonly bytes: number; readonly revision: number }
  readonly conflicts: { readonly count: number; readonly first: readonly ConflictPair[] }
}

/** While the folder is not in the index (yet). */
const NOTHING: Known = {
  needs: [],
  totals: { items: 0, bytes: 0, revision: 0 },
  conflicts: { count: 0, first: [] },
}

async function askIndex({ parts: { index } }: NodeCore, folder: FolderId): Promise<Known> {
  try {
    const needs = await index.call('needTotals', { folder })
    const totals = await index.call('totals', { folder })
    return {
      needs,
      totals,
      conflicts: await index.call('conflicts', { folder, limit: LISTED_PROBLEMS_LIMIT }),
    }
  } catch (error) {
    if (error instanceof PeerfoldError && error.code === 'FOLDER_NOT_FOUND') return NOTHING
    throw error
  }
}

function errorsOf({ engine }: NodeCore, folder: FolderId): FolderError[] {
  const handle = engine.findFolder(folder)
  const errors = handle?.errors.list() ?? []
  const broken = handle?.progress.broken
  return broken ? [{ path: '', ...broken }, ...errors] : errors
}

function factsOf(
  core: NodeCore,
  { id, paused }: FolderConfig,
  {
    needs,
    totals,
    conflicts,
    errors,
    devices,
  }: Known & { errors: number; devices: readonly SharingDevice[] },
): FolderFacts {
  const progress = core.engine.findFolder(id)?.progress
  const need = needOf(needs, core.id)
  return {
    nodeLive: core.isLive,
    // Still opening is no fault: the first scan has not finished, that is all.
    rootOk: !progress?.broken,
    paused,
    held: false,
    scanning: progress?.scanning ?? false,
    firstScanFinished: progress?.firstScanFinished ?? false,
    conflicts: conflicts.count,
    errors,
    need,
    obtainable: Math.min(progress?.obtainable ?? 0, need.items),
    files: totals.items,
    onlyHere: onlyHere(totals.items, devices),
    devices,
  }
}

async function sharingDevice(
  { config, engine, parts }: NodeCore,
  id: DeviceId,
  folder: FolderId,
  needs: readonly NeedTotal[],
): Promise<SharingDevice> {
  const { connected, lastSeenMs } = engine.presence(id)
  const name = config.devices.find((device) => device.id === id)?.name ?? id
  const { seen } = await parts.index
    .call('peerPosition', { folder, device: id })
    .catch(() => ({ seen: { epoch: 0, sequence: 0 } }))
  return {
    id,
    name,
    connected,
    sharing: engine.isSharing(id, folder),
    need: needOf(needs, id),
    unplaceable: 0,
    lastSeenMs: Math.trunc(lastSeenMs),
    confirmedOnce: seen.epoch !== 0,
  }
}

function needOf(needs: readonly NeedTotal[], device: DeviceId) {
  const found = needs.find((need) => need.device === device)
  return { items: found?.items ?? 0, bytes: found?.bytes ?? 0 }
}

/** Upper bound of what no other device is known to hold: what the most complete one lacks. */
function onlyHere(files: number, devices: readonly SharingDevice[]): number {
  const confirmed = devices.filter(({ confirmedOnce }) => confirmedOnce)
  return Math.min(files, ...confirmed.map(({ need }) => need.items))
}

function conflictOf({ copy, original }: ConflictPair): FolderView['conflicts'][number] {
  const { path, conflictOf: about } = copy
  return { path, conflictOf: about, copy: sideOf(copy), ...(original && { original: sideOf(original) }) }
}

function sideOf({ size, mtimeNs, author, contentHash }: FileRecord) {
  return { size, mtimeMs: Number(mtimeNs / 1_000n) / 1_000, device: author.name, hash: contentHash }
}
