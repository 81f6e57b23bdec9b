/**
 * The composition root: the one file that knows every part, on ports only, so that the whole node
 * runs on twins. Promises that the configuration is on disk before a change takes effect, that a
 * folder is checked before it is added, and that what it says of its state was asked of the parts
 * at that moment. Never opens a socket, thread or disk itself: host.ts does.
 */
import type { NodePort } from './api/node-port.ts'
import type * as api from './api/node-port.ts'
import { LISTED_PROBLEMS_LIMIT } from './api/shapes.ts'
import type { Clock } from './base/clock.ts'
import { PeerfoldError } from './base/errors.ts'
import type { Job } from './base/job.ts'
import type { Log } from './base/log.ts'
import type { Random } from './base/random.ts'
import * as edit from './config/edit.ts'
import type { ConfigStore } from './config/config-store.ts'
import type { Config, FolderConfig } from './config/schema.ts'
import { folderState, folderStatus } from './core/status.ts'
import type { FolderFacts, SharingDevice } from './core/status.ts'
import type { DeviceId, FileRecord, FolderId } from './core/record.ts'
import { restoreVersion } from './durability/restore.ts'
import type { Version } from './durability/catalogue.ts'
import type { VersionStore } from './durability/park.ts'
import { openArchive } from './files/archive.ts'
import { listFiles, openFile } from './files/read-files.ts'
import type { ListedFile } from './files/read-files.ts'
import { checkUserPath, deleteFile, writeFile } from './files/write-file.ts'
import type { FileSystem, FolderRoot, Watcher } from './fs/file-system.ts'
import { openHighWaterMark } from './index/high-water-mark.ts'
import type { MarkFile } from './index/high-water-mark.ts'
import type { IndexOperations, NeedTotal } from './index/index-port.ts'
import type { Network } from './net/peer-link.ts'
import type { BlockJob } from './store/block-job.ts'
import { SyncEngine } from './sync/engine.ts'
import type { FolderHandle, FolderSettings } from './sync/folder-handle.ts'
import type { FolderSync } from './sync/folder-sync.ts'
import { ensureMarker } from './sync/marker.ts'
import { temporaryPath } from './sync/own-names.ts'
import type { WalkOperations } from './sync/walk-job.ts'

export interface NodeParts {
  readonly fileSystem: FileSystem
  readonly watcher: Watcher
  readonly network: Network
  readonly index: Job<IndexOperations>
  readonly walks: Job<WalkOperations>
  readonly blocks: BlockJob
  readonly config: ConfigStore
  readonly markFile: MarkFile
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly version: string
  /** The API asked for the orderly stop of the process. */
  requestStop(): void
}

export interface PeerfoldNode extends NodePort {
  readonly id: DeviceId
  /** Listens and opens every folder. PORT_IN_USE, BAD_ADDRESS. */
  start(): Promise<void>
  /** Ends everything in order and leaves exact marks; idempotent. */
  close(): Promise<void>
}

export async function createNode(parts: NodeParts): Promise<PeerfoldNode> {
  const mark = await openHighWaterMark(parts.markFile)
  return new Node(parts, mark)
}

const NO_NEED = { items: 0, bytes: 0 }

class Node implements PeerfoldNode {
  readonly id: DeviceId
  readonly #parts: NodeParts
  readonly #engine: SyncEngine
  readonly #listeners = new Set<() => void>()
  readonly #versions = new Map<FolderId, VersionStore>()
  #closing: Promise<void> | undefined
  #live = false

  constructor(parts: NodeParts, mark: Awaited<ReturnType<typeof openHighWaterMark>>) {
    this.#parts = parts
    this.id = parts.network.self
    this.#engine = new SyncEngine({
      ...parts,
      mark,
      software: `peerfold ${parts.version}`,
      self: () => ({ device: this.id, name: this.#config.device.name }),
      openArchive: (root, folder) => this.#openArchive(root, folder),
      changed: () => this.#changed(),
    })
  }

