/**
 * Everything that the API needs from the node. Promises plain asynchronous functions over plain
 * data, so that the router, its tests and the desktop share one small seam. Never mentions
 * HTTP, tokens or users.
 *
 * Every failure is a PeerfoldError. Unknown ids throw FOLDER_NOT_FOUND, DEVICE_NOT_FOUND,
 * VERSION_NOT_FOUND or FILE_NOT_FOUND; unusable paths BAD_PATH. A change of the configuration is
 * on disk when its promise resolves.
 */
import type { z } from 'zod'
import type * as shapes from './shapes.ts'

export type NodeStatus = z.infer<typeof shapes.NodeStatus>
export type FolderView = z.infer<typeof shapes.Folder>
export type DeviceView = z.infer<typeof shapes.Device>
export type NearbyView = z.infer<typeof shapes.NearbyDevice>
export type Notice = z.infer<typeof shapes.Notice>
export type FolderMode = z.infer<typeof shapes.FolderMode>
export type Guard = z.infer<typeof shapes.Guard>
export type HeldGroup = z.infer<typeof shapes.HeldGroup>
export type HeldChange = z.infer<typeof shapes.HeldChange>
export type HeldChangePage = z.infer<typeof shapes.HeldChangePage>
export type HeldDecision = z.infer<typeof shapes.HeldDecision>
export type Decision = z.infer<typeof shapes.DecideHeld>['decision']
export type FileEntry = z.infer<typeof shapes.FileEntry>
export type FilePage = z.infer<typeof shapes.FilePage>
export type BrowsedFile = z.infer<typeof shapes.BrowsedFile>
export type FileCopy = z.infer<typeof shapes.FileCopy>
export type FileRange = z.infer<typeof shapes.FileRange>
export type Transfer = z.infer<typeof shapes.Transfer>
export type Transfers = z.infer<typeof shapes.Transfers>
export type ImportProgress = z.infer<typeof shapes.ImportProgress>
export type SignInCode = z.infer<typeof shapes.SignInCode>
export type IgnoreRules = z.infer<typeof shapes.IgnoreRules>
export type VersionEntry = z.infer<typeof shapes.Version>
export type ScrubView = z.infer<typeof shapes.Scrub>
export type VersionPage = z.infer<typeof shapes.VersionPage>
export type VersionSpace = z.infer<typeof shapes.VersionSpace>
export type PrunedVersions = z.infer<typeof shapes.PrunedVersions>
export type PastContent = z.infer<typeof shapes.PastContent>
export type PathHistory = z.infer<typeof shapes.PathHistory>
export type RestorePlan = z.infer<typeof shapes.RestorePlan>
export type RestoreProgress = z.infer<typeof shapes.RestoreProgress>

/** Optional fields may be present and undefined: they come from JSON. */
export type AddDevice = z.infer<typeof shapes.AddDevice>
export type AddFolder = z.infer<typeof shapes.AddFolder>
export type SetFolder = Omit<z.infer<typeof shapes.SetFolder>, 'folder'>

export type BrowseRequest = Omit<z.infer<typeof shapes.BrowseFiles>, 'folder'>
/** Hashes of both sides as a person was shown them. */
export type SeenConflict = NonNullable<z.infer<typeof shapes.ResolveConflict>['seen']>
export type Keep = z.infer<typeof shapes.ResolveConflict>['keep']

export interface PageRequest {
  /** `next` of the page before. */
  readonly cursor?: string | undefined
  /** Most entries wanted, 1 to 1,000. */
  readonly limit: number
}

/** How an uploaded file is written down; what is absent is now, and the default mode. */
export interface UploadAttributes {
  readonly mtimeNs?: bigint | undefined
  /** Permission bits, 0o777. */
  readonly mode?: number | undefined
  /** Bytes announced by the sender, for checking the space beforehand; the content decides. */
  readonly sizeBytes?: number | undefined
  /** What has the name already stays: FILE_EXISTS, before any content is asked for where possible. */
  readonly mustBeNew?: boolean
  /** Given by a sender that can go on: `id` is 32 hex digits by chance, `offset` the bytes it skips. */
  readonly upload?: { readonly id: string; readonly offset: number } | undefined
}

/** A file opened for reading: whoever took it iterates `content` to the end or returns it. */
export interface Download {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** "sha256:<hex>" as recorded; "" when the file has not been scanned yet. */
  readonly hash: string
  /** The bytes in order. Throws FILE_CHANGED when the file changes under way. Closing early frees the file. */
  readonly content: AsyncIterable<Uint8Array>
}

export interface NodePort {
  /** The present state; cheap enough for four calls a second. */
  status(): Promise<NodeStatus>
  /**
   * Calls `listener` whenever status() may answer something new; it carries nothing and may come
   * often. Returns the function that ends it.
   */
  onChange(listener: () => void): () => void
  /** Starts the orderly stop of the whole process and returns at once. Idempotent. */
  stop(): Promise<void>

  /** What moves; cheap enough for four calls a second. */
  transfers(): Promise<Transfers>
  /** As onChange, for transfers(). */
  onTransfer(listener: () => void): () => void

  listDevices(): Promise<DeviceView[]>
  /** Adds or changes. BAD_DEVICE_ID, BAD_ADDRESS, OWN_DEVICE. */
  addDevice(request: AddDevice): Promise<DeviceView>
  /** Also takes the device out of every folder and closes its connections at once. */
  removeDevice(device: string): Promise<void>
  /** Devices heard on the network that are not known here. */
  nearby(): Promise<NearbyView[]>

