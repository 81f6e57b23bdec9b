/** The operations that change the index. Promises one transaction for each, and nothing but what was asked. */
import { FREE_POLICY } from '../core/folder-policy.ts'
import type { DeviceId } from '../core/record.ts'
import { decide } from './decide.ts'
import { holdThreats } from './guard.ts'
import type { IndexOperations } from './index-port.ts'
import { withGap } from './lives.ts'
import { deviceKey, deviceNames, getFolder, neededPath, save } from './lookup.ts'
import { recordOne } from './record-own.ts'
import { announcedOf, diskValues } from './rows.ts'
import type { Row } from './rows.ts'
import { recordPage, settlePeerPolicy, settleSharing } from './settle-many.ts'
import { settlePath, takeBack } from './settle.ts'
import { SELF } from './statements.ts'
import type { Statements } from './statements.ts'

/** Makes an operation of its work: how, its maker knows. */
export type Wrap = <A, R>(work: (argument: A) => R) => (argument: A) => Promise<R>

export type Changes = Pick<
  IndexOperations,
  | 'openFolder'
  | 'dropFolder'
  | 'setSharing'
  | 'newEpoch'
  | 'skipPast'
  | 'recordLocal'
  | 'forgetLocal'
  | 'refreshDisk'
  | 'recordRemote'
  | 'setAcked'
  | 'putManifest'
  | 'setScrubProgress'
  | 'setSeenBy'
  | 'setSharedRules'
  | 'setRootDevice'
>

export function changes(sql: Statements, change: Wrap, self: DeviceId): Changes {
  return {
    openFolder: change(({ folder, devices, freshEpoch, policy }) => {
      const created = sql.folder.get(folder) === undefined
      if (created) sql.addFolder.run(folder, freshEpoch, JSON.stringify(policy ?? FREE_POLICY))
      const { epoch, sequence, gaps } = settleSharing(sql, folder, self, devices, policy)
      return { epoch, sequence, gaps, created }
    }),
    dropFolder: change(({ folder }) => {
      const row = sql.folder.get(folder) as Row | undefined
      if (!row) return
      const key = Number(row['key'])
      for (const drop of [sql.dropFolderNeeds, sql.dropFolderEntries, sql.dropFolderDisk]) drop.run(key)
      for (const drop of [sql.dropFolderNeedTotals, sql.dropFolderStatements]) drop.run(key)
      for (const drop of [sql.dropFolderWithheld, sql.dropFolderWithheldTotals, sql.dropFolderThreats])
        drop.run(key)
      for (const drop of [sql.dropFolderMarks, sql.dropFolderStruck]) drop.run(key)
      sql.dropFolderSharing.run(key)
      sql.dropFolder.run(key)
    }),
    setSharing: change(({ folder, devices, policy }) => {
      const row = settleSharing(sql, folder, self, devices, policy)
      return { adopted: row.adopted, sequence: row.sequence }
    }),
    newEpoch: change(({ folder, former, epoch }) => {
      const row = getFolder(sql, folder)
      if (row.epoch !== former) return { epoch: row.epoch, sequence: row.sequence }
      sql.setEpoch.run(epoch, row.key)
      sql.renumber.run(epoch, row.key)
      return { epoch, sequence: row.sequence }
    }),
    skipPast: change(({ folder, lost, leap }) => {
      const row = getFolder(sql, folder)
      const { gaps, sequence } = withGap(row, lost, leap)
      sql.setGaps.run(JSON.stringify(gaps), sequence, row.key)
      return { epoch: row.epoch, sequence }
    }),
    recordLocal: change(({ folder, changes: list }) => {
      const row = getFolder(sql, folder)
      const outcomes = list.map((one) => recordOne(sql, row, self, one))
      save(sql, row)
      return { outcomes, sequence: row.sequence }
    }),
    forgetLocal: change(({ folder, paths }) => {
      const row = getFolder(sql, folder)
      for (const path of paths) {
        const before = sql.statement.get(row.key, path, SELF) as Row | undefined
        if (before) takeBack(sql, row, announcedOf(before))
        sql.dropDisk.run(row.key, path)
        settlePath(sql, row, path)
      }
      save(sql, row)
    }),
    refreshDisk: change(({ folder, rows }) => {
      const { key } = getFolder(sql, folder)
      for (const { path, disk, basedOn } of rows) {
        const said = sql.statement.get(key, path, SELF) as Row | undefined
        if (Number(said?.['sequence'] ?? 0) === basedOn) sql.putDisk.run(...diskValues(key, path, disk))
      }
    }),
    recordRemote: change((page) => recordPage(sql, self, page)),
    setAcked: change(({ folder, device, epoch, sequence }) => {
      sql.setAcked.run(epoch, sequence, getFolder(sql, folder).key, deviceKey(sql, device))
    }),
    putManifest: change(({ root, pages, sketch }) => {
      for (const { page, bytes } of pages) sql.putManifest.run(root, page, Buffer.from(bytes))
      for (const block of sketch) sql.putSketch.run(block, root)
    }),
    setScrubProgress: change(({ folder, progress }) => {
      sql.setScrub.run(JSON.stringify(progress), getFolder(sql, folder).key)
    }),
    setRootDevice: change(({ folder, device }) => {
      const { key } = getFolder(sql, folder)
      const { root_device: known } = sql.rootDevice.get(key) as Row
      const now = BigInt.asIntN(64, device)
      if (known === now) return
      if (known !== null) sql.swapDiskDevices.run(known, now, known, key, known, now)
      sql.setRootDevice.run(now, key)
    }),
    setSeenBy: change(({ folder, rules }) => {
      sql.setSeenBy.run(rules, getFolder(sql, folder).key)
    }),
    setSharedRules: change(({ folder, lines }) => {
      const value = lines ? JSON.stringify(lines) : null
      return sql.setSharedRules.run(value, getFolder(sql, folder).key, value).changes > 0
    }),
  }
}

export type Guarded = Pick<IndexOperations, 'needed' | 'guardDeletions' | 'decide' | 'setPeerPolicy'>

/** Changes of what is withheld. */
export function guarded(sql: Statements, change: Wrap, self: DeviceId): Guarded {
  return {
    needed: change(({ folder, after, limit }) => {
      const row = getFolder(sql, folder)
      if (holdThreats(sql, row, 'replaced') > 0) save(sql, row)
      const paths = (sql.needed.all(row.key, after, limit) as Row[]).map((need) => String(need['path']))
      const names = deviceNames(sql)
      return paths.map((path) => neededPath(sql, row, names, path))
    }),
    guardDeletions: change(({ folder }) => {
      const row = getFolder(sql, folder)
      const held = holdThreats(sql, row, 'deleted')
      if (held > 0) save(sql, row)
      return { held }
    }),
    decide: change(({ folder, ...request }) => {
      const row = getFolder(sql, folder)
      const done = decide(sql, row, self, request)
      save(sql, row)
      return done
    }),
    setPeerPolicy: change((said) => settlePeerPolicy(sql, said)),
  }
}
