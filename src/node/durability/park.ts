/**
 * Parks content that the engine is about to displace. Promises that nothing is displaced before
 * its content and a description of it are durable in the store, that nothing in the store is ever
 * overwritten, and that a failure leaves the live file where it is. Never decides what is
 * displaced, and never replaces a live file itself: the caller does, after `adopt`.
 *
 * Order, for one item or a batch:
 *   1. description: exclusive create, write, fsync                     (prepare)
 *   2. content: hard link into the store, fsync of the file            (adopt)
 *   3. fsync of the store's directory of that day, once per batch: both names are durable
 *   4. only for deletions: rename the live name into the store, see that it is the parked file,
 *      remove that name
 *   5. only for deletions: fsync of each live directory, once per batch
 * For a replacement the caller then renames the new file over the live one (replaceIfUnchanged
 * with the stat returned) and syncs the live directory. Up to 3 a power cut leaves the live file,
 * from 3 on the parked one; in between both.
 *
 * A hard link before the rename costs one call more and does not rely on the disk to move a name
 * between two directories in one step. Without hard links a replacement copies, and a deletion
 * renames and relies on it.
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { FileStat, FolderRoot, ReadHandle } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { findVersion, getVersion, hashVersion, openVersion, walkVersions } from './catalogue.ts'
import type { Version } from './catalogue.ts'
import { createDurable, inParallel, isUntouched, removeQuietly } from './content.ts'
import type { Hashed } from './content.ts'
import { decodeDescription, encodeDescription } from './description.ts'
import type { Description, DisplacedItem } from './description.ts'
import { durableDirectories } from './directories.ts'
import { contentPath, dayOf, dayPath, descriptionPath, versionId } from './layout.ts'
import type { VersionId } from './layout.ts'
import { isSameAsAside, setAside, takeOut } from './set-aside.ts'
import type { Aside, ConfirmLive } from './set-aside.ts'
import { sweepVersions } from './sweep.ts'
import type { SweepResult } from './sweep.ts'

/** Items of a batch under way at once: 16 gave the most durable small files per second (2,756/s, 2 EPYC cores). */
const AT_ONCE = 16
/** Exclusive creation with 48 random bits: a second collision means broken chance, not bad luck. */
const ID_ATTEMPTS = 4
/** Only this user may read old content. */
const STORE_MODE = 0o700
/**
 * A copy is not seen to be the live file's: for so long after it was made it counts as being parked, because
 * its caller may not have replaced the live file yet. A guess, long against a rename.
 */
const COPY_UNDER_WAY_MS = 60_000

export interface VersionStoreParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly confirm?: ConfirmLive | undefined
  /** Awaited right before the clock stamps a content. */
  readonly beforeStamp?: (() => Promise<void>) | undefined
}

/** A durable description that waits for its content. */
export interface ParkHandle {
  readonly id: VersionId
  readonly description: Description
}

export interface AdoptRequest {
  readonly handle: ParkHandle
  /** Path of the live file. */
  readonly from: RelativePath
  /** 'link' keeps the live name, which the caller replaces next; 'move' removes it. */
  readonly how: 'link' | 'move'
}

export type AdoptResult =
  | {
      readonly kind: 'adopted'
      readonly id: VersionId
      /** The live file after it was parked: the `expected` of replaceIfUnchanged. */
      readonly live: FileStat
    }
  | { readonly kind: 'failed'; readonly id: VersionId; readonly error: unknown }

export interface VersionPage {
  readonly versions: readonly Version[]
  /** `after` of the next page; undefined on the last one. */
  readonly next: string | undefined
}

export interface VersionStore {
  /** Writes the description and makes it durable. Nothing may be displaced before this resolved. */
  prepare(item: DisplacedItem): Promise<ParkHandle>
  /** Parks one live file; throws when it cannot, and then the live file is where it was. */
  adopt(handle: ParkHandle, from: RelativePath, how: AdoptRequest['how']): Promise<FileStat>
  /** The same for many: directories are synced once, and one failure does not stop the others. */
  adoptMany(requests: readonly AdoptRequest[]): Promise<AdoptResult[]>
  /**
   * The caller did not displace it after all. Removes what was parked if the live file still is
   * there unchanged; keeps it otherwise.
   */
  abandon(handle: ParkHandle): Promise<void>
  /** Newest first; `limit` at most 1,000. With `path`, only versions of that path. */
  list(options: { path?: RelativePath; after?: string; limit: number }): Promise<VersionPage>
  find(id: string): Promise<Version | undefined>
  /** Content of a file version; VERSION_NOT_FOUND, or KIND_UNSUPPORTED for a symlink. */
  open(id: string): Promise<ReadHandle>
  /** Hash of the content as it is now, and whether it is what the description claims. */
  verify(id: string, signal?: AbortSignal): Promise<Hashed & { readonly isAsClaimed: boolean }>
  /** Still being parked by a caller: nobody else may touch what lies under this id. */
  isUnderWay(id: VersionId): boolean
  /** At start, before anything is parked: removes what an interrupted run left incomplete. */
  sweep(): Promise<SweepResult>
}

