/**
 * An open folder on the real disk: the FolderRoot port over a confinement and a table of calls.
 * Promises that every operation starts from the open root and that the first look at a failure
 * names the operation and path. Never keeps anything open behind the caller's back but the
 * directories of its confinement.
 */
import { type BigIntStats, constants } from 'node:fs'
import { PeerfoldError } from '../base/errors.ts'
import { type Confinement, type EnteredDirectory, O_PATH, descriptorPath } from './confined-directory.ts'
import { type DiskCalls, isLinkNow, renameToFreeNow, replaceNow, unlinkNow } from './disk-calls.ts'
import { diskHandle } from './disk-handle.ts'
import { directoryEntry, fileStat, textOfBytes } from './disk-stat.ts'
import { secondsText } from './disk-times.ts'
import { isUnusableOnWindows } from './awkward-names.ts'
import { type DiskOperation, asDiskError, attempt, diskError } from './errno.ts'
import type { FileStat, FolderRoot, ListedEntry, WriteHandle } from './file-system.ts'
import { checkRelativePath, joinPath, nameOf, parentOf } from './relative-path.ts'
import type { RelativePath } from './relative-path.ts'

/** Entries whose lstat is in flight at once; more than the thread pool has threads gains nothing. */
const STATS_IN_FLIGHT = 16