  listFolders(): Promise<FolderView[]>
  /**
   * BAD_FOLDER_ID, FOLDER_EXISTS, FOLDER_PATH_MISSING, FOLDER_PATH_NOT_DIRECTORY,
   * FOLDER_PATH_OVERLAPS, FOLDER_PATH_NOT_WRITABLE, FOLDER_MARKER_FOREIGN, DEVICE_NOT_FOUND.
   */
  addFolder(request: AddFolder): Promise<FolderView>
  /** Changes what is given. */
  setFolder(folder: string, change: SetFolder): Promise<FolderView>
  /** Forgets the folder; its files and versions stay. */
  removeFolder(folder: string): Promise<void>
  pauseFolder(folder: string): Promise<FolderView>
  resumeFolder(folder: string): Promise<FolderView>
  /** Asks for a full scan; with `wait` it resolves when a scan begun after the call has finished. */
  rescanFolder(folder: string, wait: boolean, signal?: AbortSignal): Promise<void>

  /** Live records under a directory ("" is all of them), in path order. */
  listFiles(folder: string, under: string, page: PageRequest): Promise<FilePage>
  /** A range of a directory's entries (or of what a search finds below it), with every device's copy. */
  browseFiles(folder: string, request: BrowseRequest): Promise<FileRange>
  /**
   * Copies files and directories of this machine into the folder, as if the user had saved them
   * there; a name that is taken is FILE_EXISTS before anything is copied. The last one is `finished`.
   */
  importFiles(
    folder: string,
    directory: string,
    paths: readonly string[],
    signal?: AbortSignal,
  ): AsyncIterable<ImportProgress>
  /**
   * Writes a file as if the user had saved it here: complete or not at all; what it replaces is
   * parked. Missing directories are made. Reads `content` as slowly as the disk takes it.
   */
  uploadFile(
    folder: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    attributes: UploadAttributes,
    signal?: AbortSignal,
  ): Promise<FileEntry>
  /** Bytes of an upload that were kept when its line broke; they stay for ten minutes. 0: none. */
  uploadedBytes(folder: string, path: string, upload: string): Promise<number>
  /** Opens a file that is on this device. */
  downloadFile(folder: string, path: string, signal?: AbortSignal): Promise<Download>
  /** Deletes a file, link or empty directory; content is parked. DIRECTORY_NOT_EMPTY. */
  deleteFile(folder: string, path: string): Promise<void>

  /** Decides a conflict by the path of its copy. FILE_NOT_FOUND when there is no such conflict (any more). */
  resolveConflict(folder: string, path: string, keep: Keep, seen?: SeenConflict): Promise<void>

  /** Changes that are known and not let through until a person decides; the same as in the folder's view. */
  listHeld(folder: string): Promise<HeldGroup[]>
  /** Of one group, by path. HELD_GROUP_NOT_FOUND. */
  listHeldChanges(folder: string, group: string, page: PageRequest): Promise<HeldChangePage>
  /**
   * 'approve' lets the changes through; HELD_BY_MODE where the mode of the folder withholds them.
   * 'reject' restores the state before them: what others say is taken back over what was changed here
   * ('out'), or what is here is stated over what others say ('in'). What gives way is parked wherever it
   * gives way. Decided is decided: it is carried out also after a restart. HELD_GROUP_NOT_FOUND.
   */
  decideHeld(
    folder: string,
    group: string,
    decision: Decision,
    paths?: readonly string[],
  ): Promise<HeldDecision>

  getIgnore(folder: string): Promise<IgnoreRules>
  /** Replaces this device's own rules; a scan follows. */
  setIgnore(folder: string, rules: readonly string[]): Promise<IgnoreRules>

  /** What happened once and nobody has dismissed yet, oldest first; the same as in status(). */
  listNotices(): Promise<Notice[]>
  /** A person knows now. NOTICE_NOT_FOUND. */
  dismissNotice(notice: string): Promise<void>

  /** How far everything kept here was read again, one entry for each folder. */
  listScrubs(): Promise<ScrubView[]>
  /** Begins a pass, or goes on with a paused one. FOLDER_NOT_OPEN. */
  startScrub(folder: string): Promise<ScrubView>
  /** FOLDER_NOT_OPEN. */
  pauseScrub(folder: string): Promise<ScrubView>

  /** Displaced contents kept on this device, newest first; of one path when given. */
  listVersions(folder: string, path: string | undefined, page: PageRequest): Promise<VersionPage>
  /** What became of a path, from what this and all connected devices of the folder remember. */
  pathHistory(folder: string, path: string, signal?: AbortSignal): Promise<PathHistory>
  /**
   * Puts the content back at `to` or its original path; what is there now is parked first. With
   * `device` it is a version which that device keeps: PEER_GONE when it is not connected. One whose
   * bytes are not what was kept is VERSION_DAMAGED unless that is what is wanted.
   */
  restoreVersion(
    folder: string,
    version: string,
    to: string | undefined,
    device: string | undefined,
    signal?: AbortSignal,
    evenDamaged?: boolean,
  ): Promise<FileEntry>
  /** What restoreMoment would do. HISTORY_TOO_SHORT. */
  planRestore(folder: string, path: string, atMs: number, signal?: AbortSignal): Promise<RestorePlan>
  /**
   * A path and all below it ("" is the folder) become what they were at a moment, as ordinary changes
   * that can be undone. The last progress is `finished`; who stops taking it stops the restore.
   */
  restoreMoment(
    folder: string,
    path: string,
    atMs: number,
    signal?: AbortSignal,
  ): AsyncIterable<RestoreProgress>

  /** The room that old contents take here. FOLDER_NOT_OPEN. */
  versionSpace(folder: string): Promise<VersionSpace>
  /** Removes what retention lets go, and all that is older when an age is given. FOLDER_NOT_OPEN. */
  pruneVersions(
    folder: string,
    request: { readonly olderThanDays?: number | undefined; readonly dryRun: boolean },
  ): Promise<PrunedVersions>
}
