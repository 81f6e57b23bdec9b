/** Which of our codes an errno becomes, and when it depends on what was being done. */
import { describe, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { type DiskOperation, asDiskError, codeOfErrno } from '../../../src/node/fs/errno.ts'

describe('an errno', () => {
  test.each<[string, DiskOperation, string]>([
    ['ENOSPC', 'handle-write', 'DISK_FULL'],
    ['EDQUOT', 'create-file', 'DISK_FULL'],
    ['EDQUOT', 'handle-write', 'DISK_FULL'],
    ['EROFS', 'unlink', 'DISK_READ_ONLY'],
    ['EFBIG', 'handle-truncate', 'FILE_TOO_LARGE'],
    ['EPERM', 'make-symlink', 'SYMLINK_UNSUPPORTED'],
    ['EOPNOTSUPP', 'make-symlink', 'SYMLINK_UNSUPPORTED'],
    ['EINVAL', 'rename', 'NAME_UNUSABLE'],
    ['EACCES', 'list', 'PERMISSION_DENIED'],
    ['EPERM', 'unlink', 'PERMISSION_DENIED'],
    ['EPERM', 'link', 'LINK_UNSUPPORTED'],
    ['EMLINK', 'link', 'LINK_UNSUPPORTED'],
    ['ENOTSUP', 'link', 'LINK_UNSUPPORTED'],
    ['EXDEV', 'link', 'LINK_UNSUPPORTED'],
    ['EXDEV', 'rename', 'IO_ERROR'],
    ['EEXIST', 'create-file', 'FILE_EXISTS'],
    ['EEXIST', 'remove-directory', 'DIRECTORY_NOT_EMPTY'],
    ['ENOTEMPTY', 'remove-directory', 'DIRECTORY_NOT_EMPTY'],
    ['ENOENT', 'lstat', 'FILE_NOT_FOUND'],
    ['ENOENT', 'open-root', 'FOLDER_PATH_MISSING'],
    ['ENOTDIR', 'open-root', 'FOLDER_PATH_NOT_DIRECTORY'],
    ['ENAMETOOLONG', 'create-file', 'NAME_UNUSABLE'],
    ['EILSEQ', 'make-directory', 'NAME_UNUSABLE'],
    ['EINVAL', 'make-directory', 'NAME_UNUSABLE'],
    ['EINVAL', 'handle-read', 'IO_ERROR'],
    ['EINVAL', 'handle-sync', 'IO_ERROR'],
    ['ELOOP', 'open-read', 'KIND_UNSUPPORTED'],
    ['EIO', 'handle-read', 'IO_ERROR'],
    ['EMFILE', 'open-read', 'IO_ERROR'],
    ['ESTALE', 'lstat', 'IO_ERROR'],
  ])('%s during %s is %s', (errno, operation, code) => {
    expect(codeOfErrno(errno, operation)).toBe(code)
  })

  test('travels as a fact with path and operation, and with the cause', () => {
    const cause = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const error = asDiskError(cause, 'handle-write', 'a/b')
    expect(error.facts).toEqual({ path: 'a/b', operation: 'handle-write', errno: 'ENOSPC' })
    expect(error.cause).toBe(cause)
  })

  test('that nobody gave is an I/O error, and what is ours passes', () => {
    expect(asDiskError('thrown text', 'list', '').code).toBe('IO_ERROR')
    const ours = new PeerfoldError('BAD_PATH', 'x')
    expect(asDiskError(ours, 'list', '')).toBe(ours)
  })
})