const PAGE_LIMIT = 1_000

export function createVersionStore(root: FolderRoot, parts: VersionStoreParts): VersionStore {
  const directories = durableDirectories(root, STORE_MODE)
  const nextId = idSource(parts)
  /** What became of a handle; weak, because callers forget handles without telling. */
  const asides = new WeakMap<ParkHandle, { from: RelativePath; aside: Aside }>()
  const underWay = new Set<VersionId>()
  /** Copies made lately, and until when they count as under way, monotonic ms; the oldest first. */
  const copied = new Map<VersionId, number>()

  function wasCopied(id: VersionId): void {
    const nowMs = parts.clock.monotonicMs()
    for (const [old, untilMs] of copied) {
      if (untilMs > nowMs) break
      copied.delete(old)
    }
    copied.set(id, nowMs + COPY_UNDER_WAY_MS)
  }

  async function prepare(item: DisplacedItem): Promise<ParkHandle> {
    for (let attempt = 1; ; attempt++) {
      await parts.beforeStamp?.()
      const displacedAtMs = Math.trunc(parts.clock.nowMs())
      const description: Description = { ...item, id: nextId(displacedAtMs), displacedAtMs }
      try {
        underWay.add(description.id)
        await writeDescription(description)
        return { id: description.id, description }
      } catch (error) {
        underWay.delete(description.id)
        if (attempt >= ID_ATTEMPTS || !isWorthAnotherTry(error)) throw error
        directories.forget(dayPath(dayOf(description.id)))
      }
    }
  }

  async function writeDescription(description: Description): Promise<void> {
    const bytes = encodeDescription(description)
    if (decodeDescription(bytes, description.id) === undefined)
      throw new PeerfoldError('BAD_PATH', 'this content cannot be described', { path: description.path })
    await directories.ensure(dayPath(dayOf(description.id)))
    const path = descriptionPath(description.id)
    await createDurable(root, path, 0o600, (handle) => handle.write(bytes, 0))
  }

  async function adoptMany(requests: readonly AdoptRequest[]): Promise<AdoptResult[]> {
    const batch = requests.map((request): Parking => ({ request }))
    await eachReady(batch, async (parking) => {
      const { handle, from, how } = parking.request
      const { kind, contentHash } = handle.description
      const { confirm } = parts
      // Without a hash nothing can be read to be copied.
      const mayShare = contentHash === ''
      const options = { mayMove: how === 'move', mayShare, confirm }
      parking.aside = await setAside(root, from, handle.id, kind, options)
      asides.set(handle, { from, aside: parking.aside })
    })
    await syncOncePer(batch, ({ handle }) => dayPath(dayOf(handle.id)))
    await displaceMoved(batch.filter(({ request }) => request.how === 'move'))
    return Promise.all(batch.map(finish))
  }

  async function displaceMoved(batch: readonly Parking[]): Promise<void> {
    await eachReady(batch, ({ request, aside }) =>
      takeOut(root, request.from, request.handle.id, aside as Aside),
    )
    const renamed = batch.filter(({ aside }) => aside?.by === 'pending')
    await syncOncePer(renamed, ({ handle }) => dayPath(dayOf(handle.id)))
    await syncOncePer(batch, ({ from }) => parentOf(from))
  }

  /** Syncs every directory of the batch once; those whose directory cannot be synced fail. */
  async function syncOncePer(
    batch: readonly Parking[],
    directoryOf: (request: AdoptRequest) => RelativePath,
  ): Promise<void> {
    const ready = batch.filter(({ error }) => error === undefined)
    const groups = Map.groupBy(ready, ({ request }) => directoryOf(request))
    await inParallel([...groups], AT_ONCE, async ([directory, group]) => {
      try {
        await root.syncDirectory(directory)
      } catch (error) {
        for (const parking of group) parking.error = error
      }
    })
  }

  async function finish({ request, aside, error }: Parking): Promise<AdoptResult> {
    const { handle, from } = request
    if (error === undefined && aside !== undefined) {
      underWay.delete(handle.id)
      if (aside.by === 'copy') wasCopied(handle.id)
      parts.log.debug('content parked', { path: from, version: handle.id, how: request.how, by: aside.by })
      return { kind: 'adopted', id: handle.id, live: aside.live }
    }
    // The caller decides what this means; a file that changed meanwhile is ordinary life.
    const facts = { path: from, code: codeOf(error), message: textOf(error) }
    parts.log.debug('content could not be parked', facts)
    await abandon(handle)
    return { kind: 'failed', id: handle.id, error }
  }

  async function adopt(handle: ParkHandle, from: RelativePath, how: AdoptRequest['how']): Promise<FileStat> {
    const [result] = await adoptMany([{ handle, from, how }])
    if (result?.kind !== 'adopted') throw result?.error
    return result.live
  }

  async function abandon(handle: ParkHandle): Promise<void> {
    underWay.delete(handle.id)
    copied.delete(handle.id)
    const parked = asides.get(handle)
    asides.delete(handle)
    try {
      if (parked !== undefined) {
        const live = await root.lstat(parked.from)
        if (live === undefined || !isSameAsAside(parked.aside, live)) return
        const { by, before } = parked.aside
        const isAsLinked = by === 'link' && isUntouched(parked.aside.live, live)
        if (isAsLinked) await parts.confirm?.(parked.from, live, before)
        await root.unlink(contentPath(handle.id)).catch(ignoreMissing)
      }
      if ((await root.lstat(contentPath(handle.id))) === undefined)
        await removeQuietly(root, descriptionPath(handle.id))
    } catch (error) {
      // What stays is swept at the next start, or listed: never in the way of the caller's own error.
      parts.log.debug('abandoned version stays for now', { version: handle.id, code: codeOf(error) })
    }
  }

  async function list(options: { path?: RelativePath; after?: string; limit: number }): Promise<VersionPage> {
    const limit = Math.min(Math.max(1, options.limit), PAGE_LIMIT)
    const versions: Version[] = []
    const onProblem = ({ path, error }: { path: string; error: unknown }): void =>
      parts.log.warn('a kept version cannot be read', { path, code: codeOf(error), message: textOf(error) })
    for await (const version of walkVersions(root, { ...options, onProblem })) {
      if (versions.length === limit) return { versions, next: versions.at(-1)?.id }
      versions.push(version)
    }
    return { versions, next: undefined }
  }

  return {
    prepare,
    adopt,
    adoptMany,
    abandon,
    list,
    find: (id) => findVersion(root, id),
    open: async (id) => openVersion(root, await getVersion(root, id)),
    verify: async (id, signal) => {
      const version = await getVersion(root, id)
      const hashed = await hashVersion(root, version, signal)
      const isAsClaimed = version.origin === 'known' && version.contentHash === hashed.contentHash
      return { ...hashed, isAsClaimed }
    },
    isUnderWay: (id) => underWay.has(id) || (copied.get(id) ?? -Infinity) > parts.clock.monotonicMs(),
    sweep: () => sweepVersions(root, parts, (id) => underWay.has(id)),
  }
}