const NOFOLLOW = constants.O_NOFOLLOW ?? 0
/** Non-blocking, so that a FIFO put in place of the file cannot hang us. */
const CAREFUL = NOFOLLOW | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** ENOENT as a value: the blocking lstat answers undefined, the other one throws. */
async function orUndefined<Result>(result: Promise<Result | undefined>): Promise<Result | undefined> {
  try {
    return await result
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

function requireEntry(stat: BigIntStats | undefined): BigIntStats {
  if (stat === undefined) throw Object.assign(new Error('there is nothing'), { code: 'ENOENT' })
  return stat
}

function requireFile(stat: BigIntStats, path: RelativePath): void {
  if (!stat.isFile()) throw new PeerfoldError('KIND_UNSUPPORTED', 'this is not a regular file', { path })
}

function requireModeBearer(stat: BigIntStats, path: RelativePath): void {
  if (stat.isFile() || stat.isDirectory()) return
  throw new PeerfoldError('KIND_UNSUPPORTED', 'only files and directories have a mode of their own', { path })
}

function isSameEntry(found: FileStat, expected: FileStat): boolean {
  return found.kind === expected.kind && found.inode === expected.inode
}

/** Whether the non-directory `found` is the one that was looked at before. */
function isSameVersion(found: FileStat, expected: FileStat): boolean {
  if (found.kind === 'directory' || found.kind !== expected.kind) return false
  if (found.inode !== expected.inode || found.size !== expected.size) return false
  return found.mtimeNs === expected.mtimeNs
}

export function folderRoot(
  calls: DiskCalls,
  rootPath: string,
  confinement: Confinement,
  /** Whether `descriptorPath` leads anywhere. */
  byHandles: boolean,
): FolderRoot {
  /** Runs `work` with the directory holding `path` and the name in it. */
  const at = <Result>(
    operation: DiskOperation,
    path: RelativePath,
    work: (child: string, directory: EnteredDirectory) => Promise<Result>,
    discard?: (result: Result) => Promise<void>,
  ): Promise<Result> =>
    attempt(operation, path, async () => {
      checkRelativePath(path)
      return confinement.inDirectory(
        parentOf(path),
        (directory) => work(directory.child(nameOf(path)), directory).catch(rethrow(operation, path)),
        discard,
      )
    })

  /** Runs `work` with the directory `path` itself. */
  const within = <Result>(
    operation: DiskOperation,
    path: RelativePath,
    work: (directory: EnteredDirectory) => Promise<Result>,
  ): Promise<Result> =>
    attempt(operation, path, async () => {
      if (path !== '') checkRelativePath(path)
      return confinement.inDirectory(path, work)
    })

  /** Runs `work` with both ends of a link or rename. */
  const fromTo = <Result>(
    operation: 'link' | 'rename',
    from: RelativePath,
    to: RelativePath,
    work: (source: string, target: string) => Promise<Result>,
  ): Promise<Result> =>
    at(operation, from, (source) => makingAt(operation, to, (target) => work(source, target)))

  /** Windows opens "nul" as a device and "a:b" as a stream of "a": asked for as files, they are refused. */
  const requireNewName = (operation: DiskOperation, path: RelativePath): void => {
    if (process.platform === 'win32' && isUnusableOnWindows(nameOf(path)))
      throw diskError('EINVAL', operation, path)
  }
  /** `at`, for what makes a name. */
  const makingAt: typeof at = async (operation, path, work, discard) => {
    requireNewName(operation, path)
    return at(operation, path, work, discard)
  }

  const openFile = async (
    operation: 'open-read' | 'open-write' | 'create-file',
    path: RelativePath,
    flags: number,
    mode?: number,
  ): Promise<WriteHandle> => {
    const open = async (child: string): Promise<number> => {
      // Opening a device can have effects of its own, so it is looked at first; the look at what
      // really was opened follows, because it may have been swapped in between.
      if (operation !== 'create-file') requireFile(requireEntry(await orUndefined(calls.lstat(child))), path)
      const fd = await calls.open(child, flags | CAREFUL, mode)
      try {
        requireFile(await calls.fstat(fd), path)
        return fd
      } catch (error) {
        await calls.close(fd)
        throw error
      }
    }
    const where = operation === 'create-file' ? makingAt : at
    return diskHandle(calls, await where(operation, path, open, calls.close), path)
  }

  const lstatChild = (child: string, path: RelativePath): Promise<FileStat | undefined> =>
    attempt('lstat', path, async () => {
      const stat = await orUndefined(calls.lstat(child))
      return stat && fileStat(stat)
    })

  const listWithStats = (path: RelativePath): Promise<ListedEntry[]> =>
    within('list', path, async (directory) => {
      const names = await calls.readdir(directory.self)
      const entries: ListedEntry[] = []
      for (let start = 0; start < names.length; start += STATS_IN_FLIGHT) {
        const batch = names.slice(start, start + STATS_IN_FLIGHT)
        entries.push(...(await Promise.all(batch.map((name) => listedEntry(directory, path, name)))))
      }
      return entries
    })

  const listedEntry = async (
    directory: EnteredDirectory,
    path: RelativePath,
    bytes: Buffer,
  ): Promise<ListedEntry> => {
    const { name, shown } = directoryEntry(bytes)
    // Without a name nothing can be asked that would be of use.
    if (name === undefined) return { name, shown, stat: undefined, error: undefined }
    try {
      const stat = await calls.lstat(directory.child(name))
      return { name, shown, stat: stat && fileStat(stat), error: undefined }
    } catch (error) {
      const failure = asDiskError(error, 'lstat', joinPath(path, name))
      const hasVanished = failure.code === 'FILE_NOT_FOUND'
      return { name, shown, stat: undefined, error: hasVanished ? undefined : failure }
    }
  }

  /** False when another entry than `only` has the name; else hands `set` the name to set something of it by. */
  const setOnly = async (
    child: string,
    only: FileStat | undefined,
    set: (stat: BigIntStats, name: string) => Promise<void>,
  ): Promise<boolean> => {
    if (!byHandles) {
      // RACE: what is put here after the look gets it; a link is followed by chmod. Worst case: the
      // mode of the file it points to changes. Accepted: see confineByChecks.
      const stat = requireEntry(await orUndefined(calls.lstat(child)))
      if (only && !isSameEntry(fileStat(stat), only)) return false
      await set(stat, child)
      return true
    }
    // O_PATH needs no permission on the entry and never follows; what is set lands on what is held.
    const fd = await calls.open(child, O_PATH | NOFOLLOW)
    try {
      const stat = await calls.fstat(fd)
      if (only && !isSameEntry(fileStat(stat), only)) return false
      await set(stat, descriptorPath(fd))
      return true
    } finally {
      await calls.close(fd)
    }
  }

  const syncDirectory = async (directory: EnteredDirectory): Promise<void> => {
    // Windows cannot flush a directory; NTFS journals names by itself (not tested there).
    if (process.platform === 'win32') return
    const fd = await calls.open(directory.self, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await calls.fsync(fd)
    } finally {
      await calls.close(fd)
    }
  }

  /** By its path, not by the open descriptor: a root that was moved or unmounted must be noticed. */
  const lstatRoot = (): Promise<FileStat | undefined> =>
    attempt('lstat', '', async () => {
      const stat = await orUndefined(calls.stat(rootPath))
      return stat?.isDirectory() ? fileStat(stat) : undefined
    })

  return {
    path: rootPath,
    lstat: async (path) => {
      if (path === '') return lstatRoot()
      try {
        return await at('lstat', path, (child) => lstatChild(child, path))
      } catch (error) {
        if (error instanceof PeerfoldError && error.code === 'FILE_NOT_FOUND') return undefined
        throw error
      }
    },
    list: (path) =>
      within('list', path, async (directory) => (await calls.readdir(directory.self)).map(directoryEntry)),
    listWithStats,
    readLink: (path) =>
      at('read-link', path, async (child) => {
        const target = textOfBytes(await calls.readlink(child))
        if (target !== undefined) return target
        throw new PeerfoldError('NAME_NOT_UTF8', 'the target of this link is not valid UTF-8', { path })
      }),
    openRead: (path) => openFile('open-read', path, constants.O_RDONLY),
    openWrite: (path) => openFile('open-write', path, constants.O_RDWR),
    createFile: (path, mode) =>
      openFile('create-file', path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode),
    makeDirectory: (path, mode) =>
      makingAt('make-directory', path, async (child) => {
        await calls.mkdir(child, { mode })
      }),
    makeSymlink: (path, target) => makingAt('make-symlink', path, (child) => calls.symlink(target, child)),
    link: (from, to) =>
      fromTo('link', from, to, async (source, target) => {
        // RACE: a symbolic link may be put at `from` before the call. Worst case, on macOS: what it leads to
        // gets the name `to`. Accepted: Node does not offer linkat, which can be told not to follow.
        if (isLinkNow(source)) throw diskError('EOPNOTSUPP', 'link', from)
        await calls.link(source, target)
      }),
    rename: (from, to) => fromTo('rename', from, to, calls.rename),
    replaceIfUnchanged: (from, to, expected) =>
      fromTo('rename', from, to, async (source, target) =>
        replaceNow(source, target, (stat) => isSameVersion(fileStat(stat), expected)),
      ),
    renameToFree: (from, to) =>
      fromTo('rename', from, to, async (source, target) => renameToFreeNow(source, target)),
    unlinkIfUnchanged: (path, expected) =>
      at('unlink', path, async (child) =>
        unlinkNow(child, (stat) => isSameVersion(fileStat(stat), expected)),
      ),
    unlink: (path) => at('unlink', path, (child) => calls.unlink(child)),
    removeDirectory: (path) => at('remove-directory', path, (child) => calls.rmdir(child)),
    setMode: (path, mode, only) =>
      at('set-mode', path, (child) =>
        setOnly(child, only, (stat, name) => {
          requireModeBearer(stat, path)
          return calls.chmod(name, mode)
        }),
      ),
    setMtime: (path, mtimeNs, only) => {
      const seconds = secondsText(mtimeNs)
      // Through a descriptor the link itself is reached; by its name only lutimes does not follow it.
      const set = byHandles ? calls.utimes : calls.lutimes
      return at('set-mtime', path, (child) =>
        setOnly(child, only, (_stat, name) => set(name, seconds, seconds)),
      )
    },
    syncDirectory: (path) => within('sync-directory', path, syncDirectory),
    freeBytes: () =>
      within('free-bytes', '', async (directory) => {
        const { bavail, bsize } = await calls.statfs(directory.self)
        return bavail * bsize
      }),
    totalBytes: () =>
      within('free-bytes', '', async (directory) => {
        const { blocks, bsize } = await calls.statfs(directory.self)
        return blocks * bsize
      }),
    close: () => confinement.close(),
  }
}

function rethrow(operation: DiskOperation, path: RelativePath): (error: unknown) => never {
  return (error) => {
    throw asDiskError(error, operation, path)
  }
}
