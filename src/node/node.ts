/**
 * The composition root: fits the parts of one node together, on ports only, so that the whole node
 * runs on twins. Promises that it starts and ends in order; what the API can ask of it stands in
 * calls/, by subject. Never opens a socket, thread or disk itself: host.ts does.
 */
import type { NodePort } from './api/node-port.ts'
import { deviceCalls } from './calls/devices.ts'
import { fileCalls } from './calls/files.ts'
import { folderCalls } from './calls/folders.ts'
import { heldCalls } from './calls/held.ts'
import { importCalls } from './calls/imports.ts'
import { noticeCalls } from './calls/notices.ts'
import { scrubSettings, settingsOf, trustedOf } from './calls/node-core.ts'
import type { NodeCore, NodeParts } from './calls/node-core.ts'
import { scrubCalls } from './calls/scrub.ts'
import { statusCalls } from './calls/status.ts'
import { transferCalls } from './calls/transfers.ts'
import { isBusy, upkeepSettings, versionSpaceCalls } from './calls/version-space.ts'
import { versionCalls } from './calls/versions.ts'
import type { DeviceId, FolderId } from './core/record.ts'
import type { VersionStore } from './durability/park.ts'
import type { Upkeep } from './durability/upkeep.ts'
import { openArchive } from './files/archive.ts'
import type { FolderRoot } from './fs/file-system.ts'
import { openHighWaterMark } from './index/high-water-mark.ts'
import { SyncEngine } from './sync/engine.ts'
import type { Confirm } from './sync/folder-handle.ts'
import { TransferLog } from './sync/transfers.ts'

export type { NodeParts } from './calls/node-core.ts'

export interface PeerfoldNode extends NodePort {
  readonly id: DeviceId
  /** Listens and opens every folder. PORT_IN_USE, BAD_ADDRESS. */
  start(): Promise<void>
  /** Ends everything in order and leaves exact marks; idempotent. */
  close(): Promise<void>
}

export async function createNode(parts: NodeParts): Promise<PeerfoldNode> {
  const mark = await openHighWaterMark(parts.markFile, parts.place)
  const id = parts.network.self
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const transfers = new TransferLog(parts.clock, changed)
  const versions = new Map<FolderId, VersionStore>()
  const upkeeps = new Map<FolderId, Upkeep>()
  const engine = new SyncEngine({
    ...parts,
    mark,
    transfers,
    scrub: scrubSettings(parts.config.get()),
    software: `peerfold ${parts.version}`,
    self: () => ({ device: id, name: parts.config.get().device.name }),
    openArchive: async (root: FolderRoot, folder: FolderId, confirm: Confirm) => {
      const upkeep = {
        blocks: parts.blocks,
        settings: () => upkeepSettings(parts.config.get()),
        isBusy: () => isBusy(engine, transfers, parts.config.get()),
      }
      const archive = await openArchive(root, { ...parts, upkeep, confirm })
      if (archive.upkeep) upkeeps.set(folder, archive.upkeep)
      versions.set(folder, archive.versions)
      return archive
    },
    setBack: (folder) => {
      void parts.notices.add('index-set-back', { folder })
      changed()
    },
    changed,
  })
  let isLive = false
  let closing: Promise<void> | undefined
  const core: NodeCore = {
    id,
    parts,
    engine,
    transfers,
    versions,
    upkeeps,
    changed,
    get config() {
      return parts.config.get()
    },
    get isLive() {
      return isLive
    },
  }
  return {
    id,
    ...statusCalls(core),
    ...deviceCalls(core),
    ...folderCalls(core),
    ...fileCalls(core),
    ...heldCalls(core),
    ...importCalls(core),
    ...versionCalls(core),
    ...versionSpaceCalls(core),
    ...scrubCalls(core),
    ...noticeCalls(core),
    ...transferCalls(core),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: async () => {
      await engine.start(trustedOf(core.config), core.config.folders.map(settingsOf))
      isLive = true
      changed()
    },
    close: () => {
      isLive = false
      return (closing ??= engine.stop())
    },
  }
}
