/**
 * Older configurations made current. Promises pure functions, one per step, each kept for ever
 * with a fixture. Never guesses about a newer file.
 */
import { PeerfoldError } from '../base/errors.ts'
import { DEFAULT_GUARD } from '../core/folder-policy.ts'
import { CONFIG_VERSION } from './schema.ts'

type Body = Readonly<Record<string, unknown>>

/** UPGRADES[n] makes version n + 1 of version n. */
const UPGRADES: Readonly<Record<number, (body: Body) => Body>> = {
  // Folders have a mode and a guard; those that there are went both ways, and get the guard of new ones.
  1: (body) => ({
    ...body,
    folders: (Array.isArray(body['folders']) ? body['folders'] : []).map((folder: Body) => ({
      ...folder,
      mode: 'send-receive',
      guard: DEFAULT_GUARD,
    })),
  }),
}

/** The body as the current version has it, not yet checked. CONFIG_TOO_NEW, CONFIG_DAMAGED. */
export function upgradeConfig(
  body: Body,
  upgrades: typeof UPGRADES = UPGRADES,
  current: number = CONFIG_VERSION,
): Body {
  const version = body['version']
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new PeerfoldError('CONFIG_DAMAGED', 'the configuration has no version')
  if (version > current)
    throw new PeerfoldError('CONFIG_TOO_NEW', 'the configuration was written by a newer Peerfold', {
      version,
    })
  if (version === current) return body
  const upgrade = upgrades[version]
  if (!upgrade) throw new PeerfoldError('CONFIG_DAMAGED', 'no upgrade from this version', { version })
  return upgradeConfig({ ...upgrade(body), version: version + 1 }, upgrades, current)
}
