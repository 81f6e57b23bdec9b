/**
 * The index in the database's worker. Promises one transaction per operation, sequences without
 * gaps in what is announced, and derived needs that are always true. Never sees a disk or a peer.
 */
import { systemClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { DeviceId } from '../core/record.ts'
import { openConnection, translated } from '../db/connection.ts'
import type { Connection } from '../db/connection.ts'
import type { IndexOperations } from './index-port.ts'
import { changes, guarded } from './index-changes.ts'
import { queries } from './index-queries.ts'
import { deviceKey } from './lookup.ts'
import { INDEX_STEPS } from './schema.ts'
import { DROP_UNUSED_MANIFESTS, prepareStatements, SELF } from './statements.ts'
import type { Statements } from './statements.ts'

export interface IndexSettings {
  readonly file: string
  /** Id of this device. */
  readonly self: DeviceId
}

/** Opens the database in a worker; throws DATABASE_DAMAGED. */
export function open(settings: IndexSettings): IndexOperations & { close(): Promise<void> } {
  const connection = openConnection({ file: settings.file, steps: INDEX_STEPS })
  try {
    const operations = indexOperations(connection, settings.self)
    return { ...operations, close: async () => void connection.close() }
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * The operations over an open connection; the twin of tests and simulator uses them directly, and prepares
 * the statements once for all lives of a program on one connection.
 */
export function indexOperations(
  connection: Connection,
  self: DeviceId,
  clock: Pick<Clock, 'nowMs'> = systemClock(),
  sql: Statements = fittingStatements(connection, () => clock.nowMs()),
): IndexOperations {
  // Before anything is fetched: what a download needs is referenced by nothing yet.
  connection.exec(DROP_UNUSED_MANIFESTS)
  sql.addNobody.run()
  sql.addDevice.run(self)
  if (deviceKey(sql, self) !== SELF)
    throw new PeerfoldError('DATABASE_DAMAGED', 'the database belongs to another device')
  const change = <A, R>(work: (argument: A) => R) => {
    const inTransaction = connection.transaction(work)
    return async (argument: A): Promise<R> => translated(() => inTransaction.immediate(argument))
  }
  const read = <A, R>(work: (argument: A) => R) => {
    return async (argument: A): Promise<R> => translated(() => work(argument))
  }
  const makeDurable = async (): Promise<void> => {
    // Syncs the log first; in a database in memory it does nothing.
    translated(() => connection.exec('PRAGMA wal_checkpoint(FULL)'))
  }
  return { ...changes(sql, change, self), ...guarded(sql, change, self), ...queries(sql, read), makeDurable }
}

/** Tables of another program are of no use to this one: they are rebuilt as damaged ones are. */
function fittingStatements(connection: Connection, nowMs: () => number): Statements {
  try {
    return prepareStatements(connection, nowMs)
  } catch (error) {
    // Anything else, a disk that cannot be read now for example, says nothing about the tables.
    if ((error as { code?: unknown }).code !== 'SQLITE_ERROR') throw error
    throw new PeerfoldError('DATABASE_DAMAGED', 'the tables are those of another program', {}, error)
  }
}
