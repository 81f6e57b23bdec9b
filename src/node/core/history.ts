/**
 * What devices remember of a folder: changes they saw and contents they keep. Promises plain data
 * whose times are those of the device that tells them. Never says where a content is on a disk.
 */
import type { Author, DeviceId, RecordKind, RelativePath } from './record.ts'

/** What a path was; "" is the hash of a directory and of what was never hashed. */
export interface PathContent {
  readonly kind: RecordKind
  readonly contentHash: string
}

/** One line of a device's history: a change that its folder saw. */
export interface PastChange {
  /** Milliseconds since 1970 by the clock of the device that tells it. */
  readonly timeMs: number
  readonly path: RelativePath
  /** What the path is since; undefined when it was deleted. */
  readonly is: PathContent | undefined
  /** What it was before; undefined when there was nothing, or when the source is 'found'. */
  readonly was: PathContent | undefined
  /** Who made the change. */
  readonly device: DeviceId
  readonly name: string
  /**
   * Seen by the teller's own scan, or placed there for another device. 'found': seen by its scan when it had
   * not looked at everything before, so that nobody knows what the path was.
   */
  readonly source: 'local' | 'remote' | 'found'
}

/** A displaced content that a device keeps. */
export interface KeptVersion {
  /** Given by the device that keeps it; means nothing elsewhere. */
  readonly id: string
  readonly path: RelativePath
  readonly kind: 'file' | 'symlink'
  /** Bytes. */
  readonly size: number
  /** Permission bits, 0o7777. */
  readonly mode: number
  readonly mtimeNs: bigint
  /** Tagged hash that is claimed for it; "" when it was never hashed. */
  readonly contentHash: string
  readonly linkTarget: string
  /** Who wrote it. */
  readonly author: Author
  readonly reason: 'replaced' | 'deleted' | 'conflict'
  /** Whose change displaced it. */
  readonly displacedBy: Author
  /** By the clock of the device that keeps it. */
  readonly displacedAtMs: number
}

/** One question to a device's history of a folder; answers are newest first, a page at a time. */
export interface HistoryQuery {
  readonly part: 'changes' | 'versions'
  /** A path and everything below it; "" is the whole folder. */
  readonly under: RelativePath
  /** Nothing below it. */
  readonly exact: boolean
  /** `next` of the page before; "" begins with the newest. */
  readonly cursor: string
  /** Changes only: ends at the newest one stamped at or before this, by the clock of whoever is asked. */
  readonly sinceMs?: number
  /** Versions only: just this one. */
  readonly version?: string
}

export interface HistoryPage {
  /** What the teller's clock shows. */
  readonly nowMs: number
  readonly changes: readonly PastChange[]
  readonly versions: readonly KeptVersion[]
  /** "" on the last page; with `asOfMs` what goes on, without `sinceMs`, from that change on. */
  readonly next: string
  /** Time of the newest change at or before `sinceMs`, of any path; absent while none was met. */
  readonly asOfMs?: number
}

export function isSameContent(a: PathContent | undefined, b: PathContent | undefined): boolean {
  return a?.kind === b?.kind && a?.contentHash === b?.contentHash
}
