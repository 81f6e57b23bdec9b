/**
 * Comparing directories on disk. Promises to see everything that is synced: path, kind, content,
 * permission bits, link target, and the time of files and links to the microsecond. Leaves out
 * `.peerfold` at the root and nothing else; a temporary of the engine is an error.
 */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { LOOK_ALIKES } from './awkward-tree.ts'

/** Path in the tree to all that is known of it, as one line. */
export type Tree = ReadonlyMap<string, string>

const OWN_TEMPORARY = /^\.peerfold-[0-9a-f]{32}\.tmp$/

/** Everything below `directory`. */
export function readTree(directory: string): Tree {
  return walk(directory, (path, stat) => (stat.isFile() ? `${stat.size} ${hashOf(path)}` : ''))
}

/** The same without looking into files: cheap enough to be asked often. */
function readOutline(directory: string): Tree {
  return walk(directory, (_path, stat) => (stat.isFile() ? `${stat.size}` : ''))
}

function walk(directory: string, describe: (path: string, stat: BigIntStats) => string): Tree {
  const tree = new Map<string, string>()
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(directory, relative)).toSorted()) {
      const path = join(relative, name)
      if (path === '.peerfold') continue
      const stat = lstatSync(join(directory, path), { bigint: true })
      tree.set(
        path,
        [...attributes(join(directory, path), stat), describe(join(directory, path), stat)].join(' '),
      )
      if (stat.isDirectory()) visit(path)
    }
  }
  visit('')
  return tree
}

function attributes(path: string, stat: BigIntStats): string[] {
  const mode = (stat.mode & 0o777n).toString(8)
  const microseconds = String((stat.mtimeNs - (((stat.mtimeNs % 1_000n) + 1_000n) % 1_000n)) / 1_000n)
  if (stat.isDirectory()) return ['directory', mode]
  if (stat.isSymbolicLink()) return ['link', microseconds, readlinkSync(path)]
  return [stat.isFile() ? 'file' : 'special', mode, microseconds]
}

/** Piece by piece: the trees of these tests hold files larger than a test should. */
function hashOf(path: string): string {
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(1 << 20)
    for (;;) {
      const count = readSync(file, buffer)
      if (count === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}

/** What differs, one line per path, at most `limit`; empty when the trees are identical. */
export function differences(one: Tree, other: Tree, limit = 20): string[] {
  const found: string[] = []
  for (const path of new Set([...one.keys(), ...other.keys()])) {
    const [here, there] = [one.get(path), other.get(path)]
    if (here !== there) found.push(`${JSON.stringify(path)}: ${here ?? 'nothing'} | ${there ?? 'nothing'}`)
    if (found.length === limit) break
  }
  return found
}

/** Whether two directories look identical from outside; contents are for `readTree`. */
export function lookAlike(one: string, other: string): boolean {
  try {
    return differences(readOutline(one), readOutline(other), 1).length === 0
  } catch {
    return false // Something moved while we looked.
  }
}

/** Paths of the engine's temporaries that were left behind. */
export function leftovers(tree: Tree): string[] {
  return [...tree.keys()].filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return OWN_TEMPORARY.test(name) && !LOOK_ALIKES.includes(name)
  })
}
