/**
 * Every SQL statement of the index, prepared once. Promises that hot ones walk an index
 * (checked with EXPLAIN by a test). Never contains a decision.
 */
import type { Connection, Statement } from '../db/connection.ts'
import { DISK_COLUMNS, STATEMENT_COLUMNS } from './rows.ts'

/** Key of this device in the table of devices. */
export const SELF = 1
/** No device: what it "lacks" are the paths that are held here and wanted by nobody else. */
export const NOBODY = 0

const marks = (columns: readonly string[]): string => columns.map(() => '?').join(', ')

/** Manifests of files that we no longer hold. */
export const DROP_UNUSED_MANIFESTS = `DELETE FROM manifest WHERE root NOT IN
    (SELECT root FROM statement WHERE device = 1 AND deleted = 0)`

/** Entries of a directory and of all below it: one range, without the names that only begin alike. */
const ENTRIES_WITHIN = `SELECT rank, parent, name,
    CASE parent WHEN '' THEN name ELSE parent || '/' || name END AS path FROM entry
    WHERE folder = ? AND parent >= ? AND parent < ? AND (parent = ? OR parent >= ?)`

const SQL = {
  addDevice: 'INSERT OR IGNORE INTO device (id) VALUES (?)',
  addNobody: `INSERT OR IGNORE INTO device (key, id) VALUES (${NOBODY}, '')`,
  deviceKey: 'SELECT key FROM device WHERE id = ?',
  devices: 'SELECT key, id FROM device',

  folder: 'SELECT * FROM folder WHERE id = ?',
  addFolder: `INSERT INTO folder (id, epoch, sequence, gaps, items, bytes, revision)
    VALUES (?, ?, 0, '[]', 0, 0, 0)`,
  setEpoch: `UPDATE folder SET epoch = ?, sequence = ?, gaps = '[]' WHERE key = ?`,
  saveFolder: 'UPDATE folder SET sequence = ?, items = ?, bytes = ?, revision = revision + 1 WHERE key = ?',
  setGaps: 'UPDATE folder SET gaps = ?, sequence = ? WHERE key = ?',
  dropFolder: 'DELETE FROM folder WHERE key = ?',
  dropFolderSharing: 'DELETE FROM sharing WHERE folder = ?',
  dropFolderStatements: 'DELETE FROM statement WHERE folder = ?',
  dropFolderDisk: 'DELETE FROM disk WHERE folder = ?',
  dropFolderNeeds: 'DELETE FROM need WHERE folder = ?',
  dropFolderNeedTotals: 'DELETE FROM need_total WHERE folder = ?',
  dropFolderEntries: 'DELETE FROM entry WHERE folder = ?',

  sharing: 'SELECT * FROM sharing WHERE folder = ?',
  addSharing: 'INSERT INTO sharing (folder, device) VALUES (?, ?)',
  dropSharing: 'DELETE FROM sharing WHERE folder = ? AND device = ?',
  dropDeviceStatements: 'DELETE FROM statement WHERE folder = ? AND device = ?',
  dropDeviceNeeds: 'DELETE FROM need WHERE folder = ? AND device = ?',
  // Another life of the device has told nothing yet.
  setSeen: `UPDATE sharing SET told = CASE WHEN ? = 1 OR (told = 1 AND epoch = ?) THEN 1 ELSE 0 END,
    epoch = ?, sequence = ? WHERE folder = ? AND device = ?`,
  setAcked: 'UPDATE sharing SET acked_epoch = ?, acked_sequence = ? WHERE folder = ? AND device = ?',
  staleStatements: 'SELECT path FROM statement WHERE folder = ? AND device = ? AND epoch <> ?',
  dropStatement: 'DELETE FROM statement WHERE folder = ? AND path = ? AND device = ?',

  putStatement: `INSERT OR REPLACE INTO statement (${STATEMENT_COLUMNS.join(', ')})
    VALUES (${marks(STATEMENT_COLUMNS)})`,
  statement: 'SELECT * FROM statement WHERE folder = ? AND path = ? AND device = ?',
  statementsOfPath: 'SELECT * FROM statement WHERE folder = ? AND path = ?',
  renumber: 'UPDATE statement SET epoch = ? WHERE folder = ? AND device = 1',
  statementsSince: `SELECT * FROM statement WHERE folder = ? AND device = 1 AND epoch = ? AND sequence > ?
    ORDER BY sequence LIMIT ?`,
  // One lower bound, or SQLite starts at the other and each page walks all pages before it.
  ownUnder: `SELECT * FROM statement WHERE folder = ? AND device = 1 AND path > max(?, ?) AND path < ?
    ORDER BY path LIMIT ?`,
  ownLiveUnder: `SELECT 1 FROM statement WHERE folder = ? AND device = 1 AND deleted = 0 AND stance = 0
    AND path >= ? AND path < ? LIMIT 1`,
  allPaths: 'SELECT DISTINCT path FROM statement WHERE folder = ? AND path > ? ORDER BY path LIMIT ?',
  byContent: `SELECT folder.id AS folder_id, statement.* FROM statement JOIN folder ON folder.key = folder
    WHERE content_hash = ? AND device = 1 AND deleted = 0 AND stance = 0 AND kind = 0 LIMIT ?`,
  // Without statistics SQLite takes the primary key, which leads through the whole folder.
  conflicts: `SELECT * FROM statement INDEXED BY statement_by_conflict WHERE folder = ? AND device = 1 AND deleted = 0 AND stance = 0
    AND conflict_of <> '' ORDER BY path LIMIT ?`,
  conflictCount: `SELECT count(*) AS count FROM statement INDEXED BY statement_by_conflict WHERE folder = ?
    AND device = 1 AND deleted = 0 AND stance = 0 AND conflict_of <> ''`,

  damaged: `SELECT * FROM statement INDEXED BY statement_by_damage WHERE folder = ? AND device = 1
    AND stance = 3 AND path > ? ORDER BY path LIMIT ?`,
  damagedCount: `SELECT count(*) AS count FROM statement INDEXED BY statement_by_damage WHERE folder = ?
    AND device = 1 AND stance = 3`,
  scrub: 'SELECT scrub FROM folder WHERE key = ?',
  setScrub: 'UPDATE folder SET scrub = ? WHERE key = ?',

  putDisk: `INSERT OR REPLACE INTO disk (${DISK_COLUMNS.join(', ')}) VALUES (${marks(DISK_COLUMNS)})`,
  disk: 'SELECT * FROM disk WHERE folder = ? AND path = ?',
  dropDisk: 'DELETE FROM disk WHERE folder = ? AND path = ?',

  putNeed: `INSERT INTO need (folder, device, path, size, stuck) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (folder, device, path) DO UPDATE SET size = excluded.size, stuck = excluded.stuck
    WHERE size <> excluded.size OR stuck <> excluded.stuck`,
  dropNeed: 'DELETE FROM need WHERE folder = ? AND device = ? AND path = ?',
  needed: 'SELECT path FROM need WHERE folder = ? AND device = 1 AND path > ? ORDER BY path LIMIT ?',
  neededUnder: 'SELECT path FROM need WHERE folder = ? AND device = 1 AND path >= ? AND path < ?',
  needTotals: `SELECT device.id, items, bytes FROM need_total JOIN device ON device.key = device
    WHERE folder = ? AND device > ${NOBODY} AND items > 0 ORDER BY device`,
  needTotal: 'SELECT items, bytes FROM need_total WHERE folder = ? AND device = ?',
  stuckTotals: `SELECT device.id, stuck FROM need_total JOIN device ON device.key = device
    WHERE folder = ? AND device > ${NOBODY} AND stuck > 0 ORDER BY device`,
  ownStuck: `SELECT statement.path, reason FROM need INDEXED BY need_stuck
    JOIN statement USING (folder, device, path)
    WHERE need.folder = ? AND need.device = 1 AND need.stuck = 1 ORDER BY need.path LIMIT ?`,

  putEntry: 'INSERT OR IGNORE INTO entry (folder, parent, rank, name) VALUES (?, ?, ?, ?)',
  dropEntry: 'DELETE FROM entry WHERE folder = ? AND parent = ? AND rank = ? AND name = ?',
  entries: `SELECT parent, name FROM entry WHERE folder = ? AND parent = ? ORDER BY rank, name
    LIMIT ? OFFSET ?`,
  countEntries: 'SELECT count(*) AS count FROM entry WHERE folder = ? AND parent = ?',
  // LIKE takes the ASCII letters of both cases for the same.
  findEntries: `SELECT parent, name FROM (${ENTRIES_WITHIN})
    WHERE substr(path, ?) LIKE ? ESCAPE '\\' ORDER BY rank, path LIMIT ? OFFSET ?`,
  countFound: `SELECT count(*) AS count FROM (${ENTRIES_WITHIN}) WHERE substr(path, ?) LIKE ? ESCAPE '\\'`,

  putManifest: 'INSERT OR REPLACE INTO manifest (root, page, bytes) VALUES (?, ?, ?)',
  manifest: 'SELECT bytes FROM manifest WHERE root = ? AND page = ?',
} as const

export type Statements = Readonly<Record<keyof typeof SQL, Statement>>

/** All integers arrive as bigint; rows.ts turns what may be a number into one. */
export function prepareStatements(connection: Connection): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => {
    const statement = connection.prepare(sql) as Statement
    return [name, statement.safeIntegers(true)] as const
  })
  return Object.fromEntries(entries) as unknown as Statements
}

/** Sorts after every path: a name has at most 255 bytes, 63 of these characters. */
const LAST = '\u{10ffff}'.repeat(64)

/** Range of every path below `path` ("" for all), without its ends ("0" follows "/"). */
export function rangeUnder(path: string): readonly [from: string, to: string] {
  return path === '' ? ['', LAST] : [`${path}/`, `${path}0`]
}
