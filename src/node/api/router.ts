/**
 * The contract carried out by a node. Promises that every error leaves as one of the table, and
 * that nothing is decided here but who may read this machine's own files: a call is handed on, its
 * answer handed back. Never knows which transport asks, only from where.
 */
import { implement } from '@orpc/server'
import type { Clock } from '../base/clock.ts'
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { contract } from './contract.ts'
import { Feed } from './feed.ts'
import type { NodePort, SignInCode } from './node-port.ts'
import { toORPCError } from './problem.ts'

/** What a transport knows of its caller. */
export interface CallContext {
  /**
   * desktop: our own window, over a port handed on by the process that started this one;
   * network: anybody with the token or a session, over HTTP or WebSocket.
   */
  readonly origin: 'desktop' | 'network'
}

export interface RouterParts {
  readonly node: NodePort
  readonly clock: Clock
  readonly log: Log
  /** Makes a one-time code with the address to open. NO_BROWSER_DOOR. */
  invite(): SignInCode
}

export interface Api {
  readonly router: ApiRouter
  /** Ends every watch; idempotent. */
  stop(): void
}

type ApiRouter = ReturnType<typeof routerOf>

/** One for all transports, so that all who watch share one question to the node. */
export function createApi(parts: RouterParts): Api {
  const { node, clock } = parts
  const feeds = {
    status: new Feed({ read: () => node.status(), onChange: (listener) => node.onChange(listener) }, clock),
    transfers: new Feed(
      { read: () => node.transfers(), onChange: (listener) => node.onTransfer(listener) },
      clock,
    ),
  }
  const stop = (): void => {
    feeds.status.stop()
    feeds.transfers.stop()
  }
  return { router: routerOf(parts, feeds), stop }
}

interface Feeds {
  readonly status: Feed<Awaited<ReturnType<NodePort['status']>>>
  readonly transfers: Feed<Awaited<ReturnType<NodePort['transfers']>>>
}

function routerOf({ node, log, invite }: RouterParts, feeds: Feeds) {
  const known = (error: unknown, path: readonly string[]): Error => {
    const problem = toORPCError(error)
    if (codeOf(error) === 'INTERNAL' && problem.code === 'INTERNAL')
      log.error('an API call failed unexpectedly', { call: path.join('.'), error })
    return problem
  }
  const api = implement(contract)
    .$context<CallContext>()
    .use(async ({ next, path }) => {
      try {
        return await next()
      } catch (error) {
        throw known(error, path)
      }
    })
  /** A stream may fail long after its call was answered. */
  async function* streamed<Item>(
    items: AsyncIterable<Item>,
    path: readonly string[],
  ): AsyncGenerator<Item, void> {
    try {
      yield* items
    } catch (error) {
      throw known(error, path)
    }
  }

  return api.router({
    status: {
      get: api.status.get.handler(() => node.status()),
      watch: api.status.watch.handler(({ signal, path }) => streamed(feeds.status.watch(signal), path)),
    },
    node: {
      stop: api.node.stop.handler(async () => {
        await node.stop()
        return { stopping: true as const }
      }),
      nearby: api.node.nearby.handler(() => node.nearby()),
    },
    devices: {
      list: api.devices.list.handler(() => node.listDevices()),
      add: api.devices.add.handler(({ input }) => node.addDevice(input)),
      remove: api.devices.remove.handler(({ input }) => node.removeDevice(input.device)),
    },
    folders: {
      list: api.folders.list.handler(() => node.listFolders()),
      add: api.folders.add.handler(({ input }) => node.addFolder(input)),
      set: api.folders.set.handler(({ input: { folder, ...change } }) => node.setFolder(folder, change)),
      remove: api.folders.remove.handler(({ input }) => node.removeFolder(input.folder)),
      pause: api.folders.pause.handler(({ input }) => node.pauseFolder(input.folder)),
      resume: api.folders.resume.handler(({ input }) => node.resumeFolder(input.folder)),
      rescan: api.folders.rescan.handler(async ({ input, signal }) => {
        await node.rescanFolder(input.folder, input.wait, signal)
        return { finished: input.wait }
      }),
    },
    transfers: {
      get: api.transfers.get.handler(() => node.transfers()),
      watch: api.transfers.watch.handler(({ signal, path }) => streamed(feeds.transfers.watch(signal), path)),
    },
    conflicts: {
      resolve: api.conflicts.resolve.handler(({ input: { folder, path, keep, seen } }) =>
        node.resolveConflict(folder, path, keep, seen),
      ),
    },
    held: {
      list: api.held.list.handler(({ input }) => node.listHeld(input.folder)),
      changes: api.held.changes.handler(({ input }) =>
        node.listHeldChanges(input.folder, input.group, input),
      ),
      decide: api.held.decide.handler(({ input: { folder, group, decision, paths } }) =>
        node.decideHeld(folder, group, decision, paths),
      ),
    },
    session: {
      invite: api.session.invite.handler(() => invite()),
    },
    files: {
      uploaded: api.files.uploaded.handler(async ({ input: { folder, path, upload } }) => ({
        bytes: await node.uploadedBytes(folder, path, upload),
      })),
      browse: api.files.browse.handler(({ input: { folder, ...request } }) =>
        node.browseFiles(folder, request),
      ),
      import: api.files.import.handler(({ input, context, signal, path }) => {
        // Else whoever has a session could read any file of the machine into a folder.
        if (context.origin !== 'desktop')
          throw new PeerfoldError('FORBIDDEN', 'only the desktop window may import files of this machine')
        return streamed(node.importFiles(input.folder, input.directory, input.paths, signal), path)
      }),
      list: api.files.list.handler(({ input }) => node.listFiles(input.folder, input.under, input)),
      delete: api.files.delete.handler(({ input }) => node.deleteFile(input.folder, input.path)),
    },
    ignore: {
      get: api.ignore.get.handler(({ input }) => node.getIgnore(input.folder)),
      set: api.ignore.set.handler(({ input }) => node.setIgnore(input.folder, input.rules)),
    },
    scrub: {
      status: api.scrub.status.handler(() => node.listScrubs()),
      start: api.scrub.start.handler(({ input }) => node.startScrub(input.folder)),
      pause: api.scrub.pause.handler(({ input }) => node.pauseScrub(input.folder)),
    },
    notices: {
      list: api.notices.list.handler(() => node.listNotices()),
      dismiss: api.notices.dismiss.handler(({ input }) => node.dismissNotice(input.notice)),
    },
    versions: {
      list: api.versions.list.handler(({ input }) => node.listVersions(input.folder, input.path, input)),
      restore: api.versions.restore.handler(({ input, signal }) =>
        node.restoreVersion(input.folder, input.version, input.to, input.device, signal, input.damaged),
      ),
      history: api.versions.history.handler(({ input, signal }) =>
        node.pathHistory(input.folder, input.path, signal),
      ),
      plan: api.versions.plan.handler(({ input, signal }) =>
        node.planRestore(input.folder, input.path, input.atMs, signal),
      ),
      restoreMoment: api.versions.restoreMoment.handler(({ input, signal, path }) =>
        streamed(node.restoreMoment(input.folder, input.path, input.atMs, signal), path),
      ),
      space: api.versions.space.handler(({ input }) => node.versionSpace(input.folder)),
      prune: api.versions.prune.handler(({ input: { folder, olderThanDays, dryRun } }) =>
        node.pruneVersions(folder, { olderThanDays, dryRun: dryRun ?? false }),
      ),
    },
  })
}
