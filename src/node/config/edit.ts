/**
 * Changes of a configuration as pure functions. Promises that every refusal has its own code and
 * that the result keeps the schema. Never touches a disk: that a path exists, is a directory and
 * is resolved through links is checked before it comes here.
 */
import { PeerfoldError } from '../base/errors.ts'
import { DEFAULT_GUARD } from '../core/folder-policy.ts'
import type { FolderMode, Guard } from '../core/folder-policy.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import { checkDialAddress } from './address.ts'
import { checkDeviceId } from './device-id.ts'
import { type Config, type DeviceConfig, FOLDER_ID, type FolderConfig, NAME_LIMIT } from './schema.ts'

/** What is absent stays as it was; a new device starts with its short id and no addresses. */
export interface DeviceEdit {
  readonly id: string
  readonly name?: string | undefined
  readonly addresses?: readonly string[] | undefined
}

/** Adds a device or changes a known one. BAD_DEVICE_ID, BAD_ADDRESS, OWN_DEVICE, BAD_INPUT. */
export function addDevice(config: Config, own: DeviceId, edit: DeviceEdit, nowMs: number): Config {
  const id = checkDeviceId(edit.id)
  if (id === own) throw new PeerfoldError('OWN_DEVICE', 'this is the device itself', { id })
  const known = config.devices.find((device) => device.id === id)
  const device: DeviceConfig = {
    id,
    name: checkName(edit.name ?? known?.name ?? shortId(id)),
    addresses: unique(edit.addresses ?? known?.addresses ?? []).map((address) =>
      checkDialAddress(address, id),
    ),
    addedAtMs: known?.addedAtMs ?? nowMs,
  }
  if (!known) return { ...config, devices: [...config.devices, device] }
  return { ...config, devices: config.devices.map((other) => (other === known ? device : other)) }
}

/** Also takes the device out of every folder. DEVICE_NOT_FOUND. */
export function removeDevice(config: Config, id: DeviceId): Config {
  getDevice(config, id)
  const devices = config.devices.filter((device) => device.id !== id)
  const folders = config.folders.map((folder) => ({
    ...folder,
    devices: folder.devices.filter((other) => other !== id),
  }))
  return { ...config, devices, folders }
}

/** Null is off. */
type AskedGuard = Guard | 'default' | null

export interface NewFolder {
  readonly id: string
  readonly name?: string | undefined
  /** Absolute, every link resolved. */
  readonly path: string
  readonly devices: readonly DeviceId[]
  /** Both ways when absent. */
  readonly mode?: FolderMode | undefined
  /** The default when absent. */
  readonly guard?: AskedGuard | undefined
  /** What the marker in the directory says. */
  readonly markerId: string
}

/** BAD_FOLDER_ID, FOLDER_EXISTS, FOLDER_PATH_OVERLAPS, DEVICE_NOT_FOUND, OWN_DEVICE, BAD_INPUT. */
export function addFolder(config: Config, own: DeviceId, folder: NewFolder): Config {
  const { id, path, markerId } = folder
  checkFolderId(id)
  if (config.folders.some((other) => other.id === id))
    throw new PeerfoldError('FOLDER_EXISTS', 'a folder with this id exists', { folder: id })
  checkApart(path, config.folders)
  const name = checkName(folder.name ?? id)
  const devices = checkSharing(config, own, folder.devices)
  const { mode = 'send-receive' } = folder
  const guard = guardOf(folder.guard === undefined ? 'default' : folder.guard)
  const added = { id, name, path, devices, paused: false, mode, guard, ignoreRules: [], markerId }
  return { ...config, folders: [...config.folders, added] }
}

export type FolderEdit = {
  readonly [Key in 'name' | 'devices' | 'paused' | 'mode' | 'ignoreRules']?: FolderConfig[Key] | undefined
} & { readonly guard?: AskedGuard | undefined }