  get #config(): Config {
    return this.#parts.config.get()
  }

  async start(): Promise<void> {
    await this.#engine.start(trustedOf(this.#config), this.#config.folders.map(settingsOf))
    this.#live = true
    this.#changed()
  }

  close(): Promise<void> {
    this.#live = false
    return (this.#closing ??= this.#engine.stop())
  }

  async stop(): Promise<void> {
    this.#parts.requestStop()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async #openArchive(root: FolderRoot, folder: FolderId) {
    const archive = await openArchive(root, this.#parts)
    this.#versions.set(folder, archive.versions)
    return archive
  }

  // ---- state -------------------------------------------------------------------------------

  async status(): Promise<api.NodeStatus> {
    const { device } = this.#config
    const { network, version } = this.#parts
    return {
      device: { id: this.id, name: device.name, addresses: [...network.listening()], version },
      devices: await this.listDevices(),
      folders: await this.listFolders(),
      nearby: await this.nearby(),
    }
  }

  async listDevices(): Promise<api.DeviceView[]> {
    return this.#config.devices.map(({ id, name, addresses }) => {
      const { connected, address, lastSeenMs } = this.#engine.presence(id)
      const reached = address === '' ? {} : { address }
      return {
        id,
        name,
        connected,
        addresses: [...addresses],
        ...reached,
        lastSeenMs: Math.trunc(lastSeenMs),
      }
    })
  }

  async listFolders(): Promise<api.FolderView[]> {
    return Promise.all(this.#config.folders.map((folder) => this.#folderView(folder)))
  }

  async #folderView(config: FolderConfig): Promise<api.FolderView> {
    const folder = config.id
    const { index } = this.#parts
    const handle = this.#engine.findFolder(folder)
    const known = await this.#askIndex(folder)
    const errors = [...(handle?.errors.list() ?? [])]
    const broken = handle?.progress.broken
    if (broken) errors.unshift({ path: '', ...broken })
    const conflicts = known ? await index.call('conflicts', { folder }) : []
    const devices: SharingDevice[] = []
    for (const id of config.devices) devices.push(await this.#sharingDevice(id, folder, known?.needs ?? []))
    const need = needOf(known?.needs ?? [], this.id)
    const facts: FolderFacts = {
      nodeLive: this.#live,
      // Still opening is no fault: the first scan has not finished, that is all.
      rootOk: !broken,
      paused: config.paused,
      held: false,
      scanning: handle?.progress.scanning ?? false,
      firstScanFinished: handle?.progress.firstScanFinished ?? false,
      conflicts: conflicts.length,
      errors: errors.length,
      need,
      obtainable: Math.min(handle?.progress.obtainable ?? 0, need.items),
      files: known?.totals.items ?? 0,
      onlyHere: onlyHere(known?.totals.items ?? 0, devices),
      devices,
    }
    return {
      id: folder,
      name: config.name,
      path: config.path,
      state: folderState(facts),
      status: folderStatus(facts),
      files: facts.files,
      bytes: known?.totals.bytes ?? 0,
      need,
      devices: devices.map((device) => ({
        id: device.id,
        need: device.need,
        confirmed: device.confirmedOnce,
      })),
      errors: errors.slice(0, LISTED_PROBLEMS_LIMIT),
      errorCount: errors.length,
      conflicts: conflicts.slice(0, LISTED_PROBLEMS_LIMIT).map(conflictView),
      conflictCount: conflicts.length,
      revision: 0,
    }
  }

  /** Undefined while the folder is not in the index (yet). */
  async #askIndex(folder: FolderId) {
    const { index } = this.#parts
    try {
      const needs = await index.call('needTotals', { folder })
      return { needs, totals: await index.call('totals', { folder }) }
    } catch (error) {
      if (error instanceof PeerfoldError && error.code === 'FOLDER_NOT_FOUND') return undefined
      throw error
    }
  }

  async #sharingDevice(id: DeviceId, folder: FolderId, needs: readonly NeedTotal[]): Promise<SharingDevice> {
    const { connected, lastSeenMs } = this.#engine.presence(id)
    const name = this.#config.devices.find((device) => device.id === id)?.name ?? id
    const { seen } = await this.#parts.index
      .call('peerPosition', { folder, device: id })
      .catch(() => ({ seen: { epoch: 0, sequence: 0 } }))
    return {
      id,
      name,
      connected,
      sharing: this.#engine.isSharing(id, folder),
      need: needOf(needs, id),
      unplaceable: 0,
      lastSeenMs: Math.trunc(lastSeenMs),
      confirmedOnce: seen.epoch !== 0,
    }
  }

  async transfers(): Promise<api.Transfers> {
    const none = { rate: 0, items: 0, bytes: 0 }
    return { in: none, out: none, active: [], activeCount: 0, recent: [] }
  }

  onTransfer(listener: () => void): () => void {
    return this.onChange(listener)
  }

  // ---- devices -----------------------------------------------------------------------------

  async addDevice(request: api.AddDevice): Promise<api.DeviceView> {
    const nowMs = Math.trunc(this.#parts.clock.nowMs())
    await this.#parts.config.update((config) => edit.addDevice(config, this.id, request, nowMs))
    this.#engine.setTrusted(trustedOf(this.#config))
    return this.#deviceView(request.id)
  }

  async removeDevice(device: DeviceId): Promise<void> {
    const before = this.#config
    await this.#parts.config.update((config) => edit.removeDevice(config, device))
    this.#engine.setTrusted(trustedOf(this.#config))
    for (const { id, devices } of before.folders) if (devices.includes(device)) await this.#reconfigure(id)
  }

  async nearby(): Promise<api.NearbyView[]> {
    const known = new Set(this.#config.devices.map(({ id }) => id))
    const heard = this.#parts.network.nearby().filter(({ id }) => !known.has(id))
    return heard.map(({ id, addresses, lastSeenMs }) => ({
      id,
      addresses: [...addresses],
      lastSeenMs: Math.trunc(lastSeenMs),
    }))
  }

  async #deviceView(id: DeviceId): Promise<api.DeviceView> {
    const view = (await this.listDevices()).find((device) => device.id === id)
    if (!view) throw new PeerfoldError('DEVICE_NOT_FOUND', 'no device with this id is known', { device: id })
    return view
  }

  // ---- folders -----------------------------------------------------------------------------

  async addFolder(request: api.AddFolder): Promise<api.FolderView> {
    const { fileSystem, random, config } = this.#parts
    edit.checkFolderId(request.id)
    const path = await fileSystem.realPath(request.path)
    // Everything that can be refused is refused before the directory is touched.
    const entry = { ...request, path, devices: request.devices ?? [] }
    edit.addFolder(this.#config, this.id, { ...entry, markerId: 'unmade' })
    const root = await fileSystem.openRoot(path)
    try {
      const marker = await ensureMarker(root, request.id, random).catch(unwritable)
      await config.update((now) => edit.addFolder(now, this.id, { ...entry, markerId: marker.secret }))
    } finally {
      await root.close()
    }
    this.#engine.addFolder(settingsOf(this.#getFolder(request.id)))
    return this.#folderView(this.#getFolder(request.id))
  }

  async setFolder(folder: FolderId, change: api.SetFolder): Promise<api.FolderView> {
    return this.#edit(folder, { name: change.name, devices: change.devices })
  }

  async removeFolder(folder: FolderId): Promise<void> {
    await this.#parts.config.update((config) => edit.removeFolder(config, folder))
    await this.#engine.removeFolder(folder)
    this.#versions.delete(folder)
  }

  pauseFolder(folder: FolderId): Promise<api.FolderView> {
    return this.#edit(folder, { paused: true })
  }

  resumeFolder(folder: FolderId): Promise<api.FolderView> {
    return this.#edit(folder, { paused: false })
  }

  async rescanFolder(folder: FolderId, wait: boolean, signal?: AbortSignal): Promise<void> {
    const { sync } = this.#open(folder)
    const done = sync.rescan()
    if (!wait) return
    await Promise.race([done, rejectOnAbort(signal)])
    const { broken } = sync.progress
    if (broken) throw new PeerfoldError(broken.code, broken.message, { folder })
  }

  async #edit(folder: FolderId, change: edit.FolderEdit): Promise<api.FolderView> {
    await this.#parts.config.update((config) => edit.setFolder(config, this.id, folder, change))
    await this.#reconfigure(folder)
    return this.#folderView(this.#getFolder(folder))
  }

  async #reconfigure(folder: FolderId): Promise<void> {
    await this.#engine.configureFolder(settingsOf(this.#getFolder(folder)))
    this.#changed()
  }

  #getFolder(folder: FolderId): FolderConfig {
    return edit.getFolder(this.#config, folder)
  }

  /** The folder with its disk; a paused or broken one says why it is not open. */
  #open(folder: FolderId): { handle: FolderHandle; sync: FolderSync } {
    this.#getFolder(folder)
    const handle = this.#engine.findFolder(folder)
    const broken = handle?.progress.broken
    if (broken) throw new PeerfoldError(broken.code, broken.message, { folder })
    if (!handle?.sync) throw new PeerfoldError('FOLDER_NOT_OPEN', 'the folder is not open', { folder })
    return { handle, sync: handle.sync }
  }

  // ---- files -------------------------------------------------------------------------------

  async listFiles(folder: FolderId, under: string, page: api.PageRequest): Promise<api.FilePage> {
    this.#getFolder(folder)
    const directory = under === '' ? '' : checkUserPath(under)
    const { index } = this.#parts
    const { files, next } = await listFiles({ index, folder }, directory, page.cursor ?? '', page.limit)
    return { files: files.map(fileEntry), ...(next !== undefined && { next }) }
  }

  async browseFiles(folder: FolderId, { offset }: api.BrowseRequest): Promise<api.FileRange> {
    this.#getFolder(folder)
    return { total: 0, offset, entries: [], revision: 0 }
  }

  async *importFiles(folder: FolderId): AsyncIterable<api.ImportProgress> {
    this.#open(folder)
  }

  async resolveConflict(folder: FolderId, path: string): Promise<void> {
    this.#open(folder)
    throw new PeerfoldError('FILE_NOT_FOUND', 'there is no conflict with this copy', { path })
  }

  async uploadFile(
    folder: FolderId,
    path: string,
    content: AsyncIterable<Uint8Array>,
    attributes: api.UploadAttributes,
    signal?: AbortSignal,
  ): Promise<api.FileEntry> {
    const { sync } = this.#open(folder)
    const { stat, contentHash } = await writeFile(sync.context, path, content, attributes, signal)
    sync.look(path, 'children')
    return {
      path,
      kind: 'file',
      size: stat.size,
      mode: stat.mode & 0o777,
      mtimeMs: Number(stat.mtimeNs / 1_000n) / 1_000,
      hash: contentHash,
      here: 'holds',
    }
  }

  async downloadFile(folder: FolderId, path: string, signal?: AbortSignal): Promise<api.Download> {
    const { sync } = this.#open(folder)
    const { sizeBytes, mtimeNs, contentHash, content } = await openFile(sync.context, path, signal)
    return { sizeBytes, mtimeNs, hash: contentHash, content }
  }

  async deleteFile(folder: FolderId, path: string): Promise<void> {
    const { sync } = this.#open(folder)
    await deleteFile(sync.context, path)
    sync.look(path, 'children')
  }

  async getIgnore(folder: FolderId): Promise<api.IgnoreRules> {
    const { ignoreRules } = this.#getFolder(folder)
    const shared = this.#engine.findFolder(folder)?.sharedRules ?? []
    return { rules: [...ignoreRules], shared: [...shared] }
  }

  async setIgnore(folder: FolderId, rules: readonly string[]): Promise<api.IgnoreRules> {
    await this.#edit(folder, { ignoreRules: rules })
    return this.getIgnore(folder)
  }

  // ---- versions ----------------------------------------------------------------------------

  async listVersions(
    folder: FolderId,
    path: string | undefined,
    page: api.PageRequest,
  ): Promise<api.VersionPage> {
    const { versions, next } = await this.#versionsOf(folder).list({
      ...(path !== undefined && { path }),
      ...(page.cursor !== undefined && { after: page.cursor }),
      limit: page.limit,
    })
    return { versions: versions.map(versionEntry), ...(next !== undefined && { next }) }
  }

  async restoreVersion(folder: FolderId, version: string, to: string | undefined): Promise<api.FileEntry> {
    const { sync } = this.#open(folder)
    const { context } = sync
    const { secret } = context.marker
    const whatIsAt = async (path: string) => {
      const [row] = await context.index.call('local', { folder, paths: [path] })
      return row?.announced.record.deleted === false ? row.announced.record : undefined
    }
    const restored = await restoreVersion(
      {
        root: context.root,
        store: this.#versionsOf(folder),
        random: this.#parts.random,
        temporaryPath: (target, content) => temporaryPath(secret, target, content),
        device: context.self,
        whatIsAt,
      },
      { version, ...(to !== undefined && { path: to }) },
    )
    sync.look(restored.path, 'children')
    const stat = await context.root.lstat(restored.path)
    return {
      path: restored.path,
      kind: restored.kind,
      size: restored.size,
      mode: (stat?.mode ?? 0) & 0o777,
      mtimeMs: Number((stat?.mtimeNs ?? 0n) / 1_000n) / 1_000,
      hash: restored.contentHash,
      here: 'holds',
    }
  }

  #versionsOf(folder: FolderId): VersionStore {
    this.#open(folder)
    const versions = this.#versions.get(folder)
    if (!versions) throw new PeerfoldError('FOLDER_NOT_OPEN', 'the folder is not open', { folder })
    return versions
  }
}

