/**
 * Files: listings, and what a person changes through the app. Promises that a scan of whatever was
 * changed follows. Never writes into a folder itself: files/ does.
 */
import type * as api from '../api/node-port.ts'
import type { NodePort } from '../api/node-port.ts'
import type { FolderId } from '../core/record.ts'
import { CutUploads } from '../files/cut-uploads.ts'
import { listFiles, openFile } from '../files/read-files.ts'
import { resolveConflict } from '../files/resolve-conflict.ts'
import { checkUserPath, deleteFile, writeFile } from '../files/write-file.ts'
import type { BrowsedPath, DeviceCopy } from '../index/index-port.ts'
import { fileEntry, writtenEntry } from './file-view.ts'
import { folderOf, openFolder } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

type FileCalls = Pick<
  NodePort,
  | 'listFiles'
  | 'browseFiles'
  | 'uploadFile'
  | 'uploadedBytes'
  | 'downloadFile'
  | 'deleteFile'
  | 'resolveConflict'
>

export function fileCalls(core: NodeCore): FileCalls {
  const uploads = new CutUploads(core.parts.clock)
  return {
    listFiles: (folder, under, page) => list(core, folder, under, page),
    browseFiles: (folder, request) => browse(core, folder, request),
    uploadFile: async (folder, path, content, attributes, signal) => {
      const sync = openFolder(core, folder)
      const { stat, contentHash } = await writeFile(sync.context, path, content, attributes, signal, uploads)
      sync.look(path, 'children')
      return writtenEntry({ path, kind: 'file', size: stat.size, hash: contentHash }, stat)
    },
    uploadedBytes: async (folder, path, upload) =>
      uploads.bytesOf(openFolder(core, folder).context, checkUserPath(path), upload),
    downloadFile: async (folder, path, signal) => {
      const { context } = openFolder(core, folder)
      const { sizeBytes, mtimeNs, contentHash, content } = await openFile(context, path, signal)
      return { sizeBytes, mtimeNs, hash: contentHash, content }
    },
    deleteFile: async (folder, path) => {
      const sync = openFolder(core, folder)
      await deleteFile(sync.context, path)
      sync.look(path, 'children')
    },
    resolveConflict: async (folder, path, keep, seen) => {
      const sync = openFolder(core, folder)
      for (const changed of await resolveConflict(sync.context, path, keep, seen))
        sync.look(changed, 'children')
    },
  }
}

async function list(core: NodeCore, folder: FolderId, under: string, page: api.PageRequest) {
  folderOf(core, folder)
  const directory = under === '' ? '' : checkUserPath(under)
  const { index } = core.parts
  const { files, next } = await listFiles({ index, folder }, directory, page.cursor ?? '', page.limit)
  return { files: files.map(fileEntry), ...(next !== undefined && { next }) }
}

async function browse(core: NodeCore, folder: FolderId, request: api.BrowseRequest): Promise<api.FileRange> {
  folderOf(core, folder)
  const { search, offset, limit } = request
  const directory = request.directory === '' ? '' : checkUserPath(request.directory)
  // Asked before: what ends from here on is news to whoever gets this answer.
  const ended = core.transfers.endings
  const range = await core.parts.index.call('browse', { folder, directory, search, offset, limit })
  const { total } = range
  const revision = range.revision + ended
  return { total, offset, revision, entries: range.entries.map((entry) => browsed(core, folder, entry)) }
}

function browsed(core: NodeCore, folder: FolderId, entry: BrowsedPath): api.BrowsedFile {
  const { path } = entry.record
  const copies = entry.copies.map((copy) => ({ ...copy, state: stateNow(core, folder, path, copy) }))
  return { ...fileEntry(entry), copies }
}

/** What the statements say, but for what is on its way at this moment. */
function stateNow(
  { id, transfers }: NodeCore,
  folder: FolderId,
  path: string,
  { device, state }: DeviceCopy,
): api.FileCopy['state'] {
  if (state === 'has') return state
  const isMoving =
    device === id ? transfers.isMoving('in', folder, path) : transfers.isMoving('out', folder, path, device)
  return isMoving ? 'moving' : state
}
