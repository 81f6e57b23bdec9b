/** The operations that only read the index. Promises answers of one moment each. */
import type { FileRecord, FolderId } from '../core/record.ts'
import { browse } from './browse.ts'
import { areElsewhere, guardRoom } from './guard.ts'
import type { Changes, Guarded, Wrap } from './index-changes.ts'
import type { IndexOperations, LocalRow, ScrubProgress } from './index-port.ts'
import { deviceKey, deviceNames, getFolder, localRow, localRowWithDisk, neededPath } from './lookup.ts'
import { needTotals, overview } from './overview.ts'
import { announcedOf, KINDS, recordOf } from './rows.ts'
import type { Row } from './rows.ts'
import { viewPath } from './settle.ts'
import { rangeUnder, SELF } from './statements.ts'
import type { Statements } from './statements.ts'
import { withheldChanges, withheldTotals } from './withheld-rows.ts'

export function queries(
  sql: Statements,
  read: Wrap,
): Omit<IndexOperations, keyof Changes | keyof Guarded | 'makeDurable'> {
  return {
    position: read(({ folder }) => {
      const { epoch, sequence, gaps } = getFolder(sql, folder)
      return { epoch, sequence, gaps }
    }),
    peerPosition: read(({ folder, device }) => {
      const row = getFolder(sql, folder)
      const key = deviceKey(sql, device)
      const found = (sql.sharing.all(row.key) as Row[]).find((one) => Number(one['device']) === key)
      const at = (prefix: string) => ({
        epoch: Number(found?.[`${prefix}epoch`] ?? 0),
        sequence: Number(found?.[`${prefix}sequence`] ?? 0),
      })
      return { seen: at(''), acked: at('acked_') }
    }),
    announcedSince: read(({ folder, after, limit }) => {
      const row = getFolder(sql, folder)
      return (sql.statementsSince.all(row.key, row.epoch, after, limit) as Row[]).map(announcedOf)
    }),
    local: read(({ folder, paths }) => {
      const { key } = getFolder(sql, folder)
      return paths.map((path) => localRow(sql, key, sql.statement.get(key, path, SELF) as Row | undefined))
    }),
    localUnder: read(({ folder, under, after, limit }) => {
      const { key } = getFolder(sql, folder)
      const rows = sql.ownUnder.all(key, after, ...rangeUnder(under), limit) as Row[]
      return rows.map(localRowWithDisk)
    }),
    liveUnder: read(({ folder, path }) => {
      const row = getFolder(sql, folder)
      if (sql.ownLiveUnder.get(row.key, ...rangeUnder(path))) return true
      const needed = sql.neededUnder.all(row.key, ...rangeUnder(path)) as Row[]
      return needed.some((need) => viewPath(sql, row, String(need['path'])).plan.kind === 'place')
    }),
    guardRoom: read(({ folder }) => {
      const row = getFolder(sql, folder)
      const items = row.policy.mode === 'receive-only' ? undefined : guardRoom(sql, row, SELF, 'out')
      return items === undefined ? undefined : { items }
    }),
    areElsewhere: read(({ folder, contents }) => areElsewhere(sql, getFolder(sql, folder), contents)),
    holding: read(({ folder }) => {
      const { key, policy } = getFolder(sql, folder)
      const { items } = sql.heldBack.get(key) as Row
      return { mode: policy.mode, holdsBack: Number(items ?? 0) }
    }),
    withheldTotals: read(({ folder }) => withheldTotals(sql, getFolder(sql, folder).key)),
    withheldChanges: read(({ folder, after, limit, ...group }) =>
      withheldChanges(sql, getFolder(sql, folder).key, group, after, limit),
    ),
    planOf: read(({ folder, path }) => neededPath(sql, getFolder(sql, folder), deviceNames(sql), path)),
    needTotals: read(({ folder }) => needTotals(sql, getFolder(sql, folder).key)),
    overview: read(({ folder, limit }) => overview(sql, getFolder(sql, folder), limit)),
    damaged: read(({ folder, after, limit }) => {
      const { key } = getFolder(sql, folder)
      return (sql.damaged.all(key, after, limit) as Row[]).map((row) => localRow(sql, key, row) as LocalRow)
    }),
    namesOf: read(({ folder, inode, device }) => {
      const { key } = getFolder(sql, folder)
      const rows = sql.diskOfInode.all(key, BigInt.asIntN(64, inode), BigInt.asIntN(64, device)) as Row[]
      const said = rows.map(({ path }) => sql.statement.get(key, path, SELF) as Row | undefined)
      return said.flatMap((row) => localRow(sql, key, row) ?? [])
    }),
    seenBy: read(({ folder }) => String((sql.seenBy.get(getFolder(sql, folder).key) as Row)['seen_by'])),
    sharedRules: read(({ folder }) => {
      const { shared_rules: lines } = sql.sharedRules.get(getFolder(sql, folder).key) as Row
      return lines === null ? undefined : (JSON.parse(String(lines)) as string[])
    }),
    scrubProgress: read(({ folder }) => {
      const { scrub } = sql.scrub.get(getFolder(sql, folder).key) as Row
      return scrub === '' ? undefined : (JSON.parse(String(scrub)) as ScrubProgress)
    }),
    findContent: read(({ contentHash, folders, limit }) =>
      keysOf(sql, folders)
        .flatMap(([key, folder]) =>
          (sql.byContent.all(contentHash, key, limit) as Row[]).map((row) => foundIn(folder, row)),
        )
        .slice(0, limit),
    ),
    twins: read(({ folder, kind, contentHash, limit }) => {
      const { key } = getFolder(sql, folder)
      return (sql.twins.all(contentHash, key, KINDS.indexOf(kind), limit) as Row[]).map(recordOf)
    }),
    findAlike: read((query) => findAlike(sql, query)),
    browse: read(({ folder, ...query }) => browse(sql, getFolder(sql, folder), deviceNames(sql), query)),
    getManifest: read(({ root, page }) => {
      const row = sql.manifest.get(root, page) as Row | undefined
      return row && new Uint8Array(row['bytes'] as Uint8Array)
    }),
  }
}

function foundIn(folder: FolderId, row: Row): { folder: FolderId; record: FileRecord } {
  return { folder, record: recordOf(row) }
}

/** One that was removed meanwhile holds nothing. */
function keysOf(sql: Statements, folders: readonly FolderId[]): [key: number, folder: FolderId][] {
  return folders.flatMap((folder) => {
    const row = sql.folder.get(folder) as Row | undefined
    return row ? [[Number(row['key']), folder]] : []
  })
}

/** Files looked up for one block: many share one that is all zeros, say. */
const SKETCHED_LIMIT = 32

function findAlike(
  sql: Statements,
  { sketch, folders, limit }: Parameters<IndexOperations['findAlike']>[0],
): { folder: FolderId; record: FileRecord }[] {
  const keys = keysOf(sql, folders)
  const rootsIn = (key: number): string[] =>
    sketch.flatMap((block) =>
      (sql.sketched.all(block, key, SKETCHED_LIMIT) as Row[]).map(({ root }) => String(root)),
    )
  // A file that is in several folders is as good in the first of them.
  const found = new Map<string, { key: number; folder: FolderId; shared: number }>()
  for (const [key, folder] of keys)
    for (const [root, { length: shared }] of Map.groupBy(rootsIn(key), (root) => root))
      if (!found.has(root)) found.set(root, { key, folder, shared })
  const best = [...found].toSorted(([, a], [, b]) => b.shared - a.shared).slice(0, limit)
  return best.map(([root, { key, folder }]) => foundIn(folder, sql.byRoot.get(root, key) as Row))
}
