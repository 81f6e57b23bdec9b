/**
 * Reading again what is kept: asked for, paused, looked at. Never reads anything itself; what is found
 * stands among the errors of the folder.
 */
import type { NodePort, ScrubView } from '../api/node-port.ts'
import type { FolderId } from '../core/record.ts'
import type { FolderSync } from '../sync/folder-sync.ts'
import { openFolder } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

export function scrubCalls(core: NodeCore): Pick<NodePort, 'listScrubs' | 'startScrub' | 'pauseScrub'> {
  const { scrubber } = core.engine
  return {
    listScrubs: () => Promise.all(core.config.folders.map(({ id }) => viewOf(core, id))),
    startScrub: async (folder) => {
      await scrubber.begin(openFolder(core, folder))
      return viewOf(core, folder)
    },
    pauseScrub: async (folder) => {
      await scrubber.pause(openFolder(core, folder))
      return viewOf(core, folder)
    },
  }
}

const CLOSED = { startedMs: 0, finishedMs: 0, stage: 'files', items: 0, bytes: 0, totalBytes: 0 } as const

async function viewOf(core: NodeCore, folder: FolderId): Promise<ScrubView> {
  const sync = core.engine.findFolder(folder)?.sync
  return sync
    ? openView(core, sync)
    : { folder, ...CLOSED, state: 'closed', found: 0, damaged: 0, damagedVersions: [] }
}

async function openView({ engine, parts }: NodeCore, sync: FolderSync): Promise<ScrubView> {
  const { folder } = sync
  const { state, startedMs, finishedMs, dueMs, stage, items, bytes, found, damagedVersions } =
    await engine.scrubber.stateOf(sync)
  const { totals, damaged } = await parts.index.call('overview', { folder, limit: 0 })
  return {
    folder,
    state,
    startedMs,
    finishedMs,
    ...(dueMs !== undefined && { dueMs }),
    stage,
    items,
    bytes,
    totalBytes: totals.bytes,
    found,
    damaged: damaged.count,
    damagedVersions: [...damagedVersions],
  }
}
