/**
 * Which file of the bundle an address means. Promises a path inside the bundle or nothing, by the
 * same rule as the node's own server. Pure: never touches the disk, so that every trick can be
 * tried on it in a table.
 */
import { normalize, sep } from 'node:path'
import { staticPathOf } from '../node/api/static-path.ts'
import { isOwnPage } from './own-page.ts'

/** Absolute path below `root`, which is absolute, too. "/" is index.html. */
export function assetPath(url: string, root: string): string | undefined {
  const path = isOwnPage(url) ? staticPathOf(new URL(url).pathname) : undefined
  if (path === undefined) return undefined
  const base = normalize(root + sep)
  const file = normalize(base + path)
  // No plain name can climb; this line is there for the day that rule changes.
  return file.startsWith(base) ? file : undefined
}
