/**
 * A node in memory behind the API's port: no disk, no peers. Promises the port's errors and
 * shapes, and counts what was asked; contents are kept whole, so keep them small.
 */
import { PeerfoldError } from '../../src/node/base/errors.ts'
import type {
  DeviceView,
  FileEntry,
  FolderView,
  NodePort,
  NodeStatus,
  VersionEntry,
} from '../../src/node/api/node-port.ts'

export interface FakeNode extends NodePort {
  readonly files: Map<string, Uint8Array>
  readonly versions: VersionEntry[]
  readonly calls: string[]
  readonly listeners: Set<() => void>
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

function folderView(id: string, path: string, name: string, devices: string[]): FolderView {
  return {
    id,
    name,
    path,
    state: 'idle',
    status: { word: 'waiting', reason: 'no-devices', params: { files: 1 } },
    files: 1,
    bytes: 5,
    need: NONE,
    devices: devices.map((device) => ({ id: device, need: NONE, confirmed: true })),
    errors: [],
    errorCount: 0,
    conflicts: [],
    conflictCount: 0,
  }
}

export function fakeNode(): FakeNode {
  const devices = new Map<string, DeviceView>()
  const folders = new Map<string, FolderView>()
  const ignore = new Map<string, string[]>()
  const files = new Map<string, Uint8Array>()
  const versions: VersionEntry[] = []
  const calls: string[] = []
  const listeners = new Set<() => void>()

  const folderOf = (id: string): FolderView => {
    const folder = folders.get(id)
    if (!folder)
      throw new PeerfoldError('FOLDER_NOT_FOUND', 'there is no folder with this id', { folder: id })
    return folder
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
  const nodeStatus = (): NodeStatus => ({
    device: { id: OWN_ID, name: 'here', addresses: ['/ip4/127.0.0.1/tcp/22000'], version: '0.0.0' },
    devices: [...devices.values()],
    folders: [...folders.values()],
  })

  const node: FakeNode = {
    files,
    versions,
    calls,
    listeners,
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
    nearby: async () => [{ id: LAPTOP_ID, addresses: ['/ip4/10.0.0.2/tcp/22000'], lastSeenMs: 5 }],
    listFolders: async () => [...folders.values()],
    addFolder: async ({ id, path, name, devices: shared }) => {
      if (folders.has(id))
        throw new PeerfoldError('FOLDER_EXISTS', 'a folder with this id exists', { folder: id })
      return put(folderView(id, path, name ?? id, shared))
    },
    setFolder: async (id, { name, devices: shared }) => {
      const before = folderOf(id)
      return put({
        ...before,
        name: name ?? before.name,
        devices: shared?.map((device) => ({ id: device, need: NONE, confirmed: false })) ?? before.devices,
      })
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
    uploadFile: async (folder, path, content) => {
      folderOf(folder)
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
    getIgnore: async (folder) => {
      folderOf(folder)
      return { rules: ignore.get(folder) ?? [], shared: ['*.o'] }
    },
    setIgnore: async (folder, rules) => {
      folderOf(folder)
      ignore.set(folder, [...rules])
      return { rules: [...rules], shared: ['*.o'] }
    },
    listVersions: async (folder, path) => {
      folderOf(folder)
      return { versions: versions.filter((version) => path === undefined || version.path === path) }
    },
    restoreVersion: async (folder, id, to) => {
      folderOf(folder)
      const version = versions.find((other) => other.id === id)
      if (!version) throw new PeerfoldError('VERSION_NOT_FOUND', 'there is no such version', { version: id })
      return entryOf(to ?? version.path, new Uint8Array(version.size))
    },
  }
  return node
}
