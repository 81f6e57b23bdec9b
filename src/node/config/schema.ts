/**
 * The one schema of the configuration. Promises that a value of type Config keeps every rule
 * that can be checked without a disk: known ids only, no doubles, no own device. Never has
 * optional fields: a default is written out, so that a later default changes nobody's node.
 */
import { z } from 'zod'
import { FOLDER_MODES } from '../core/folder-policy.ts'
import { checkDeviceId } from './device-id.ts'
import { says } from './says.ts'
import { Settings } from './settings.ts'

/** Grows with every change of shape; upgrades.ts brings older files up to it. */
export const CONFIG_VERSION = 2

export const FOLDER_ID = /^[A-Za-z0-9._-]{1,64}$/
/** Longest name of a device or folder, characters. A name is for people, and travels in records. */
export const NAME_LIMIT = 100
/** Longest ignore rule, characters: a path of the greatest length still fits. */
const RULE_LIMIT = 4_096
/** Most ignore rules, devices or folders: far above use, far below what would hurt memory. */
const LIST_LIMIT = 10_000

const deviceId = z.string().refine((text) => says(() => checkDeviceId(text)), 'no device id')
const name = z.string().min(1).max(NAME_LIMIT)

const Device = z.strictObject({
  id: deviceId,
  name,
  addresses: z.array(z.string().max(300)).max(100),
  addedAtMs: z.number().int().min(0),
})

/** Most files that the guard can be told to let pass: beyond, it is as good as off. */
const GUARD_LIMIT = 100_000_000

/** What it means stands with the type, in core/folder-policy.ts. */
const Guard = z
  .strictObject({
    percent: z.number().int().min(1).max(100),
    least: z.number().int().min(0).max(GUARD_LIMIT),
    most: z.number().int().min(0).max(GUARD_LIMIT),
  })
  .refine(({ least, most }) => least <= most, 'the guard lets at least more pass than at most')

const Folder = z.strictObject({
  id: z.string().regex(FOLDER_ID),
  name,
  path: z.string().min(1).max(4_096),
  devices: z.array(deviceId).max(LIST_LIMIT),
  paused: z.boolean(),
  mode: z.enum(FOLDER_MODES),
  /** Null: off. */
  guard: Guard.nullable(),
  ignoreRules: z.array(z.string().max(RULE_LIMIT)).max(LIST_LIMIT),
  markerId: z.string().min(1).max(200),
})

export const Config = z
  .strictObject({
    version: z.literal(CONFIG_VERSION),
    device: z.strictObject({ name }),
    devices: z.array(Device).max(LIST_LIMIT),
    folders: z.array(Folder).max(LIST_LIMIT),
    settings: Settings,
  })
  .refine((config) => isUnique(config.devices.map((device) => device.id)), 'a device is listed twice')
  .refine((config) => isUnique(config.folders.map((folder) => folder.id)), 'a folder is listed twice')
  .refine(
    (config) => config.folders.every((folder) => isUnique(folder.devices)),
    'a folder lists a device twice',
  )
  .refine(sharesWithKnown, 'a folder is shared with an unknown device')

export type Config = DeepReadonly<z.infer<typeof Config>>
export type DeviceConfig = Config['devices'][number]
export type FolderConfig = Config['folders'][number]
export type SettingsConfig = Config['settings']

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}

function sharesWithKnown(config: { devices: { id: string }[]; folders: { devices: string[] }[] }): boolean {
  const known = new Set(config.devices.map((device) => device.id))
  return config.folders.every((folder) => folder.devices.every((id) => known.has(id)))
}
