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
    (SELECT root FROM statement WHERE device = 1 AND deleted = 0);
  DELETE FROM sketch WHERE root NOT IN (SELECT root FROM statement WHERE device = 1 AND deleted = 0)`

/** Entries of a directory and of all below it: one range, without the names that only begin alike. */
const ENTRIES_WITHIN = `SELECT rank, parent, name,
    CASE parent WHEN '' THEN name ELSE parent || '/' || name END AS path FROM entry
    WHERE folder = ? AND parent >= ? AND parent < ? AND (parent = ? OR parent >= ?)`

const SQL = {
  addDevice: 'INSERT OR IGNORE INTO device (id) VALUES (?)',
  addNobody: `INSERT OR IGNORE INTO device (key, id) VALUES (${NOBODY}, '')`,
  deviceKey: 'SELECT key FROM device WHERE id = ?',
  devices: 'SELECT key, id FROM device',

  // Asked for with every call: without what may be long.
  folder: 'SELECT key, epoch, sequence, gaps, items, bytes, revision, policy FROM folder WHERE id = ?',
  addFolder: `INSERT INTO folder (id, epoch, sequence, gaps, items, bytes, revision, policy)
    VALUES (?, ?, 0, '[]', 0, 0, 0, ?)`,
  setPolicy: 'UPDATE folder SET policy = ? WHERE key = ?',
  setEpoch: `UPDATE folder SET epoch = ?, gaps = '[]', seen_by = '', shared_rules = NULL WHERE key = ?`,
  saveFolder: 'UPDATE folder SET sequence = ?, items = ?, bytes = ?, revision = revision + 1 WHERE key = ?',
  setGaps: 'UPDATE folder SET gaps = ?, sequence = ? WHERE key = ?',
  dropFolder: 'DELETE FROM folder WHERE key = ?',
  dropFolderSharing: 'DELETE FROM sharing WHERE folder = ?',
  dropFolderStatements: 'DELETE FROM statement WHERE folder = ?',
  dropFolderDisk: 'DELETE FROM disk WHERE folder = ?',
  dropFolderNeeds: 'DELETE FROM need WHERE folder = ?',
  dropFolderNeedTotals: 'DELETE FROM need_total WHERE folder = ?',
  dropFolderEntries: 'DELETE FROM entry WHERE folder = ?',
  dropFolderWithheld: 'DELETE FROM withheld WHERE folder = ?',
  dropFolderWithheldTotals: 'DELETE FROM withheld_total WHERE folder = ?',
  dropFolderThreats: 'DELETE FROM threat WHERE folder = ?',
  dropFolderMarks: 'DELETE FROM mark WHERE folder = ?',
  dropFolderStruck: 'DELETE FROM struck WHERE folder = ?',

  sharing: 'SELECT * FROM sharing WHERE folder = ?',
  sharers: 'SELECT device, mode FROM sharing WHERE folder = ?',
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
  // With what is on the disk there: a scan asks for both, row by row.
  ownUnder: `SELECT statement.*, ${DISK_COLUMNS.slice(2)
    .map((name) => `disk.${name} AS disk_${name}`)
    .join(', ')}
    FROM statement LEFT JOIN disk USING (folder, path)
    WHERE statement.folder = ? AND statement.device = 1
      AND statement.path > max(?, ?) AND statement.path < ? ORDER BY statement.path LIMIT ?`,
  ownLiveUnder: `SELECT 1 FROM statement WHERE folder = ? AND device = 1 AND deleted = 0 AND stance IN (0, 3, 4)
    AND path >= ? AND path < ? LIMIT 1`,
  allPaths: 'SELECT DISTINCT path FROM statement WHERE folder = ? AND path > ? ORDER BY path LIMIT ?',
  // Of another device: not wanted there, or kept to itself.
  unwantedPaths: `SELECT DISTINCT path FROM statement WHERE folder = ? AND path > ? AND device > ${SELF}
    AND stance IN (1, 4) ORDER BY path LIMIT ?`,
  byContent: `SELECT * FROM statement INDEXED BY statement_by_content WHERE content_hash = ? AND device = 1
    AND deleted = 0 AND stance = 0 AND kind = 0 AND folder = ? LIMIT ?`,
  // Withheld lies on the disk as well.
  twins: `SELECT * FROM statement INDEXED BY statement_by_content WHERE content_hash = ? AND device = 1
    AND deleted = 0 AND stance IN (0, 4) AND folder = ? AND kind = ? LIMIT ?`,
  // Without statistics SQLite takes the primary key, which leads through the whole folder.
  conflicts: `SELECT * FROM statement INDEXED BY statement_by_conflict WHERE folder = ? AND device = 1 AND deleted = 0 AND stance = 0
    AND conflict_of <> '' ORDER BY path LIMIT ?`,
  conflictCount: `SELECT count(*) AS count FROM statement INDEXED BY statement_by_conflict WHERE folder = ?
    AND device = 1 AND deleted = 0 AND stance = 0 AND conflict_of <> ''`,

  damaged: `SELECT * FROM statement INDEXED BY statement_by_damage WHERE folder = ? AND device = 1
    AND stance = 3 AND path > ? ORDER BY path LIMIT ?`,
  damagedCount: `SELECT count(*) AS count FROM statement INDEXED BY statement_by_damage WHERE folder = ?
    AND device = 1 AND stance = 3`,
  // One that spoiled what has changed since will take the new content: that is a need like any other.
  damagedElsewhere: `SELECT device.id, count(*) AS items, count(need.path) AS stuck
    FROM statement INDEXED BY statement_by_damage
    JOIN device ON device.key = statement.device
    LEFT JOIN need USING (folder, device, path)
    WHERE statement.folder = ? AND statement.device > ${SELF} AND statement.stance = 3
      AND (need.stuck IS NULL OR need.stuck = 1)
    GROUP BY statement.device ORDER BY statement.device`,
  scrub: 'SELECT scrub FROM folder WHERE key = ?',
  setScrub: 'UPDATE folder SET scrub = ? WHERE key = ?',
  seenBy: 'SELECT seen_by FROM folder WHERE key = ?',
  rootDevice: 'SELECT root_device FROM folder WHERE key = ?',
  setRootDevice: 'UPDATE folder SET root_device = ? WHERE key = ?',
  swapDiskDevices: `UPDATE disk SET file_system = CASE file_system WHEN ? THEN ? ELSE ? END
    WHERE folder = ? AND file_system IN (?, ?)`,
  sharedRules: 'SELECT shared_rules FROM folder WHERE key = ?',
  setSharedRules: 'UPDATE folder SET shared_rules = ? WHERE key = ? AND shared_rules IS NOT ?',
  setSeenBy: 'UPDATE folder SET seen_by = ? WHERE key = ?',

  putDisk: `INSERT OR REPLACE INTO disk (${DISK_COLUMNS.join(', ')}) VALUES (${marks(DISK_COLUMNS)})`,
  disk: 'SELECT * FROM disk WHERE folder = ? AND path = ?',
  diskOfInode: 'SELECT path FROM disk WHERE folder = ? AND inode = ? AND file_system = ?',
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

  putWithheld: `INSERT INTO withheld (folder, path, direction, cause, device, change, kind, size, since_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  dropWithheld: `DELETE FROM withheld WHERE folder = ? AND path = ? RETURNING since_ms`,
  withheldTotals: `SELECT withheld_total.*, device.id FROM withheld_total JOIN device ON device.key = device
    WHERE folder = ? AND items > 0 ORDER BY direction, cause, device, change`,
  withheldOfGroup: `SELECT path, change, kind, size FROM withheld INDEXED BY withheld_by_group
    WHERE folder = ? AND direction = ? AND cause = ? AND device = ? AND path > ? ORDER BY path LIMIT ?`,
  withheldAt: `SELECT * FROM withheld WHERE folder = ? AND path = ?`,
  heldBack: 'SELECT sum(items) AS items FROM withheld_total WHERE folder = ? AND direction = 1',
  // Cause 0 alone: what the guard holds of a device.
  suspected: `SELECT sum(items) AS items FROM withheld_total
    WHERE folder = ? AND direction = ? AND cause = 0 AND device = ?`,
  heldUnder: `SELECT 1 FROM withheld WHERE folder = ? AND path >= ? AND path < ? AND direction = 1 LIMIT 1`,
  putThreat: `INSERT INTO threat (folder, path, change, device) VALUES (?, ?, ?, ?)
    ON CONFLICT (folder, path) DO UPDATE SET change = excluded.change, device = excluded.device
    WHERE change <> excluded.change OR device <> excluded.device`,
  dropThreat: 'DELETE FROM threat WHERE folder = ? AND path = ?',
  threats: 'SELECT device, count(*) AS count FROM threat WHERE folder = ? AND change = ? GROUP BY device',
  threatsOf: `SELECT path FROM threat INDEXED BY threat_by_device
    WHERE folder = ? AND change = ? AND device = ?`,
  threatsBy: 'SELECT path, device FROM threat INDEXED BY threat_by_device WHERE folder = ? AND change = ?',
  putMark: `INSERT OR REPLACE INTO mark (folder, path, device, content_hash, approved) VALUES (?, ?, ?, ?, 0)`,
  approveMark: 'UPDATE mark SET approved = 1 WHERE folder = ? AND path = ?',
  dropMark: 'DELETE FROM mark WHERE folder = ? AND path = ?',
  mark: `SELECT device.id AS device, content_hash, approved FROM mark JOIN device ON device.key = device
    WHERE folder = ? AND path = ?`,
  strike: `INSERT INTO struck (folder, device, slot, items) VALUES (?, ?, ?, 1)
    ON CONFLICT (folder, device, slot) DO UPDATE SET items = items + 1`,
  forgetStruck: 'DELETE FROM struck WHERE folder = ? AND (slot < ? OR slot > ?)',
  struck: 'SELECT sum(items) AS items FROM struck WHERE folder = ? AND device = ? AND slot BETWEEN ? AND ?',
  struckByAll: 'SELECT sum(items) AS items FROM struck WHERE folder = ? AND slot BETWEEN ? AND ?',
  contentElsewhere: `SELECT 1 FROM statement INDEXED BY statement_by_content WHERE content_hash = ? AND device = 1
    AND deleted = 0 AND stance = 0 AND folder = ? AND path <> ? LIMIT 1`,
  copiesOf: `SELECT path FROM statement INDEXED BY statement_by_content WHERE content_hash = ? AND device = 1
    AND deleted = 0 AND stance = 0 AND folder = ? LIMIT ?`,
  // Where no change that others ask for takes it away, be it waiting or let through.
  contentUnthreatened: `SELECT 1 FROM statement INDEXED BY statement_by_content WHERE content_hash = ?
    AND device = 1 AND deleted = 0 AND stance = 0 AND folder = ?
    AND NOT EXISTS (SELECT 1 FROM threat WHERE folder = statement.folder AND path = statement.path)
    AND NOT EXISTS (SELECT 1 FROM mark WHERE folder = statement.folder AND path = statement.path) LIMIT 1`,
  ownWithheld: `SELECT * FROM statement INDEXED BY statement_withheld WHERE folder = ? AND device = 1 AND stance = 4
    ORDER BY path`,
  setPeerPolicy: `UPDATE sharing SET mode = ?, holds_back = ? WHERE folder = ? AND device = ?
    AND (mode <> ? OR holds_back <> ?)`,

  putManifest: 'INSERT OR REPLACE INTO manifest (root, page, bytes) VALUES (?, ?, ?)',
  putSketch: 'INSERT OR IGNORE INTO sketch (block, root) VALUES (?, ?)',
  sketched: `SELECT root FROM sketch WHERE block = ? AND EXISTS (
      SELECT 1 FROM statement INDEXED BY statement_by_root WHERE root = sketch.root AND root <> ''
        AND device = 1 AND deleted = 0 AND stance = 0 AND kind = 0 AND folder = ?) LIMIT ?`,
  byRoot: `SELECT * FROM statement INDEXED BY statement_by_root WHERE root = ? AND root <> '' AND device = 1
    AND deleted = 0 AND stance = 0 AND kind = 0 AND folder = ? LIMIT 1`,
  manifest: 'SELECT bytes FROM manifest WHERE root = ? AND page = ?',
} as const

export type Statements = Readonly<Record<keyof typeof SQL, Statement>> & {
  /** Wall clock, ms. */
  readonly nowMs: () => number
}

/** All integers arrive as bigint; rows.ts turns what may be a number into one. */
export function prepareStatements(connection: Connection, nowMs: () => number): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => {
    const statement = connection.prepare(sql) as Statement
    return [name, statement.safeIntegers(true)] as const
  })
  return { ...Object.fromEntries(entries), nowMs } as unknown as Statements
}

/** Sorts after every path: a name has at most 255 bytes, 63 of these characters. */
const LAST = '\u{10ffff}'.repeat(64)

/** Range of every path below `path` ("" for all), without its ends ("0" follows "/"). */
export function rangeUnder(path: string): readonly [from: string, to: string] {
  return path === '' ? ['', LAST] : [`${path}/`, `${path}0`]
}
