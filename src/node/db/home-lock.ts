/**
 * One daemon per home. Promises that of any number of processes exactly one holds the lock, that
 * the kernel frees it when its process dies in whatever way, and that nothing stale can be left.
 * Never stores anything: the file stays empty.
 *
 * The lock is an exclusive SQLite transaction without a write, that is a byte-range lock of the
 * kernel (LockFileEx on Windows), the only such lock that Node reaches. Roads not taken: a file
 * with a process id goes stale and process ids are reused; a Unix socket in the home leaves its
 * name behind after kill -9, and of two that clean it up one removes the other's fresh one; an
 * abstract socket or a port does not exclude a process in another network namespace or container
 * that shares the home. It does not hold across machines on network disks without locks.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { PeerfoldError } from '../base/errors.ts'

export interface HomeLock {
  /** Gives the home free; idempotent. */
  release(): void
}

/** Name of the lock file below the home. */
export const HOME_LOCK_NAME = 'lock'

/**
 * Takes the home at the absolute path `home`. ALREADY_RUNNING when a living process has it,
 * IO_ERROR when the lock file cannot be made.
 */
export async function lockHome(home: string): Promise<HomeLock> {
  const connection = openLockFile(home)
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw cannotLock(home, error)
    throw new PeerfoldError('ALREADY_RUNNING', 'another process has this home', { home }, error)
  }
  return { release: () => void connection.close() }
}

function openLockFile(home: string): Database.Database {
  try {
    return new Database(join(home, HOME_LOCK_NAME), { timeout: 0 })
  } catch (error) {
    throw cannotLock(home, error)
  }
}

function cannotLock(home: string, cause: unknown): PeerfoldError {
  return new PeerfoldError('IO_ERROR', 'the home cannot be locked', { home }, cause)
}
