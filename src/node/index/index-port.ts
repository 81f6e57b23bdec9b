/**
 * What the index can be asked: one asynchronous domain call per batch, never SQL. Promises that
 * each call is one transaction. The operations run in the database's worker (index-job.ts).
 */
import type {
  Announced,
  DeviceId,
  FileRecord,
  FolderId,
  RecordKind,
  RelativePath,
  Stance,
} from '../core/record.ts'
import type { FolderMode, FolderPolicy } from '../core/folder-policy.ts'
import type { FolderPlan, HeldCause, HeldKind } from '../core/withheld.ts'
import type { DiskRow } from './rows.ts'

/** This device's statement about a path and what its disk looked like then. */
export interface LocalRow {
  readonly announced: Announced
  /** Of a damaged file: as it was when it was found. Absent for tombstones, unwanted and unplaceable paths (but for retained directories). */
  readonly disk: DiskRow | undefined
}

/** One change of our own statements. */
export interface LocalChange {
  /** For a change made here its vector is what the change was made on. */
  readonly record: FileRecord
  /**
   * Made here: the record's vector gets this device's counter, which is the statement's sequence;
   * unless it is just what others say and this device was to do, whose statement it then takes; or
   * unless it is withheld: because it is said so, the folder only receives, or its path is withheld.
   */
  readonly isOurs: boolean
  readonly stance: Stance
  readonly reason: string
  readonly disk: DiskRow | undefined
  /** Sequence of our statement that the change was decided on; 0 when there was none. */
  readonly basedOn: number
  /** A person asked this node for it: the guard neither holds nor counts it. */
  readonly isDecided?: boolean
}

export interface FolderPosition {
  readonly epoch: number
  /** Greatest sequence given out in that epoch. */
  readonly sequence: number
}

/**
 * Sequences of our epoch that this database does not know of. Those from `from` to `lost` may have been
 * given out here and lost in a power cut ("from - 1": none); those behind it, to `to`, never were: who
 * has seen one of them has met another life of this device.
 */
export type SequenceGap = readonly [from: number, lost: number, to: number]

/** Ours: where it is, and what is missing in it, ascending. */
export interface OwnPosition extends FolderPosition {
  readonly gaps: readonly SequenceGap[]
}

/** How far another device's index is here, and ours there. */
export interface PeerPosition {
  readonly seen: FolderPosition
  readonly acked: FolderPosition
}

export interface NeededPath {
  readonly path: RelativePath
  readonly plan: FolderPlan
  readonly local: LocalRow | undefined
  /** Devices that hold the content of the plan's record. */
  readonly sources: readonly DeviceId[]
  /** What they say of it, where that has another size or manifest than the plan's record: one is false, or both are right. */
  readonly otherwise: readonly FileRecord[]
  /** Our statement is that this very record cannot be placed here. */
  readonly stuck: boolean
}

/** Changes that wait for a person, by cause and author. */
export interface WithheldGroup {
  readonly direction: 'in' | 'out'
  readonly cause: HeldCause
  /** Who made the changes. */
  readonly device: DeviceId
}

export interface WithheldTotal extends WithheldGroup {
  readonly items: Readonly<Record<HeldKind, number>>
  readonly bytes: number
  /** Wall clock, ms, when the first of them was met. */
  readonly sinceMs: number
}

export interface WithheldChange {
  readonly path: RelativePath
  readonly kind: FileRecord['kind']
  readonly change: HeldKind
  readonly size: number
}

/** What another device said last of how it takes part in the folder. */
export interface PeerPolicy {
  readonly device: DeviceId
  readonly mode: FolderMode
  /** Changes that it knows and does not carry out until someone decides there. */
  readonly holdsBack: number
}

export interface NeedTotal {
  readonly device: DeviceId
  readonly items: number
  readonly bytes: number
}

/** A record that a device wants and says it cannot place. */
export interface StuckPath {
  readonly path: RelativePath
  /** Error code. */
  readonly reason: string
}

