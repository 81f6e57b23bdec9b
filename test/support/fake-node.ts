/**
 * A node in memory behind the API's port: no disk, no peers. Promises the port's errors and
 * shapes, and counts what was asked; contents are kept whole, so keep them small.
 */
import { PeerfoldError } from '../../src/node/base/errors.ts'
import type {
  AddFolder,
  DeviceView,
  FileEntry,
  FolderView,
  HeldChange,
  Notice,
  ImportProgress,
  NodePort,
  NodeStatus,
  PathHistory,
  RestorePlan,
  RestoreProgress,
  ScrubView,
  Transfers,
  VersionEntry,
  VersionSpace,
} from '../../src/node/api/node-port.ts'

export interface FakeNode extends NodePort {
  readonly files: Map<string, Uint8Array>
  readonly versions: VersionEntry[]
  readonly calls: string[]
  readonly listeners: Set<() => void>
  readonly transferListeners: Set<() => void>
  /** What pathHistory() answers, by path; nothing is remembered of any other. */
  readonly histories: Map<string, PathHistory>
  /** What planRestore() answers, for any moment since 1970. */
  plan: RestorePlan
  /** What the last progress of restoreMoment() says beside two steps taken. */
  restored: Partial<RestoreProgress>
  /** What transfers() answers. */
  moving: Transfers
  /** What every held group lists. */
  heldChanges: HeldChange[]
  /** Puts a group among those that a folder holds. */
  hold(folder: string, group: FolderView['held'][number]): void
  /** What status() and listNotices() answer. */
  notices: Notice[]
  /** Why the last import ended before its end. */
  importError: unknown
  /** Runs in place of the next rescan. */
  onRescan: (signal?: AbortSignal) => Promise<void>
  /** Why the last upload broke off. */
  uploadError: unknown
  /** Says that something changed. */
  change(): void
}

export const OWN_ID = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
export const LAPTOP_ID = '12D3KooWQYzLqMUsmVgjfXFyQ1qBzGHkPQLwFpJTGpWzFcGfCHgQ'

const NONE = { items: 0, bytes: 0 }
const PLAIN = { mode: 'send-receive', holdsBack: 0 } as const
const NEARBY = [{ id: LAPTOP_ID, addresses: ['/ip4/10.0.0.2/tcp/22000'], lastSeenMs: 5 }]
const IDLE = { rate: 0, items: 0, bytes: 0 }
const NOTHING_MOVES: Transfers = { in: IDLE, out: IDLE, active: [], activeCount: 0, recent: [] }

const VERSION_SPACE: VersionSpace = {
  versions: 5,
  parked: 1,
  parkedBytes: 2_000,
  packed: 3,
  packedBytes: 9_000,
  packFileBytes: 4_000,
  unknown: 1,
  unknownBytes: 100,
  oldestMs: 1_000,
  budgetBytes: 50_000,
  freeBytes: 200_000,
  goes: { versions: 2, bytes: 3_000, because: { age: 1, thinned: 1, room: 0 } },
  work: { kind: 'taking-in', done: 1, total: 2 },
}

const NOTHING_TO_DO: RestorePlan = {
  atMs: 0,
  asOfMs: 0,
  device: OWN_ID,
  aheadMs: 0,
  restored: 0,
  made: 0,
  removed: 0,
  lostCount: 0,
  steps: [],
  lost: [],
  unsureCount: 0,
  unsure: [],
  missing: [],
}

/** What the default is, the configuration knows. */
const shownGuard = (guard: Exclude<AddFolder['guard'], undefined>): FolderView['guard'] =>
  guard === 'default' ? null : guard

function folderView(id: string, path: string, name: string, devices: string[]): FolderView {
  return {
    id,
    name,
    path,
    state: 'idle',
    status: { word: 'waiting', reason: 'no-devices', params: { files: 1 } },
    mode: 'send-receive',
    guard: null,
    held: [],
    files: 1,
    bytes: 5,
    need: NONE,
    devices: devices.map((device) => ({ id: device, need: NONE, confirmed: true, ...PLAIN })),
    errors: [],
    errorCount: 0,
    leftOut: [],
    leftOutCount: 0,
    conflicts: [],
    conflictCount: 0,
    revision: 0,
  }
}

