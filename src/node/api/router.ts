/**
 * The contract carried out by a node. Promises that every error leaves as one of the table, and
 * that nothing is decided here: a call is handed on, its answer handed back. Never knows which
 * transport asks.
 */
import { implement } from '@orpc/server'
import { codeOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { contract } from './contract.ts'
import type { NodePort } from './node-port.ts'
import { toORPCError } from './problem.ts'
import type { StatusFeed } from './status-feed.ts'

export interface RouterParts {
  readonly node: NodePort
  readonly feed: StatusFeed
  readonly log: Log
}

export type ApiRouter = ReturnType<typeof createRouter>

export function createRouter({ node, feed, log }: RouterParts) {
  const api = implement(contract).use(async ({ next, path }) => {
    try {
      return await next()
    } catch (error) {
      const known = toORPCError(error)
      if (codeOf(error) === 'INTERNAL' && known.code === 'INTERNAL')
        log.error('an API call failed unexpectedly', { call: path.join('.'), error })
      throw known
    }
  })

  return api.router({
    status: {
      get: api.status.get.handler(() => node.status()),
      watch: api.status.watch.handler(({ signal }) => feed.watch(signal)),
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
    files: {
      list: api.files.list.handler(({ input }) => node.listFiles(input.folder, input.under, input)),
      delete: api.files.delete.handler(({ input }) => node.deleteFile(input.folder, input.path)),
    },
    ignore: {
      get: api.ignore.get.handler(({ input }) => node.getIgnore(input.folder)),
      set: api.ignore.set.handler(({ input }) => node.setIgnore(input.folder, input.rules)),
    },
    versions: {
      list: api.versions.list.handler(({ input }) => node.listVersions(input.folder, input.path, input)),
      restore: api.versions.restore.handler(({ input }) =>
        node.restoreVersion(input.folder, input.version, input.to),
      ),
    },
  })
}