/** What this device has of an entry: the content, a need, or a reason for neither. */
export type Here = Stance | 'wanted'
/** What a device has of the content that is to be everywhere; 'unknown' while it never told its index. */
export type CopyState = 'has' | 'wants' | 'other' | Exclude<Stance, 'holds'> | 'unknown'

export interface DeviceCopy {
  readonly device: DeviceId
  readonly state: CopyState
}

/** One entry as people see it. */
export interface BrowsedPath {
  /** What this device holds; what it wants where it holds nothing. */
  readonly record: FileRecord
  readonly here: Here
  /** This device first. */
  readonly copies: readonly DeviceCopy[]
}

export interface BrowseQuery {
  readonly folder: FolderId
  /** "" is the folder itself. */
  readonly directory: RelativePath
  /** Entries anywhere below the directory whose path behind it contains this; "" is no search. */
  readonly search?: string | undefined
  readonly offset: number
  readonly limit: number
}

/** A conflict copy that this device holds, and what it holds under the name it was about. */
export interface ConflictPair {
  readonly copy: FileRecord
  readonly original: FileRecord | undefined
}

/** Something that this device should hold and whose bytes its disk has spoiled. */
export interface DamagedPath {
  readonly path: RelativePath
  /** Code of the table of errors. */
  readonly reason: string
}

/** A pass over everything that this device keeps of a folder, as far as it has come. */
export interface ScrubProgress {
  /** When the last whole pass ended, or when the folder was new; wall clock, ms. */
  readonly finishedMs: number
  /** When the present pass began; 0: none is under way. */
  readonly startedMs: number
  /** Files first, then what is kept of former ones. */
  readonly stage: 'files' | 'versions'
  /** Path or version up to which the stage is done. */
  readonly after: string
  /** Read in the present pass, or in the last one when none is under way. */
  readonly items: number
  readonly bytes: number
  /** Found damaged meanwhile. */
  readonly found: number
  /** Versions of this device that the last looks found damaged: the first of them. */
  readonly damagedVersions: readonly string[]
  /** A person does not want it to go on now. */
  readonly paused: boolean
}

/** What the verdict about a folder is made of: all of one moment. */
export interface FolderOverview {
  /** What each device, this one included, lacks and wants; devices that lack nothing are absent. */
  readonly needs: readonly NeedTotal[]
  /** How many records each device, this one included, wants and cannot place, which `needs` leaves out. */
  readonly stuck: readonly { readonly device: DeviceId; readonly items: number }[]
  /** The first of those of this device, by path. */
  readonly stuckHere: readonly StuckPath[]
  /** What this device holds live, and the folder's revision: it grows with every change of a statement. */
  readonly totals: { readonly items: number; readonly bytes: number; readonly revision: number }
  /** Of `totals`, items that every other device says it does not want. */
  readonly unwantedElsewhere: number
  /** How many there are, and the first of them by path. */
  readonly conflicts: { readonly count: number; readonly first: readonly ConflictPair[] }
  /** How many there are, and the first of them by path. */
  readonly damaged: { readonly count: number; readonly first: readonly DamagedPath[] }
  /** How many each other device says its disk has spoiled; `needs` and `stuck` leave them out. */
  readonly damagedElsewhere: readonly { readonly device: DeviceId; readonly items: number }[]
  readonly withheld: readonly WithheldTotal[]
  readonly peers: readonly PeerPolicy[]
  /** The others that told their whole index at least once in the life that we know of. */
  readonly told: readonly DeviceId[]
}

/** How many of our statements a call made by itself, and where our sequence is now. */
export interface Settled {
  readonly adopted: number
  readonly sequence: number
}

