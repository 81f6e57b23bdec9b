/**
 * Folders: what is shared from where with whom. Promises that a folder is checked before it is added,
 * and that a change is on disk before it takes effect.
 */
import type { AddFolder, FolderView, IgnoreRules, NodePort } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import * as edit from '../config/edit.ts'
import type { FolderId } from '../core/record.ts'
import { ensureMarker } from '../sync/marker.ts'
import { folderView, folderViews } from './folder-view.ts'
import { folderOf, openFolder, settingsOf } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

type FolderCalls = Pick<
  NodePort,
  | 'listFolders'
  | 'addFolder'
  | 'setFolder'
  | 'removeFolder'
  | 'pauseFolder'
  | 'resumeFolder'
  | 'rescanFolder'
  | 'getIgnore'
  | 'setIgnore'
>

export function folderCalls(core: NodeCore): FolderCalls {
  return {
    listFolders: () => folderViews(core),
    addFolder: (request) => addFolder(core, request),
    setFolder: (folder, { name, devices, mode, guard }) =>
      change(core, folder, { name, devices, mode, guard }),
    removeFolder: async (folder) => {
      await core.parts.config.update((config) => edit.removeFolder(config, folder))
      await core.engine.removeFolder(folder)
      await core.parts.notices.forgetFolder(folder)
    },
    pauseFolder: (folder) => change(core, folder, { paused: true }),
    resumeFolder: (folder) => change(core, folder, { paused: false }),
    rescanFolder: (folder, wait, signal) => rescan(core, folder, wait, signal),
    getIgnore: async (folder) => ignoreRules(core, folder),
    setIgnore: async (folder, rules) => {
      await change(core, folder, { ignoreRules: rules })
      return ignoreRules(core, folder)
    },
  }
}

/** Applies the configuration of now to an open folder. */
export async function reconfigure(core: NodeCore, folder: FolderId): Promise<void> {
  await core.engine.configureFolder(settingsOf(folderOf(core, folder)))
  core.changed()
}

async function addFolder(core: NodeCore, request: AddFolder): Promise<FolderView> {
  const { fileSystem, random, config } = core.parts
  edit.checkFolderId(request.id)
  const path = await fileSystem.realPath(request.path)
  if (core.parts.home !== undefined) edit.checkHoldsNoHome(path, core.parts.home)
  // Everything that can be refused is refused before the directory is touched.
  const entry = { ...request, path, devices: request.devices ?? [] }
  edit.addFolder(core.config, core.id, { ...entry, markerId: 'unmade' })
  const root = await fileSystem.openRoot(path)
  try {
    const marker = await ensureMarker(root, request.id, random).catch(unwritable)
    await config.update((now) => edit.addFolder(now, core.id, { ...entry, markerId: marker.secret }))
  } finally {
    await root.close()
  }
  const added = folderOf(core, request.id)
  // Whoever is told that it is added may put a file into it at once.
  await core.engine.addFolder(settingsOf(added))
  return folderView(core, added)
}

async function change(core: NodeCore, folder: FolderId, changes: edit.FolderEdit): Promise<FolderView> {
  await core.parts.config.update((config) => edit.setFolder(config, core.id, folder, changes))
  await reconfigure(core, folder)
  return folderView(core, folderOf(core, folder))
}

async function rescan(core: NodeCore, folder: FolderId, wait: boolean, signal?: AbortSignal): Promise<void> {
  const sync = openFolder(core, folder)
  const done = sync.rescan()
  if (!wait) return
  await Promise.race([done, rejectOnAbort(signal)])
  const { broken } = sync.progress
  if (broken) throw new PeerfoldError(broken.code, broken.message, { folder })
}

function ignoreRules(core: NodeCore, folder: FolderId): IgnoreRules {
  const own = folderOf(core, folder).ignoreRules
  const shared = core.engine.findFolder(folder)?.sharedRules ?? []
  return { rules: [...own], shared: [...shared] }
}

function unwritable(error: unknown): never {
  const denied =
    error instanceof PeerfoldError && ['PERMISSION_DENIED', 'DISK_READ_ONLY'].includes(error.code)
  if (!denied) throw error
  throw new PeerfoldError('FOLDER_PATH_NOT_WRITABLE', 'the directory cannot be written', {}, error)
}

function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
