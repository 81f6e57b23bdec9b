/**
 * From the operating system's error to ours. Promises that the same failure has the same code on
 * every twin and that "not there" is only said where the system said so. Never hides the errno:
 * it travels as a fact.
 */
import { type ErrorCode, PeerfoldError } from '../base/errors.ts'

/** What was being done; decides how an ambiguous errno is read. */
export type DiskOperation =
  | 'open-root'
  | 'make-path'
  | 'real-path'
  | 'enter'
  | 'lstat'
  | 'list'
  | 'read-link'
  | 'open-read'
  | 'open-write'
  | 'create-file'
  | 'make-directory'
  | 'make-symlink'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'remove-directory'
  | 'set-mode'
  | 'set-mtime'
  | 'sync-directory'
  | 'free-bytes'
  | 'handle-stat'
  | 'handle-read'
  | 'handle-write'
  | 'handle-truncate'
  | 'handle-set-mode'
  | 'handle-set-mtime'
  | 'handle-sync'
  | 'close'

const ANYWHERE: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'DISK_READ_ONLY',
  EFBIG: 'FILE_TOO_LARGE',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EEXIST: 'FILE_EXISTS',
  ENOENT: 'FILE_NOT_FOUND',
  // A name above it is not a directory, so nothing of this path can exist.
  ENOTDIR: 'FILE_NOT_FOUND',
  ENAMETOOLONG: 'NAME_UNUSABLE',
  EILSEQ: 'NAME_UNUSABLE',
  ENOTEMPTY: 'DIRECTORY_NOT_EMPTY',
}

const UNUSABLE_NAME = { EINVAL: 'NAME_UNUSABLE' } as const
const NOT_A_FILE = {
  ELOOP: 'KIND_UNSUPPORTED',
  ENXIO: 'KIND_UNSUPPORTED',
  EISDIR: 'KIND_UNSUPPORTED',
} as const

/** Where one errno means something else for one operation. */
const BY_OPERATION: Partial<Record<DiskOperation, Readonly<Record<string, ErrorCode>>>> = {
  'open-root': { ENOENT: 'FOLDER_PATH_MISSING', ENOTDIR: 'FOLDER_PATH_NOT_DIRECTORY' },
  'real-path': { ENOENT: 'FOLDER_PATH_MISSING', ENOTDIR: 'FOLDER_PATH_MISSING' },
  'make-path': { EEXIST: 'FOLDER_PATH_NOT_DIRECTORY', ENOTDIR: 'FOLDER_PATH_NOT_DIRECTORY' },
  // macOS and some file systems answer ELOOP where Linux says ENOTDIR: a link on the way.
  enter: { ELOOP: 'FILE_NOT_FOUND' },
  'open-read': NOT_A_FILE,
  'open-write': NOT_A_FILE,
  'read-link': { EINVAL: 'KIND_UNSUPPORTED' },
  'create-file': UNUSABLE_NAME,
  'make-directory': UNUSABLE_NAME,
  'make-symlink': {
    ...UNUSABLE_NAME,
    // What FAT answers, and Windows to a user who may not; an immutable directory on Linux does so, too.
    EPERM: 'SYMLINK_UNSUPPORTED',
    ENOTSUP: 'SYMLINK_UNSUPPORTED',
    EOPNOTSUPP: 'SYMLINK_UNSUPPORTED',
    ENOSYS: 'SYMLINK_UNSUPPORTED',
  },
  link: {
    ...UNUSABLE_NAME,
    EMLINK: 'LINK_UNSUPPORTED',
    ENOTSUP: 'LINK_UNSUPPORTED',
    EOPNOTSUPP: 'LINK_UNSUPPORTED',
    ENOSYS: 'LINK_UNSUPPORTED',
    EXDEV: 'LINK_UNSUPPORTED',
    // FAT answers EPERM, and so does Linux for files of other users (fs.protected_hardlinks).
    EPERM: 'LINK_UNSUPPORTED',
  },
  // A directory stands where a file was to go, or the other way round.
  rename: { ...UNUSABLE_NAME, EISDIR: 'FILE_EXISTS', ENOTDIR: 'FILE_EXISTS' },
  unlink: { EISDIR: 'KIND_UNSUPPORTED' },
  'remove-directory': { ENOTDIR: 'KIND_UNSUPPORTED', EEXIST: 'DIRECTORY_NOT_EMPTY' },
}

/** The code of `errno` ("ENOSPC") met during `operation`; IO_ERROR when nothing fits better. */
export function codeOfErrno(errno: string, operation: DiskOperation): ErrorCode {
  return BY_OPERATION[operation]?.[errno] ?? ANYWHERE[errno] ?? 'IO_ERROR'
}

/** A disk failure in our words. `path` is as the caller gave it. */
export function diskError(
  errno: string,
  operation: DiskOperation,
  path: string,
  cause?: unknown,
): PeerfoldError {
  const code = codeOfErrno(errno, operation)
  return new PeerfoldError(code, `the disk refused ${operation}: ${errno}`, { path, operation, errno }, cause)
}

/** Turns whatever a system call threw into ours; what is ours already passes. */
export function asDiskError(error: unknown, operation: DiskOperation, path: string): PeerfoldError {
  if (error instanceof PeerfoldError) return error
  const errno = (error as { code?: unknown } | null)?.code
  return diskError(typeof errno === 'string' ? errno : 'UNKNOWN', operation, path, error)
}

/** Runs `run`; whatever it throws comes out as a disk failure of this operation and path. */
export async function attempt<Result>(
  operation: DiskOperation,
  path: string,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw asDiskError(error, operation, path)
  }
}
