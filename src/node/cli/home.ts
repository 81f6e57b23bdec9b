/**
 * Where a home is. Promises the platform's own place for data unless told otherwise. Never makes
 * a directory.
 */
import { join, resolve } from 'node:path'

export interface HomeFacts {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userHome: string
  readonly cwd: string
}

/** --home, then PEERFOLD_HOME, then the platform's place; always absolute. */
export function homeOf(given: string | undefined, facts: HomeFacts): string {
  const { env, cwd } = facts
  return resolve(cwd, given ?? (env['PEERFOLD_HOME'] || defaultHome(facts)))
}

function defaultHome({ platform, env, userHome }: HomeFacts): string {
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'Peerfold')
  if (platform === 'win32') return join(env['APPDATA'] || join(userHome, 'AppData', 'Roaming'), 'Peerfold')
  return join(env['XDG_DATA_HOME'] || join(userHome, '.local', 'share'), 'peerfold')
}