/** One request on its way; the first error ends it and it stays out of every later step. */
interface Parking {
  readonly request: AdoptRequest
  aside?: Aside
  error?: unknown
}

async function eachReady(
  batch: readonly Parking[],
  work: (parking: Parking) => Promise<void>,
): Promise<void> {
  await inParallel(batch, AT_ONCE, async (parking) => {
    if (parking.error !== undefined) return
    try {
      await work(parking)
    } catch (error) {
      parking.error = error
    }
  })
}

/** A name that is taken gets another id; a directory that somebody removed is made again. */
function isWorthAnotherTry(error: unknown): boolean {
  return isPeerfoldError(error) && (error.code === 'FILE_EXISTS' || error.code === 'FILE_NOT_FOUND')
}

function ignoreMissing(error: unknown): void {
  if (!isPeerfoldError(error) || error.code !== 'FILE_NOT_FOUND') throw error
}

/** Ids in the order in which they were asked for, as long as the clock does not go back. */
function idSource({ random }: VersionStoreParts): (atMs: number) => VersionId {
  let lastMs = Number.NaN
  let counter = 0
  return (atMs) => {
    counter = atMs === lastMs ? Math.min(counter + 1, 0xffff) : 0
    lastMs = atMs
    return versionId(atMs, counter, randomHex(random, 6))
  }
}
