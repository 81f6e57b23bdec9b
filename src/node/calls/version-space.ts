/**
 * The room that old contents take: seen, and made free. Promises that asking changes nothing. Never
 * decides what goes: core/retention.ts does.
 */
import type { NodePort } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Config } from '../config/schema.ts'
import type { FolderId } from '../core/record.ts'
import { DAY_MS } from '../core/retention.ts'
import type { Upkeep, UpkeepSettings } from '../durability/upkeep.ts'
import type { SyncEngine } from '../sync/engine.ts'
import type { TransferLog } from '../sync/transfers.ts'
import { openFolder } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

const MIB = 1024 * 1024
const MINUTE_MS = 60_000

export function versionSpaceCalls(core: NodeCore): Pick<NodePort, 'versionSpace' | 'pruneVersions'> {
  return {
    versionSpace: async (folder) => {
      const { use, ...rest } = await upkeepOf(core, folder).view()
      return { ...use, ...rest }
    },
    pruneVersions: async (folder, { olderThanDays, dryRun }) =>
      upkeepOf(core, folder).prune({
        dryRun,
        ...(olderThanDays !== undefined && { olderThanMs: olderThanDays * DAY_MS }),
      }),
  }
}

function upkeepOf(core: NodeCore, folder: FolderId): Upkeep {
  openFolder(core, folder)
  const upkeep = core.upkeeps.get(folder)
  if (upkeep === undefined) throw new PeerfoldError('FOLDER_NOT_OPEN', 'the folder is not open', { folder })
  return upkeep
}

export function upkeepSettings({ settings: { versions } }: Config): UpkeepSettings {
  return {
    keepMs: versions.keepDays * DAY_MS,
    sharePercent: versions.sharePercent,
    leaveFreeBytes: versions.leaveFreeMiB * MIB,
    settleMs: versions.settleMinutes * MINUTE_MS,
  }
}

/** Whether anything moves or is looked at: work in the background waits for that. */
export function isBusy(engine: SyncEngine, transfers: TransferLog, { folders }: Config): boolean {
  return transfers.isAnyMoving || folders.some(({ id }) => engine.findFolder(id)?.progress.scanning === true)
}
