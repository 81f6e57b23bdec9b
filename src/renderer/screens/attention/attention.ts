/**
 * What needs a person, by cause. Promises that everything the node says is in it once, that nothing
 * is which the node did not say, and that the count in the navigation is the count of this. Never
 * words anything.
 */
import type { FolderView, NodeStatus, Notice } from '../../../node/api/node-port.ts'

export type Conflict = FolderView['conflicts'][number]
export type FileError = FolderView['errors'][number]
type HeldGroup = FolderView['held'][number]
type Phrase = Pick<FolderView['status'], 'word' | 'reason' | 'params'>

/** In the order of weight: what stops a whole folder comes first, what is over and only to be known last. */
const CAUSES = ['broken', 'held', 'error', 'conflict', 'device', 'other', 'notice'] as const
export type Cause = (typeof CAUSES)[number]

interface Keyed {
  /** The same for as long as the item needs a person. */
  readonly key: string
}
interface Common extends Keyed {
  readonly folder: FolderView
}
/** Of the folder's view its name is all that is needed. */
interface OfNotice extends Keyed {
  readonly cause: 'notice'
  readonly notice: Notice
  readonly folder: FolderView | undefined
}

export type AttentionItem =
  | (Common & { readonly cause: 'broken' | 'error'; readonly error: FileError })
  | (Common & { readonly cause: 'conflict'; readonly conflict: Conflict })
  | (Common & { readonly cause: 'held'; readonly group: HeldGroup })
  | (Common & { readonly cause: 'device' | 'other'; readonly phrase: Phrase })
  | OfNotice

export interface AttentionGroup {
  readonly key: string
  readonly cause: Cause
  /** Of the error table: files that cannot be synced are apart by it. */
  readonly code?: string
  readonly items: readonly AttentionItem[]
  /** With those that the node counts and does not list. */
  readonly count: number
}

/** Reasons of the node that stand for what is listed one by one. */
const LISTED_REASONS: ReadonlySet<string> = new Set(['root-broken', 'held', 'errors', 'conflicts'])

/** What stands in the way is on another device, and is mended there. */
const OF_DEVICES: ReadonlySet<string> = new Set(['device-errors', 'device-damaged'])

export type Asking = Pick<NodeStatus, 'folders' | 'notices'>

export function attentionOf({ folders, notices }: Asking): AttentionGroup[] {
  const items = [...folders.flatMap(itemsOf), ...notices.map((notice) => noticeItem(notice, folders))]
  const codes = [...new Set(items.flatMap((item) => (item.cause === 'error' ? [item.error.code] : [])))]
  return CAUSES.flatMap((cause): AttentionGroup[] => {
    const own = items.filter((item) => item.cause === cause)
    if (cause !== 'error')
      return [{ key: cause, cause, items: own, count: own.length + unlisted(cause, folders) }]
    const byCode = codes.toSorted().map((code) => {
      const same = own.filter((item) => item.cause === 'error' && item.error.code === code)
      return { key: `error ${code}`, cause, code, items: same, count: same.length }
    })
    return [...byCode, { key: 'error', cause, items: [], count: unlisted(cause, folders) }]
  }).filter(({ count }) => count > 0)
}

export function attentionCount(status: Asking): number {
  return attentionOf(status).reduce((sum, { count }) => sum + count, 0)
}

function itemsOf(folder: FolderView): AttentionItem[] {
  const listed: AttentionItem[] = [
    // What a mode keeps back is as it should be.
    ...folder.held
      .filter(({ cause }) => cause === 'mass-change')
      .map((group): AttentionItem => ({
        key: keyOf('held', folder, group.id),
        cause: 'held',
        folder,
        group,
      })),
    ...folder.errors.map((error): AttentionItem => {
      // The folder's own root stands for all of it.
      const cause = error.path === '' ? 'broken' : 'error'
      return { key: keyOf(cause, folder, error.path, error.code), cause, folder, error }
    }),
    ...folder.conflicts.map((conflict): AttentionItem => {
      return { key: keyOf('conflict', folder, conflict.path), cause: 'conflict', folder, conflict }
    }),
  ]
  const phrase = folder.status
  if (phrase.word !== 'needs-you') return listed
  // Counted by the node means listed here, or at least counted with the others.
  const isCounted = listed.length > 0 || folder.errorCount + folder.conflictCount > 0
  if (LISTED_REASONS.has(phrase.reason) && isCounted) return listed
  // Its notice stands for it, and is what ends it.
  if (phrase.reason === 'index-lost') return listed
  const cause = OF_DEVICES.has(phrase.reason) ? 'device' : 'other'
  const about = cause === 'device' ? String(phrase.params['device']) : phrase.reason
  return [...listed, { key: keyOf(cause, folder, about), cause, folder, phrase }]
}

function noticeItem(notice: Notice, folders: readonly FolderView[]): AttentionItem {
  const folder = folders.find(({ id }) => id === notice.folder)
  return { key: `notice\0${notice.id}`, cause: 'notice', notice, folder }
}

function unlisted(cause: Cause, folders: readonly FolderView[]): number {
  const rest = (all: number, listed: number): number => Math.max(0, all - listed)
  const of = (count: (folder: FolderView) => number): number =>
    folders.reduce((sum, folder) => sum + count(folder), 0)
  if (cause === 'error') return of(({ errors, errorCount }) => rest(errorCount, errors.length))
  if (cause === 'conflict') return of(({ conflicts, conflictCount }) => rest(conflictCount, conflicts.length))
  return 0
}

/** No path holds a NUL. */
function keyOf(cause: Cause, folder: FolderView, ...rest: readonly string[]): string {
  return [cause, folder.id, ...rest].join('\0')
}

/** Where it lies on this device, as its own system writes it. */
export function fullPath(root: string, path: string): string {
  if (path === '') return root
  const slash = root.includes('\\') && !root.includes('/') ? '\\' : '/'
  const start = root.endsWith(slash) ? root : root + slash
  return start + path.replaceAll('/', slash)
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** What sets one side of a conflict apart, for an eye that compares. */
export function differencesOf(
  one: Conflict['copy'],
  other: Conflict['copy'] | undefined,
): ('newer' | 'larger')[] {
  if (!other) return []
  return [
    ...(one.mtimeMs > other.mtimeMs ? (['newer'] as const) : []),
    ...(one.size > other.size ? (['larger'] as const) : []),
  ]
}

/** Where the focus goes when the item that had it is gone: the one that took its place, or the last. */
export function keyAfter(
  before: readonly string[],
  after: readonly string[],
  gone: string,
): string | undefined {
  const place = before.indexOf(gone)
  const left = new Set(after)
  return before.slice(place + 1).find((key) => left.has(key)) ?? after.at(-1)
}
