/**
 * The mass-change guard. Promises that of one device's changes, no more files are deleted or rewritten
 * within the window than the folder's guard allows before a person was asked; that content which only
 * moved within the folder counts for nothing, and what goes together with all its copies counts; and that
 * while changes of a device wait for a person, all that would destroy more waits with them, and nothing
 * else does. Never drops anything.
 */
import { allowedByGuard, GUARD_WINDOW_MS } from '../core/folder-policy.ts'
import type { FileRecord } from '../core/record.ts'
import { isDeed } from '../core/withheld.ts'
import type { Row } from './rows.ts'
import { settlePath, viewPath } from './settle.ts'
import type { FolderRow } from './settle.ts'
import { rangeUnder, SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { THREATS } from './withheld-rows.ts'

/** The window moves in these steps. */
const STRUCK_SLOT_MS = GUARD_WINDOW_MS / 12
const OUT = 0
const IN = 1

/** Files that changes of `device` may still destroy unasked; undefined when the guard is off. */
export function guardRoom(
  sql: Statements,
  folder: FolderRow,
  device: number,
  direction: 'in' | 'out',
): number | undefined {
  const { guard } = folder.policy
  if (!guard) return undefined
  const held = sumOf(sql.suspected.get(folder.key, direction === 'in' ? IN : OUT, device))
  if (held > 0) return 0
  const [from, to] = windowOf(sql)
  // What is gone already was part of the folder when the window began.
  const before = folder.items + sumOf(sql.struckByAll.get(folder.key, from, to))
  const struck = sumOf(sql.struck.get(folder.key, device, from, to))
  return Math.max(0, allowedByGuard(guard, before) - struck)
}

/** Counts one content that a change of `device` took away here. */
export function strike(sql: Statements, folder: FolderRow, device: number): void {
  const [from, to] = windowOf(sql)
  // A clock that was ahead must not count for ever.
  sql.forgetStruck.run(folder.key, from, to)
  sql.strike.run(folder.key, device, to)
}

/** Counts what was withheld here and is told from now on unasked, when it takes content away. */
export function strikeReleased(
  sql: Statements,
  folder: FolderRow,
  { path, contentHash, replacedHash }: FileRecord,
): void {
  if (!folder.policy.guard || replacedHash === '' || replacedHash === contentHash) return
  if (!isElsewhere(sql, folder, path, replacedHash)) strike(sql, folder, SELF)
}

function sumOf(row: unknown): number {
  return Number((row as Row | undefined)?.['items'] ?? 0)
}

function windowOf(sql: Statements): [from: number, to: number] {
  const slot = Math.floor(sql.nowMs() / STRUCK_SLOT_MS)
  return [slot - GUARD_WINDOW_MS / STRUCK_SLOT_MS, slot]
}

/** Holds the replacements, or the deletions, of every device that asks for more than it may; how many. */
export function holdThreats(sql: Statements, folder: FolderRow, change: 'replaced' | 'deleted'): number {
  if (!folder.policy.guard) return 0
  let held = 0
  for (const row of sql.threats.all(folder.key, THREATS[change]) as Row[]) {
    const device = Number(row['device'])
    const room = guardRoom(sql, folder, device, 'in') ?? Infinity
    if (Number(row['count']) <= room) continue
    const rows = sql.threatsOf.all(folder.key, THREATS[change], device) as Row[]
    const threatened = rows.map((one) => String(one['path']))
    const paths = lostOf(sql, folder, threatened)
    if (paths.length <= room) continue
    for (const path of paths) hold(sql, folder, path, device)
    held += paths.length
  }
  return change === 'deleted' ? held + holdDirectories(sql, folder) : held
}

/** A directory whose children are held stays with them. */
function holdDirectories(sql: Statements, folder: FolderRow): number {
  const rows = sql.threatsBy.all(folder.key, THREATS.directory) as Row[]
  const above = rows.filter((row) => sql.heldUnder.get(folder.key, ...rangeUnder(String(row['path']))))
  for (const row of above) hold(sql, folder, String(row['path']), Number(row['device']))
  return above.length
}

function hold(sql: Statements, folder: FolderRow, path: string, device: number): void {
  const { plan } = viewPath(sql, folder, path)
  if (!isDeed(plan)) return
  sql.putMark.run(folder.key, path, device, plan.record.contentHash)
  settlePath(sql, folder, path)
}

/** Those of the threatened paths whose content would be gone from the folder: all its copies are to go. */
function lostOf(sql: Statements, folder: FolderRow, paths: readonly string[]): string[] {
  const hashes = paths.map((path) => {
    const row = sql.statement.get(folder.key, path, SELF) as Row | undefined
    return String(row?.['content_hash'] ?? '')
  })
  const kept = contentsWhere(hashes, (hash) => sql.contentUnthreatened.get(hash, folder.key) !== undefined)
  return paths.filter((_, i) => !kept.has(hashes[i] ?? ''))
}

/** Of contents that are to go from these paths, whether the folder holds each at another path that stays. */
export function areElsewhere(
  sql: Statements,
  folder: FolderRow,
  contents: readonly { path: string; contentHash: string }[],
): boolean[] {
  const going = new Set(contents.map(({ path }) => path))
  const stays = (hash: string): boolean => {
    // Of more copies than there are paths to go, one stays.
    const copies = sql.copiesOf.all(hash, folder.key, going.size + 1) as Row[]
    return copies.some(({ path }) => !going.has(String(path)))
  }
  const hashes = contents.map(({ contentHash }) => contentHash)
  const kept = contentsWhere(hashes, stays)
  return hashes.map((hash) => kept.has(hash))
}

/** Each content is looked up once: a folder may hold one, of an empty file say, ten thousand times. */
function contentsWhere(hashes: readonly string[], holds: (hash: string) => boolean): ReadonlySet<string> {
  return new Set([...new Set(hashes)].filter((hash) => hash !== '' && holds(hash)))
}

function isElsewhere(sql: Statements, folder: FolderRow, path: string, contentHash: string): boolean {
  return contentHash !== '' && sql.contentElsewhere.get(contentHash, folder.key, path) !== undefined
}

/** After our statement of a path changed from `before` to `after`: whether that took content away. */
export function tookContent(
  sql: Statements,
  folder: FolderRow,
  before: FileRecord,
  after: FileRecord,
): boolean {
  if (before.deleted || before.contentHash === '' || before.contentHash === after.contentHash) return false
  return !isElsewhere(sql, folder, before.path, before.contentHash)
}
