/**
 * Takes parked contents into packs, where equal blocks are kept once and compressed. Promises that a
 * parked file goes only after all of its content was read back from durable packs and a durable
 * description says what lies there, and only while the file still is what was read. May be ended at
 * any call: what is half done is done again. Never touches content of unknown origin, and begins nothing
 * that does not fit into what is free.
 *
 * Order, for a batch:
 *   1. packs: written, synced, named, their directory synced, every block read back    (block job)
 *   2. description: the new one beside the old, synced, renamed over it
 *   3. the day's directory synced
 *   4. the parked file removed, if it still is what was read in 1, and the day's directory synced
 * Up to 3 a power cut leaves the parked file with either description, from 3 on packs and perhaps
 * the file as well. A parked file counts before its packs, so both may be there.
 */
import { codeOf, isPeerfoldError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import type { BlockJob } from '../store/block-job.ts'
import type { PackEpochs } from '../store/collect-packs.ts'
import type { PackedFile } from '../store/pack-files.ts'
import { PACK_BYTES } from '../store/pack-writer.ts'
import { isAsDisplaced, isLive, openVersion, walkVersions } from './catalogue.ts'
import type { KnownVersion } from './catalogue.ts'
import { createDurable, isUntouched, removeQuietly } from './content.ts'
import { encodeDescription, MAX_PAGES } from './description.ts'
import type { Description } from './description.ts'
import { makeDurably } from './directories.ts'
import { contentPath, dayOf, dayPath, descriptionPath, nextPath, PACKS } from './layout.ts'
import type { VersionId } from './layout.ts'

/** Files handed to the block job at a time: a kill costs at most these, and others get a turn. */
const BATCH_FILES = 256
/** Candidates remembered at a time; more are found by looking again. */
const ROUND_FILES = 4_096
/**
 * Somebody wrote the file after it was displaced, so a program has it open and may write again:
 * only after a day without a write it is taken for done. A guess, long against any save.
 */
const QUIET_MS = 24 * 3_600_000
/** Below this, one manifest page per GiB at least: what is larger stays parked. */
const SIZE_LIMIT = MAX_PAGES * 1024 * 512 * 1024
/** Bytes that stay free all the same: this is not what fills a disk. Indexes and pages go into it, too. */
const SPARE_BYTES = 64 * 1024 * 1024

export interface TakeInParts {
  readonly root: FolderRoot
  readonly blocks: BlockJob
  readonly epochs: PackEpochs
  readonly random: Random
  readonly log: Log
  readonly nowMs: () => number
  readonly isUnderWay: (id: VersionId) => boolean
}

export interface TakeInOptions {
  /** Since it was displaced, or it stays parked for now. */
  readonly settleMs: number
  readonly signal: AbortSignal
  /** Awaited before the search and every batch: false when others come first. The rest waits then. */
  readonly mayGoOn: () => Promise<boolean>
  readonly onProgress: (done: number, total: number) => void
}

export interface TakenIn {
  readonly taken: number
  /** Parked contents that are too young, in use, or too large. */
  readonly waiting: number
  /** Parked contents that could not be taken in; they stay as they are. */
  readonly failed: number
  /** Parked contents for which there is no room in packs now. */
  readonly unfit: number
  /** Others came first before everything was looked at. */
  readonly isCutShort: boolean
}

export async function takeIn(parts: TakeInParts, options: TakeInOptions): Promise<TakenIn> {
  const given = new Set<VersionId>()
  const sum = { taken: 0, waiting: 0, failed: 0, unfit: 0 }
  while (await options.mayGoOn()) {
    const { ready, waiting } = await findReady(parts, options, given)
    sum.waiting = waiting
    if (ready.length === 0) return { ...sum, isCutShort: false }
    for (let left = ready; left.length > 0; left = left.filter(({ id }) => !given.has(id))) {
      options.onProgress(sum.taken + sum.failed, sum.taken + sum.failed + left.length)
      if (!(await options.mayGoOn())) return { ...sum, isCutShort: true }
      const batch = batchOf(left, await parts.root.freeBytes())
      if (batch.length === 0) {
        // Where not one fits, none of them will.
        for (const { id } of left) given.add(id)
        sum.unfit += left.length
        continue
      }
      const { taken, tried } = await takeBatch(parts, batch, options.signal)
      for (const { id } of batch.slice(0, tried)) given.add(id)
      sum.taken += taken
      sum.failed += tried - taken
    }
  }
  return { ...sum, isCutShort: true }
}

/** Oldest first, so that a pack holds what will go at the same time. */
async function findReady(
  parts: TakeInParts,
  { settleMs, signal }: TakeInOptions,
  given: ReadonlySet<VersionId>,
): Promise<{ ready: KnownVersion[]; waiting: number }> {
  const ready: KnownVersion[] = []
  let waiting = 0
  for await (const version of walkVersions(parts.root, { onProblem: () => undefined })) {
    signal.throwIfAborted()
    if (version.origin !== 'known' || version.parked?.kind !== 'file' || given.has(version.id)) continue
    if (parts.isUnderWay(version.id) || !isSettled(version, parts.nowMs(), settleMs)) waiting++
    else if (version.parked.size > SIZE_LIMIT || (await isLive(parts.root, version))) waiting++
    else if (version.parked.links > 1 && !(await isAsDisplaced(parts.root, version, signal))) waiting++
    else if (ready.push(version) > ROUND_FILES) ready.shift()
  }
  return { ready: ready.toReversed(), waiting }
}

function isSettled(
  { displacedAtMs, mtimeNs, parked }: KnownVersion,
  nowMs: number,
  settleMs: number,
): boolean {
  const writtenMs = Number((parked?.mtimeNs ?? 0n) / 1_000_000n)
  const wasWrittenSince = parked?.mtimeNs !== mtimeNs && writtenMs > displacedAtMs
  return nowMs - displacedAtMs >= settleMs && (!wasWrittenSince || nowMs - writtenMs >= QUIET_MS)
}

async function takeBatch(
  parts: TakeInParts,
  batch: readonly KnownVersion[],
  signal: AbortSignal,
): Promise<{ taken: number; tried: number }> {
  const { root, epochs, random } = parts
  await makeDurably(root, PACKS, 0o700)
  for (const version of batch) if ((version.mode & 0o400) === 0) await makeReadable(root, version)
  const prefix = randomHex(random, 10)
  epochs.begin(prefix)
  const { files } = await packFiles(parts, batch, prefix, signal)
  const named: { version: KnownVersion; stat: FileStat; contentHash: string }[] = []
  for (const [place, file] of files.entries()) {
    const version = batch[place] as KnownVersion
    if (file.kind === 'packed' && (await describe(parts, version, file)))
      named.push({ version, stat: file.stat, contentHash: file.content.contentHash })
    else if (file.kind === 'skipped')
      parts.log.debug('an old content stays parked', { version: version.id, code: file.code })
  }
  const days = new Set(named.map(({ version }) => dayOf(version.id)))
  for (const day of days) await root.syncDirectory(dayPath(day))
  let taken = 0
  // RACE: a program that still has the file open may write it after this look, or later.
  // Worst case: that write is lost, as for every file that was removed while somebody had it open.
  // Accepted: nobody wrote it for as long as contents settle, or for a day after the last such write.
  for (const { version, stat, contentHash } of named) {
    // Its other name may have come, or the disk spoiled it, since it was looked at.
    const mayBeLive = ((await root.lstat(contentPath(version.id)))?.links ?? 1) > 1
    if (mayBeLive && contentHash !== version.contentHash) continue
    if (await root.unlinkIfUnchanged(contentPath(version.id), stat)) taken++
  }
  // A file that a power cut brings back counts again, and somebody may write its other name by then.
  if (taken > 0) for (const day of days) await root.syncDirectory(dayPath(day))
  return { taken, tried: files.length }
}

/**
 * The first ones that fit into the room: parked files need theirs until the packs are durable. What is
 * written ends with the file that fills a pack.
 */
function batchOf(left: readonly KnownVersion[], freeBytes: number): KnownVersion[] {
  const batch: KnownVersion[] = []
  let [allBytes, largestBytes] = [0, 0]
  for (const version of left) {
    if (batch.length === BATCH_FILES) break
    const bytes = version.parked?.size ?? 0
    const mostBytes = Math.min(allBytes + bytes, PACK_BYTES + Math.max(largestBytes, bytes))
    if (mostBytes + SPARE_BYTES > freeBytes) continue
    batch.push(version)
    allBytes += bytes
    largestBytes = Math.max(largestBytes, bytes)
  }
  return batch
}

async function makeReadable(root: FolderRoot, version: KnownVersion): Promise<void> {
  await openVersion(root, version).then(
    (handle) => handle.close(),
    () => undefined, // it is skipped with its reason when its turn comes
  )
}

async function packFiles(
  { root, blocks }: TakeInParts,
  batch: readonly KnownVersion[],
  prefix: string,
  signal: AbortSignal,
) {
  const id = `take in ${prefix}`
  const cancel = (): void => void blocks.call('cancel', { id }).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const files = batch.map((version) => contentPath(version.id))
    return await blocks.call('packFiles', { root: root.path, id, directory: PACKS, prefix, files })
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** The description of now beside the old one and over it; false when the file is another by now. */
async function describe(
  { root, log }: TakeInParts,
  { origin: _origin, parked: _parked, ...version }: KnownVersion,
  file: Extract<PackedFile, { kind: 'packed' }>,
): Promise<boolean> {
  // The job opened the folder by its path: the very same file shows that it was this folder.
  const now = await root.lstat(contentPath(version.id))
  if (now === undefined || !isUntouched(file.stat, now)) return false
  const description: Description = { ...version, packed: file.content }
  try {
    const bytes = encodeDescription(description)
    await createDurable(root, nextPath(version.id), 0o600, (handle) => handle.write(bytes, 0))
    await root.rename(nextPath(version.id), descriptionPath(version.id))
    return true
  } catch (error) {
    if (!isPeerfoldError(error)) throw error
    log.warn('an old content stays parked', { version: version.id, code: codeOf(error) })
    await removeQuietly(root, nextPath(version.id))
    return false
  }
}
