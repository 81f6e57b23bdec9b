/**
 * What all devices of a folder together remember. Promises that a device which goes away, is silent or
 * breaks the rules costs only its own part, and says whose part is missing. Never changes anything, and
 * never keeps more of one device's answers than a bounded number.
 */
import { isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'
import type { HistoryPage, HistoryQuery, KeptVersion, PastChange, PathContent } from '../core/history.ts'
import { correct, doubtful, makeConsistent, undo, unknownPast } from '../core/moment.ts'
import type { Past } from '../core/moment.ts'
import { pathHistory } from '../core/path-history.ts'
import type { PastEntry, Present, Teller } from '../core/path-history.ts'
import type { DeviceId, FileRecord, RelativePath } from '../core/record.ts'
import { isWithin } from '../sync/path-order.ts'
import type { FolderContext, HistorySource } from '../sync/ports.ts'
import { liveOf } from '../sync/target.ts'
import { contentKey, Holders, HOLDERS_LIMIT } from './holders.ts'
import type { Holder } from './holders.ts'

export interface RecallParts {
  readonly context: FolderContext
  /** The other devices that share the folder, by the configuration. */
  readonly others: readonly DeviceId[]
  /** Those of them that can be asked now. */
  histories(): readonly HistorySource[]
}

/** Pages of one question: more than any honest history of a household has. */
const PAGES_LIMIT = 20_000
/** Changes of one path, and versions that no change listed tells of, from each device. */
const PATH_LIMIT = 2_000
/** Changes undone on the way to a moment: some 300 MB of log. */
const CHANGES_LIMIT = 2_000_000

/** This device, asked as any other. */
function ownHistory({ archive, self }: FolderContext): HistorySource {
  return {
    device: self.device,
    ask: (query) => archive.history(query),
    read: (version, offset, length) => archive.readVersion(version, offset, length),
  }
}

type Question = Omit<HistoryQuery, 'cursor'>

/** Every page of an answer, or those from a page's `next` on. PEER_GONE, TIMEOUT, PEER_PROTOCOL, LIMIT_EXCEEDED. */
async function* pagesOf(
  source: HistorySource,
  question: Question,
  signal: AbortSignal,
  from = '',
): AsyncGenerator<HistoryPage> {
  let cursor = from
  for (let count = 0; count < PAGES_LIMIT; count++) {
    const page = await source.ask({ ...question, cursor }, signal)
    if (!page) throw new PeerfoldError('PEER_GONE', 'the device tells nothing of this folder')
    if ([...page.changes, ...page.versions].some(({ path }) => !isAsked(question, path)))
      throw new PeerfoldError('PEER_PROTOCOL', 'the device tells what was not asked for')
    yield page
    if (page.next === '') return
    if (page.next === cursor) throw new PeerfoldError('PEER_PROTOCOL', 'the answer does not go on')
    cursor = page.next
  }
  throw new PeerfoldError('LIMIT_EXCEEDED', 'the history is too long')
}

function isAsked({ under, exact }: Question, path: RelativePath): boolean {
  return exact ? path === under : isWithin(path, under)
}

/** Asks other devices at the same time; those that failed are missing from the result. */
async function fromOthers<Asked extends { readonly device: DeviceId }, Answer>(
  { log }: FolderContext,
  others: readonly Asked[],
  signal: AbortSignal,
  ask: (other: Asked) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = await Promise.all(
    others.map(async (other): Promise<Answer[]> => {
      try {
        return [await ask(other)]
      } catch (error) {
        signal.throwIfAborted()
        if (!isPeerfoldError(error)) throw error
        const facts = { device: other.device, code: error.code, reason: textOf(error) }
        log.info('a device could not tell its history', facts)
        return []
      }
    }),
  )
  return answers.flat()
}

// ---- one path --------------------------------------------------------------------------------

export interface RecalledPath {
  /** Newest first. */
  readonly entries: readonly PastEntry[]
  /** Devices whose memory is in it, this one first. */
  readonly told: readonly DeviceId[]
  /** Devices that share the folder and did not answer. */
  readonly missing: readonly DeviceId[]
}

export async function recallPath(
  parts: RecallParts,
  path: RelativePath,
  signal: AbortSignal,
): Promise<RecalledPath> {
  const { context, others } = parts
  const changesOf = (source: HistorySource): Promise<Changes> => listChanges(context, source, path, signal)
  const own = await changesOf(ownHistory(context))
  const theirs = await fromOthers(context, parts.histories(), signal, changesOf)
  const named = new Set([own, ...theirs].flatMap(({ changes }) => changes.flatMap(contentsOf)))
  const tellerOf = async ({ source, ...told }: Changes): Promise<Teller> => {
    return { ...told, versions: await listVersions(source, path, named, signal) }
  }
  const tellers = [await tellerOf(own), ...(await fromOthers(context, theirs, signal, tellerOf))]
  const told = tellers.map(({ device }) => device)
  const missing = others.filter((device) => !told.includes(device))
  const present = await presentAt(context, path)
  return { entries: pathHistory(tellers, present, missing.length === 0), told, missing }
}

type Changes = Omit<Teller, 'versions'> & { readonly source: HistorySource }

async function listChanges(
  { clock }: FolderContext,
  source: HistorySource,
  path: RelativePath,
  signal: AbortSignal,
): Promise<Changes> {
  const changes: PastChange[] = []
  let aheadMs = 0
  for await (const page of pagesOf(source, { part: 'changes', under: path, exact: true }, signal)) {
    aheadMs = Math.round(page.nowMs - clock.nowMs())
    changes.push(...page.changes)
    if (changes.length >= PATH_LIMIT) break
  }
  return { source, device: source.device, aheadMs, changes }
}

function contentsOf({ is, was }: PastChange): string[] {
  return [is, was].flatMap((content) => (content && content.contentHash !== '' ? contentKey(content) : []))
}

/** The newest, and of what is `named` one at least, however old: it must not pass for not kept. */
async function listVersions(
  source: HistorySource,
  path: RelativePath,
  named: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<KeptVersion[]> {
  const listed: KeptVersion[] = []
  const unseen = new Set(named)
  for await (const { versions } of pagesOf(source, { part: 'versions', under: path, exact: true }, signal)) {
    for (const version of versions)
      if (unseen.delete(contentKey(version)) || listed.length < PATH_LIMIT) listed.push(version)
    if (unseen.size === 0 && listed.length >= PATH_LIMIT) break
  }
  return listed
}

async function presentAt(context: FolderContext, path: RelativePath): Promise<Present | undefined> {
  const record = await liveAt(context, path)
  if (!record) return undefined
  const { kind, contentHash, size, mtimeNs, author } = record
  return { content: { kind, contentHash }, size, mtimeNs, author }
}

async function liveAt({ index, folder }: FolderContext, path: RelativePath): Promise<FileRecord | undefined> {
  const [row] = await index.call('local', { folder, paths: [path] })
  return liveOf(row)
}

// ---- a moment --------------------------------------------------------------------------------

export interface Recalled {
  readonly past: Past
  /** Whose log it was read from. */
  readonly device: DeviceId
  /** By how much that device's clock is ahead of ours, ms. */
  readonly aheadMs: number
  /** The last change that counts, by that device's clock. */
  readonly asOfMs: number
}

/**
 * What lay below `under` at `atMs` by this device's clock: by the log of this device, or when that one
 * does not reach back so far, by the log of another, whose times are shifted by what its clock shows
 * now. One log is followed all the way, so that the result is a state that some device really had.
 * HISTORY_TOO_SHORT.
 */
export async function recallMoment(
  parts: RecallParts,
  under: RelativePath,
  atMs: number,
  signal: AbortSignal,
): Promise<Recalled> {
  const own = await undoUntil(ownHistory(parts.context), under, atMs, 0, signal)
  if (own) return own
  const logs = await fromOthers(parts.context, parts.histories(), signal, async (source) => {
    const aheadMs = await aheadOf(parts.context, source, signal)
    return undoUntil(source, under, Math.trunc(atMs) + aheadMs, aheadMs, signal)
  })
  const [log] = logs.filter((one) => one !== undefined).toSorted((a, b) => (a.device < b.device ? -1 : 1))
  if (!log) throw new PeerfoldError('HISTORY_TOO_SHORT', 'no history reaches back to that moment', { atMs })
  return log
}

async function aheadOf(
  { clock }: FolderContext,
  source: HistorySource,
  signal: AbortSignal,
): Promise<number> {
  // Nothing has this id, so the answer is nothing but the time.
  const query = { part: 'versions', under: '', exact: false, version: '-', cursor: '' } as const
  const page = await source.ask(query, signal)
  if (!page) throw new PeerfoldError('PEER_GONE', 'the device tells nothing of this folder')
  return Math.round(page.nowMs - clock.nowMs())
}

/** Undefined when the log does not reach back so far. */
async function undoUntil(
  source: HistorySource,
  under: RelativePath,
  sinceMs: number,
  aheadMs: number,
  signal: AbortSignal,
): Promise<Recalled | undefined> {
  const past = unknownPast()
  let count = 0
  for await (const page of pagesOf(source, { part: 'changes', under, exact: false, sinceMs }, signal)) {
    undo(past, page.changes)
    count += page.changes.length
    if (count > CHANGES_LIMIT)
      throw new PeerfoldError('LIMIT_EXCEEDED', 'too much has changed since', { count })
    if (page.asOfMs === undefined) continue
    if (!(await lookFurtherBack(source, { under, sinceMs }, page.next, past, signal))) return undefined
    makeConsistent(past)
    return { past, device: source.device, aheadMs, asOfMs: page.asOfMs }
  }
  return undefined
}

/** False when the log was shortened meanwhile, so that nothing can be concluded from what it does not say. */
async function lookFurtherBack(
  source: HistorySource,
  { under, sinceMs }: { under: RelativePath; sinceMs: number },
  from: string,
  past: Past,
  signal: AbortSignal,
): Promise<boolean> {
  const asked = doubtful(past)
  const question = { part: 'changes', under, exact: false } as const
  if (asked.size === 0) return true
  for await (const { changes } of pagesOf(source, question, signal, from)) {
    correct(past, asked, changes)
    if (asked.size === 0) return true
  }
  const again = await source.ask({ ...question, sinceMs, cursor: from }, signal)
  return again?.asOfMs !== undefined
}

// ---- contents --------------------------------------------------------------------------------

export interface Found {
  /** Those of this device first. */
  readonly holders: Holders
  /** Devices that share the folder and were not asked in vain, because they did not answer. */
  readonly missing: readonly DeviceId[]
}

/** Looks for contents: kept here, live here, kept elsewhere, in that order, but for what was `tried`. */
export async function findContents(
  parts: RecallParts,
  under: RelativePath,
  wanted: readonly PathContent[],
  signal: AbortSignal,
  tried: readonly Holder[] = [],
): Promise<Found> {
  const { context } = parts
  const holders = new Holders(wanted, tried)
  await addKept(holders, ownHistory(context), under, signal)
  for (const content of holders.lacking())
    for (const record of await twinsOf(context, content)) holders.add({ kind: 'live', record })
  if (holders.isComplete) return { holders, missing: [] }
  const lacking = holders.lacking()
  const told = await fromOthers(context, parts.histories(), signal, async (source) => {
    const theirs = new Holders(lacking, tried)
    await addKept(theirs, source, under, signal)
    return { device: source.device, theirs }
  })
  for (const { theirs } of told) holders.addAll(theirs)
  const asked = new Set(told.map(({ device }) => device))
  return { holders, missing: parts.others.filter((device) => !asked.has(device)) }
}

/** First where the contents lay, then in the whole folder: it may have lain elsewhere as well. */
async function addKept(
  holders: Holders,
  source: HistorySource,
  under: RelativePath,
  signal: AbortSignal,
): Promise<void> {
  for (const place of under === '' ? [''] : [under, '']) {
    if (holders.isComplete) return
    const question = { part: 'versions', under: place, exact: false } as const
    for await (const { versions } of pagesOf(source, question, signal)) {
      for (const version of versions) holders.add({ kind: 'kept', source, version })
      if (holders.isComplete) return
    }
  }
}

async function twinsOf(
  { index, folder }: FolderContext,
  { kind, contentHash }: PathContent,
): Promise<FileRecord[]> {
  return index.call('twins', { folder, kind, contentHash, limit: HOLDERS_LIMIT })
}