function scrubOf(folder: string, state: ScrubView['state']): ScrubView {
  const read = { startedMs: 0, finishedMs: 7, stage: 'files', items: 1, bytes: 5, totalBytes: 5 } as const
  return { folder, state, ...read, found: 0, damaged: 0, damagedVersions: [] }
}

export function fakeNode(): FakeNode {
  const devices = new Map<string, DeviceView>()
  const folders = new Map<string, FolderView>()
  const ignore = new Map<string, string[]>()
  const files = new Map<string, Uint8Array>()
  const versions: VersionEntry[] = []
  const calls: string[] = []
  const listeners = new Set<() => void>()
  const transferListeners = new Set<() => void>()

  const folderOf = (id: string): FolderView => {
    const folder = folders.get(id)
    if (!folder)
      throw new PeerfoldError('FOLDER_NOT_FOUND', 'there is no folder with this id', { folder: id })
    return folder
  }
  const heldGroupOf = (folder: string, group: string): FolderView['held'][number] => {
    const found = folderOf(folder).held.find(({ id }) => id === group)
    if (!found) throw new PeerfoldError('HELD_GROUP_NOT_FOUND', 'nothing is held under this name', { group })
    return found
  }
  const put = (folder: FolderView): FolderView => {
    folders.set(folder.id, folder)
    return folder
  }
  const entryOf = (path: string, bytes: Uint8Array): FileEntry => ({
    path,
    kind: 'file',
    size: bytes.length,
    mode: 0o644,
    mtimeMs: 1_700_000_000_000.123,
    hash: `sha256:${'0'.repeat(64)}`,
    here: 'holds',
  })
  const contentOf = (folder: string, path: string): Uint8Array => {
    folderOf(folder)
    if (path.split('/').some((name) => name === '' || name === '.' || name === '..'))
      throw new PeerfoldError('BAD_PATH', 'this path cannot be used', { path })
    const bytes = files.get(`${folder}/${path}`)
    if (!bytes) throw new PeerfoldError('FILE_NOT_FOUND', 'there is no such file', { path })
    return bytes
  }
  /** One empty file for each path; "endless" never ends by itself. */
  async function* imported(
    folder: string,
    directory: string,
    paths: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ImportProgress> {
    let count = 0
    try {
      for (const path of paths) {
        do {
          signal?.throwIfAborted()
          const name = path.slice(path.lastIndexOf('/') + 1)
          const target = directory === '' ? name : `${directory}/${name}`
          if (files.has(`${folder}/${target}`) && path !== 'endless')
            throw new PeerfoldError('FILE_EXISTS', 'something has this name', { path: target })
          files.set(`${folder}/${target}`, new Uint8Array())
          yield { files: ++count, bytes: 0, path: target, finished: false }
          // As a disk would: an abort must have a chance to arrive.
          await new Promise((resolve) => setImmediate(resolve))
        } while (path === 'endless')
      }
      yield { files: count, bytes: 0, path: paths.at(-1) ?? '', finished: true }
    } catch (error) {
      node.importError = error
      throw error
    } finally {
      calls.push('import ended')
    }
  }
  const nodeStatus = (): NodeStatus => ({
    device: {
      id: OWN_ID,
      name: 'here',
      addresses: ['/ip4/127.0.0.1/tcp/22000'],
      version: '0.0.0',
      discovery: true,
    },
    devices: [...devices.values()],
    folders: [...folders.values()],
    nearby: NEARBY,
    notices: node.notices,
  })

  const node: FakeNode = {
    files,
    versions,
    calls,
    listeners,
    transferListeners,
    histories: new Map(),
    plan: NOTHING_TO_DO,
    restored: {},
    moving: NOTHING_MOVES,
    heldChanges: [],
    notices: [],
    hold: (id, group) => void put({ ...folderOf(id), held: [...folderOf(id).held, group] }),
    importError: undefined,
    uploadError: undefined,
    onRescan: async () => {},
    change: () => {
      for (const listener of listeners) listener()
    },
    status: async () => {
      calls.push('status')
      return nodeStatus()
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: async () => void calls.push('stop'),
    transfers: async () => {
      calls.push('transfers')
      return node.moving
    },
    onTransfer: (listener) => {
      transferListeners.add(listener)
      return () => void transferListeners.delete(listener)
    },
    listDevices: async () => [...devices.values()],
    addDevice: async ({ id, name, addresses }) => {
      if (!id.startsWith('12D3KooW'))
        throw new PeerfoldError('BAD_DEVICE_ID', 'this is not a device id', { id })
      const known = devices.get(id)
      const device: DeviceView = {
        id,
        name: name ?? known?.name ?? id.slice(-7),
        connected: false,
        addresses: addresses ?? known?.addresses ?? [],
        lastSeenMs: 0,
      }
      devices.set(id, device)
      return device
    },
    removeDevice: async (device) => {
      if (!devices.delete(device)) throw new PeerfoldError('DEVICE_NOT_FOUND', 'no such device', { device })
    },
    nearby: async () => NEARBY,
    listFolders: async () => [...folders.values()],
    addFolder: async ({ id, path, name, devices: shared, mode = 'send-receive', guard = null }) => {
      if (folders.has(id))
        throw new PeerfoldError('FOLDER_EXISTS', 'a folder with this id exists', { folder: id })
      return put({ ...folderView(id, path, name ?? id, shared), mode, guard: shownGuard(guard) })
    },
    setFolder: async (id, { name, devices: shared, mode, guard }) => {
      const before = folderOf(id)
      return put({
        ...before,
        name: name ?? before.name,
        mode: mode ?? before.mode,
        guard: guard === undefined ? before.guard : shownGuard(guard),
        devices:
          shared?.map((device) => ({ id: device, need: NONE, confirmed: false, ...PLAIN })) ?? before.devices,
      })
    },
    listHeld: async (id) => folderOf(id).held,
    listHeldChanges: async (id, group) => {
      heldGroupOf(id, group)
      return { changes: node.heldChanges }
    },
    decideHeld: async (id, group, decision, paths) => {
      const { deleted, replaced, added, metadata, cause } = heldGroupOf(id, group)
      if (decision === 'approve' && cause !== 'mass-change')
        throw new PeerfoldError('HELD_BY_MODE', 'the mode of the folder withholds these', { folder: id })
      calls.push(`${decision} ${group} ${paths?.join(' ') ?? 'all'}`)
      const all = deleted + replaced + added + metadata
      const decided = paths?.filter((path) => path !== 'typo').length ?? all
      if (decided >= all) put({ ...folderOf(id), held: folderOf(id).held.filter((one) => one.id !== group) })
      return { decided, left: all - decided }
    },
    removeFolder: async (id) => {
      folderOf(id)
      folders.delete(id)
    },
    pauseFolder: async (id) => put({ ...folderOf(id), state: 'paused' }),
    resumeFolder: async (id) => put({ ...folderOf(id), state: 'idle' }),
    rescanFolder: async (id, wait, signal) => {
      folderOf(id)
      calls.push(`rescan ${id} ${wait}`)
      await node.onRescan(signal)
    },
    listFiles: async (folder, under, { cursor, limit }) => {
      folderOf(folder)
      const from = `${folder}/${under === '' ? '' : `${under}/`}`
      const all = [...files]
        .filter(([key]) => key.startsWith(from))
        .map(([key, bytes]) => entryOf(key.slice(folder.length + 1), bytes))
        .filter((entry) => cursor === undefined || entry.path > cursor)
        .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      const page = all.slice(0, limit)
      return { files: page, next: all.length > limit ? page.at(-1)?.path : undefined }
    },
    browseFiles: async (folder, { directory, search, offset, limit }) => {
      folderOf(folder)
      const from = `${folder}/${directory === '' ? '' : `${directory}/`}`
      const all = [...files]
        .filter(([key]) => key.startsWith(from))
        .map(([key, bytes]) => entryOf(key.slice(folder.length + 1), bytes))
        .filter(({ path }) => path.toLowerCase().includes(search?.toLowerCase() ?? ''))
        .map((entry) => ({ ...entry, copies: [{ device: OWN_ID, state: 'has' as const }] }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      return { total: all.length, offset, entries: all.slice(offset, offset + limit), revision: 0 }
    },
    importFiles: (folder, directory, paths, signal) => {
      folderOf(folder)
      return imported(folder, directory, paths, signal)
    },
    uploadFile: async (folder, path, content, { mustBeNew }) => {
      folderOf(folder)
      if (mustBeNew && files.has(`${folder}/${path}`))
        throw new PeerfoldError('FILE_EXISTS', 'this name is taken')
      const parts: Uint8Array[] = []
      try {
        for await (const part of content) {
          parts.push(part)
          calls.push(`uploading ${path}`)
        }
      } catch (error) {
        node.uploadError = error
        throw error
      }
      const bytes = Buffer.concat(parts)
      files.set(`${folder}/${path}`, bytes)
      return entryOf(path, bytes)
    },
    uploadedBytes: async (folder, path) => {
      folderOf(folder)
      return path === 'half' ? 5 : 0
    },
    downloadFile: async (folder, path) => {
      const bytes = contentOf(folder, path)
      async function* content(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
      }
      return {
        sizeBytes: bytes.length,
        mtimeNs: 1_700_000_000_123_456_789n,
        hash: 'sha256:ab',
        content: content(),
      }
    },
    deleteFile: async (folder, path) => {
      contentOf(folder, path)
      files.delete(`${folder}/${path}`)
    },
    resolveConflict: async (folder, path, keep) => {
      contentOf(folder, path)
      calls.push(`resolve ${folder} ${path} ${keep}`)
    },
    getIgnore: async (folder) => {
      folderOf(folder)
      return { rules: ignore.get(folder) ?? [], shared: ['*.o'] }
    },
    setIgnore: async (folder, rules) => {
      folderOf(folder)
      ignore.set(folder, [...rules])
      return { rules: [...rules], shared: ['*.o'] }
    },
    listNotices: async () => node.notices,
    dismissNotice: async (id) => {
      if (!node.notices.some((notice) => notice.id === id))
        throw new PeerfoldError('NOTICE_NOT_FOUND', 'there is no such notice', { notice: id })
      node.notices = node.notices.filter((notice) => notice.id !== id)
    },
    listScrubs: async () => [...folders.keys()].map((folder) => scrubOf(folder, 'idle')),
    startScrub: async (folder) => {
      calls.push(`startScrub ${folderOf(folder).id}`)
      return scrubOf(folder, 'running')
    },
    pauseScrub: async (folder) => {
      calls.push(`pauseScrub ${folderOf(folder).id}`)
      return scrubOf(folder, 'paused')
    },
    listVersions: async (folder, path) => {
      folderOf(folder)
      return { versions: versions.filter((version) => path === undefined || version.path === path) }
    },
    versionSpace: async (folder) => {
      folderOf(folder)
      return VERSION_SPACE
    },
    pruneVersions: async (folder, { olderThanDays, dryRun }) => {
      folderOf(folder)
      calls.push(`prune ${folder} ${olderThanDays} ${dryRun}`)
      return VERSION_SPACE.goes
    },
    pathHistory: async (folder, path) => {
      folderOf(folder)
      return node.histories.get(path) ?? { entries: [], told: [OWN_ID], missing: [] }
    },
    planRestore: async (folder, path, atMs) => {
      folderOf(folder)
      if (atMs < 0) throw new PeerfoldError('HISTORY_TOO_SHORT', 'no history reaches back so far', { atMs })
      calls.push(`plan ${folder} ${path} ${atMs}`)
      return { ...node.plan, atMs }
    },
    async *restoreMoment(folder, path, atMs, signal) {
      folderOf(folder)
      calls.push(`restore ${folder} ${path} ${atMs}`)
      const progress = {
        startedMs: 77,
        total: 2,
        removed: 0,
        bytes: 5,
        path: 'a',
        problems: [],
        problemCount: 0,
      }
      try {
        for (let done = 0; path === 'endless' || done < 2; done++) {
          signal?.throwIfAborted()
          yield { ...progress, done, finished: false }
          await new Promise((resolve) => setImmediate(resolve))
        }
        yield { ...progress, done: 2, ...node.restored, finished: true }
      } finally {
        calls.push('restore ended')
      }
    },
    restoreVersion: async (folder, id, to, device) => {
      folderOf(folder)
      if (device !== undefined) calls.push(`from ${device}`)
      const version = versions.find((other) => other.id === id)
      if (!version) throw new PeerfoldError('VERSION_NOT_FOUND', 'there is no such version', { version: id })
      return entryOf(to ?? version.path, new Uint8Array(version.size))
    },
  }
  return node
}
