/**
 * What every call to the node starts from: its parts, and the way to a folder. Promises that an
 * unknown folder, a broken one and one that is not open are told apart. Never changes anything.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Job } from '../base/job.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { getFolder } from '../config/edit.ts'
import type { ConfigStore } from '../config/config-store.ts'
import type { Config, FolderConfig } from '../config/schema.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import type { VersionStore } from '../durability/park.ts'
import type { Upkeep } from '../durability/upkeep.ts'
import type { FileSystem, Watcher } from '../fs/file-system.ts'
import type { MarkFile } from '../index/high-water-mark.ts'
import type { IndexOperations } from '../index/index-port.ts'
import type { Network } from '../net/peer-link.ts'
import type { Notices } from '../observe/notices.ts'
import type { BlockJob } from '../store/block-job.ts'
import type { SyncEngine } from '../sync/engine.ts'
import type { FolderSettings } from '../sync/folder-handle.ts'
import type { FolderSync } from '../sync/folder-sync.ts'
import type { ScrubSettings } from '../sync/scrubber.ts'
import type { TransferLog } from '../sync/transfers.ts'
import type { WalkOperations } from '../sync/walk-job.ts'

export interface NodeParts {
  readonly fileSystem: FileSystem
  readonly watcher: Watcher
  readonly network: Network
  readonly index: Job<IndexOperations>
  readonly walks: Job<WalkOperations>
  readonly blocks: BlockJob
  readonly config: ConfigStore
  readonly markFile: MarkFile
  readonly notices: Notices
  /** Names where mark and index lie; another one for a copy of them. Absent where there is no telling. */
  readonly place?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly version: string
  /** Where the node's own files are: absolute, every link resolved. Absent where folders are elsewhere. */
  readonly home?: string
  /** The API asked for the orderly stop of the process. */
  requestStop(): void
}

export interface NodeCore {
  readonly id: DeviceId
  readonly parts: NodeParts
  readonly engine: SyncEngine
  readonly transfers: TransferLog
  /** Of the folders that were opened. */
  readonly versions: ReadonlyMap<FolderId, VersionStore>
  /** Of the same folders. */
  readonly upkeeps: ReadonlyMap<FolderId, Upkeep>
  /** The configuration of now. */
  readonly config: Config
  /** Started and not yet stopping. */
  readonly isLive: boolean
  /** Something that viewers show has changed. */
  changed(): void
}

/** FOLDER_NOT_FOUND. */
export function folderOf(core: NodeCore, folder: FolderId): FolderConfig {
  return getFolder(core.config, folder)
}

/** The folder with its disk; a paused or broken one says why it is not open. */
export function openFolder(core: NodeCore, folder: FolderId): FolderSync {
  folderOf(core, folder)
  const handle = core.engine.findFolder(folder)
  const broken = handle?.progress.broken
  if (broken) throw new PeerfoldError(broken.code, broken.message, { folder })
  if (!handle?.sync) throw notOpen(folder)
  return handle.sync
}

/** Of an open folder. */
export function versionsOf(core: NodeCore, folder: FolderId): VersionStore {
  openFolder(core, folder)
  const versions = core.versions.get(folder)
  if (!versions) throw notOpen(folder)
  return versions
}

export function settingsOf(folder: FolderConfig): FolderSettings {
  const { id, path, devices, paused, mode, guard, ignoreRules } = folder
  return { id, path, devices, paused, policy: { mode, guard: guard ?? undefined }, ignoreRules }
}

const DAY_MS = 86_400_000

export function scrubSettings({ settings: { scrub } }: Config): ScrubSettings {
  return { bytesPerSecond: scrub.bytesPerSecond, everyMs: scrub.everyDays * DAY_MS }
}

export function trustedOf({ devices }: Config) {
  return devices.map(({ id, addresses }) => ({ id, addresses }))
}

function notOpen(folder: FolderId): PeerfoldError {
  return new PeerfoldError('FOLDER_NOT_OPEN', 'the folder is not open', { folder })
}
