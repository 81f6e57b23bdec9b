/** The engine's own directory at the top of a folder. Never anything a user made elsewhere. */
import type { RelativePath } from './relative-path.ts'

/** Marker and versions live here; nothing in it is synced or hinted. */
export const OWN_DIRECTORY = '.peerfold'

/** Whether `path` is the engine's directory or lies in it. */
export function isOwnName(path: RelativePath): boolean {
  return path === OWN_DIRECTORY || path.startsWith(`${OWN_DIRECTORY}/`)
}
