/**
 * Looks at a directory tree, in the order of the index. Promises every entry that is not ignored
 * exactly once, parents before children, with an lstat; what cannot be looked at is named as a
 * problem, and then nothing can be concluded about anything below it. Never follows a link, opens
 * a file or writes.
 */
import { codeOf, PeerfoldError, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { DirectoryEntry, FileStat, FolderRoot } from '../fs/file-system.ts'
import { isOwnName } from '../fs/own-directory.ts'
import { joinPath, SYNCED_PATH_BYTES_LIMIT } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { isOurTemporary } from './own-names.ts'
import { comparePaths } from './path-order.ts'
import { isSpelledOtherwise } from '../fs/spelling.ts'

/** 'children': the path and its direct children; 'tree': everything below it as well. */
export type WalkDepth = 'children' | 'tree'

export type WalkItem =
  | {
      readonly kind: 'entry'
      readonly path: RelativePath
      readonly stat: FileStat
      /** Target of a symbolic link, else "". */
      readonly linkTarget: string
      /** Wall clock just before the lstat, for telling racy stamps. */
      readonly lookedNs: bigint
      /** A directory whose children were not looked at. */
      readonly closed: boolean
    }
  /** What is at and below `path` could not be looked at; `path` may be shown text when `named` is false. */
  | {
      readonly kind: 'problem'
      readonly path: RelativePath
      readonly named: boolean
      readonly code: ErrorCode
      readonly message: string
    }
  /** A temporary of ours. */
  | { readonly kind: 'temporary'; readonly path: RelativePath }
  /** A FIFO, socket or device: never opened, never synced. */
  | { readonly kind: 'left-out'; readonly path: RelativePath }

export interface WalkParts {
  readonly root: FolderRoot
  readonly rules: IgnoreRules
  /** The folder's secret, to tell our temporaries. */
  readonly secret: string
  readonly nowNs: () => bigint
}

/**
 * Yields nothing when `path` does not exist, or only under another spelling that the disk takes for it.
 * The root itself is no entry.
 */
export async function* walk(
  parts: WalkParts,
  path: RelativePath,
  depth: WalkDepth,
): AsyncGenerator<WalkItem, void, void> {
  if (path === '') {
    yield* walkDirectory(parts, '', depth)
    return
  }
  if (await isAnother(parts.root, path)) return
  const item = await lookAt(parts, path, false)
  if (!item) return
  yield item
  if (item.kind === 'entry' && item.stat.kind === 'directory') yield* walkDirectory(parts, path, depth)
}

async function isAnother(root: FolderRoot, path: RelativePath): Promise<boolean> {
  try {
    const stat = await root.lstat(path)
    return stat !== undefined && (await isSpelledOtherwise(root, path, stat))
  } catch {
    // Whatever it is, the look that follows meets and reports it.
    return false
  }
}

async function* walkDirectory(
  parts: WalkParts,
  directory: RelativePath,
  depth: WalkDepth,
): AsyncGenerator<WalkItem, void, void> {
  let names: DirectoryEntry[]
  try {
    names = await parts.root.list(directory)
  } catch (error) {
    yield problem(directory, error)
    return
  }
  // Positions in the order of the index: a directory's children come after "name/", so a sibling
  // like "name-2" stands between a directory and what is in it.
  const positions: { key: string; item: WalkItem; descend: boolean }[] = []
  for (const entry of names) {
    const item = await lookAtEntry(parts, directory, entry, depth === 'children')
    if (!item) continue
    positions.push({ key: item.path, item, descend: false })
    const inside = depth === 'tree' && item.kind === 'entry' && item.stat.kind === 'directory'
    if (inside) positions.push({ key: `${item.path}/`, item, descend: true })
  }
  positions.sort((a, b) => comparePaths(a.key, b.key))
  for (const { item, descend } of positions) {
    if (descend) yield* walkDirectory(parts, item.path, depth)
    else yield item
  }
}

async function lookAtEntry(
  parts: WalkParts,
  directory: RelativePath,
  entry: DirectoryEntry,
  closed: boolean,
): Promise<WalkItem | undefined> {
  if (entry.name === undefined) {
    const message = 'the name is not valid UTF-8'
    return {
      kind: 'problem',
      path: joinPath(directory, entry.shown),
      named: false,
      code: 'NAME_NOT_UTF8',
      message,
    }
  }
  return lookAt(parts, joinPath(directory, entry.name), closed)
}

/** Undefined when it is gone, ignored or ours. */
async function lookAt(parts: WalkParts, path: RelativePath, closed: boolean): Promise<WalkItem | undefined> {
  if (isOwnName(path)) return undefined
  try {
    if (Buffer.byteLength(path) > SYNCED_PATH_BYTES_LIMIT)
      throw new PeerfoldError('PATH_TOO_LONG', 'the path is longer than 3,200 bytes', { path })
    const lookedNs = parts.nowNs()
    const stat = await parts.root.lstat(path)
    if (!stat) return undefined
    if (stat.kind !== 'directory' && isOurTemporary(parts.secret, path)) return { kind: 'temporary', path }
    if (parts.rules.ignores(path, stat.kind === 'directory')) return undefined
    if (stat.kind === 'other') return { kind: 'left-out', path }
    const linkTarget = stat.kind === 'symlink' ? await parts.root.readLink(path) : ''
    return {
      kind: 'entry',
      path,
      stat,
      linkTarget,
      lookedNs,
      closed: closed && stat.kind === 'directory',
    }
  } catch (error) {
    return problem(path, error)
  }
}

function problem(path: RelativePath, error: unknown): WalkItem {
  const code = codeOf(error)
  const known = code === 'PERMISSION_DENIED' ? 'FILE_UNREADABLE' : code
  return { kind: 'problem', path, named: true, code: known, message: textOf(error) }
}
