/**
 * Displaced contents, of this device and of all that share the folder: listed and put back. Promises
 * that a scan of what was put back follows.
 */
import type * as api from '../api/node-port.ts'
import type { NodePort } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { KeptVersion } from '../core/history.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import { placeOld, restoreVersion } from '../durability/restore.ts'
import type { RestoreParts, RestoreResult } from '../durability/restore.ts'
import { keptElsewhere } from '../files/old-content.ts'
import { recallPath } from '../files/recall.ts'
import type { RecallParts } from '../files/recall.ts'
import { planRestore, restoreMoment } from '../files/restore-moment.ts'
import type { MomentParts } from '../files/restore-moment.ts'
import { checkUserPath } from '../files/write-file.ts'
import { confirmHeld } from '../sync/confirm-held.ts'
import { temporaryPath } from '../sync/own-names.ts'
import type { FolderContext, HistorySource } from '../sync/ports.ts'
import { saidOf } from '../sync/target.ts'
import { writtenEntry } from './file-view.ts'
import { folderOf, openFolder, versionsOf } from './node-core.ts'
import type { NodeCore } from './node-core.ts'
import { pastContent, restorePlan, versionEntry } from './version-view.ts'

type VersionCalls = Pick<
  NodePort,
  'listVersions' | 'pathHistory' | 'restoreVersion' | 'planRestore' | 'restoreMoment'
>

export function versionCalls(core: NodeCore): VersionCalls {
  return {
    listVersions: (folder, path, page) => list(core, folder, path, page),
    pathHistory: async (folder, path, signal = NEVER) => {
      const { entries, told, missing } = await recallPath(
        recallParts(core, folder),
        checkUserPath(path),
        signal,
      )
      return { entries: entries.map(pastContent), told: [...told], missing: [...missing] }
    },
    restoreVersion: (folder, version, to, device, signal = NEVER, evenDamaged = false) =>
      device === undefined || device === core.id
        ? restore(core, folder, (parts) =>
            restoreVersion(parts, { version, evenDamaged, ...(to !== undefined && { path: to }) }),
          )
        : restoreFrom(core, folder, { version, to, device }, signal),
    planRestore: async (folder, path, atMs, signal = NEVER) => {
      const request = { path: path === '' ? '' : checkUserPath(path), atMs }
      return restorePlan(atMs, await planRestore(momentParts(core, folder), request, signal))
    },
    async *restoreMoment(folder, path, atMs, signal = NEVER) {
      const request = { path: path === '' ? '' : checkUserPath(path), atMs }
      for await (const progress of restoreMoment(momentParts(core, folder), request, signal))
        yield { ...progress, problems: [...progress.problems] }
    },
  }
}

const NEVER = new AbortController().signal

async function list(core: NodeCore, folder: FolderId, path: string | undefined, page: api.PageRequest) {
  const { versions, next } = await versionsOf(core, folder).list({
    ...(path !== undefined && { path }),
    ...(page.cursor !== undefined && { after: page.cursor }),
    limit: page.limit,
  })
  const damaged = await core.engine.scrubber.damagedVersions(openFolder(core, folder))
  const entries = versions.map((version) => versionEntry(version, damaged))
  return { versions: entries, ...(next !== undefined && { next }) }
}

async function restore(
  core: NodeCore,
  folder: FolderId,
  work: (parts: RestoreParts) => Promise<Omit<RestoreResult, 'isAsClaimed'>>,
) {
  const sync = openFolder(core, folder)
  const { context } = sync
  const done = Promise.withResolvers<void>()
  try {
    const { path, kind, size, contentHash } = await work(restoreParts(core, context, done.promise))
    sync.look(path, 'children')
    return writtenEntry({ path, kind, size, hash: contentHash }, await context.root.lstat(path))
  } finally {
    done.resolve()
  }
}

interface Elsewhere {
  readonly version: string
  readonly to: string | undefined
  readonly device: DeviceId
}

/** Fetched, checked, and then placed as one of ours. */
async function restoreFrom(core: NodeCore, folder: FolderId, wanted: Elsewhere, signal: AbortSignal) {
  const { context } = openFolder(core, folder)
  const { source, version } = await findElsewhere(core, folder, wanted, signal)
  const path = checkUserPath(wanted.to ?? version.path)
  const contentHash = version.contentHash === '' ? undefined : version.contentHash
  const content = { ...keptElsewhere(context, source, version, signal), contentHash }
  return restore(core, folder, (parts) => placeOld(parts, content, path))
}

/** DEVICE_NOT_FOUND, PEER_GONE, VERSION_NOT_FOUND. */
async function findElsewhere(
  core: NodeCore,
  folder: FolderId,
  { version: id, device }: Elsewhere,
  signal: AbortSignal,
): Promise<{ source: HistorySource; version: KeptVersion }> {
  if (!folderOf(core, folder).devices.includes(device))
    throw new PeerfoldError('DEVICE_NOT_FOUND', 'no such device shares the folder', { device })
  const source = core.engine.histories(folder).find((one) => one.device === device)
  const query = { part: 'versions', under: '', exact: false, version: id, cursor: '' } as const
  const page = await source?.ask(query, signal)
  if (!source || !page) throw new PeerfoldError('PEER_GONE', 'the device is not connected', { device })
  const version = page.versions.find((one) => one.id === id)
  if (!version)
    throw new PeerfoldError('VERSION_NOT_FOUND', 'the device keeps no such version', { version: id, device })
  return { source, version }
}

function recallParts(core: NodeCore, folder: FolderId): RecallParts {
  const { context } = openFolder(core, folder)
  const { devices: others } = folderOf(core, folder)
  return { context, others, histories: () => core.engine.histories(folder) }
}

function momentParts(core: NodeCore, folder: FolderId): MomentParts {
  const sync = openFolder(core, folder)
  return {
    ...recallParts(core, folder),
    restoreParts: (done) => restoreParts(core, sync.context, done),
    scanned: async () => {
      await sync.rescan()
      openFolder(core, folder)
    },
    look: (path) => sync.look(path, 'children'),
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
    decided: (path, contentHash, work) => context.decided.during(path, contentHash, work),
    device: self,
    confirm: (path, is) => confirmHeld(context, path, is),
    whatIsAt: async (path, stat) => saidOf((await index.call('local', { folder, paths: [path] }))[0], stat),
  }
}
