/**
 * The only door to SQLite. Promises a connection with our settings, whose schema is at the version
 * the caller's steps lead to, or DATABASE_DAMAGED. Never contains a statement about files or
 * devices: those belong to the layer that speaks them.
 */
import Database from 'better-sqlite3'
import { isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'

export type Connection = Database.Database
export type Statement = Database.Statement<unknown[], Record<string, unknown>>

/** SQL that leads from the version before to this one; the first creates everything. */
export type SchemaSteps = readonly string[]

export interface ConnectionSettings {
  /** Path of the database, or ":memory:". */
  readonly file: string
  readonly steps: SchemaSteps
  /** Bytes of a database to open in memory (simulated restart); only with ":memory:". */
  readonly image?: Buffer
}

/**
 * WAL with NORMAL may lose the last commits in a power cut, never their order; the index is built
 * to survive that. 16 MiB of cache and no mmap: a 256 MiB map added 274 MB RSS at a million rows.
 */
const SETTINGS = [
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'cache_size = -16384',
  'mmap_size = 0',
  'wal_autocheckpoint = 8000',
  'foreign_keys = ON',
]

/** Opens, checks (quick_check) and migrates. Throws DATABASE_DAMAGED, or IO_ERROR when it cannot be opened. */
export function openConnection(settings: ConnectionSettings): Connection {
  return translated(() => {
    const connection = open(settings.image ?? settings.file)
    try {
      for (const setting of SETTINGS) connection.pragma(setting)
      checkWhole(connection)
      migrate(connection, settings.steps)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  })
}

/** The library says with a TypeError that there is no such directory. */
function open(what: string | Buffer): Connection {
  try {
    return new Database(what)
  } catch (error) {
    if (error instanceof TypeError) throw new PeerfoldError('IO_ERROR', textOf(error), {}, error)
    throw error
  }
}

/** Runs `work` and gives SQLite's own errors our codes. */
export function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw isPeerfoldError(error) ? error : ourError(error)
  }
}

const DAMAGE = /^SQLITE_(CORRUPT|NOTADB|SCHEMA|MISMATCH)/

function ourError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
  const facts = { sqlite: code }
  if (DAMAGE.test(code)) return new PeerfoldError('DATABASE_DAMAGED', textOf(error), facts, error)
  if (code === 'SQLITE_FULL') return new PeerfoldError('DISK_FULL', textOf(error), facts, error)
  return new PeerfoldError('IO_ERROR', textOf(error), facts, error)
}

function checkWhole(connection: Connection): void {
  const [first] = connection.pragma('quick_check(1)') as { quick_check: string }[]
  if (first?.quick_check !== 'ok')
    throw new PeerfoldError('DATABASE_DAMAGED', 'the database is damaged', { report: first?.quick_check })
}

/** One transaction per step; a newer file than we know is refused rather than misread. */
function migrate(connection: Connection, steps: SchemaSteps): void {
  const version = connection.pragma('user_version', { simple: true }) as number
  if (version > steps.length)
    throw new PeerfoldError('DATABASE_DAMAGED', 'the database is of a newer program', { version })
  steps.slice(version).forEach((sql, index) => {
    connection.transaction(() => {
      connection.exec(sql)
      connection.pragma(`user_version = ${version + index + 1}`)
    })()
  })
}
