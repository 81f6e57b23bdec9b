/**
 * A folder as the configuration has it: open and in step, paused, or waiting for its disk. Promises
 * to keep trying while the disk is away, and never to make a marker. Numbers nothing before the
 * index was compared with the high-water mark.
 */
import { codeOf, isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Job } from '../base/job.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { FolderPolicy } from '../core/folder-policy.ts'
import type { Author, DeviceId, FolderId } from '../core/record.ts'
import type { FileStat, FileSystem, FolderRoot, Watcher } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { HighWaterMark } from '../index/high-water-mark.ts'
import type { FolderPosition, IndexOperations } from '../index/index-port.ts'
import { leapBehind } from '../index/lives.ts'
import type { BlockJob } from '../store/block-job.ts'
import type { BlockSource } from './assemble.ts'
import { confirmHeld } from './confirm-held.ts'
import { DecidedChanges } from './decided-changes.ts'
import { DiskSpace } from './disk-space.ts'
import { FolderErrors } from './folder-errors.ts'
import { FolderSync } from './folder-sync.ts'
import type { FolderProgress } from './folder-sync.ts'
import { createIgnoreRules, IGNORE_FILE, IGNORE_FILE_LIMIT } from './ignore-rules.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { Sight } from './sight.ts'
import { readMarker } from './marker.ts'
import { PathLocks } from './path-locks.ts'
import type { Archive, FolderContext } from './ports.ts'
import type { TransferLog } from './transfers.ts'
import type { WalkOperations } from './walk-job.ts'

export interface FolderSettings {
  readonly id: FolderId
  /** Absolute. */
  readonly path: string
  /** The other devices that share it. */
  readonly devices: readonly DeviceId[]
  readonly paused: boolean
  readonly policy: FolderPolicy
  /** This device's own rules, after those of the folder. */
  readonly ignoreRules: readonly string[]
}

/** Looks at a file whose ctime is about to move, or moved, though its content stays. */
export type Confirm = (path: RelativePath, is: FileStat, was?: FileStat | 'unknown') => Promise<unknown>

export interface FolderParts {
  readonly index: Job<IndexOperations>
  readonly walks: Job<WalkOperations>
  readonly blocks: BlockJob
  readonly mark: HighWaterMark
  readonly fileSystem: FileSystem
  readonly watcher: Watcher
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly transfers: TransferLog
  /** This device; its name may change. */
  self(): Author
  /** Where displaced content of this folder goes; called once per opening. */
  openArchive(root: FolderRoot, folder: FolderId, confirm: Confirm): Promise<Archive>
  /** As the context's, for the folder `by`. */
  otherRoots(by: FolderId): ReadonlyMap<FolderId, string>
  sources(folder: FolderId): readonly BlockSource[]
  /** Whether a connected device is known to have more to tell of the folder, now. */
  isIndexComing(folder: FolderId): boolean
  announce(folder: FolderId): void
  /** What was read there is not what we announced. */
  suspect(folder: FolderId, path: RelativePath): void
  /** The index turned out to be older than what was told of it, or a copy: a person should know. */
  setBack(folder: FolderId): void
  /** Positions or what is shared changed: tell every connected device. */
  foldersChanged(): void
  changed(): void
}

/** Tried again after this while the disk is away. */
const RETRY_MS = 10_000
/** Editors empty a file, or take it away, for milliseconds while they save it; a guess. */
const RULES_STAY_MS = 1_000
/** Who writes them all the time gets those of the last look. */
const RULES_LOOKS = 10

export class FolderHandle {
  readonly errors = new FolderErrors()
  readonly #parts: FolderParts
  readonly #stop = new AbortController()
  #settings: FolderSettings
  /** Its life in the index: one for each start of the node, however often the folder has to be opened. */
  #hasBegun = false
  #sync: FolderSync | undefined
  #root: FolderRoot | undefined
  #archive: Archive | undefined
  #rules: IgnoreRules = createIgnoreRules([])
  #sharedLines: readonly string[] | undefined
  #broken: { code: ErrorCode; message: string } | undefined
  #opening: Promise<void> = Promise.resolve()

  constructor(settings: FolderSettings, parts: FolderParts) {
    this.#settings = settings
    this.#parts = parts
  }

  get settings(): FolderSettings {
    return this.#settings
  }

  /** Present while the folder is open. */
  get sync(): FolderSync | undefined {
    return this.#sync
  }

  get progress(): FolderProgress {
    const rest = { scanning: false, firstScanFinished: false, obtainable: 0, entriesScanned: 0 }
    return this.#sync?.progress ?? { ...rest, broken: this.#broken }
  }

  /** Lines of the folder's own rules, as last read. */
  get sharedRules(): readonly string[] {
    return this.#sharedLines ?? []
  }

  /** Resolves when the first attempt to open it is over, whatever came of it. */
  start(): Promise<void> {
    this.#opening = this.#settings.paused ? this.#openIndex().catch(() => {}) : this.#keepTrying()
    return this.#opening
  }