/** Changes what is given. FOLDER_NOT_FOUND, DEVICE_NOT_FOUND, OWN_DEVICE, BAD_INPUT. */
export function setFolder(config: Config, own: DeviceId, id: FolderId, edit: FolderEdit): Config {
  const before = getFolder(config, id)
  const after: FolderConfig = {
    ...before,
    name: checkName(edit.name ?? before.name),
    devices: checkSharing(config, own, edit.devices ?? before.devices),
    paused: edit.paused ?? before.paused,
    mode: edit.mode ?? before.mode,
    guard: edit.guard === undefined ? before.guard : guardOf(edit.guard),
    ignoreRules: edit.ignoreRules ?? before.ignoreRules,
  }
  return { ...config, folders: config.folders.map((folder) => (folder.id === id ? after : folder)) }
}

/** FOLDER_NOT_FOUND. */
export function removeFolder(config: Config, id: FolderId): Config {
  getFolder(config, id)
  return { ...config, folders: config.folders.filter((folder) => folder.id !== id) }
}

function getDevice(config: Config, id: DeviceId): DeviceConfig {
  const device = config.devices.find((other) => other.id === id)
  if (!device) throw new PeerfoldError('DEVICE_NOT_FOUND', 'no device with this id is known', { device: id })
  return device
}

export function getFolder(config: Config, id: FolderId): FolderConfig {
  const folder = config.folders.find((other) => other.id === id)
  if (!folder) throw new PeerfoldError('FOLDER_NOT_FOUND', 'there is no folder with this id', { folder: id })
  return folder
}

/** BAD_FOLDER_ID. */
export function checkFolderId(id: string): FolderId {
  // "." and ".." fit the letters, and would be nonsense wherever an id becomes a file name.
  if (FOLDER_ID.test(id) && id !== '.' && id !== '..') return id
  throw new PeerfoldError('BAD_FOLDER_ID', 'this is not a folder id', { folder: id.slice(0, 200) })
}

/**
 * Throws FOLDER_PATH_OVERLAPS when `path` is, lies in, or contains the path of a folder. Compares
 * resolved absolute paths by text: whoever resolved them also settled upper and lower case.
 */
function checkApart(path: string, folders: readonly Pick<FolderConfig, 'id' | 'path'>[]): void {
  const other = folders.find((folder) => contains(folder.path, path) || contains(path, folder.path))
  if (!other) return
  const facts = { path, folder: other.id, folderPath: other.path }
  throw new PeerfoldError('FOLDER_PATH_OVERLAPS', `the path overlaps with folder ${other.id}`, facts)
}

/**
 * FOLDER_PATH_OVERLAPS when a folder at `path` would hold `home`: the device's key would go to every
 * device that shares it, and theirs come back over it. Both absolute, every link resolved.
 */
export function checkHoldsNoHome(path: string, home: string): void {
  if (!contains(path, home)) return
  throw new PeerfoldError('FOLDER_PATH_OVERLAPS', 'the path holds the home of this node', { path, home })
}

function contains(outer: string, inner: string): boolean {
  const prefix = /[/\\]$/.test(outer) ? outer : `${outer}${outer.includes('\\') ? '\\' : '/'}`
  return inner === outer || inner.startsWith(prefix)
}

function checkSharing(config: Config, own: DeviceId, devices: readonly DeviceId[]): DeviceId[] {
  for (const id of devices) {
    if (id === own)
      throw new PeerfoldError('OWN_DEVICE', 'a folder is not shared with its own device', { id })
    getDevice(config, id)
  }
  return unique(devices)
}

/** The name without white space around it. BAD_INPUT. */
export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed !== '' && trimmed.length <= NAME_LIMIT && trimmed.isWellFormed()) return trimmed
  throw new PeerfoldError('BAD_INPUT', `a name has 1 to ${NAME_LIMIT} characters`, {
    name: name.slice(0, 200),
  })
}

function guardOf(guard: AskedGuard): Guard | null {
  if (guard === 'default') return DEFAULT_GUARD
  if (guard === null || guard.least <= guard.most) return guard
  throw new PeerfoldError('BAD_INPUT', 'the guard lets at least more files pass than at most')
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

/** The first letters of every id are the same, so a short id takes the last ones. */
function shortId(id: DeviceId): string {
  return id.slice(-7)
}
