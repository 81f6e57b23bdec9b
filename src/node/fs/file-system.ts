/**
 * The port to a disk. Promises that nothing is read or written outside a folder's root whatever
 * names, links or races (on Linux without a gap), that names are handed over only when they are
 * valid UTF-8, and that "not there" is said only when the disk said so: every other failure
 * throws. Never follows a symbolic link inside a folder.
 *
 * Failures throw PeerfoldError: DISK_FULL, DISK_READ_ONLY, PERMISSION_DENIED, FILE_EXISTS,
 * FILE_NOT_FOUND, NAME_UNUSABLE, SYMLINK_UNSUPPORTED, FILE_TOO_LARGE, IO_ERROR (facts: path,
 * operation, errno).
 */
import type { PeerfoldError } from '../base/errors.ts'
import type { RelativePath } from './relative-path.ts'

export type FileKind = 'file' | 'directory' | 'symlink' | 'other'

/** One lstat, never rounded. */
export interface FileStat {
  readonly kind: FileKind
  /** Bytes; of a symlink the target's length. */
  readonly size: number
  /** Permission bits, 0o7777. */
  readonly mode: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly inode: bigint
  /** Names that lead to it: above 1 a write through one of them shows under all. */
  readonly links: number
  /** Number of the file system it lives on. */
  readonly device: bigint
}

/** A name in a directory; `name` is undefined when it is not valid UTF-8, `shown` is for people. */
export interface DirectoryEntry {
  readonly name: string | undefined
  readonly shown: string
}

/** A name together with what lstat said of it. */
export interface ListedEntry extends DirectoryEntry {
  /** Undefined when the name is not usable, vanished since it was listed, or `error` says why. */
  readonly stat: FileStat | undefined
  /** Why lstat failed: neither presence nor absence is known then. */
  readonly error: PeerfoldError | undefined
}

export interface ReadHandle {
  stat(): Promise<FileStat>
  /** Fills `into` from `position`; returns the bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Content written so far by anybody is durable when this resolves; needs no right to write. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface WriteHandle {
  stat(): Promise<FileStat>
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes` at `position` or throws. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(size: number): Promise<void>
  setMode(mode: number): Promise<void>
  /** Sets the modification time; the disk may keep less, so read it back with stat(). */
  setMtime(mtimeNs: bigint): Promise<void>
  /** Content and metadata are durable when this resolves. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** An open folder root. Every path is relative to it; "" is the root itself. */
export interface FolderRoot {
  readonly path: string
  /** Undefined when the path, or a directory above it, does not exist (or is no directory). */
  lstat(path: RelativePath): Promise<FileStat | undefined>
  list(path: RelativePath): Promise<DirectoryEntry[]>
  /** `list` and an `lstat` of every entry, all in the one directory that was opened: for scanning. */
  listWithStats(path: RelativePath): Promise<ListedEntry[]>
  readLink(path: RelativePath): Promise<string>
  /** Opens a regular file; throws KIND_UNSUPPORTED for anything else and never blocks on one. */
  openRead(path: RelativePath): Promise<ReadHandle>
  /** Creates a file that must not exist yet (FILE_EXISTS otherwise). */
  createFile(path: RelativePath, mode: number): Promise<WriteHandle>
  /** Opens an existing regular file for reading and writing. */
  openWrite(path: RelativePath): Promise<WriteHandle>
  makeDirectory(path: RelativePath, mode: number): Promise<void>
  makeSymlink(path: RelativePath, target: string): Promise<void>
  /**
   * Hard link; FILE_EXISTS when `to` exists, LINK_UNSUPPORTED where the disk has no hard links. Of a symbolic
   * link it is LINK_UNSUPPORTED everywhere: macOS would give the second name to what it leads to, which may
   * lie outside the folder.
   */
  link(from: RelativePath, to: RelativePath): Promise<void>
  /** Replaces whatever non-directory `to` is, in one step. Also moves directories to a free name. */
  rename(from: RelativePath, to: RelativePath): Promise<void>
  /**
   * Renames `from` over `to` only if `to` still is the non-directory that `expected` describes (inode,
   * size, mtimeNs); false otherwise, with nothing moved. The check and the rename run back to back
   * without yielding, which is as close to one step as the platform allows (RACE: another process
   * can replace `to` between the two system calls; its content would be lost).
   */
  replaceIfUnchanged(from: RelativePath, to: RelativePath, expected: FileStat): Promise<boolean>
  /**
   * Renames `from` to `to` if nothing has that name; false otherwise. For disks without hard links: where
   * there are some, `link` leaves no gap. RACE: as above, a name taken between the two system calls is overwritten.
   */
  renameToFree(from: RelativePath, to: RelativePath): Promise<boolean>
  /** Unlinks `path` under the same condition, with the same gap. */
  unlinkIfUnchanged(path: RelativePath, expected: FileStat): Promise<boolean>
  unlink(path: RelativePath): Promise<void>
  /** Throws DIRECTORY_NOT_EMPTY. */
  removeDirectory(path: RelativePath): Promise<void>
  /**
   * Of a file or directory, never through a link. False, with nothing set, when `only` is given and another
   * entry (kind, inode) has the name by now.
   */
  setMode(path: RelativePath, mode: number, only?: FileStat): Promise<boolean>
  /** Of a file, directory or the link itself; `only` as above. */
  setMtime(path: RelativePath, mtimeNs: bigint, only?: FileStat): Promise<boolean>
  /** Names made, moved or removed in this directory are durable when this resolves. */
  syncDirectory(path: RelativePath): Promise<void>
  /** Bytes this user may still write. */
  freeBytes(): Promise<number>
  /** Bytes that the disk holds when it is full. */
  totalBytes(): Promise<number>
  close(): Promise<void>
}

export interface FileSystem {
  /** Opens an existing directory; FOLDER_PATH_MISSING or FOLDER_PATH_NOT_DIRECTORY otherwise. */
  openRoot(path: string): Promise<FolderRoot>
  /** Absolute path with every link resolved, for comparing folders; FOLDER_PATH_MISSING when absent. */
  realPath(path: string): Promise<string>
  /** Creates a directory and those above it; no error when it exists. */
  makePath(path: string, mode: number): Promise<void>
}

/** A hint that something under `path` may have changed; undefined means "anything, look everywhere". */
export type WatchHint = RelativePath | undefined

/** Watching only suggests where to look; correctness never depends on it. */
export interface Watcher {
  /** Starts watching; hints arrive until close. Resolves when changes from now on are seen. */
  watch(root: string, onHint: (hint: WatchHint) => void): Promise<WatchHandle>
}

export interface WatchHandle {
  close(): Promise<void>
}
