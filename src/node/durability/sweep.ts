/**
 * Clears away what an interrupted run left in the store. Promises to remove only names that hold
 * nothing of their own: a description without content that is provably ours, and a second name of
 * a file that still has another one. Never removes content of unknown origin.
 */
import { codeOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { daysOf, isLive, readDescription } from './catalogue.ts'
import { isSameFile, readSmallFile } from './content.ts'
import { decodeDescription, DESCRIPTION_BYTES_LIMIT, isTornDescription } from './description.ts'
import { contentPath, dayPath, descriptionPath, movedPath, nextPath, partOf } from './layout.ts'
import type { PartKind, VersionId } from './layout.ts'
import type { ConfirmLive } from './set-aside.ts'

/** Newest items that are compared with the live file: a guess, more than one batch under way. */
const COMPARED = 4_096
/** The link follows the description at once: what touched the file later was somebody else. A guess. */
const LINKED_WITHIN_MS = 60_000

export interface SweepResult {
  /** Descriptions that never got their content. */
  readonly incomplete: number
  /** Items whose live file was never displaced. */
  readonly undisplaced: number
  /** Second names left by an interrupted deletion. */
  readonly doubled: number
}

export interface SweepParts {
  readonly log: Log
  readonly confirm?: ConfirmLive | undefined
}

export async function sweepVersions(
  root: FolderRoot,
  { log, confirm }: SweepParts,
  isUnderWay: (id: VersionId) => boolean,
): Promise<SweepResult> {
  const result = { incomplete: 0, undisplaced: 0, doubled: 0 }
  let compared = 0
  for (const day of await daysOf(root)) {
    for (const [id, parts] of await idsOf(root, day)) {
      if (isUnderWay(id)) continue
      const mayCompare = parts.has('json') && parts.has('content') && compared++ < COMPARED
      const swept = await sweepOne(root, id, parts, mayCompare, confirm).catch((error: unknown) => {
        log.warn('a version could not be swept', { version: id, code: codeOf(error) })
        return undefined
      })
      if (swept !== undefined) result[swept]++
    }
  }
  if (result.incomplete + result.undisplaced + result.doubled > 0) log.info('versions swept', { ...result })
  return result
}

async function idsOf(root: FolderRoot, day: string): Promise<[VersionId, Set<PartKind>][]> {
  const ids = new Map<VersionId, Set<PartKind>>()
  for (const { name } of await root.list(dayPath(day))) {
    const found = name === undefined ? undefined : partOf(name)
    if (found !== undefined) ids.set(found.id, (ids.get(found.id) ?? new Set()).add(found.part))
  }
  return [...ids].sort(([a], [b]) => (a < b ? 1 : -1))
}

async function sweepOne(
  root: FolderRoot,
  id: VersionId,
  parts: ReadonlySet<PartKind>,
  mayCompare: boolean,
  confirm: ConfirmLive | undefined,
): Promise<keyof SweepResult | undefined> {
  if (parts.has('moved')) {
    if (!parts.has('content') || !(await isDoubled(root, id))) return undefined
    await root.unlink(movedPath(id))
    return 'doubled'
  }
  if (parts.has('next') && (await isProvablyOurs(root, id, nextPath(id), true)))
    await root.unlink(nextPath(id))
  if (!parts.has('content')) {
    if (!parts.has('json') || !(await isProvablyOurs(root, id, descriptionPath(id), false))) return undefined
    await root.unlink(descriptionPath(id))
    return 'incomplete'
  }
  if (!mayCompare || !(await isUndisplaced(root, id, confirm))) return undefined
  await root.unlink(contentPath(id))
  await root.unlink(descriptionPath(id))
  return 'undisplaced'
}

/** Two names of one file, or two links with one target. */
async function isDoubled(root: FolderRoot, id: VersionId): Promise<boolean> {
  const moved = await root.lstat(movedPath(id))
  const content = await root.lstat(contentPath(id))
  if (moved === undefined || content === undefined || moved.kind !== content.kind) return false
  if (moved.kind !== 'symlink') return isSameFile(moved, content)
  return (await root.readLink(movedPath(id))) === (await root.readLink(contentPath(id)))
}

/** Linked aside, but the live file still has its name: the content cannot be lost with the link. */
async function isUndisplaced(
  root: FolderRoot,
  id: VersionId,
  confirm: ConfirmLive | undefined,
): Promise<boolean> {
  const description = await readDescription(root, id)
  if (typeof description === 'string' || !(await isLive(root, description))) return false
  const live = await root.lstat(description.path)
  const linkedMs = Number((live?.ctimeNs ?? 0n) / 1_000_000n) - description.displacedAtMs
  if (live && linkedMs < LINKED_WITHIN_MS) await confirm?.(description.path, live, 'unknown')
  return true
}

/** Whole, or cut off while it was written; one that says where content lies in packs is no leftover. */
async function isProvablyOurs(
  root: FolderRoot,
  id: VersionId,
  path: RelativePath,
  replacing: boolean,
): Promise<boolean> {
  const stat = await root.lstat(path)
  if (stat?.kind !== 'file' || stat.size > DESCRIPTION_BYTES_LIMIT) return false
  const bytes = await readSmallFile(root, path, DESCRIPTION_BYTES_LIMIT)
  const whole = decodeDescription(bytes, id)
  if (whole !== undefined) return replacing || whole.packed === undefined
  return isTornDescription(bytes, id, replacing)
}