export interface IndexOperations {
  /** Policy absent: as it was, at first free. Opens a folder, made with `freshEpoch` when unknown; `devices` are the others sharing it. */
  openFolder(q: {
    folder: FolderId
    devices: readonly DeviceId[]
    freshEpoch: number
    policy?: FolderPolicy
  }): Promise<OwnPosition & { created: boolean }>
  dropFolder(q: { folder: FolderId }): Promise<void>
  /** Statements of devices no longer named are forgotten; new ones need everything. */
  setSharing(q: {
    folder: FolderId
    devices: readonly DeviceId[]
    /** What a mode withheld and the new one does not passes, as far as the guard lets it. */
    policy?: FolderPolicy
  }): Promise<Settled>
  setPeerPolicy(q: { folder: FolderId } & PeerPolicy): Promise<void>
  /**
   * Starts a new life unless `former` is over already: all our statements count as announced in `epoch`,
   * under the sequences that they have.
   */
  newEpoch(q: { folder: FolderId; former: number; epoch: number }): Promise<FolderPosition>
  /**
   * A gap: sequences up to `lost` may have been given out and lost, and the `leap` behind them are left
   * out on purpose, for any other life of this device to be recognised by. Ours go on behind it.
   */
  skipPast(q: { folder: FolderId; lost: number; leap: number }): Promise<FolderPosition>

  /** Records our changes; those whose basis is no longer our statement are 'stale' and not recorded. */
  recordLocal(q: {
    folder: FolderId
    changes: readonly LocalChange[]
  }): Promise<{ outcomes: ('recorded' | 'stale')[]; sequence: number }>
  /** Takes back what we said of paths that are no longer ignored: nothing is here, and what others hold is wanted. */
  forgetLocal(q: { folder: FolderId; paths: readonly RelativePath[] }): Promise<void>
  /** The disk looked at again with nothing new to announce; left alone where our statement is another by now. */
  refreshDisk(q: {
    folder: FolderId
    rows: readonly { path: RelativePath; disk: DiskRow; basedOn: number }[]
  }): Promise<void>
  /**
   * Records a page of another device's index; where only our statement has to follow, it does at
   * once ('adopted'). Statements of its former epochs are dropped when `complete`. `otherLife`: nothing
   * was recorded, for a counter of ours in it is of another life, and a new epoch has to come first.
   */
  recordRemote(q: {
    folder: FolderId
    device: DeviceId
    epoch: number
    upto: number
    records: readonly Announced[]
    complete: boolean
  }): Promise<Settled & { readonly otherLife?: true }>
  setAcked(q: { folder: FolderId; device: DeviceId; epoch: number; sequence: number }): Promise<void>

  /** As `needed` does for what replaces: holds what would delete more than the guard allows. */
  guardDeletions(q: { folder: FolderId }): Promise<{ held: number }>
  /**
   * How much more may be destroyed by changes made here before a person is asked; undefined when nobody
   * ever is.
   */
  guardRoom(q: { folder: FolderId }): Promise<{ items: number } | undefined>
  /** Of contents that are to go from these paths, whether the folder holds each at another path that stays. */
  areElsewhere(q: {
    folder: FolderId
    contents: readonly { path: RelativePath; contentHash: string }[]
  }): Promise<boolean[]>
  /** Mode of the folder, and how many changes of others are known and not carried out. */
  holding(q: { folder: FolderId }): Promise<{ mode: FolderMode; holdsBack: number }>
  withheldTotals(q: { folder: FolderId }): Promise<WithheldTotal[]>
  /** By path, behind `after`. */
  withheldChanges(
    q: { folder: FolderId; after: RelativePath; limit: number } & WithheldGroup,
  ): Promise<WithheldChange[]>
  /**
   * Takes a decision for the next `limit` changes of the group, or for those of `paths` that are in it.
   * `next`: the path to go on behind, when there may be more.
   */
  decide(
    q: {
      folder: FolderId
      decision: 'approve' | 'reject'
      /** Who decides, for what is said anew. */
      author: FileRecord['author']
      after: RelativePath
      limit: number
      paths?: readonly RelativePath[] | undefined
    } & WithheldGroup,
  ): Promise<{ decided: number; next: RelativePath | undefined }>

