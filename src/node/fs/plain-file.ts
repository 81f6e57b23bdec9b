/**
 * Ordinary files outside of synced folders: what a person names on the command line, and small
 * files of the home. Promises that an existing file is never overwritten by accident, and that a
 * file appears whole or not at all. Never used for anything inside a folder.
 */
import { open, rm, link, readFile, stat } from 'node:fs/promises'
import { PeerfoldError, textOf } from '../base/errors.ts'

export interface PlainFile {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** Permission bits, 0o777. */
  readonly mode: number
  /** The bytes in order; the file is open only while they are read. */
  readonly content: AsyncIterable<Uint8Array>
}

/** Piece in which a file is read, bytes: large enough that calls do not matter. */
const PIECE_BYTES = 256 << 10

/** The whole file, or undefined when there is none. LIMIT_EXCEEDED when it is larger than that. */
export async function readPlainFile(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path)
    if (size > limitBytes) throw new PeerfoldError('LIMIT_EXCEEDED', 'the file is too large', { path, size })
    return await readFile(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw readable(error, path)
  }
}

/** FILE_NOT_FOUND, FILE_UNREADABLE, KIND_UNSUPPORTED. Follows links, as a person expects. */
export async function openPlainFile(path: string): Promise<PlainFile> {
  try {
    const found = await stat(path, { bigint: true })
    if (!found.isFile()) throw new PeerfoldError('KIND_UNSUPPORTED', `${path} is not a file`, { path })
    const mode = Number(found.mode & 0o777n)
    return { sizeBytes: Number(found.size), mtimeNs: found.mtimeNs, mode, content: piecesOf(path) }
  } catch (error) {
    throw readable(error, path)
  }
}

/** Writes a new file. FILE_EXISTS, FOLDER_PATH_MISSING, DISK_FULL, PERMISSION_DENIED, IO_ERROR. */
export async function createPlainFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  mtimeNs?: bigint,
): Promise<void> {
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'wx')
    try {
      for await (const piece of content) await file.writeFile(piece)
      if (mtimeNs !== undefined) await file.utimes(Number(mtimeNs) / 1e9, Number(mtimeNs) / 1e9)
      await file.sync()
    } finally {
      await file.close()
    }
    // A link fails where a rename would overwrite.
    await link(partial, path)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && !(await exists(path)))
      throw new PeerfoldError('FILE_EXISTS', `${partial} is in the way`, { path: partial }, error)
    await removePartial(partial, error)
    throw writable(error, path)
  }
  await rm(partial)
}

/** Another's partial file is not ours to remove. */
async function removePartial(partial: string, error: unknown): Promise<void> {
  const isForeign =
    errnoOf(error) === 'EEXIST' && (error as { path?: string }).path === partial && !isLink(error)
  if (!isForeign) await rm(partial, { force: true })
}

function isLink(error: unknown): boolean {
  return (error as { syscall?: string }).syscall === 'link'
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE_BYTES)
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES)
      if (bytesRead === 0) return
      yield piece.subarray(0, bytesRead)
    }
  } catch (error) {
    throw readable(error, path)
  } finally {
    await file.close()
  }
}

function errnoOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}

function readable(error: unknown, path: string): PeerfoldError {
  if (error instanceof PeerfoldError) return error
  const errno = errnoOf(error)
  const facts = { path, errno }
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return new PeerfoldError('FILE_NOT_FOUND', `there is no file ${path}`, facts, error)
  if (errno === 'EACCES' || errno === 'EPERM')
    return new PeerfoldError('FILE_UNREADABLE', `${path} cannot be read`, facts, error)
  return new PeerfoldError('IO_ERROR', `${path} cannot be read: ${textOf(error)}`, facts, error)
}

function writable(error: unknown, path: string): PeerfoldError {
  if (error instanceof PeerfoldError) return error
  const errno = errnoOf(error)
  const facts = { path, errno }
  if (errno === 'EEXIST') return new PeerfoldError('FILE_EXISTS', `${path} exists already`, facts, error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return new PeerfoldError('FOLDER_PATH_MISSING', `the directory of ${path} is missing`, facts, error)
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return new PeerfoldError('DISK_FULL', `no space left for ${path}`, facts, error)
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS')
    return new PeerfoldError('PERMISSION_DENIED', `${path} cannot be written`, facts, error)
  return new PeerfoldError('IO_ERROR', `${path} cannot be written: ${textOf(error)}`, facts, error)
}
