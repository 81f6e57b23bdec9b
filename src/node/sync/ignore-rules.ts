/**
 * Which paths are not wanted here. Promises git's meaning of patterns, case-sensitive, from the
 * folder root's `.peerfoldignore` with this device's own rules after it (the last match wins).
 * Rules never delete anything anywhere.
 */
import ignore from 'ignore'
import { hashBytes } from '../codec/hash.ts'
import type { RelativePath } from '../fs/relative-path.ts'

/** The one file of shared rules, at the folder's root; it is synced like any other. */
export const IGNORE_FILE = '.peerfoldignore'
/** Bytes; of a larger one is said that it cannot be used. */
export const IGNORE_FILE_LIMIT = 1 << 20

export interface IgnoreRules {
  /** The lines, as they can be handed to a worker. */
  readonly lines: readonly string[]
  /** Tells these lines from any others. */
  readonly id: string
  /** Whether the path, or a directory above it, is ignored. */
  ignores(path: RelativePath, isDirectory: boolean): boolean
}

export function createIgnoreRules(lines: readonly string[]): IgnoreRules {
  const rules = ignore({ ignorecase: false })
  rules.add([...lines])
  const active = lines.some((line) => line.trim() !== '' && !line.startsWith('#'))
  return {
    lines,
    get id() {
      return hashBytes(Buffer.from(JSON.stringify(lines)))
    },
    ignores: (path, isDirectory) => active && path !== '' && rules.ignores(isDirectory ? `${path}/` : path),
  }
}
