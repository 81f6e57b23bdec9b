/**
 * What the memory disk is made of: inodes, each with what it holds now and what would be found
 * after a power cut. Promises that content handed out as durable is never changed afterwards.
 * Never knows paths, handles or crashes.
 */
import type { FileKind } from './file-system.ts'

/** One name in a directory; `name` is undefined when it would not be valid UTF-8. */
export interface Entry {
  readonly name: string | undefined
  readonly shown: string
  readonly inode: Inode
}

/** Names by the key the disk compares with (folded on a case-insensitive one). */
export type Entries = Map<string, Entry>

export interface Metadata {
  mode: number
  mtimeNs: bigint
  ctimeNs: bigint
}

export interface Inode {
  /** Never reused, unlike `number`. */
  readonly serial: number
  readonly number: bigint
  readonly kind: FileKind
  readonly target: string
  now: Metadata
  durable: Metadata
  /** Whether `now` was changed since it was last synced. */
  metadataDirty: boolean
  content: Content
  durableContent: Uint8Array
  contentDirty: boolean
  entries: Entries
  durableEntries: Entries
  /** How many names lead here, now and after a power cut. */
  names: number
  durableNames: number
  /** Changes of its names that are not yet durable: any of them may be undone. */
  pendingChanges: number
  /** Open handles; content of an unlinked inode lives on while there are any. */
  handles: number
}

const EMPTY = new Uint8Array(0)

/** Growing bytes. `share` hands them out without a copy; the next change makes its own first. */
class Content {
  #bytes: Uint8Array = EMPTY
  #size = 0
  #shared = false

  get size(): number {
    return this.#size
  }

  /** The bytes as they are now and will stay. */
  share(): Uint8Array {
    this.#shared = true
    return this.#bytes.subarray(0, this.#size)
  }

  replace(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#size = bytes.length
    this.#shared = true
  }

  read(into: Uint8Array, position: number): number {
    const found = this.#bytes.subarray(
      Math.min(position, this.#size),
      Math.min(position + into.length, this.#size),
    )
    into.set(found)
    return found.length
  }

  write(bytes: Uint8Array, position: number): void {
    this.#own(Math.max(this.#size, position + bytes.length))
    this.#bytes.set(bytes, position)
  }

  truncate(size: number): void {
    this.#own(size)
    this.#bytes.fill(0, size)
  }

  /** Makes the bytes ours alone and `size` long; what lies beyond `size` stays zero. */
  #own(size: number): void {
    if (this.#shared || size > this.#bytes.length) {
      const grown = new Uint8Array(size > this.#size ? Math.max(size, this.#size * 2) : size)
      grown.set(this.#bytes.subarray(0, Math.min(size, this.#size)))
      this.#bytes = grown
      this.#shared = false
    }
    this.#size = size
  }
}

export function newInode(
  serial: number,
  number: bigint,
  kind: FileKind,
  metadata: Metadata,
  target = '',
): Inode {
  return {
    serial,
    number,
    kind,
    target,
    now: { ...metadata },
    durable: { ...metadata },
    metadataDirty: false,
    content: new Content(),
    durableContent: EMPTY,
    contentDirty: false,
    entries: new Map(),
    durableEntries: new Map(),
    names: 0,
    durableNames: 0,
    pendingChanges: 0,
    handles: 0,
  }
}

/** What the inode holds now survives a power cut. */
export function makeDurable(inode: Inode): void {
  if (inode.contentDirty) inode.durableContent = inode.content.share()
  inode.contentDirty = false
  inode.durable = { ...inode.now }
  inode.metadataDirty = false
}