  async stop(): Promise<void> {
    this.#stop.abort(new DOMException('the folder stops', 'AbortError'))
    await this.#opening
    await this.#sync?.stop()
    this.#sync = undefined
    await this.#closeRoot()
  }

  /** Other devices or rules; anything else needs a new handle. */
  async configure(settings: FolderSettings): Promise<void> {
    this.#settings = settings
    await this.#opening
    const { id, devices, policy } = settings
    await this.#parts.index.call('setSharing', { folder: id, devices, policy })
    this.#sync?.look('', 'tree')
    this.#sync?.indexChanged()
    this.#parts.announce(id)
  }

  async #keepTrying(): Promise<void> {
    const { signal } = this.#stop
    const open = async (): Promise<void> => {
      try {
        await this.#open()
        this.#broken = undefined
      } catch (error) {
        this.#broken = { code: codeOf(error), message: textOf(error) }
        const { log } = this.#parts
        log.warn('folder cannot be opened', { folder: this.#settings.id, ...this.#broken })
        if (!signal.aborted) this.#parts.clock.after(RETRY_MS, () => this.#retry())
      }
      this.#parts.changed()
    }
    await open()
  }

  #retry(): void {
    if (!this.#stop.signal.aborted && !this.#sync) this.#opening = this.#keepTrying()
  }

  async #open(): Promise<void> {
    const { id, path } = this.#settings
    const { fileSystem, openArchive } = this.#parts
    const root = await fileSystem.openRoot(path)
    try {
      const marker = await readMarker(root, id)
      const rootStat = await root.lstat('')
      if (!rootStat) throw new PeerfoldError('FOLDER_PATH_MISSING', 'the directory is gone', { path })
      await this.#openIndex()
      const { index, blocks, clock } = this.#parts
      await index.call('setRootDevice', { folder: id, device: rootStat.device })
      // Who came late when it was closed may have opened what stood in its place since.
      await blocks.call('releaseRoot', { root: root.path })
      // Before anything is at work on the root: what they throw leaves nothing behind.
      await this.#openRules(root)
      const suspect = (damaged: RelativePath): void => this.#parts.suspect(id, damaged)
      const parts = { folder: id, root, index, blocks, clock, suspect }
      const confirm: Confirm = (...seen) => confirmHeld(parts, ...seen)
      const archive = await openArchive(root, id, confirm)
      const context = this.#context({ root, rootStat, marker, archive })
      this.#root = root
      this.#archive = archive
      this.#sync = this.#createSync(context)
    } catch (error) {
      await root.close()
      throw error
    }
    this.#sync.start()
    this.#parts.foldersChanged()
  }

