/**
 * Copying and hashing of parked content, and placing without overwriting. Promises that a copy is
 * complete and durable or is not there, and that nothing existing is ever replaced here. Never
 * holds more than one buffer of a file in memory.
 */
import { createHash } from 'node:crypto'
import { isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { FileStat, FolderRoot, ReadHandle, WriteHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'

/** Bytes per read; a guess between system calls saved and memory kept. */
const BUFFER_BYTES = 256 * 1024

export interface Hashed {
  /** "sha256:<64 hex>". */
  readonly contentHash: string
  readonly size: number
}

/** Hash of a symlink: of its target's UTF-8 bytes, as in file records. */
export function hashTarget(target: string): Hashed {
  const bytes = Buffer.from(target)
  return { contentHash: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length }
}

/** Reads to the end; `to` receives every byte when given. */
export async function hashHandle(
  from: Pick<ReadHandle, 'read'>,
  to?: WriteHandle,
  signal?: AbortSignal,
): Promise<Hashed> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(BUFFER_BYTES)
  let size = 0
  for (;;) {
    signal?.throwIfAborted()
    const count = await from.read(buffer, size)
    if (count === 0) return { contentHash: `sha256:${hash.digest('hex')}`, size }
    const bytes = buffer.subarray(0, count)
    hash.update(bytes)
    await to?.write(bytes, size)
    size += count
  }
}

/** Reads all of a small file; throws LIMIT_EXCEEDED above `limitBytes`. */
export async function readSmallFile(
  root: FolderRoot,
  path: RelativePath,
  limitBytes: number,
): Promise<Uint8Array> {
  const handle = await root.openRead(path)
  try {
    const { size } = await handle.stat()
    if (size > limitBytes) throw new PeerfoldError('LIMIT_EXCEEDED', 'this file is too long', { path, size })
    return await readRange(handle, 0, size)
  } finally {
    await handle.close()
  }
}

/** Bytes from `start` up to `end` or to the end of the file. */
export async function readRange(
  handle: Pick<ReadHandle, 'read'>,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  let length = 0
  while (length < bytes.length) {
    const count = await handle.read(bytes.subarray(length), start + length)
    if (count === 0) break
    length += count
  }
  return bytes.subarray(0, length)
}

/** Creates a file, lets `fill` write it and makes it durable; removes it again when that fails. */
export async function createDurable<T>(
  root: FolderRoot,
  path: RelativePath,
  mode: number,
  fill: (handle: WriteHandle) => Promise<T>,
): Promise<T> {
  const handle = await root.createFile(path, mode)
  try {
    const result = await closeAfter(handle, async () => {
      const filled = await fill(handle)
      await handle.sync()
      return filled
    })
    return result
  } catch (error) {
    await removeQuietly(root, path)
    throw error
  }
}

async function closeAfter<T>(handle: WriteHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await handle.close()
  }
}

/** Removes what was just created here; a failure leaves a leftover, which is worth less than the cause. */
export async function removeQuietly(root: FolderRoot, path: RelativePath): Promise<void> {
  await root.unlink(path).catch(() => undefined)
}

/**
 * Gives `temporary` the name `path`, which must be free: FILE_EXISTS otherwise. Links and unlinks,
 * because only `link` refuses to overwrite.
 */
export async function placeExclusively(
  root: FolderRoot,
  temporary: RelativePath,
  path: RelativePath,
): Promise<void> {
  try {
    await root.link(temporary, path)
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'LINK_UNSUPPORTED') throw error
    // RACE: without hard links a program may create `path` between this check and the rename.
    // Worst case: what it created is replaced by the content placed here.
    // Accepted: such disks offer no call that renames without overwriting.
    if ((await root.lstat(path)) !== undefined)
      throw new PeerfoldError('FILE_EXISTS', 'something has this name already', { path })
    await root.rename(temporary, path)
    return
  }
  await removeQuietly(root, temporary)
}

/** Whether two looks saw the same file with nothing written in between. */
export function isUntouched(before: FileStat, after: FileStat): boolean {
  const sameFile = isSameFile(before, after) && before.kind === after.kind
  return (
    sameFile &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  )
}

/** Whether two names lead to one file, now; only for files that both still exist. */
export function isSameFile(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.device === b.device
}

/** Runs `work` for each item, at most `limit` at a time; results keep the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const runner = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      results[at] = await work(items[at] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner))
  return results
}
