/**
 * The configuration as bytes. Promises that bytes are taken only when their checksum, version
 * and schema hold, and that the same configuration always makes the same bytes. Never reads or
 * writes a file, and never takes a damaged file for an empty one.
 *
 * The file is JSON: {"checksum": "sha256:<hex>", "config": {...}}. The checksum is of the config
 * value as canonical JSON: keys sorted by code unit, no white space. It tells a torn or altered
 * file from a whole one; it is no protection against someone who may write the file.
 */
import { createHash } from 'node:crypto'
import { PeerfoldError } from '../base/errors.ts'
import { checkName } from './edit.ts'
import { deepFreeze } from './freeze.ts'
import { Config, CONFIG_VERSION } from './schema.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { upgradeConfig } from './upgrades.ts'

/** The configuration of a new node. BAD_INPUT for a name that cannot be one. */
export function initialConfig(deviceName: string): Config {
  const config = {
    version: CONFIG_VERSION,
    device: { name: checkName(deviceName) },
    devices: [],
    folders: [],
  }
  return checkConfig({ ...config, settings: DEFAULT_SETTINGS })
}

export function encodeConfig(config: Config): Uint8Array {
  const text = JSON.stringify({ checksum: checksumOf(config), config }, undefined, 2)
  return new TextEncoder().encode(`${text}\n`)
}

/** Throws CONFIG_DAMAGED or CONFIG_TOO_NEW. The result is frozen. */
export function parseConfig(bytes: Uint8Array): Config {
  const file = parseJson(bytes)
  if (!isObject(file) || !isObject(file['config'])) throw damaged('it is not a configuration')
  if (file['checksum'] !== checksumOf(file['config'])) throw damaged('its checksum does not match')
  return checkConfig(upgradeConfig(file['config']))
}

/** Any value checked against the schema, frozen. Throws CONFIG_DAMAGED. */
export function checkConfig(value: unknown): Config {
  const result = Config.safeParse(value)
  if (result.success) return deepFreeze(result.data)
  const issue = result.error.issues[0]
  throw damaged(`${issue?.path.join('.') || 'configuration'}: ${issue?.message ?? 'invalid'}`)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw damaged('it is not JSON', error)
  }
}

function checksumOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged(why: string, cause?: unknown): PeerfoldError {
  return new PeerfoldError('CONFIG_DAMAGED', `the configuration is damaged: ${why}`, {}, cause)
}
