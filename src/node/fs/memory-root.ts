/**
 * An open folder of the memory disk: the FolderRoot port over MemoryState. Promises the same
 * codes for the same failures as the real disk. Never follows a link.
 */
import { PeerfoldError } from '../base/errors.ts'
import { type DiskOperation, asDiskError } from './errno.ts'
import type { FileStat, FolderRoot, ListedEntry, WriteHandle } from './file-system.ts'
import { memoryHandle } from './memory-handle.ts'
import { type Entry, type Inode, makeDurable } from './memory-inode.ts'
import type { MemorySession } from './memory-session.ts'
import { MemoryErrno, type MemoryState, type Place } from './memory-state.ts'
import { checkRelativePath, joinPath, nameOf, parentOf } from './relative-path.ts'
import type { RelativePath } from './relative-path.ts'

export interface MemoryRootParts {
  readonly state: MemoryState
  readonly session: MemorySession
  /** Where `path` leads now, links followed; undefined when nowhere. */
  find(path: string): Inode | undefined
  /** Told of every change, by absolute path. */
  changed(path: string): void
}

const WRITE_AND_EXECUTE_BITS = 0o7777

export function memoryRoot(parts: MemoryRootParts, rootPath: string, root: Inode): FolderRoot {
  const { state, session } = parts
  let closed = false
  const absolute = (path: RelativePath): string => joinPath(rootPath === '/' ? '' : rootPath, path)

  const call = <Result>(operation: DiskOperation, path: RelativePath, step: () => Result): Promise<Result> =>
    session
      .call(operation, absolute(path), () => {
        if (closed) throw new MemoryErrno('EBADF')
        return step()
      })
      .catch((error: unknown) => {
        throw asDiskError(error, operation, path)
      })
  /** A change of the names or metadata at `paths`. */
  const change = <Result>(
    operation: DiskOperation,
    paths: readonly RelativePath[],
    step: () => Result,
  ): Promise<Result> =>
    call(operation, paths[0] ?? '', () => {
      const result = step()
      if (result !== false) for (const path of paths) parts.changed(absolute(path))
      return result
    })

  const directory = (path: RelativePath): Inode => {
    if (path !== '') checkRelativePath(path)
    return entered(path).at(-1)!
  }
  const entered = (path: RelativePath): Inode[] => {
    try {
      return state.enter(root, path === '' ? [] : path.split('/'))
    } catch (error) {
      throw asDiskError(error, 'enter', path)
    }
  }
  const place = (path: RelativePath): Place => {
    checkRelativePath(path)
    return state.place(entered(parentOf(path)), nameOf(path))
  }
  const existing = (path: RelativePath): Entry => {
    const { entry } = place(path)
    if (entry === undefined) throw new MemoryErrno('ENOENT')
    return entry
  }
  const writable = (path: RelativePath): Place => {
    const found = place(path)
    state.requireWrite(found.directory)
    return found
  }
  const free = (path: RelativePath): Place => {
    const found = writable(path)
    if (found.entry !== undefined) throw new MemoryErrno('EEXIST')
    return found
  }
  const regular = (path: RelativePath): Inode => {
    const { inode } = existing(path)
    if (inode.kind === 'file') return inode
    throw new PeerfoldError('KIND_UNSUPPORTED', 'this is not a regular file', { path })
  }
  const handle = (inode: Inode, path: RelativePath): WriteHandle =>
    memoryHandle(state, session, inode, absolute(path), () => parts.changed(absolute(path)))
  const masked = (mode: number): number => mode & WRITE_AND_EXECUTE_BITS & ~state.settings.umask

  const lstat = (path: RelativePath): FileStat | undefined => {
    if (path === '') {
      const found = parts.find(rootPath)
      return found?.kind === 'directory' ? state.statOf(found) : undefined
    }
    try {
      const { entry } = place(path)
      return entry && state.statOf(entry.inode)
    } catch (error) {
      if (error instanceof PeerfoldError && error.code === 'FILE_NOT_FOUND') return undefined
      throw error
    }
  }
  const entriesOf = (path: RelativePath): Entry[] => {
    const listed = directory(path)
    state.requireRead(listed)
    return [...listed.entries.values()]
  }
  const listed = (path: RelativePath, { name, shown, inode }: Entry): ListedEntry => {
    if (name === undefined) return { name, shown, stat: undefined, error: undefined }
    try {
      directory(path)
      state.place(entered(path), name)
      return { name, shown, stat: state.statOf(inode), error: undefined }
    } catch (error) {
      return { name, shown, stat: undefined, error: asDiskError(error, 'lstat', path) }
    }
  }
  const unlink = (path: RelativePath): void => {
    const found = writable(path)
    if (found.entry?.inode.kind === 'directory') throw new MemoryErrno('EISDIR')
    state.remove(found)
  }
  const removeDirectory = (path: RelativePath): void => {
    const found = writable(path)
    if (found.entry !== undefined && found.entry.inode.kind !== 'directory') throw new MemoryErrno('ENOTDIR')
    if (found.entry !== undefined && found.entry.inode.entries.size > 0) throw new MemoryErrno('ENOTEMPTY')
    state.remove(found)
  }
  const isUnchanged = (path: RelativePath, expected: FileStat): boolean => {
    const target = place(path).entry?.inode
    if (target === undefined || target.kind === 'directory' || target.kind !== expected.kind) return false
    const { inode, size, mtimeNs } = state.statOf(target)
    return inode === expected.inode && size === expected.size && mtimeNs === expected.mtimeNs
  }
  const replaceIfUnchanged = (from: RelativePath, to: RelativePath, expected: FileStat): boolean => {
    if (!isUnchanged(to, expected)) return false
    state.rename(writable(from), writable(to))
    return true
  }
  const renameToFree = (from: RelativePath, to: RelativePath): boolean => {
    const target = writable(to)
    if (target.entry !== undefined) return false
    state.rename(writable(from), target)
    return true
  }
  const unlinkIfUnchanged = (path: RelativePath, expected: FileStat): boolean => {
    if (!isUnchanged(path, expected)) return false
    unlink(path)
    return true
  }
  const isAnother = ({ kind, number }: Inode, only: FileStat | undefined): boolean =>
    only !== undefined && (kind !== only.kind || number !== only.inode)
  const setMode = (path: RelativePath, mode: number, only: FileStat | undefined): boolean => {
    const { inode } = existing(path)
    if (isAnother(inode, only)) return false
    if (inode.kind === 'symlink' || inode.kind === 'other')
      throw new PeerfoldError('KIND_UNSUPPORTED', 'only files and directories have a mode of their own', {
        path,
      })
    state.setMetadata(inode, { mode })
    return true
  }
  const setMtime = (path: RelativePath, mtimeNs: bigint, only: FileStat | undefined): boolean => {
    const { inode } = existing(path)
    if (isAnother(inode, only)) return false
    state.setMetadata(inode, { mtimeNs })
    return true
  }
  const readLink = (path: RelativePath): string => {
    const { inode } = existing(path)
    if (inode.kind !== 'symlink') throw new MemoryErrno('EINVAL')
    return inode.target
  }
  const syncDirectory = (path: RelativePath): void => {
    const synced = directory(path)
    state.requireRead(synced)
    state.journal.syncDirectory(synced)
    makeDurable(synced)
  }
  return {
    path: rootPath,
    lstat: (path) => call('lstat', path, () => lstat(path)),
    list: (path) => call('list', path, () => entriesOf(path).map(({ name, shown }) => ({ name, shown }))),
    listWithStats: (path) => call('list', path, () => entriesOf(path).map((entry) => listed(path, entry))),
    readLink: (path) => call('read-link', path, () => readLink(path)),
    openRead: (path) =>
      call('open-read', path, () => {
        const inode = regular(path)
        state.requireRead(inode)
        return handle(inode, path)
      }),
    openWrite: (path) =>
      call('open-write', path, () => {
        const inode = regular(path)
        state.requireRead(inode)
        state.requireWrite(inode)
        return handle(inode, path)
      }),
    createFile: (path, mode) =>
      change('create-file', [path], () => {
        const found = free(path)
        const inode = state.make('file', masked(mode))
        state.add(found, inode)
        return handle(inode, path)
      }),
    makeDirectory: (path, mode) =>
      change('make-directory', [path], () => {
        state.add(free(path), state.make('directory', masked(mode)))
      }),
    makeSymlink: (path, target) =>
      change('make-symlink', [path], () => {
        if (target === '') throw new MemoryErrno('ENOENT')
        state.add(free(path), state.make('symlink', 0o777, target))
      }),
    link: (from, to) =>
      change('link', [to], () => {
        const source = place(from)
        if (source.entry?.inode.kind === 'symlink') throw new MemoryErrno('EOPNOTSUPP')
        state.link(source, writable(to))
      }),
    rename: (from, to) =>
      change('rename', [from, to], () => {
        state.rename(writable(from), writable(to))
      }),
    replaceIfUnchanged: (from, to, expected) =>
      change('rename', [from, to], () => replaceIfUnchanged(from, to, expected)),
    renameToFree: (from, to) => change('rename', [from, to], () => renameToFree(from, to)),
    unlinkIfUnchanged: (path, expected) => change('unlink', [path], () => unlinkIfUnchanged(path, expected)),
    unlink: (path) => change('unlink', [path], () => unlink(path)),
    removeDirectory: (path) => change('remove-directory', [path], () => removeDirectory(path)),
    setMode: (path, mode, only) => change('set-mode', [path], () => setMode(path, mode, only)),
    setMtime: (path, mtimeNs, only) => change('set-mtime', [path], () => setMtime(path, mtimeNs, only)),
    syncDirectory: (path) => call('sync-directory', path, () => syncDirectory(path)),
    freeBytes: () =>
      call('free-bytes', '', () => Math.max(0, state.settings.capacityBytes - state.usedBytes)),
    totalBytes: () => call('free-bytes', '', () => state.settings.capacityBytes),
    close: async () => {
      closed = true
    },
  }
}
