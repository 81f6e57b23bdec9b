/**
 * Removes old contents that retention lets go. Promises that of each either all stays or in the end
 * nothing, whenever it is cut off, that content of unknown origin stays, and so does what is just being
 * displaced: its parked file is all that will be left of it. Never decides what goes.
 */
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { codeOf, isPeerfoldError } from '../base/errors.ts'
import { DAY_MS, SLEW_MS } from '../core/retention.ts'
import type { KeptContent, RetentionTime } from '../core/retention.ts'
import { hashesOf } from '../store/packed-content.ts'
import type { Packs } from '../store/packs.ts'
import { daysOf, findVersion, isAsDisplaced, isLive, keptBytes, walkVersions } from './catalogue.ts'
import type { CatalogueProblem, KnownVersion } from './catalogue.ts'
import { contentPath, dayOf, dayPath, descriptionPath } from './layout.ts'
import type { VersionId } from './layout.ts'

/** What old contents take, in bytes and in number. */
export interface VersionUse {
  readonly versions: number
  /** Files of their own, and bytes in them. */
  readonly parked: number
  readonly parkedBytes: number
  /** Contents in packs: bytes as they were, with everything counted as often as it occurs. */
  readonly packed: number
  readonly packedBytes: number
  /** Of the pack files. */
  readonly packFileBytes: number
  /** Content nobody knows the origin of; never removed by itself. */
  readonly unknown: number
  readonly unknownBytes: number
  readonly oldestMs: number | undefined
}

/** With its part of what packs take. */
export interface SurveyedContent extends KeptContent {
  readonly isPacked: boolean
}

export interface Survey {
  readonly use: VersionUse
  readonly contents: readonly SurveyedContent[]
}

/** Of the packs of a folder, bytes. */
export interface PackRoom {
  readonly fileBytes: number
  /** Of these, what copying packs gives back: of contents that went before, and charged to none that stays. */
  readonly leavingBytes: number
}

/**
 * Looks at everything that is kept. A version that cannot be read, or is being parked, is left out of the
 * contents, and so stays.
 */
export async function survey(
  root: FolderRoot,
  { fileBytes, leavingBytes }: PackRoom,
  isUnderWay: (id: VersionId) => boolean,
  signal?: AbortSignal,
): Promise<Survey> {
  const use = { parked: 0, parkedBytes: 0, packed: 0, packedBytes: 0, unknown: 0, unknownBytes: 0 }
  const known: KnownVersion[] = []
  for await (const version of walkVersions(root, { onProblem: () => undefined })) {
    signal?.throwIfAborted()
    const kind = version.origin === 'unknown' ? 'unknown' : version.parked ? 'parked' : 'packed'
    use[kind]++
    use[`${kind}Bytes`] += keptBytes(version)
    if (version.origin !== 'known' || isUnderWay(version.id)) continue
    if (!(await isBeingDisplaced(root, version))) known.push(version)
  }
  // Equal blocks are kept once: each content is charged its part of what the packs take for them together.
  const share = use.packedBytes === 0 ? 0 : Math.max(0, fileBytes - leavingBytes) / use.packedBytes
  const contents = known.map((version) => contentOfUse(version, share))
  const oldestMs = contents.reduce<number | undefined>(
    (oldest, { displacedAtMs }) => Math.min(oldest ?? displacedAtMs, displacedAtMs),
    undefined,
  )
  const versions = use.parked + use.packed + use.unknown
  return { use: { ...use, versions, packFileBytes: fileBytes, oldestMs }, contents }
}

function contentOfUse(version: KnownVersion, share: number): SurveyedContent {
  const { id, path, parked } = version
  const bytes = parked ? (parked.links > 1 ? 0 : parked.size) : Math.ceil(keptBytes(version) * share)
  return { id, path, bytes, displacedAtMs: lastUseMs(version), isPacked: parked === undefined }
}

/** A program that had the file open may have written it later: its age counts from then. */
function lastUseMs({ displacedAtMs, mtimeNs, parked }: KnownVersion): number {
  if (parked === undefined || parked.mtimeNs === mtimeNs) return displacedAtMs
  // A stamp may be set to anything; the disk's own one says when that happened.
  const stamp = parked.mtimeNs < parked.ctimeNs ? parked.mtimeNs : parked.ctimeNs
  return Math.max(displacedAtMs, Number(stamp / 1_000_000n))
}

/**
 * Contents first, then their directories are synced, then descriptions: one without content is
 * swept, content without one would stay for ever. Returns which are gone: what shares its file with a
 * name that stays goes only while it is whole.
 */
