/**
 * A disk in memory, for tests and the simulator. Promises to behave as the real one behind the
 * same port, to repeat itself exactly under one seed, and to lose in a crash what was not synced
 * (see memory-journal.ts for names; contents come back old, new, truncated or zeroed). Never
 * reads the machine's clock, disk or dice.
 */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type DiskOperation, diskError } from './errno.ts'
import type { FileKind, FileSystem } from './file-system.ts'
import type { Inode } from './memory-inode.ts'
import { namesOf, resolveInode, resolvePath, resolvePlace } from './memory-paths.ts'
import { memoryRoot } from './memory-root.ts'
import { type YieldNow, memorySession } from './memory-session.ts'
import {
  type CrashReport,
  LIKE_EXT4,
  type MemoryDiskSettings,
  MemoryErrno,
  MemoryState,
} from './memory-state.ts'
import { type MemoryUser, memoryUser } from './memory-user.ts'

export interface MemoryDiskParts {
  readonly clock: Clock
  readonly random: Random
  /** Awaited before every call of the engine (absolute path); by default one turn of the microtask queue. */
  readonly yieldNow?: YieldNow
  /** Told of every call of the engine that this disk refuses, for counting rare events. */
  readonly onRefusal?: (operation: DiskOperation, error: unknown) => void
}

/** One object of the tree, for comparing. */
export interface TreeEntry {
  /** Below the directory asked for; "" is not listed. */
  readonly path: string
  readonly kind: FileKind
  /** Of files; undefined otherwise. Never changes afterwards. */
  readonly content: Uint8Array | undefined
  readonly mode: number
  readonly mtimeNs: bigint
  readonly inode: bigint
  /** Of symlinks; "" otherwise. */
  readonly target: string
}

export interface MemoryDisk {
  readonly fileSystem: FileSystem
  /** What this disk can do; may be changed at any time. */
  readonly settings: MemoryDiskSettings
  readonly user: MemoryUser
  /** A power cut: unsynced state may vanish, everything open dies. */
  crash(): CrashReport
  /** The engine's process ends: everything open dies, the disk keeps what was written. */
  kill(): void
  /** All that was written reaches the disk, as it would after a while. */
  flush(): void
  /** Everything below `directory` ("/" by default), sorted by path. */
  tree(directory?: string): TreeEntry[]
  /** Calls of the engine that changed or synced something. */
  writeCount(): number
  /** Bytes of content that count against the capacity. */
  usedBytes(): number
  /** Handles the engine has open. */
  openHandles(): number
  /** Answers, from now on, whether the present program still lives (no kill or crash since). */
  aliveness(): () => boolean
  /** Calls back with the absolute path of every change by anyone; returns the way to stop. */
  onChange(listener: (path: string) => void): () => void
}

export function createMemoryDisk(
  parts: MemoryDiskParts,
  settings: Partial<MemoryDiskSettings> = {},
): MemoryDisk {
  const state = new MemoryState(parts.clock, parts.random, { ...LIKE_EXT4, ...settings })
  const listeners = new Set<(path: string) => void>()
  const changed = (path: string): void => listeners.forEach((listener) => listener(path))
  let generation = 0
  let writes = 0
  const host = {
    yieldNow: parts.yieldNow ?? ((): Promise<void> => Promise.resolve()),
    generation: () => generation,
    onWrite: () => {
      writes++
    },
    onRefusal: (operation: DiskOperation, error: unknown) => parts.onRefusal?.(operation, error),
  }
  return {
    fileSystem: memoryFileSystem(state, () => memorySession(host), changed),
    settings: state.settings,
    user: memoryUser(state, changed),
    crash: () => {
      generation++
      return state.crash()
    },
    kill: () => {
      generation++
      state.closeAllHandles()
    },
    flush: () => state.flush(),
    tree: (directory = '/') => treeBelow(resolveInode(state, directory)),
    writeCount: () => writes,
    usedBytes: () => state.usedBytes,
    openHandles: () => state.openHandles(),
    aliveness: () => {
      const born = generation
      return () => generation === born
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function memoryFileSystem(
  state: MemoryState,
  newSession: () => ReturnType<typeof memorySession>,
  changed: (path: string) => void,
): FileSystem {
  const find = (path: string): Inode | undefined => {
    try {
      return resolveInode(state, path)
    } catch (error) {
      if (error instanceof MemoryErrno && ['ENOENT', 'ENOTDIR'].includes(error.code)) return undefined
      throw error
    }
  }
  const makePath = (path: string, mode: number): void => {
    const names = namesOf(path)
    names.forEach((_, depth) => {
      const place = resolvePlace(state, `/${names.slice(0, depth + 1).join('/')}`)
      if (place.entry === undefined) state.add(place, state.make('directory', mode & ~state.settings.umask))
    })
    if (resolveInode(state, path).kind !== 'directory') throw new MemoryErrno('EEXIST')
    changed(path)
  }
  return {
    openRoot: (path) => {
      const session = newSession()
      return session.call('open-root', path, () => {
        const inode = resolveInode(state, path)
        if (inode.kind !== 'directory') throw diskError('ENOTDIR', 'open-root', path)
        state.requireRead(inode)
        return memoryRoot({ state, session, find, changed }, `/${namesOf(path).join('/')}`, inode)
      })
    },
    realPath: (path) => newSession().call('real-path', path, () => resolvePath(state, path)),
    makePath: (path, mode) => newSession().call('make-path', path, () => makePath(path, mode)),
  }
}

function treeBelow(directory: Inode, prefix = ''): TreeEntry[] {
  const entries = [...directory.entries.values()].flatMap(({ shown, inode }) => {
    const path = prefix + shown
    const content = inode.kind === 'file' ? inode.content.share() : undefined
    const { mode, mtimeNs } = inode.now
    const entry = {
      path,
      kind: inode.kind,
      content,
      mode,
      mtimeNs,
      inode: inode.number,
      target: inode.target,
    }
    return [entry, ...treeBelow(inode, `${path}/`)]
  })
  return prefix === '' ? entries.sort((a, b) => (a.path < b.path ? -1 : 1)) : entries
}
