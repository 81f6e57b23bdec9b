/**
 * Writes blocks into packs. Promises that a pack appears under its name whole and durable or not at
 * all, that no block is written twice by one writer, and that nothing existing is touched.
 */
import { PeerfoldError } from '../base/errors.ts'
import { compressBlock } from '../codec/compression.ts'
import { hexOf } from '../codec/hash.ts'
import type { FolderRoot, WriteHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { encodePackIndex, MAX_PACK_BLOCKS, PACK_MAGIC, packName, partNameOf } from './pack-format.ts'
import type { StoredBlock } from './pack-format.ts'

/**
 * Bytes after which the next pack begins. Large enough that 10 GB are 150 files, small enough that
 * copying what still lives of one takes a second.
 */
export const PACK_BYTES = 64 * 1024 * 1024
/** Small blocks are gathered into one call to the disk. */
const BUFFER_BYTES = 1024 * 1024

export class PackWriter {
  readonly #root: FolderRoot
  readonly #directory: RelativePath
  readonly #prefix: string
  readonly #known = new Set<string>()
  readonly #finished: string[] = []
  #pack: { readonly name: string; readonly handle: WriteHandle } | undefined
  #blocks: StoredBlock[] = []
  #offset = 0
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** Stored bytes of all packs so far. */
  writtenBytes = 0

  /** `prefix`: 20 hex digits by chance. The directory exists. */
  constructor(root: FolderRoot, directory: RelativePath, prefix: string) {
    this.#root = root
    this.#directory = directory
    this.#prefix = prefix
  }

  has(hash: Uint8Array): boolean {
    return this.#known.has(hexOf(hash))
  }

  /** Adds a block unless it has it. `bytes` are free again when this resolves. */
  async add(hash: Uint8Array, bytes: Uint8Array): Promise<void> {
    if (this.has(hash)) return
    const stored = compressBlock(bytes)
    await this.addStored(hash, stored === bytes ? bytes.slice() : stored, bytes.length)
  }

  /** The same with bytes as they stand in a pack; they must not change afterwards. */
  async addStored(hash: Uint8Array, stored: Uint8Array, length: number): Promise<void> {
    if (this.has(hash)) return
    if (this.#offset >= PACK_BYTES || this.#blocks.length >= MAX_PACK_BLOCKS) await this.#endPack()
    this.#pack ??= await this.#beginPack()
    this.#known.add(hexOf(hash))
    this.#blocks.push({ hash: Buffer.from(hash), offset: this.#offset, storedBytes: stored.length, length })
    await this.#write(stored)
    this.writtenBytes += stored.length
  }

  /** Names of the packs written, all durable; none when no block was added. */
  async finish(): Promise<string[]> {
    await this.#endPack()
    if (this.#finished.length > 0) await this.#root.syncDirectory(this.#directory)
    return this.#finished
  }

  /** After a failure: takes away what is half written. Whole packs stay, as blocks nobody refers to. */
  async discard(): Promise<void> {
    const pack = this.#pack
    this.#pack = undefined
    if (pack === undefined) return
    await pack.handle.close().catch(() => undefined) // the failure that led here says it already
    await this.#root.unlink(`${this.#directory}/${partNameOf(pack.name)}`).catch(() => undefined)
  }

  async #beginPack(): Promise<{ name: string; handle: WriteHandle }> {
    const name = packName(this.#prefix + this.#finished.length.toString(16).padStart(4, '0'))
    // A rename would replace it, and nothing is worse than one block over another.
    if ((await this.#root.lstat(`${this.#directory}/${name}`)) !== undefined)
      throw new PeerfoldError('FILE_EXISTS', 'there is a pack of this name', { pack: name })
    const handle = await this.#root.createFile(`${this.#directory}/${partNameOf(name)}`, 0o600)
    const pack = { name, handle }
    this.#pack = pack
    this.#offset = 0
    this.#blocks = []
    await this.#write(PACK_MAGIC)
    return pack
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    this.#offset += bytes.length
    if (this.#pendingBytes >= BUFFER_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending)
    const position = this.#offset - bytes.length
    this.#pending = []
    this.#pendingBytes = 0
    await this.#pack?.handle.write(bytes, position)
  }

  async #endPack(): Promise<void> {
    const pack = this.#pack
    if (pack === undefined) return
    await this.#write(encodePackIndex(this.#blocks))
    await this.#flush()
    await pack.handle.sync()
    await pack.handle.close()
    const path = `${this.#directory}/${pack.name}`
    await this.#root.rename(`${this.#directory}/${partNameOf(pack.name)}`, path)
    this.#pack = undefined
    this.#finished.push(pack.name)
  }
}