export async function removeVersions(
  root: FolderRoot,
  ids: readonly VersionId[],
  pause: () => Promise<void> = async () => {},
): Promise<VersionId[]> {
  const gone: VersionId[] = []
  const going = await namesGoing(root, ids)
  for (const [day, all] of Map.groupBy(ids, dayOf)) {
    await pause()
    const group: VersionId[] = []
    for (const id of all) if (await mayGo(root, id, going)) group.push(id)
    if (group.length === 0) continue
    let hadContent = false
    for (const id of group) hadContent = (await unlinkIfThere(root, contentPath(id))) || hadContent
    if (hadContent) await root.syncDirectory(dayPath(day))
    for (const id of group) await unlinkIfThere(root, descriptionPath(id))
    // A description that a power cut brings back must not name blocks that were collected since.
    await root.syncDirectory(dayPath(day))
    gone.push(...group)
  }
  return gone
}

/** Of each file with several names: how many of them are to go now. */
async function namesGoing(root: FolderRoot, ids: readonly VersionId[]): Promise<Map<string, number>> {
  const going = new Map<string, number>()
  for (const id of ids) {
    const stat = await root.lstat(contentPath(id))
    if (stat && stat.links > 1) going.set(fileOf(stat), (going.get(fileOf(stat)) ?? 0) + 1)
  }
  return going
}

function fileOf({ device, inode }: FileStat): string {
  return `${device} ${inode}`
}

/** Where a name stays, only what is whole (see isAsDisplaced) and has not its place in the folder. */
async function mayGo(root: FolderRoot, id: VersionId, going: ReadonlyMap<string, number>): Promise<boolean> {
  const stat = await root.lstat(contentPath(id))
  if (!stat || stat.links === 1 || going.get(fileOf(stat)) === stat.links) return true
  const version = await findVersion(root, id)
  if (version?.origin !== 'known') return true
  return !(await isLive(root, version)) && isAsDisplaced(root, version)
}

/** The live file has its other name still: it is replaced next, or was not after all. */
async function isBeingDisplaced(root: FolderRoot, version: KnownVersion): Promise<boolean> {
  return version.parked !== undefined && version.parked.links > 1 && (await isLive(root, version))
}

async function unlinkIfThere(root: FolderRoot, path: string): Promise<boolean> {
  try {
    await root.unlink(path)
    return true
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'FILE_NOT_FOUND') throw error
    return false
  }
}

/** Directories of days gone by that hold nothing any more. */
export async function removeEmptyDays(root: FolderRoot, nowMs: number): Promise<void> {
  const recent = new Date(nowMs - 2 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  for (const day of await daysOf(root)) {
    if (day >= recent || (await root.list(dayPath(day))).length > 0) continue
    await root.removeDirectory(dayPath(day)).catch((error: unknown) => {
      // Something was put there meanwhile, or it is gone already: both are well.
      if (!['DIRECTORY_NOT_EMPTY', 'FILE_NOT_FOUND'].includes(codeOf(error))) throw error
    })
  }
}

/** What would be gone by now if it could be read. */
export interface Expired {
  /** Displaced before, ms since 1970. */
  readonly beforeMs: number
  /** But nothing of these times goes by its age. */
  readonly lastDay: RetentionTime['lastDay']
}

/**
 * Every block that a kept version needs, pages of manifests included. Throws when a description or a
 * page cannot be read: what it needs is not known then, and nothing may be removed. A description
 * that is expired holds up nothing.
 */
export async function* neededBlocks(
  root: FolderRoot,
  packs: Packs,
  expired: Expired,
): AsyncGenerator<Uint8Array> {
  const onProblem = ({ path, error }: CatalogueProblem): void => {
    if (!isExpired(path, expired)) throw error
  }
  for await (const version of walkVersions(root, { onProblem }))
    if (version.origin === 'known' && version.packed !== undefined) yield* hashesOf(packs, version.packed)
}

function isExpired(path: string, { beforeMs, lastDay }: Expired): boolean {
  const day = /\/items\/(\d{4})(\d\d)(\d\d)\/./.exec(path)
  if (day === null) return false
  const fromMs = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]))
  const isOfLastDay = lastDay.some((span) => touches(span, fromMs - SLEW_MS, fromMs + DAY_MS + SLEW_MS))
  return fromMs + DAY_MS < beforeMs && !isOfLastDay
}

function touches(span: RetentionTime['lastDay'][number], fromMs: number, toMs: number): boolean {
  return span.fromMs <= toMs && fromMs <= span.toMs
}