function trustedOf({ devices }: Config) {
  return devices.map(({ id, addresses }) => ({ id, addresses }))
}

function settingsOf({ id, path, devices, paused, ignoreRules }: FolderConfig): FolderSettings {
  return { id, path, devices, paused, ignoreRules }
}

function needOf(needs: readonly NeedTotal[], device: DeviceId) {
  const found = needs.find((need) => need.device === device)
  return found ? { items: found.items, bytes: found.bytes } : NO_NEED
}

/** Upper bound of what no other device is known to hold: what the most complete one lacks. */
function onlyHere(files: number, devices: readonly SharingDevice[]): number {
  const confirmed = devices.filter(({ confirmedOnce }) => confirmedOnce)
  return Math.min(files, ...confirmed.map(({ need }) => need.items))
}

function unwritable(error: unknown): never {
  const denied =
    error instanceof PeerfoldError && ['PERMISSION_DENIED', 'DISK_READ_ONLY'].includes(error.code)
  if (!denied) throw error
  throw new PeerfoldError('FOLDER_PATH_NOT_WRITABLE', 'the directory cannot be written', {}, error)
}

function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function fileEntry({ record, here }: ListedFile): api.FileEntry {
  const { path, kind, size, mode, mtimeNs, contentHash, linkTarget, conflictOf } = record
  return {
    path,
    kind,
    size,
    mode,
    mtimeMs: Number(mtimeNs / 1_000n) / 1_000,
    hash: contentHash,
    here,
    ...(linkTarget !== '' && { linkTarget }),
    ...(conflictOf !== '' && { conflictOf }),
  }
}

function conflictView({
  path,
  conflictOf,
  size,
  mtimeNs,
  author,
  contentHash,
}: FileRecord): api.FolderView['conflicts'][number] {
  const copy = { size, mtimeMs: Number(mtimeNs / 1_000n) / 1_000, device: author.name, hash: contentHash }
  return { path, conflictOf, copy }
}

function versionEntry(version: Version): api.VersionEntry {
  const known = version.origin === 'known' ? version : undefined
  return {
    id: version.id,
    path: known?.path ?? '',
    size: version.size,
    hash: known?.contentHash ?? '',
    parkedMs: known?.displacedAtMs ?? 0,
    cause: known?.reason === 'deleted' ? 'deleted' : 'replaced',
    device: known?.displacedBy.name ?? '',
  }
}
