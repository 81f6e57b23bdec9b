/**
 * The real disk behind the FileSystem port. Promises what the port promises, on Linux without a
 * gap between check and use (see confined-directory.ts). Never opens a FIFO, socket or device,
 * never rounds a number, never follows a link inside a folder.
 */
import { constants } from 'node:fs'
import { resolve, sep } from 'node:path'
import { confineByChecks, confineByHandles } from './confined-directory.ts'
import { type DiskCalls, blockingCalls, pooledCalls, whereIs } from './disk-calls.ts'
import { folderRoot } from './disk-root.ts'
import { attempt, diskError } from './errno.ts'
import type { FileSystem, FolderRoot } from './file-system.ts'

export interface DiskOptions {
  /** Synchronous calls, for worker threads only (see disk-calls.ts). */
  readonly blocking?: boolean
  /** 'checks' forces what systems without /proc use; by default the best this system offers. */
  readonly confinement?: 'handles' | 'checks'
}

export function createDiskFileSystem(options: DiskOptions = {}): FileSystem {
  const calls = options.blocking === true ? blockingCalls() : pooledCalls()
  return {
    openRoot: (path) => attempt('open-root', path, () => openRoot(calls, resolve(path), options)),
    realPath: (path) => attempt('real-path', path, () => calls.realpath(resolve(path))),
    makePath: (path, mode) =>
      attempt('make-path', path, async () => {
        await calls.mkdir(resolve(path), { mode, recursive: true })
      }),
  }
}

async function openRoot(calls: DiskCalls, path: string, options: DiskOptions): Promise<FolderRoot> {
  const rootFd = await openRootDirectory(calls, path)
  const handles = process.platform === 'linux' && whereIs(rootFd) !== undefined
  if (handles && options.confinement !== 'checks')
    return folderRoot(calls, path, confineByHandles(calls, rootFd), true)
  await calls.close(rootFd)
  return folderRoot(calls, path, confineByChecks(calls, path, sep), false)
}

async function openRootDirectory(calls: DiskCalls, path: string): Promise<number> {
  // Windows opens no directories; there the stat alone has to do.
  const fd = await calls.open(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0))
  try {
    const stat = await calls.fstat(fd)
    if (!stat.isDirectory()) throw diskError('ENOTDIR', 'open-root', path)
    return fd
  } catch (error) {
    await calls.close(fd)
    throw error
  }
}
