/**
 * The packs of a directory, opened for reading. Promises that a block is handed over only when its
 * bytes have the hash that was asked for, and that a damaged pack hides no other. Holds the index
 * of every pack in memory (48 bytes per block). Never writes.
 */
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { inflateBlock } from '../codec/compression.ts'
import { equalBytes, hashBlock, hexOf } from '../codec/hash.ts'
import type { FolderRoot, ReadHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import {
  decodePackIndex,
  decodeTrailer,
  ENTRY_BYTES,
  isPackName,
  isPlausible,
  TRAILER_BYTES,
} from './pack-format.ts'
import type { PackIndex, StoredBlock } from './pack-format.ts'

/** Packs kept open by one reader. */
const OPEN_PACKS = 4

export interface Pack {
  readonly name: string
  /** Of the file. */
  readonly bytes: number
  readonly index: PackIndex
}

/** A pack whose index cannot be used; its blocks count as missing. */
export interface DamagedPack {
  readonly name: string
  readonly bytes: number
  readonly code: ErrorCode
}

/** By the pack's name: a pack never changes. */
export type PackIndexes = Map<string, Pack>

/** One read at a time. */
export class Packs {
  readonly #root: FolderRoot
  readonly #directory: RelativePath
  readonly #known: PackIndexes
  #packs: readonly Pack[] = []
  #damaged: readonly DamagedPack[] = []
  #last: Pack | undefined
  readonly #open = new Map<string, ReadHandle>()

  /** `known`: indexes that others have read, and that this one adds to. */
  constructor(root: FolderRoot, directory: RelativePath, known: PackIndexes = new Map()) {
    this.#root = root
    this.#directory = directory
    this.#known = known
  }

  /** As of the last refresh. */
  get list(): readonly Pack[] {
    return this.#packs
  }

  get damaged(): readonly DamagedPack[] {
    return this.#damaged
  }

  /** Looks at what is there now; an index that is known is not read again. */
  async refresh(): Promise<void> {
    const packs: Pack[] = []
    const damaged: DamagedPack[] = []
    for (const name of await packNames(this.#root, this.#directory)) {
      const pack = this.#known.get(name) ?? (await this.#load(name))
      if (pack === undefined) continue
      if ('index' in pack) packs.push(pack)
      else damaged.push(pack)
    }
    this.#known.clear()
    for (const pack of packs) this.#known.set(pack.name, pack)
    this.#packs = packs
    this.#damaged = damaged
    if (this.#last && !packs.includes(this.#last)) this.#last = undefined
  }

  /** The pack that holds the block, and its position there. */
  find(hash: Uint8Array): { readonly pack: Pack; readonly position: number } | undefined {
    // Blocks of one content lie together, mostly.
    for (const pack of this.#last === undefined ? this.#packs : [this.#last, ...this.#packs]) {
      const position = pack.index.find(hash)
      if (position < 0) continue
      this.#last = pack
      return { pack, position }
    }
    return undefined
  }

  /** The block's bytes. VERSION_DAMAGED when no pack has them as they should be. */
  async read(hash: Uint8Array): Promise<Uint8Array> {
    const found = this.find(hash)
    if (found !== undefined) {
      try {
        return await this.readAt(found.pack, found.position)
      } catch (error) {
        // Another pack may have a sound copy, or the block moved to another pack a moment ago.
        if (!isRecoverable(error)) throw error
      }
    }
    await this.refresh()
    for (const pack of this.#packs) {
      const position = pack.index.find(hash)
      const bytes = position < 0 ? undefined : await this.readAt(pack, position).catch(unlessFatal)
      if (bytes !== undefined) return bytes
    }
    throw new PeerfoldError('VERSION_DAMAGED', 'a block of this version is missing or damaged', {
      block: hexOf(hash),
    })
  }

  /** One block of one pack. VERSION_DAMAGED when its bytes are others. */
  async readAt(pack: Pack, position: number): Promise<Uint8Array> {
    const block = pack.index.at(position)
    const stored = await this.readStored(pack, block)
    const bytes = stored && inflateBlock(stored, block.length)
    if (bytes !== undefined && equalBytes(hashBlock(bytes), block.hash)) return bytes
    throw new PeerfoldError('VERSION_DAMAGED', 'a stored block is not what was written', {
      pack: pack.name,
      offset: block.offset,
    })
  }

  /** The bytes as they stand in the pack; undefined when the pack is too short for them. */
  async readStored(pack: Pack, block: StoredBlock): Promise<Uint8Array | undefined> {
    if (!isPlausible(block)) return undefined
    const handle = await this.#handleOf(pack.name)
    const stored = new Uint8Array(block.storedBytes)
    return (await handle.read(stored, block.offset)) === stored.length ? stored : undefined
  }

  async close(): Promise<void> {
    const handles = [...this.#open.values()]
    this.#open.clear()
    for (const handle of handles) await handle.close()
  }

  async #handleOf(name: string): Promise<ReadHandle> {
    const open = this.#open.get(name)
    if (open !== undefined) return open
    if (this.#open.size >= OPEN_PACKS) await this.close()
    const handle = await this.#root.openRead(`${this.#directory}/${name}`)
    this.#open.set(name, handle)
    return handle
  }

  /** Undefined when it vanished. */
  async #load(name: string): Promise<Pack | DamagedPack | undefined> {
    let bytes = 0
    try {
      const handle = await this.#root.openRead(`${this.#directory}/${name}`)
      try {
        bytes = (await handle.stat()).size
        const index = await readIndex(handle, bytes)
        return index === undefined ? { name, bytes, code: 'VERSION_DAMAGED' } : { name, bytes, index }
      } finally {
        await handle.close()
      }
    } catch (error) {
      const code = codeOf(error)
      return code === 'FILE_NOT_FOUND' ? undefined : { name, bytes, code }
    }
  }
}

/** Names of all packs in the directory, sorted; none when there is no directory. */
export async function packNames(root: FolderRoot, directory: RelativePath): Promise<string[]> {
  if ((await root.lstat(directory))?.kind !== 'directory') return []
  const names = (await root.list(directory)).map(({ name }) => name ?? '')
  return names.filter(isPackName).sort()
}

async function readIndex(handle: ReadHandle, size: number): Promise<PackIndex | undefined> {
  if (size < TRAILER_BYTES) return undefined
  const trailer = new Uint8Array(TRAILER_BYTES)
  if ((await handle.read(trailer, size - TRAILER_BYTES)) !== TRAILER_BYTES) return undefined
  const count = decodeTrailer(trailer)
  const length = (count ?? 0) * ENTRY_BYTES + TRAILER_BYTES
  if (count === undefined || length > size) return undefined
  const bytes = new Uint8Array(length)
  return (await handle.read(bytes, size - length)) === length ? decodePackIndex(bytes) : undefined
}

const RECOVERABLE: ReadonlySet<ErrorCode> = new Set(['VERSION_DAMAGED', 'FILE_NOT_FOUND', 'IO_ERROR'])

function isRecoverable(error: unknown): boolean {
  return isPeerfoldError(error) && RECOVERABLE.has(error.code)
}

function unlessFatal(error: unknown): undefined {
  if (!isRecoverable(error)) throw error
}
