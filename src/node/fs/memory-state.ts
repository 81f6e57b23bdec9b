/**
 * The state of one memory disk: its inodes, its names, its clock and its limits. Promises that
 * every change is one step that either happened or threw, with the errno a real disk would give.
 * Never awaits: whoever calls it decides about interleaving.
 */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { isUnusableOnWindows } from './awkward-names.ts'
import type { FileKind, FileStat } from './file-system.ts'
import { type Entry, type Inode, makeDurable, newInode } from './memory-inode.ts'
import { type NameChange, NameJournal } from './memory-journal.ts'

/** What a kind of disk can and cannot do; tests may change it while the disk is in use. */
export interface MemoryDiskSettings {
  /** Times are cut to multiples of this: 1n like ext4, 10_000_000n like an old kernel, 2_000_000_000n like FAT. */
  granularityNs: bigint
  /** Whether "A" and "a" are one name. */
  caseInsensitive: boolean
  /** Whether composed and decomposed Unicode are one name, as on APFS. */
  normalizing: boolean
  hardLinks: boolean
  symlinks: boolean
  /** Whether names that Windows cannot hold are refused, and dots and spaces at the end cut off, as on FAT. */
  windowsNames: boolean
  /** Bytes of the longest file: FAT ends at 2^32 - 1. */
  fileBytes: number
  /** Bytes of content the disk takes before DISK_FULL. */
  capacityBytes: number
  /** Bytes of content that the user may have on it, of which freeBytes knows nothing. */
  quotaBytes: number
  readOnly: boolean
  /** Bits taken off the mode of what the engine creates. */
  umask: number
}

export const LIKE_EXT4: MemoryDiskSettings = {
  granularityNs: 1n,
  caseInsensitive: false,
  normalizing: false,
  hardLinks: true,
  symlinks: true,
  windowsNames: false,
  fileBytes: Number.MAX_SAFE_INTEGER,
  capacityBytes: Number.MAX_SAFE_INTEGER,
  quotaBytes: Number.MAX_SAFE_INTEGER,
  readOnly: false,
  umask: 0o022,
}

/** What two names have in common that such a disk takes for one. */
export function keyOf(settings: MemoryDiskSettings, name: string): string {
  const kept = keptAs(settings, name)
  const shape = settings.normalizing ? kept.normalize('NFC') : kept
  return settings.caseInsensitive ? shape.toLowerCase() : shape
}

/** The name under which something is found when it was made as `name`. */
function keptAs(settings: MemoryDiskSettings, name: string): string {
  return settings.windowsNames ? name.replace(/[. ]+$/, '') : name
}

/** How one crash went, for counting rare events. */
export interface CrashReport {
  readonly namesKept: number
  readonly namesLost: number
  readonly contentOld: number
  readonly contentNew: number
  readonly contentTruncated: number
  readonly contentZeroed: number
}

/** What a real disk answers; turned into our codes where operation and path are known. */
export class MemoryErrno extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** A name in a directory, whether or not something has it. */
export interface Place {
  readonly directory: Inode
  readonly name: string
  readonly key: string
  readonly entry: Entry | undefined
  /** From the root down to `directory`. */
  readonly above: readonly Inode[]
}

const READ = 0o400
const WRITE = 0o200
const ENTER = 0o100
const FIRST_INODE = 11n
const NAME_BYTES_LIMIT = 255

