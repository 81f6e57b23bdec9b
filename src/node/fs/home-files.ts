/**
 * Small files of ours: configuration, keys, marks. Promises that after any crash a file is whole,
 * old or new, and that the copy before it stays beside it as NAME.previous. Never for files of
 * users, and never for two writers: the caller holds the home's lock.
 */
import { PeerfoldError, isPeerfoldError } from '../base/errors.ts'
import type { FolderRoot, ReadHandle } from './file-system.ts'
import { parentOf } from './relative-path.ts'
import type { RelativePath } from './relative-path.ts'

export interface HomeFileOptions {
  /** Permission bits, whatever the umask; 0o600 by default. */
  readonly mode?: number
  /** LIMIT_EXCEEDED beyond; 16 MiB by default (a guess: thousands of folders and devices). */
  readonly limitBytes?: number
  /** Whether NAME.previous is kept; true by default. */
  readonly keepPrevious?: boolean
}

export interface HomeFile {
  /** The whole file; undefined only when the disk says that there is none. */
  read(): Promise<Uint8Array | undefined>
  /** The copy before the present one; undefined when there is none. */
  readPrevious(): Promise<Uint8Array | undefined>
  /** Replaces the file in one durable step. */
  replace(bytes: Uint8Array): Promise<void>
  /** Removes the file durably; its previous copy stays. No error when there is none. */
  remove(): Promise<void>
}

const DEFAULT_LIMIT_BYTES = 16 * 1024 * 1024

/** The small file `path` under `root`; its directory must exist. */
export function homeFile(root: FolderRoot, path: RelativePath, options: HomeFileOptions = {}): HomeFile {
  const { mode = 0o600, limitBytes = DEFAULT_LIMIT_BYTES, keepPrevious = true } = options
  const previous = `${path}.previous`

  const keepCopy = async (): Promise<void> => {
    const bytes = await readSmallFile(root, path, limitBytes)
    // A copy, not a link: works on disks without links, and nothing can change both at once.
    if (bytes !== undefined) await writeBeside(root, previous, bytes, mode)
  }
  return {
    read: () => readSmallFile(root, path, limitBytes),
    readPrevious: () => readSmallFile(root, previous, limitBytes),
    replace: async (bytes) => {
      if (bytes.length > limitBytes) throw tooLarge(path, bytes.length, limitBytes)
      if (keepPrevious) await keepCopy()
      await writeBeside(root, path, bytes, mode)
      await root.syncDirectory(parentOf(path))
    },
    remove: async () => {
      await unlinkIfThere(root, path)
      await root.syncDirectory(parentOf(path))
    },
  }
}

/** The whole file, undefined when there is none; LIMIT_EXCEEDED before anything large is read. */
export async function readSmallFile(
  root: FolderRoot,
  path: RelativePath,
  limitBytes: number,
): Promise<Uint8Array | undefined> {
  const handle = await openIfThere(root, path)
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    if (size > limitBytes) throw tooLarge(path, size, limitBytes)
    // One byte more than it had, to notice that it grew meanwhile.
    const bytes = new Uint8Array(size + 1)
    const count = await handle.read(bytes, 0)
    if (count === size) return bytes.subarray(0, size)
    throw new PeerfoldError('FILE_CHANGED', 'the file changed while it was read', { path })
  } finally {
    await handle.close()
  }
}

/** Writes a new file, durable in content, and renames it to `path`; the name is not yet durable. */
async function writeBeside(
  root: FolderRoot,
  path: RelativePath,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  const fresh = `${path}.new`
  // Left by a crash; nobody else writes here.
  await unlinkIfThere(root, fresh)
  const handle = await root.createFile(fresh, mode)
  try {
    await handle.setMode(mode)
    await handle.write(bytes, 0)
    await handle.sync()
  } catch (error) {
    await handle.close()
    await unlinkIfThere(root, fresh).catch(() => {
      // The first error is the one to tell; what is left is removed by the next replace.
    })
    throw error
  }
  await handle.close()
  await root.rename(fresh, path)
}

async function openIfThere(root: FolderRoot, path: RelativePath): Promise<ReadHandle | undefined> {
  return root.openRead(path).catch(ignoreAbsence)
}

async function unlinkIfThere(root: FolderRoot, path: RelativePath): Promise<void> {
  await root.unlink(path).catch(ignoreAbsence)
}

function ignoreAbsence(error: unknown): undefined {
  if (isPeerfoldError(error) && error.code === 'FILE_NOT_FOUND') return undefined
  throw error
}

function tooLarge(path: RelativePath, size: number, limitBytes: number): PeerfoldError {
  return new PeerfoldError('LIMIT_EXCEEDED', 'this file is larger than it may be', { path, size, limitBytes })
}