  #context(opened: Pick<FolderContext, 'root' | 'rootStat' | 'marker' | 'archive'>): FolderContext {
    const { index, walks, blocks, clock, random, log, transfers, otherRoots, suspect } = this.#parts
    const folder = this.#settings.id
    const { self } = this.#parts
    const rules = (): IgnoreRules => this.#rules
    return {
      folder,
      ...opened,
      index,
      walks,
      blocks,
      clock,
      random,
      log: log.with({ folder }),
      get self() {
        return self()
      },
      locks: new PathLocks(),
      decided: new DecidedChanges(),
      space: new DiskSpace(opened.root, { clock, random }),
      errors: this.errors,
      sight: new Sight({ folder, index, errors: this.errors, rules }),
      transfers,
      rules,
      suspect: (path) => suspect(folder, path),
      otherRoots: () => otherRoots(folder),
    }
  }

  #createSync(context: FolderContext): FolderSync {
    const { watcher, sources, isIndexComing, announce, changed } = this.#parts
    const { id } = this.#settings
    return new FolderSync({
      context,
      watcher,
      reloadRules: () => this.#reloadRules(context.root),
      sources: () => sources(id),
      isIndexComing: () => isIndexComing(id),
      announce: () => announce(id),
      rootChanged: () => void this.#reopen(),
      changed,
      holdingChanged: () => this.#parts.foldersChanged(),
    })
  }

  /** The path leads elsewhere: what is open is let go, and the path is tried until it is the folder again. */
  async #reopen(): Promise<void> {
    if (this.#stop.signal.aborted || !this.#sync) return
    const sync = this.#sync
    this.#sync = undefined
    this.#opening = (async () => {
      await sync.stop()
      await this.#closeRoot()
      await this.#keepTrying()
    })()
    this.#parts.foldersChanged()
  }

  async #closeRoot(): Promise<void> {
    const root = this.#root
    this.#root = undefined
    if (!root) return
    await this.#archive?.close()
    await this.#parts.blocks.call('releaseRoot', { root: root.path })
    await root.close()
  }

  /** IGNORE_FILE_UNUSABLE, where nothing is known of those of before: what they ignore would be sent. */
  async #openRules(root: FolderRoot): Promise<void> {
    this.#sharedLines = await this.#parts.index.call('sharedRules', { folder: this.#settings.id })
    const unusable = await this.#reloadRules(root)
    if (unusable && !this.#sharedLines) throw unusable
  }

  /** Those of before stay in force where the file cannot be used: what is wrong with it. */
  async #reloadRules(root: FolderRoot): Promise<PeerfoldError | undefined> {
    const unusable = await this.#readRules(root).catch((error: unknown) => {
      if (isPeerfoldError(error) && error.code === 'IGNORE_FILE_UNUSABLE') return error
      throw error
    })
    this.#rules = createIgnoreRules([...this.sharedRules, ...this.#settings.ignoreRules])
    return unusable ?? undefined
  }

  /** IGNORE_FILE_UNUSABLE. Where there are others than before they may be half saved: only those that stay count. */
  async #readRules(root: FolderRoot): Promise<void> {
    let lines = await readSharedRules(root)
    let before = this.#sharedLines
    for (let looks = 1; looks < RULES_LOOKS && before && !areSameLines(before, lines); looks++) {
      await this.#parts.clock.sleep(RULES_STAY_MS, this.#stop.signal)
      before = lines
      lines = await readSharedRules(root)
    }
    await this.#rememberRules(lines)
    this.#sharedLines = lines
  }

  /** For a start at which the file cannot be used; before anything that they ignore no more is told. */
  async #rememberRules(lines: readonly string[]): Promise<void> {
    const { index } = this.#parts
    const folder = this.#settings.id
    // An empty file has one line.
    const isThere = lines.length > 0
    if (await index.call('setSharedRules', isThere ? { folder, lines } : { folder }))
      await index.call('makeDurable', {})
  }

  async #openIndex(): Promise<void> {
    const { id: folder, devices, policy } = this.#settings
    const freshEpoch = randomEpoch(this.#parts.random)
    const opened = await this.#parts.index.call('openFolder', { folder, devices, freshEpoch, policy })
    if (!opened.created && !this.#hasBegun) await this.#beginLife(opened)
    this.#hasBegun = true
  }

  /** Compares the index with the mark: one that went backwards starts a new epoch. */
  async #beginLife({ epoch, sequence }: FolderPosition): Promise<void> {
    const { index, mark, clock, random } = this.#parts
    const folder = this.#settings.id
    const known = mark.find(folder)
    if (!known || known.epoch !== epoch || (known.exact && sequence < known.reserved)) {
      await this.#newEpoch(epoch)
      // Without any mark nothing says that the index is not the newest there was.
      if (known || mark.isCopied(folder)) this.#parts.setBack(folder)
      return
    }
    const lost = known.exact ? sequence : known.reserved
    await index.call('skipPast', { folder, lost, leap: leapBehind(Math.max(sequence, lost), clock, random) })
  }

  /**
   * Everything of ours is announced anew. `former` is the epoch that was found to be behind: when two
   * devices tell at the same time, one new life is enough. The mark follows with the first page.
   */
  async startNewEpoch(former: number): Promise<void> {
    if (await this.#newEpoch(former)) this.#parts.setBack(this.#settings.id)
  }

  /** False when there was a new life already. */
  async #newEpoch(former: number): Promise<boolean> {
    const { index, random, log, foldersChanged } = this.#parts
    const folder = this.#settings.id
    const epoch = randomEpoch(random)
    const position = await index.call('newEpoch', { folder, former, epoch })
    if (position.epoch !== epoch) return false
    log.warn('the index went backwards; its statements are announced anew', { folder })
    foldersChanged()
    return true
  }
}

/** 48 random bits, never 0: 0 means "nothing seen". */
function randomEpoch(random: Random): number {
  return 1 + random.below(2 ** 31) + random.below(2 ** 16) * 2 ** 31
}

function areSameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, i) => line === other[i])
}

/** IGNORE_FILE_UNUSABLE. None where there is no such file. */
async function readSharedRules(root: FolderRoot): Promise<string[]> {
  const stat = await root.lstat(IGNORE_FILE)
  if (!stat) return []
  if (stat.kind !== 'file') throw unusable('the ignore rules are no plain file')
  if (stat.size > IGNORE_FILE_LIMIT) throw unusable('the ignore rules are longer than 1 MiB')
  const handle = await root.openRead(IGNORE_FILE).catch((error: unknown) => {
    throw codeOf(error) === 'PERMISSION_DENIED' ? unusable('this user may not read the ignore rules') : error
  })
  try {
    const bytes = new Uint8Array(stat.size)
    const length = await handle.read(bytes, 0)
    return Buffer.from(bytes.subarray(0, length)).toString('utf8').split(/\r?\n/)
  } finally {
    await handle.close()
  }
}

function unusable(message: string): PeerfoldError {
  return new PeerfoldError('IGNORE_FILE_UNUSABLE', message, { path: IGNORE_FILE })
}
