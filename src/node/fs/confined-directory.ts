/**
 * The way into a folder. Promises that work runs in a directory reached from the root through
 * real directories only, never through a symbolic link, and on Linux without a gap: what is
 * swapped meanwhile cannot redirect it. Never creates or reads files itself.
 *
 * Node has no openat. On Linux each component is opened with O_DIRECTORY|O_NOFOLLOW under its
 * parent's descriptor, and work goes through /proc/self/fd/N/name: the kernel resolves that from
 * the open directory itself. O_NOFOLLOW alone would guard only the last component. O_PATH is
 * enough to pass through, so a directory that may be entered but not listed is no obstacle.
 */
import { constants } from 'node:fs'
import { PeerfoldError } from '../base/errors.ts'
import { whereIs } from './disk-calls.ts'
import type { DiskCalls } from './disk-calls.ts'
import { asDiskError, diskError } from './errno.ts'
import { nameOf, parentOf } from './relative-path.ts'
import type { RelativePath } from './relative-path.ts'

/** A directory for as long as one piece of work lasts. */
export interface EnteredDirectory {
  /** What the system calls take for the directory itself. */
  readonly self: string
  /** What they take for a name in it. */
  child(name: string): string
}

export interface Confinement {
  /**
   * Runs `work` in the directory `path`. FILE_NOT_FOUND when one of its names is absent or not a
   * directory. `discard` frees a result that may not be handed out after all.
   */
  inDirectory<Result>(
    path: RelativePath,
    work: (directory: EnteredDirectory) => Promise<Result>,
    discard?: (result: Result) => Promise<void>,
  ): Promise<Result>
  close(): Promise<void>
}

/** O_PATH is missing in Node's constants; the same on x86, ARM, RISC-V, POWER and s390. */
export const O_PATH = 0o10_000_000
/** Open directories kept per root. A guess: deeper than most trees, far below any handle limit. */
const KEPT_DIRECTORIES = 32

/** The path that leads the kernel to what a descriptor has open. */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`
}

interface Held extends EnteredDirectory {
  readonly fd: number
  readonly path: RelativePath
  users: number
  kept: boolean
}

function held(fd: number, path: RelativePath): Held {
  const self = descriptorPath(fd)
  return { fd, path, self, child: (name) => `${self}/${name}`, users: 0, kept: true }
}

/**
 * Confinement by open descriptors. `rootFd` belongs to it from now on.
 *
 * Directories stay open for the next operation, but each use first asks the kernel where the
 * descriptor is now and reopens it by name unless that is exactly root + path: a directory moved
 * away, deleted or replaced is never worked in because it was there a moment ago.
 */
export function confineByHandles(calls: DiskCalls, rootFd: number): Confinement {
  const root = held(rootFd, '')
  /** Where the root was opened. Once it is moved, nothing is kept any more: slower, as correct. */
  const rootPlace = whereIs(rootFd)?.replace(/\/$/, '')
  /** In order of last use. */
  const kept = new Map<RelativePath, Held>()
  let closed = false

  const free = async (directory: Held): Promise<void> => {
    if (directory.users === 0 && !directory.kept) await calls.close(directory.fd)
  }
  const drop = async (directory: Held): Promise<void> => {
    if (!directory.kept) return
    directory.kept = false
    if (kept.get(directory.path) === directory) kept.delete(directory.path)
    await free(directory)
  }
  const release = async (directory: Held): Promise<void> => {
    directory.users--
    await free(directory)
  }
  const isInPlace = (directory: Held): boolean => {
    // The kernel marks removed directories with this ending; one really named so is not kept.
    if (rootPlace === undefined || directory.path.endsWith(' (deleted)')) return false
    return whereIs(directory.fd) === `${rootPlace}/${directory.path}`
  }
  const take = (directory: Held): Held => {
    directory.users++
    if (directory === root) return root
    kept.delete(directory.path)
    kept.set(directory.path, directory)
    return directory
  }
  const openUnder = async (parent: Held, path: RelativePath): Promise<Held> => {
    const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW
    const directory = held(await calls.open(parent.child(nameOf(path)), flags), path)
    // Another operation may have opened it too, or the root may have been closed meanwhile.
    const previous = kept.get(path)
    if (previous !== undefined) await drop(previous)
    if (!closed) return take(directory)
    directory.kept = false
    directory.users++
    return directory
  }
  const enter = async (path: RelativePath): Promise<Held> => {
    if (closed) throw diskError('EBADF', 'enter', path)
    if (path === '') return take(root)
    const known = kept.get(path)
    if (known !== undefined && isInPlace(known)) return take(known)
    if (known !== undefined) await drop(known)
    const parent = await enter(parentOf(path))
    try {
      return await openUnder(parent, path)
    } finally {
      await release(parent)
    }
  }
  const shrink = async (): Promise<void> => {
    for (const directory of kept.values()) {
      if (kept.size <= KEPT_DIRECTORIES) return
      await drop(directory)
    }
  }
  return {
    inDirectory: async (path, work) => {
      const directory = await enter(path).catch((error: unknown) => {
        throw asDiskError(error, 'enter', path)
      })
      try {
        return await work(directory)
      } finally {
        await release(directory)
        await shrink()
      }
    },
    close: async () => {
      if (closed) return
      closed = true
      await Promise.all([...kept.values(), root].map(drop))
    },
  }
}

/**
 * Confinement where no call works below an open directory (macOS, Windows): every component is
 * looked at before and after.
 *
 * RACE: a directory swapped for a link and back between the two looks redirects the work.
 * Worst case: one file is read or written where the link points. Accepted: these systems offer
 * Node nothing better, and whoever can swap directories in the folder already writes there.
 */
export function confineByChecks(calls: DiskCalls, rootPath: string, separator: string): Confinement {
  let closed = false
  const absolute = (names: readonly string[]): string => [rootPath, ...names].join(separator)

  const identityOf = async (path: RelativePath): Promise<string> => {
    const names = path === '' ? [] : path.split('/')
    const identities: string[] = []
    for (let depth = 0; depth <= names.length; depth++) {
      // The root itself may be reached through a link: the user chose that path.
      const stat = await calls[depth === 0 ? 'stat' : 'lstat'](absolute(names.slice(0, depth)))
      if (!stat?.isDirectory()) throw diskError('ENOTDIR', 'enter', path)
      identities.push(`${stat.dev}:${stat.ino}`)
    }
    return identities.join('/')
  }
  const checked = (path: RelativePath): Promise<string> =>
    identityOf(path).catch((error: unknown) => {
      throw asDiskError(error, 'enter', path)
    })
  return {
    inDirectory: async (path, work, discard) => {
      if (closed) throw diskError('EBADF', 'enter', path)
      const before = await checked(path)
      const self = absolute(path === '' ? [] : path.split('/'))
      const result = await work({ self, child: (name) => self + separator + name })
      const after = await checked(path).catch(() => undefined)
      if (after === before) return result
      await discard?.(result)
      throw new PeerfoldError('FILE_CHANGED', 'a directory was replaced while working in it', { path })
    },
    close: async () => {
      closed = true
    },
  }
}
