/**
 * Any file system, failing on demand. Promises to count every call in order and to fail exactly
 * those that the plan names, before they reach the inner one; a failing write leaves half of its
 * bytes, as a full disk does. Never fails a close without closing.
 */
import { type ErrorCode, PeerfoldError } from '../base/errors.ts'
import type { DiskOperation } from './errno.ts'
import type { FileSystem, FolderRoot, ReadHandle, WriteHandle } from './file-system.ts'

export interface DiskCall {
  readonly operation: DiskOperation
  /** As the caller gave it; of a handle the path it was opened with. */
  readonly path: string
  /** From 1. */
  readonly number: number
}

/** The code to fail this call with; undefined lets it pass. */
export type FaultPlan = (call: DiskCall) => ErrorCode | undefined

export interface FaultyFileSystem {
  readonly fileSystem: FileSystem
  /** Replaces the plan; the count goes on. */
  setPlan(plan: FaultPlan): void
  callCount(): number
  /** Calls that were failed so far. */
  failures(): readonly DiskCall[]
}

/** Fails call number `number` and no other. */
export function failCall(number: number, code: ErrorCode): FaultPlan {
  return (call) => (call.number === number ? code : undefined)
}

/** Fails every call that `matches`. */
export function failWhere(matches: (call: DiskCall) => boolean, code: ErrorCode): FaultPlan {
  return (call) => (matches(call) ? code : undefined)
}

const HANDLE: Readonly<Record<keyof WriteHandle, DiskOperation>> = {
  stat: 'handle-stat',
  read: 'handle-read',
  write: 'handle-write',
  truncate: 'handle-truncate',
  setMode: 'handle-set-mode',
  setMtime: 'handle-set-mtime',
  sync: 'handle-sync',
  close: 'close',
}

const ROOT: Readonly<Record<Exclude<keyof FolderRoot, 'path'>, DiskOperation>> = {
  lstat: 'lstat',
  list: 'list',
  listWithStats: 'list',
  readLink: 'read-link',
  openRead: 'open-read',
  createFile: 'create-file',
  openWrite: 'open-write',
  makeDirectory: 'make-directory',
  makeSymlink: 'make-symlink',
  link: 'link',
  rename: 'rename',
  replaceIfUnchanged: 'rename',
  renameToFree: 'rename',
  unlinkIfUnchanged: 'unlink',
  unlink: 'unlink',
  removeDirectory: 'remove-directory',
  setMode: 'set-mode',
  setMtime: 'set-mtime',
  syncDirectory: 'sync-directory',
  freeBytes: 'free-bytes',
  totalBytes: 'free-bytes',
  close: 'close',
}

const SYSTEM: Readonly<Record<keyof FileSystem, DiskOperation>> = {
  openRoot: 'open-root',
  realPath: 'real-path',
  makePath: 'make-path',
}

type Method = (...args: unknown[]) => Promise<unknown>

export function createFaultyFileSystem(
  inner: FileSystem,
  initial: FaultPlan = () => undefined,
): FaultyFileSystem {
  let plan = initial
  let count = 0
  const failed: DiskCall[] = []

  const failureOf = (operation: DiskOperation, path: string): PeerfoldError | undefined => {
    const call = { operation, path, number: ++count }
    const code = plan(call)
    if (code === undefined) return undefined
    failed.push(call)
    return new PeerfoldError(code, 'a planned failure', { path, operation, errno: 'PLANNED' })
  }
  /** `target` with every method named in `operations` passing the plan first. */
  const wrap = <Target extends object>(
    target: Target,
    operations: Readonly<Record<string, DiskOperation>>,
    pathOf: (args: readonly unknown[]) => string,
    result: (value: unknown, path: string) => unknown = (value) => value,
  ): Target => {
    const methods = target as Record<string, Method>
    const wrapped = Object.entries(operations).map(([name, operation]) => {
      const method: Method = async (...args) => {
        const path = pathOf(args)
        const failure = failureOf(operation, path)
        if (failure !== undefined) return failWith(failure, methods, name, args)
        return result(await methods[name]!(...args), path)
      }
      return [name, method] as const
    })
    return { ...target, ...Object.fromEntries(wrapped) }
  }
  const wrapHandle = (value: unknown, path: string): unknown => {
    const handle = value as ReadHandle | WriteHandle
    const operations = Object.fromEntries(Object.entries(HANDLE).filter(([name]) => name in handle))
    return wrap(handle, operations, () => path)
  }
  const isHandle = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'close' in value && 'sync' in value
  const wrapRoot = (value: unknown): FolderRoot =>
    wrap(
      value as FolderRoot,
      ROOT,
      (args) => String(args[0] ?? ''),
      (opened, path) => (isHandle(opened) ? wrapHandle(opened, path) : opened),
    )
  const isRoot = (value: unknown): boolean => typeof value === 'object' && value !== null && 'lstat' in value
  return {
    fileSystem: wrap(
      inner,
      SYSTEM,
      (args) => String(args[0]),
      (value) => (isRoot(value) ? wrapRoot(value) : value),
    ),
    setPlan: (next) => {
      plan = next
    },
    callCount: () => count,
    failures: () => failed,
  }
}

async function failWith(
  failure: PeerfoldError,
  methods: Record<string, Method>,
  name: string,
  args: readonly unknown[],
): Promise<never> {
  if (name === 'close') await methods[name]!()
  if (name === 'write') {
    const [bytes, position] = args as [Uint8Array, number]
    await methods[name]!(bytes.subarray(0, bytes.length >> 1), position)
  }
  throw failure
}
