/**
 * Names below a folder's `.peerfold/versions`. Promises that ids sort by time, that every name of
 * ours is recognised and that no other is taken for one. Never touches the disk.
 *
 *   .peerfold/versions/history.log
 *   .peerfold/versions/history.next               a shorter log that is about to replace the other
 *   .peerfold/versions/clock.json                 what the clock showed in the last day of running
 *   .peerfold/versions/clock.next                 the same, about to replace the other
 *   .peerfold/versions/items/<day>/<id>.json      description
 *   .peerfold/versions/items/<day>/<id>.content   the displaced file or symbolic link; gone once its
 *                                                 description says that it lies in packs
 *   .peerfold/versions/items/<day>/<id>.next      a description that is about to replace the other
 *   .peerfold/versions/items/<day>/<id>.moved     exists only while a deletion is under way
 *   .peerfold/versions/packs/<name>.pack          blocks of contents that were taken in
 */
import { joinPath, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'

export const VERSIONS: RelativePath = '.peerfold/versions'
export const ITEMS: RelativePath = '.peerfold/versions/items'
export const PACKS: RelativePath = '.peerfold/versions/packs'
export const HISTORY_LOG: RelativePath = '.peerfold/versions/history.log'
export const HISTORY_NEXT: RelativePath = '.peerfold/versions/history.next'
export const CLOCK: RelativePath = '.peerfold/versions/clock.json'
export const CLOCK_NEXT: RelativePath = '.peerfold/versions/clock.next'

/**
 * UTC time to the millisecond, counter within that millisecond, 48 random bits. The counter keeps
 * the order of what one store parks in one millisecond; the random bits keep two stores apart.
 */
export type VersionId = string

const ID = /^\d{8}T\d{9}Z-[0-9a-f]{4}-[0-9a-f]{12}$/
const DAY = /^\d{8}$/

/** `atMs` is clamped to the years 0 to 9999, so that ids keep their length and their order. */
export function versionId(atMs: number, counter: number, randomHex12: string): VersionId {
  const clamped = Math.min(Math.max(Math.trunc(atMs), -62_167_219_200_000), 253_402_300_799_999)
  const stamp = new Date(clamped).toISOString().replaceAll(/[-:.]/g, '')
  return `${stamp}-${counter.toString(16).padStart(4, '0')}-${randomHex12}`
}

export function isVersionId(text: string): boolean {
  return ID.test(text)
}

/** One directory per UTC day: a batch syncs one directory, and the newest are found by name. */
export function isDay(name: string): boolean {
  return DAY.test(name)
}

export function dayOf(id: VersionId): string {
  return id.slice(0, 8)
}

export function dayPath(day: string): RelativePath {
  return joinPath(ITEMS, day)
}

export function descriptionPath(id: VersionId): RelativePath {
  return `${dayPath(dayOf(id))}/${id}.json`
}

export function contentPath(id: VersionId): RelativePath {
  return `${dayPath(dayOf(id))}/${id}.content`
}

export function nextPath(id: VersionId): RelativePath {
  return `${dayPath(dayOf(id))}/${id}.next`
}

export function movedPath(id: VersionId): RelativePath {
  return `${dayPath(dayOf(id))}/${id}.moved`
}

export type PartKind = 'json' | 'next' | 'content' | 'moved'

const PARTS: ReadonlySet<string> = new Set<PartKind>(['json', 'next', 'content', 'moved'])

/** The item that a name in a day's directory belongs to; undefined when it is not one of ours. */
export function partOf(name: string): { readonly id: VersionId; readonly part: PartKind } | undefined {
  const dot = name.lastIndexOf('.')
  const id = name.slice(0, Math.max(0, dot))
  const part = name.slice(dot + 1)
  if (!isVersionId(id)) return undefined
  return PARTS.has(part) ? { id, part: part as PartKind } : undefined
}

/** Every directory above `path`, from the top: 'a/b/c' gives '', 'a', 'a/b'. */
export function directoriesAbove(path: RelativePath): RelativePath[] {
  const above: RelativePath[] = []
  for (let at = path; at !== ''; at = parentOf(at)) above.unshift(parentOf(at))
  return above
}
