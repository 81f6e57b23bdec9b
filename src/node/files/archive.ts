/**
 * Fits the versions of a folder to what the engine asks of an archive. Promises that content is
 * durable in the versions before the engine displaces it, and that a history that cannot be
 * written is reported, costs no change, and is written later.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { FileRecord } from '../core/record.ts'
import { contentPath } from '../durability/layout.ts'
import type { VersionId } from '../durability/layout.ts'
import type { PackIndexes } from '../durability/catalogue.ts'
import { createHistoryLog } from '../durability/history.ts'
import type { HistoryChange, PathContent } from '../durability/history.ts'
import { trimHistory } from '../durability/trim-history.ts'
import { createVersionStore } from '../durability/park.ts'
import type { VersionStore } from '../durability/park.ts'
import type { ConfirmLive } from '../durability/set-aside.ts'
import { Upkeep } from '../durability/upkeep.ts'
import type { UpkeepParts } from '../durability/upkeep.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { OWN_DIRECTORY } from '../fs/own-directory.ts'
import type { Archive, NotedChange } from '../sync/ports.ts'
import { checkVersions } from './check-versions.ts'
import { HistoryNotes } from './history-notes.ts'
import { historyPage, readKept } from './tell-history.ts'

export interface ArchiveParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly confirm?: ConfirmLive | undefined
  /** What keeps old contents in order in the background; without it they stay as they were parked. */
  readonly upkeep?: Pick<UpkeepParts, 'blocks' | 'settings' | 'isBusy'> | undefined
}

/** Parked contents found by their hash: about 2 MB, and a directory of many files that is moved at once. */
const LATELY = 10_000

/** Opens the versions of a folder; leftovers of an interrupted run are swept first. */
export async function openArchive(
  root: FolderRoot,
  parts: ArchiveParts,
): Promise<Archive & { readonly versions: VersionStore; readonly upkeep: Upkeep | undefined }> {
  const versions = createVersionStore(root, { ...parts, beforeStamp: async () => upkeep?.beforeStamp() })
  await versions.sweep()
  const history = createHistoryLog(root)
  let [readers, trims] = [0, 0]
  const trim = async (beforeMs: number): Promise<void> => {
    // A page is told from places in the log: those of now.
    if (readers > 0) return
    const bytes = await trimHistory(root, { beforeMs, nowMs: parts.clock.nowMs() })
    if (bytes === 0) return
    trims++
    parts.log.info('the history was shortened', { bytes })
  }
  const upkeep: Upkeep | undefined =
    parts.upkeep &&
    new Upkeep({
      ...parts,
      ...parts.upkeep,
      root,
      isUnderWay: versions.isUnderWay,
      trimHistory: (beforeMs) => history.alone(() => trim(beforeMs)),
    })
  await upkeep?.sweep()
  upkeep?.start()
  const packIndexes: PackIndexes = new Map()
  const notes = new HistoryNotes({
    log: parts.log,
    append: (lines) => history.append(lines),
    // A root that lost the engine's directory gets no new one for the sake of a log.
    hasPlace: async () => (await root.lstat(OWN_DIRECTORY)) !== undefined,
  })
  /** Content hash to version, the latest last: what was moved, swapped or put back is asked for soon. */
  const lately = new Map<string, VersionId>()
  const remember = (contentHash: string, id: VersionId): void => {
    lately.delete(contentHash)
    lately.set(contentHash, id)
    const [oldest] = lately.keys()
    if (lately.size > LATELY && oldest !== undefined) lately.delete(oldest)
  }
  return {
    versions,
    upkeep,
    async close() {
      await notes.note([])
      await upkeep?.stop()
    },
    async park({ path, record, reason, by }) {
      if (record.kind === 'directory') throw new PeerfoldError('INTERNAL', 'directories are not parked')
      const { mode, mtimeNs, size, contentHash, linkTarget, author } = record
      const handle = await versions.prepare({
        path,
        kind: record.kind,
        mode,
        mtimeNs,
        size,
        contentHash,
        linkTarget,
        author,
        reason,
        displacedBy: by,
      })
      const live = await versions.adopt(handle, path, 'link')
      upkeep?.parked()
      if (record.kind === 'file' && contentHash !== '') remember(contentHash, handle.id)
      return { live, abandon: () => versions.abandon(handle) }
    },
    check: (after, pace, signal) => checkVersions(root, versions, after, pace, signal),
    async findParked(contentHash) {
      const id = lately.get(contentHash)
      if (id === undefined) return undefined
      if ((await root.lstat(contentPath(id))) !== undefined) return contentPath(id)
      lately.delete(contentHash)
      return undefined
    },
    note(changes) {
      const timeMs = parts.clock.nowMs()
      return notes.note(changes.map((change) => historyChange(change, timeMs)))
    },
    async history(query) {
      readers++
      try {
        await notes.note([])
        // Going back by a log that lacks the last changes would leave them as they are, without a word.
        if (query.sinceMs !== undefined && notes.refusal !== undefined) throw notes.refusal
        await history.alone(async () => undefined)
        return await historyPage(root, query, parts.clock.nowMs(), trims)
      } finally {
        readers--
      }
    },
    readVersion: (version, offset, length) => readKept(root, version, offset, length, packIndexes),
  }
}

function historyChange({ record, before, source }: NotedChange, timeMs: number): HistoryChange {
  return {
    timeMs,
    path: record.path,
    is: record.deleted ? undefined : contentOf(record),
    was: before && contentOf(before),
    device: record.author.device,
    name: record.author.name,
    source,
  }
}

function contentOf({ kind, contentHash }: FileRecord): PathContent {
  return { kind, contentHash }
}
