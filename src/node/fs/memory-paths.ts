/**
 * Absolute paths on the memory disk, links followed: how people and openRoot name things. Never
 * used below an open root. Throws MemoryErrno like the calls of a real disk.
 */
import type { Inode } from './memory-inode.ts'
import { MemoryErrno, type MemoryState, type Place } from './memory-state.ts'

/** As Linux counts links before it answers ELOOP. */
const LINKS_FOLLOWED = 40

interface Walk {
  above: Inode[]
  names: string[]
}

/** The names of an absolute path; "/" has none. */
export function namesOf(path: string): string[] {
  if (!path.startsWith('/')) throw new MemoryErrno('EINVAL')
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function step(walk: Walk, name: string, state: MemoryState): Inode | undefined {
  if (name === '..') {
    if (walk.above.length > 1) walk.above.pop()
    if (walk.names.length > 0) walk.names.pop()
    return undefined
  }
  const directory = walk.above.at(-1)!
  if (directory.kind !== 'directory') throw new MemoryErrno('ENOTDIR')
  const entry = directory.entries.get(state.keyOf(name))
  if (entry === undefined) throw new MemoryErrno('ENOENT')
  if (entry.inode.kind === 'symlink') return entry.inode
  walk.above.push(entry.inode)
  walk.names.push(entry.shown)
  return undefined
}

function walkTo(state: MemoryState, path: string): Walk {
  let walk: Walk = { above: [state.root], names: [] }
  const rest = namesOf(path)
  for (let links = 0; rest.length > 0;) {
    const link = step(walk, rest.shift()!, state)
    if (link === undefined) continue
    if (++links > LINKS_FOLLOWED) throw new MemoryErrno('ELOOP')
    if (link.target.startsWith('/')) walk = { above: [state.root], names: [] }
    rest.unshift(...link.target.split('/').filter((name) => name !== '' && name !== '.'))
  }
  return walk
}

/** What `path` leads to. */
export function resolveInode(state: MemoryState, path: string): Inode {
  return walkTo(state, path).above.at(-1)!
}

/** The absolute path without links. */
export function resolvePath(state: MemoryState, path: string): string {
  return `/${walkTo(state, path).names.join('/')}`
}

/** The last name of `path` in its directory; links above it are followed, itself not. */
export function resolvePlace(state: MemoryState, path: string): Place {
  const names = namesOf(path)
  const name = names.pop()
  if (name === undefined) throw new MemoryErrno('EBUSY')
  const { above } = walkTo(state, `/${names.join('/')}`)
  const directory = above.at(-1)!
  if (directory.kind !== 'directory') throw new MemoryErrno('ENOTDIR')
  const key = state.keyOf(name)
  return { directory, name, key, entry: directory.entries.get(key), above }
}
