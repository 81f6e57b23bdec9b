/**
 * What the stages of one folder need from the rest of the node: narrow interfaces that node.ts
 * fits. Promises no behaviour of its own.
 */
import type { Clock } from '../base/clock.ts'
import type { Job } from '../base/job.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { HistoryPage, HistoryQuery, KeptVersion, PastChange } from '../core/history.ts'
import type { Author, DeviceId, FileRecord, FolderId, RecordKind } from '../core/record.ts'
import type { FileStat, FolderRoot, Watcher } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { IndexOperations } from '../index/index-port.ts'
import type { BlockJob } from '../store/block-job.ts'
import type { DecidedChanges } from './decided-changes.ts'
import type { DiskSpace } from './disk-space.ts'
import type { FolderErrors } from './folder-errors.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import type { Marker } from './marker.ts'
import type { PathLocks } from './path-locks.ts'
import type { Sight } from './sight.ts'
import type { TransferLog } from './transfers.ts'
import type { WalkOperations } from './walk-job.ts'

/** Where displaced content goes; durability provides it. */
export interface Archive {
  /**
   * Makes the content at `path` durable in the versions and returns the live file's stat as it is
   * afterwards. The live name stays: the caller replaces or removes it next, or calls abandon().
   */
  park(item: Displaced): Promise<{ live: FileStat; abandon(): Promise<void> }>
  /** Where in the folder a file lies that was parked lately with this content; it may have been written since. */
  findParked(contentHash: string): Promise<RelativePath | undefined>
  /** Ends what works on the versions in the background; before the root is closed. */
  close(): Promise<void>
  /**
   * Tells the history what is about to be recorded: durable when it resolves, so that no kill leaves a
   * change that the history does not know. Never fails the change: what cannot be written now is written
   * before whatever is noted next; with nothing to note it is only tried again.
   */
  note(changes: readonly NotedChange[]): Promise<void>
  /** Reads what is kept again, behind `after` ("": all of it); what is found damaged is marked. */
  check(after: string, pace: Pace, signal: AbortSignal): AsyncIterable<CheckedVersion>
  /** What this device remembers; what was noted before is in it. */
  history(query: HistoryQuery): Promise<HistoryPage>
  /** Exactly these bytes of a kept file, unchecked; undefined when they cannot be had. */
  readVersion(version: WantedVersion, offset: number, length: number): Promise<Uint8Array | undefined>
}

/** Which kept content: an id alone is never answered. */
export type WantedVersion = Pick<KeptVersion, 'id' | 'path' | 'contentHash'>

/** The history of a folder at one device: this one, or one that is connected. */
export interface HistorySource {
  readonly device: DeviceId
  /** One page; undefined when it tells nothing of the folder. PEER_GONE, TIMEOUT. */
  ask(query: HistoryQuery, signal: AbortSignal): Promise<HistoryPage | undefined>
  /** As Archive.readVersion. PEER_GONE, TIMEOUT. */
  read(
    version: WantedVersion,
    offset: number,
    length: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>
}

/** Waits until so many more bytes may be read. */
export type Pace = (bytes: number) => Promise<void>

export interface CheckedVersion {
  readonly id: string
  readonly bytes: number
  readonly damaged: boolean
}

export interface Displaced {
  readonly path: RelativePath
  /** Without a hash when the bytes there are others than were recorded. */
  readonly record: FileRecord
  readonly reason: 'replaced' | 'deleted' | 'conflict' | 'damaged'
  readonly by: Author
}

export interface NotedChange {
  readonly record: FileRecord
  /** What this device held there before; undefined when nothing. */
  readonly before: FileRecord | undefined
  readonly source: PastChange['source']
}

/** One folder, opened. */
export interface FolderContext {
  readonly folder: FolderId
  readonly root: FolderRoot
  /** The root's directory when it was opened: another one at its path is not this folder's disk. */
  readonly rootStat: Pick<FileStat, 'inode' | 'device'>
  readonly marker: Marker
  readonly index: Job<IndexOperations>
  readonly walks: Job<WalkOperations>
  /** Reads, cuts, hashes and writes content. */
  readonly blocks: BlockJob
  readonly archive: Archive
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly self: Author
  readonly locks: PathLocks
  /** What a person did in the app: the guard asks nobody about it. */
  readonly decided: DecidedChanges
  readonly space: DiskSpace
  readonly errors: FolderErrors
  readonly sight: Sight
  /** Told of the content that comes and goes; of all folders together. */
  readonly transfers: TransferLog
  rules(): IgnoreRules
  /** What was read there is not what we announced: it is looked into soon. */
  suspect(path: RelativePath): void
  /**
   * Absolute paths of the other open folders whose content may be put together for this one: each device that
   * shares this one shares those, too. Any other would learn from it what the other folder holds.
   */
  otherRoots(): ReadonlyMap<FolderId, string>
}

export type { Author, DeviceId, FileRecord, FolderId, RecordKind, Watcher }