  position(q: { folder: FolderId }): Promise<OwnPosition>
  peerPosition(q: { folder: FolderId; device: DeviceId }): Promise<PeerPosition>
  announcedSince(q: { folder: FolderId; after: number; limit: number }): Promise<Announced[]>
  local(q: { folder: FolderId; paths: readonly RelativePath[] }): Promise<(LocalRow | undefined)[]>
  /** Our rows below `under` (not itself) after `after`, by path. */
  localUnder(q: {
    folder: FolderId
    under: RelativePath
    after: RelativePath
    limit: number
  }): Promise<LocalRow[]>
  /** Whether anything live is held or about to be placed below the directory. */
  liveUnder(q: { folder: FolderId; path: RelativePath }): Promise<boolean>
  /** Stuck ones included. What would replace more than the guard allows is held first, and not among them. */
  needed(q: { folder: FolderId; after: RelativePath; limit: number }): Promise<NeededPath[]>
  /** The plan of one path as of now, needed or not. */
  planOf(q: { folder: FolderId; path: RelativePath }): Promise<NeededPath>
  /** What each device, this one included, lacks and wants, without what is stuck; devices that lack nothing are absent. */
  needTotals(q: { folder: FolderId }): Promise<NeedTotal[]>
  /** `limit` is that of the conflicts, the stuck paths and the damaged ones listed. */
  overview(q: { folder: FolderId; limit: number }): Promise<FolderOverview>
  /** Our rows of damaged files behind `after`, by path. */
  damaged(q: { folder: FolderId; after: RelativePath; limit: number }): Promise<LocalRow[]>
  /** Our rows of all names that lead to a file of the disk. Walks the rows of the folder: for rare questions. */
  namesOf(q: { folder: FolderId; inode: bigint; device: bigint }): Promise<LocalRow[]>
  /** What was recorded so far outlives a power cut when this resolves; without it the last changes may not. */
  makeDurable(q: object): Promise<void>
  /** Undefined before the first pass. */
  scrubProgress(q: { folder: FolderId }): Promise<ScrubProgress | undefined>
  setScrubProgress(q: { folder: FolderId; progress: ScrubProgress }): Promise<void>
  /** By which rules all of the folder was looked at in this life of the index; "" before the first time. */
  seenBy(q: { folder: FolderId }): Promise<string>
  setSeenBy(q: { folder: FolderId; rules: string }): Promise<void>
  /** The folder's own ignore rules as they were told last in this life of the index. */
  sharedRules(q: { folder: FolderId }): Promise<readonly string[] | undefined>
  /** Absent: the folder has none. False when that was known already. */
  setSharedRules(q: { folder: FolderId; lines?: readonly string[] | undefined }): Promise<boolean>
  /**
   * The number of the disk that the root lies on. When disks were numbered anew, what was recorded with the
   * root's former number has this one from now on; and what had this one, being on another disk, the former.
   */
  setRootDevice(q: { folder: FolderId; device: bigint }): Promise<void>
  /** Our live files with this content in these folders. */
  findContent(q: {
    contentHash: string
    folders: readonly FolderId[]
    limit: number
  }): Promise<{ folder: FolderId; record: FileRecord }[]>
  /** Our files, or links, of the folder that are this content on our disk, withheld ones included. */
  twins(q: { folder: FolderId; kind: RecordKind; contentHash: string; limit: number }): Promise<FileRecord[]>
  /** Directories first, then by name (a search: by path), in the order of UTF-8. */
  browse(q: BrowseQuery): Promise<{ total: number; revision: number; entries: BrowsedPath[] }>
  /** Our live files whose sketch has most in common with this one, the most alike first, in these folders. */
  findAlike(q: {
    sketch: readonly string[]
    folders: readonly FolderId[]
    limit: number
  }): Promise<{ folder: FolderId; record: FileRecord }[]>
  /** `sketch`: the blocks by which files that are alike find each other. */
  putManifest(q: {
    root: string
    pages: readonly { page: number; bytes: Uint8Array }[]
    sketch: readonly string[]
  }): Promise<void>
  getManifest(q: { root: string; page: number }): Promise<Uint8Array | undefined>
}