export class MemoryState {
  readonly settings: MemoryDiskSettings
  readonly journal = new NameJournal((inode) => this.#collect(inode))
  readonly #clock: Clock
  readonly #random: Random
  readonly root: Inode
  usedBytes = 0
  /** Bytes taken by each inode that still counts; the sum is usedBytes. */
  readonly #charged = new Map<Inode, number>()
  /** Inodes whose number is taken. */
  readonly #numbered = new Set<Inode>()
  #serial = 0
  #nextNumber = FIRST_INODE
  /** Sorted upwards: the lowest free number is given out first, as ext4 does within a group. */
  #freeNumbers: bigint[] = []

  constructor(clock: Clock, random: Random, settings: MemoryDiskSettings) {
    this.#clock = clock
    this.#random = random
    this.settings = settings
    this.root = this.make('directory', 0o755)
    this.root.names = this.root.durableNames = 1
  }

  stamp(): bigint {
    return this.cut(this.#clock.nowNs())
  }

  /** `ns` as this disk can keep it. */
  cut(ns: bigint): bigint {
    const { granularityNs } = this.settings
    return ns - (((ns % granularityNs) + granularityNs) % granularityNs)
  }

  keyOf(name: string): string {
    return keyOf(this.settings, name)
  }

  make(kind: FileKind, mode: number, target = ''): Inode {
    const now = this.stamp()
    const number = this.#freeNumbers.shift() ?? this.#nextNumber++
    const metadata = { mode, mtimeNs: now, ctimeNs: now }
    const inode = newInode(++this.#serial, number, kind, metadata, target)
    this.#numbered.add(inode)
    return inode
  }

  statOf(inode: Inode): FileStat {
    const { mode, mtimeNs, ctimeNs } = inode.now
    const size = inode.kind === 'symlink' ? Buffer.byteLength(inode.target) : inode.content.size
    const { kind, number, names } = inode
    return { kind, size, mode, mtimeNs, ctimeNs, inode: number, links: names, device: 1n }
  }

  /** Follows `names` down from `from`, never through a link. */
  enter(from: Inode, names: readonly string[]): Inode[] {
    const passed = [from]
    for (const name of names) {
      const directory = passed.at(-1)!
      this.#require(directory, ENTER)
      const next = directory.entries.get(this.keyOf(name))?.inode
      if (next === undefined) throw new MemoryErrno('ENOENT')
      if (next.kind !== 'directory') throw new MemoryErrno('ENOTDIR')
      passed.push(next)
    }
    return passed
  }

  place(above: readonly Inode[], name: string): Place {
    const directory = above.at(-1)!
    this.#require(directory, ENTER)
    if (Buffer.byteLength(name) > NAME_BYTES_LIMIT) throw new MemoryErrno('ENAMETOOLONG')
    const key = this.keyOf(name)
    return { directory, name, key, entry: directory.entries.get(key), above }
  }

  requireRead(inode: Inode): void {
    this.#require(inode, READ)
  }

  requireWrite(inode: Inode): void {
    if (this.settings.readOnly) throw new MemoryErrno('EROFS')
    this.#require(inode, WRITE)
  }

  #require(inode: Inode, bit: number): void {
    if ((inode.now.mode & bit) === 0) throw new MemoryErrno('EACCES')
  }

  add(place: Place, inode: Inode): NameChange {
    if (place.entry !== undefined) throw new MemoryErrno('EEXIST')
    if (inode.kind === 'symlink' && !this.settings.symlinks) throw new MemoryErrno('EPERM')
    const name = this.#newName(place.name)
    const entry = { name, shown: name, inode }
    return this.change({ edits: [{ ...place, entry }], inodes: [inode], above: [] })
  }

  link(from: Place, to: Place): NameChange {
    const inode = required(from).inode
    if (inode.kind === 'directory') throw new MemoryErrno('EPERM')
    if (!this.settings.hardLinks) throw new MemoryErrno('EOPNOTSUPP')
    if (to.entry !== undefined) throw new MemoryErrno('EEXIST')
    const name = this.#newName(to.name)
    const entry = { name, shown: name, inode }
    return this.change({ edits: [{ ...to, entry }], inodes: [inode], above: to.above })
  }

  /** Undefined when both names already are the same inode: POSIX then does nothing. */
  rename(from: Place, to: Place): NameChange | undefined {
    const moved = required(from).inode
    const victim = to.entry?.inode
    const sameName = from.directory === to.directory && from.key === to.key
    if (victim === moved && !sameName) return undefined
    if (moved.kind === 'directory' && to.above.includes(moved)) throw new MemoryErrno('EINVAL')
    if (victim !== undefined && !sameName) requireReplaceable(moved, victim)
    const name = this.#newName(to.name)
    const entry = { name, shown: name, inode: moved }
    const removed = sameName ? [] : [{ ...from, entry: undefined }]
    const inodes = victim === undefined || sameName ? [moved] : [moved, victim]
    return this.change({ edits: [...removed, { ...to, entry }], inodes, above: to.above })
  }

  #newName(name: string): string {
    const kept = keptAs(this.settings, name)
    if (this.settings.windowsNames && isUnusableOnWindows(kept)) throw new MemoryErrno('EINVAL')
    return kept
  }

  remove(place: Place): NameChange {
    const { inode } = required(place)
    return this.change({ edits: [{ ...place, entry: undefined }], inodes: [inode], above: [] })
  }

  change(change: NameChange): NameChange {
    this.journal.record(change)
    const now = this.stamp()
    for (const { directory } of change.edits) directory.now = { ...directory.now, mtimeNs: now, ctimeNs: now }
    for (const inode of change.inodes) inode.now = { ...inode.now, ctimeNs: now }
    return change
  }

  /** Runs a change of size or bytes within the disk's capacity. */
  setContent(inode: Inode, sizeAfter: number, apply: () => void): void {
    if (sizeAfter > this.settings.fileBytes) throw new MemoryErrno('EFBIG')
    const grown = sizeAfter - inode.content.size
    if (grown > 0 && this.usedBytes + grown > this.settings.capacityBytes) throw new MemoryErrno('ENOSPC')
    if (grown > 0 && this.usedBytes + grown > this.settings.quotaBytes) throw new MemoryErrno('EDQUOT')
    apply()
    this.#charge(inode, grown)
    const now = this.stamp()
    inode.now = { ...inode.now, mtimeNs: now, ctimeNs: now }
    inode.contentDirty = true
    inode.metadataDirty = true
  }

  #charge(inode: Inode, bytes: number): void {
    this.usedBytes += bytes
    this.#charged.set(inode, (this.#charged.get(inode) ?? 0) + bytes)
  }

