/** Displaced contents: listed and put back. Promises that a scan of what was put back follows. */
import type * as api from '../api/node-port.ts'
import type { NodePort } from '../api/node-port.ts'
import type { FolderId } from '../core/record.ts'
import type { Version } from '../durability/catalogue.ts'
import { restoreVersion } from '../durability/restore.ts'
import type { RestoreParts } from '../durability/restore.ts'
import { temporaryPath } from '../sync/own-names.ts'
import type { FolderContext } from '../sync/ports.ts'
import { writtenEntry } from './file-view.ts'
import { openFolder, versionsOf } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

export function versionCalls(core: NodeCore): Pick<NodePort, 'listVersions' | 'restoreVersion'> {
  return {
    listVersions: (folder, path, page) => list(core, folder, path, page),
    restoreVersion: (folder, version, to) => restore(core, folder, version, to),
  }
}

async function list(core: NodeCore, folder: FolderId, path: string | undefined, page: api.PageRequest) {
  const { versions, next } = await versionsOf(core, folder).list({
    ...(path !== undefined && { path }),
    ...(page.cursor !== undefined && { after: page.cursor }),
    limit: page.limit,
  })
  return { versions: versions.map(versionEntry), ...(next !== undefined && { next }) }
}

async function restore(core: NodeCore, folder: FolderId, version: string, to: string | undefined) {
  const sync = openFolder(core, folder)
  const { context } = sync
  const request = { version, ...(to !== undefined && { path: to }) }
  const done = Promise.withResolvers<void>()
  try {
    const parts = restoreParts(core, context, done.promise)
    const { path, kind, size, contentHash } = await restoreVersion(parts, request)
    sync.look(path, 'children')
    return writtenEntry({ path, kind, size, hash: contentHash }, await context.root.lstat(path))
  } finally {
    done.resolve()
  }
}

/** Until `done`, what is being written is nobody's leftover. */
function restoreParts(core: NodeCore, context: FolderContext, done: Promise<void>): RestoreParts {
  const { folder, root, index, locks, self } = context
  const { secret } = context.marker
  return {
    root,
    store: versionsOf(core, folder),
    random: core.parts.random,
    temporaryPath: (target, content) => {
      const path = temporaryPath(secret, target, content)
      void locks.hold([path], () => done)
      return path
    },
    device: self,
    whatIsAt: async (path) => {
      const [row] = await index.call('local', { folder, paths: [path] })
      return row?.announced.record.deleted === false ? row.announced.record : undefined
    },
  }
}

function versionEntry(version: Version): api.VersionEntry {
  const known = version.origin === 'known' ? version : undefined
  return {
    id: version.id,
    path: known?.path ?? '',
    size: version.size,
    hash: known?.contentHash ?? '',
    parkedMs: known?.displacedAtMs ?? 0,
    cause: known?.reason === 'deleted' ? 'deleted' : 'replaced',
    device: known?.displacedBy.name ?? '',
  }
}
