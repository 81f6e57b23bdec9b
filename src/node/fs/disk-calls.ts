/**
 * The system calls the disk is made of: one table, filled twice. Promises that both fillings take
 * the same arguments and fail with the same errno; the blocking one never yields to the event
 * loop, which in a worker thread makes readdir and lstat two to three times faster (237k against
 * 84-102k files/s measured on 2 EPYC cores, Node 24, ext4). Never interprets anything.
 */
import fs from 'node:fs'

type Bytes = Uint8Array
type PathLike = string | Buffer

export interface DiskCalls {
  open(path: PathLike, flags: number, mode?: number): Promise<number>
  close(fd: number): Promise<void>
  /** Bytes read, 0 at the end; may be fewer than asked for. */
  read(fd: number, into: Bytes, offset: number, length: number, position: number): Promise<number>
  /** Bytes written; may be fewer than asked for. */
  write(fd: number, bytes: Bytes, offset: number, length: number, position: number): Promise<number>
  fstat(fd: number): Promise<fs.BigIntStats>
  /** Undefined or ENOENT when there is nothing: only the blocking call can do without an error. */
  lstat(path: PathLike): Promise<fs.BigIntStats | undefined>
  stat(path: PathLike): Promise<fs.BigIntStats | undefined>
  readdir(path: PathLike): Promise<Buffer[]>
  readlink(path: PathLike): Promise<Buffer>
  ftruncate(fd: number, size: number): Promise<void>
  fchmod(fd: number, mode: number): Promise<void>
  chmod(path: PathLike, mode: number): Promise<void>
  /** Times as decimal strings of seconds: Node turns negative numbers into the present moment. */
  futimes(fd: number, atime: string, mtime: string): Promise<void>
  lutimes(path: PathLike, atime: string, mtime: string): Promise<void>
  utimes(path: PathLike, atime: string, mtime: string): Promise<void>
  fsync(fd: number): Promise<void>
  mkdir(path: PathLike, options: { mode: number; recursive?: boolean }): Promise<unknown>
  symlink(target: string, path: PathLike): Promise<void>
  link(from: PathLike, to: PathLike): Promise<void>
  rename(from: PathLike, to: PathLike): Promise<void>
  unlink(path: PathLike): Promise<void>
  rmdir(path: PathLike): Promise<void>
  statfs(path: PathLike): Promise<fs.StatsFs>
  realpath(path: PathLike): Promise<string>
}

type Loose = (...args: readonly unknown[]) => unknown
type Callback = (error: unknown, result?: unknown) => void

/** Calls whose extra options are always the same. */
const OPTIONS: Partial<Record<keyof DiskCalls, unknown>> = {
  fstat: { bigint: true },
  lstat: { bigint: true, throwIfNoEntry: false },
  stat: { bigint: true, throwIfNoEntry: false },
  readdir: { encoding: 'buffer' },
  readlink: { encoding: 'buffer' },
}

const NAMES: readonly (keyof DiskCalls)[] = [
  ...(['open', 'close', 'read', 'write', 'fstat', 'lstat', 'stat', 'readdir', 'readlink'] as const),
  ...(['ftruncate', 'fchmod', 'chmod', 'futimes', 'lutimes', 'utimes', 'fsync', 'mkdir', 'symlink'] as const),
  ...(['link', 'rename', 'unlink', 'rmdir', 'statfs', 'realpath'] as const),
]

function fill(make: (name: keyof DiskCalls, options: readonly unknown[]) => Loose): DiskCalls {
  const filled = NAMES.map((name) => [name, make(name, name in OPTIONS ? [OPTIONS[name]] : [])])
  return Object.fromEntries(filled) as unknown as DiskCalls
}

const callbacks = fs as unknown as Record<string, Loose>

/** `realpath` of the C library: the JavaScript one walks and stats every component itself. */
function callOf(name: string): Loose {
  const call = callbacks[name]!
  return name.startsWith('realpath') ? (call as unknown as { native: Loose }).native : call
}

/** Calls that run on Node's thread pool. */
export function pooledCalls(): DiskCalls {
  return fill((name, options) => {
    const call = callOf(name)
    return (...args) =>
      new Promise((resolve, reject) => {
        const done: Callback = (error, result) => (error ? reject(error) : resolve(result))
        call(...args, ...options, done)
      })
  })
}

/** Calls that finish before they return. Only for worker threads: they stop everything else. */
export function blockingCalls(): DiskCalls {
  return fill((name, options) => {
    const call = callOf(`${name}Sync`)
    return async (...args) => call(...args, ...options)
  })
}

/**
 * Where the directory behind an open descriptor is now, as the kernel sees it: no link in it, and
 * " (deleted)" behind it when it is gone. Undefined where /proc does not tell. Reads no disk (the
 * kernel walks its own tree of names), so it is blocking in both fillings: 3-4 microseconds.
 */
export function whereIs(fd: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // No /proc, or a path longer than the kernel hands out: the caller takes the longer way.
    return undefined
  }
}

/**
 * Renames `from` over `to` if `matches` accepts what stands at `to`. Blocking in both fillings:
 * between the look and the rename there must be nothing, not even a thread's wake-up.
 *
 * RACE: another process may replace `to` between the two system calls (a few microseconds).
 * Worst case: what it put there is overwritten. Accepted: Linux can exchange names in one step
 * (renameat2), but Node does not offer it.
 */
export function replaceNow(from: string, to: string, matches: Matches): boolean {
  const isThere = isNow(to, matches)
  if (isThere) fs.renameSync(from, to)
  return isThere
}

/** Renames on the same terms if nothing has the name; RACE: as above, what took it meanwhile is gone. */
export function renameToFreeNow(from: string, to: string): boolean {
  const isFree = fs.lstatSync(to, { throwIfNoEntry: false }) === undefined
  if (isFree) fs.renameSync(from, to)
  return isFree
}

/** Unlinks `path` on the same terms; RACE: as above, what was put there meanwhile is gone. */
export function unlinkNow(path: string, matches: Matches): boolean {
  const isThere = isNow(path, matches)
  if (isThere) fs.unlinkSync(path)
  return isThere
}

/** Whether `path` is a symbolic link. Blocking in both fillings: 2 microseconds, on the thread pool 20. */
export function isLinkNow(path: string): boolean {
  return fs.lstatSync(path).isSymbolicLink()
}

type Matches = (stat: fs.BigIntStats) => boolean

function isNow(path: string, matches: Matches): boolean {
  const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat !== undefined && matches(stat)
}