  setMetadata(inode: Inode, change: { mode?: number; mtimeNs?: bigint }): void {
    if (this.settings.readOnly) throw new MemoryErrno('EROFS')
    const mtimeNs = change.mtimeNs === undefined ? inode.now.mtimeNs : this.cut(change.mtimeNs)
    inode.now = { mode: change.mode ?? inode.now.mode, mtimeNs, ctimeNs: this.stamp() }
    inode.metadataDirty = true
  }

  /** Gives back the space of what no name and no handle reaches, and its number once durably so. */
  #collect(inode: Inode): void {
    if (inode.handles > 0 || inode.names > 0) return
    this.usedBytes -= this.#charged.get(inode) ?? 0
    this.#charged.delete(inode)
    const mayReturn = inode.durableNames > 0 || inode.pendingChanges > 0
    if (mayReturn || !this.#numbered.delete(inode)) return
    this.#freeNumbers.push(inode.number)
    this.#freeNumbers.sort((a, b) => (a < b ? -1 : 1))
  }

  open(inode: Inode): void {
    inode.handles++
  }

  closeHandle(inode: Inode): void {
    inode.handles--
    this.#collect(inode)
  }

  openHandles(): number {
    return [...this.#numbered].reduce((sum, inode) => sum + inode.handles, 0)
  }

  closeAllHandles(): void {
    for (const inode of [...this.#numbered]) {
      inode.handles = 0
      this.#collect(inode)
    }
  }

  /** Everything written is durable, as it would be after a while. */
  flush(): void {
    this.journal.settleAll()
    this.#numbered.forEach(makeDurable)
  }

  /** The disk as a power cut could have left it. */
  crash(): CrashReport {
    const names = this.journal.crash(this.root, this.#random)
    const report = { namesKept: names.kept, namesLost: names.lost, ...NOTHING_LOST }
    const found = new Set<Inode>()
    this.#restore(this.root, found)
    for (const inode of found) this.#restoreContent(inode, report)
    this.usedBytes = 0
    this.#charged.clear()
    for (const inode of found) this.#charge(inode, inode.content.size)
    for (const inode of [...this.#numbered]) {
      if (found.has(inode)) continue
      inode.names = inode.durableNames = inode.handles = 0
      this.#collect(inode)
    }
    return report
  }

  /** Makes what is durable below `inode` the present. */
  #restore(inode: Inode, found: Set<Inode>): void {
    if (inode.kind !== 'directory' && found.has(inode)) {
      inode.names = ++inode.durableNames
      return
    }
    found.add(inode)
    inode.handles = 0
    inode.names = inode.durableNames = 1
    inode.entries = new Map(inode.durableEntries)
    for (const entry of inode.durableEntries.values()) this.#restore(entry.inode, found)
  }

  #restoreContent(inode: Inode, report: Counted<CrashReport>): void {
    if (inode.metadataDirty && this.#random.below(2) === 0) inode.now = { ...inode.durable }
    if (inode.contentDirty) {
      const [fate, bytes] = this.#unsynced(inode)
      report[fate]++
      inode.content.replace(bytes)
    }
    makeDurable(inode)
  }

  #unsynced(inode: Inode): [keyof typeof NOTHING_LOST, Uint8Array] {
    const written = inode.content.share()
    const kept = this.#random.below(written.length + 1)
    switch (this.#random.below(4)) {
      case 0:
        return ['contentOld', inode.durableContent]
      case 1:
        return ['contentTruncated', written.slice(0, kept)]
      case 2:
        return ['contentZeroed', Uint8Array.from(written).fill(0, this.#random.below(2) * kept)]
      default:
        return ['contentNew', written]
    }
  }
}

type Counted<Report> = { -readonly [Key in keyof Report]: number }

const NOTHING_LOST = { contentOld: 0, contentNew: 0, contentTruncated: 0, contentZeroed: 0 }

function required(place: Place): Entry {
  if (place.entry === undefined) throw new MemoryErrno('ENOENT')
  return place.entry
}

function requireReplaceable(moved: Inode, victim: Inode): void {
  if (moved.kind === 'directory' && victim.kind !== 'directory') throw new MemoryErrno('ENOTDIR')
  if (moved.kind !== 'directory' && victim.kind === 'directory') throw new MemoryErrno('EISDIR')
  if (victim.entries.size > 0) throw new MemoryErrno('ENOTEMPTY')
}
