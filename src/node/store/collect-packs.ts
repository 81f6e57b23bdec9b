/**
 * Garbage collection of packs, by epochs. Promises that a block somebody may need is never removed:
 * a pack goes only when it was finished before the mark before last, a whole mark knew it and found nothing
 * needed in it, and every reference could be read. What could not be looked at, or turned up during the
 * mark, stays. May be ended at any call; the next run starts over. Never decides who needs a block: it is told.
 *
 * Epochs: a pack belongs to the epoch in which its writing began. Every mark opens a new one, so a
 * writer that has not yet told who refers to its blocks when a mark looks is in an epoch too young
 * to be swept. What lay there when the program started is older than all of them: its writer is dead.
 */
import { codeOf } from '../base/errors.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { Marks } from './marks.ts'
import type { BlockUse } from './marks.ts'
import { isPartName } from './pack-format.ts'
import { PACK_BYTES } from './pack-writer.ts'
import { Packs } from './packs.ts'
import type { Pack } from './packs.ts'
import type { RepackPlan, RepackResult } from './repack.ts'

/** A pack is copied when less than this share of its stored bytes lives. */
const LIVING_SHARE = 0.5
/** Packs below this many bytes are put together as soon as there are this many of them. */
const SMALL_BYTES = 8 * 1024 * 1024
const SMALL_COUNT = 8
/** Not even for want of room a pack is copied for less than this share of it; a guess: 63 bytes for one. */
const DUST_SHARE = 1 / 64

export interface PackUse {
  readonly packs: number
  /** Of all files. */
  readonly bytes: number
  /** Stored bytes of blocks that are needed. */
  readonly livingBytes: number
}

export interface Collected extends PackUse {
  readonly removed: number
  readonly copied: number
  /** Packs whose index or a needed block is damaged: kept as they are. */
  readonly damaged: number
  /** Needed blocks that are in no readable pack. */
  readonly missing: number
  /** Packs to be copied that stay as they are, because their copy does not fit into what is free. */
  readonly unfit: number
  /** What copying packs can still give back; nothing of those above, of damaged ones, and of a little dust. */
  readonly leavingBytes: number
}

export interface CollectParts {
  /** Every block that is needed. Throws when one reference cannot be read: then nothing is removed. */
  readonly needed: (packs: Packs) => AsyncIterable<Uint8Array>
  readonly repack: (packs: RepackPlan['packs']) => Promise<RepackResult>
  /** Room that is short: packs are copied until so many bytes are free, or nothing is left to be had. */
  readonly wantedBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export class PackEpochs {
  readonly #root: FolderRoot
  readonly #directory: RelativePath
  /** Of the packs that began in this run; all others are of epoch 0. */
  readonly #begun = new Map<string, number>()
  /** Could not be copied: not tried again in this run. */
  readonly #stubborn = new Set<string>()
  #epoch = 1

  constructor(root: FolderRoot, directory: RelativePath) {
    this.#root = root
    this.#directory = directory
  }

  /** A writer with this prefix is about to begin. */
  begin(prefix: string): void {
    this.#begun.set(prefix, this.#epoch)
  }

  /** What a run that was cut off left half written; before any writer begins. Returns how many. */
  async sweepParts(): Promise<number> {
    if ((await this.#root.lstat(this.#directory))?.kind !== 'directory') return 0
    const names = (await this.#root.list(this.#directory)).map(({ name }) => name ?? '').filter(isPartName)
    for (const name of names) await this.#root.unlink(`${this.#directory}/${name}`)
    return names.length
  }

  async collect({ needed, repack, wantedBytes = 0, signal }: CollectParts): Promise<Collected> {
    const before = this.#epoch++
    const packs = new Packs(this.#root, this.#directory)
    try {
      await packs.refresh()
      const marked = new Marks(packs.list)
      for await (const hash of needed(packs)) {
        signal?.throwIfAborted()
        marked.mark(hash)
      }
      const measured = marked.packs.map((pack) => ({ pack, ...marked.useOf(pack) }))
      const old = measured.filter(({ pack }) => this.#epochOf(pack.name) < before)
      const dead = old.filter(({ livingBlocks }) => livingBlocks === 0)
      await this.#remove(dead.map(({ pack }) => pack.name))
      const rest = old.filter((one) => !dead.includes(one) && !this.#stubborn.has(one.pack.name))
      const worn = wornOf(rest, wantedBytes - fileBytes(dead.map(({ pack }) => pack)))
      const { roomBytes, ...copying } = await this.#copy(worn, marked, repack, signal)
      await packs.refresh()
      const stay = measured.filter(({ pack }) => packs.list.includes(pack) && !this.#stubborn.has(pack.name))
      return {
        ...copying,
        packs: packs.list.length + packs.damaged.length,
        bytes: fileBytes([...packs.list, ...packs.damaged]),
        livingBytes: measured.reduce((sum, { livingBytes }) => sum + livingBytes, 0),
        removed: dead.length,
        missing: marked.missing,
        damaged: copying.damaged + packs.damaged.length,
        leavingBytes: deadBytesOf(stay.filter((one) => isMoreThanDust(one) && copyBytes(one) <= roomBytes)),
      }
    } finally {
      await packs.close()
    }
  }

  /** One after the other, as far as there is room: what was copied makes room for the next. */
  async #copy(
    worn: readonly Measured[],
    marked: Marks,
    repack: CollectParts['repack'],
    signal: AbortSignal | undefined,
  ): Promise<Pick<Collected, 'copied' | 'damaged' | 'unfit'> & { readonly roomBytes: number }> {
    const result = { copied: 0, damaged: 0 }
    let left = worn
    for (;;) {
      signal?.throwIfAborted()
      const roomBytes = await this.#root.freeBytes()
      const group = groupOf(left, roomBytes)
      if (group.length === 0) return { ...result, unfit: left.length, roomBytes }
      const living = group.map(({ pack }) => ({ name: pack.name, living: marked.bitsOf(pack) }))
      const done = await repack(living).catch(undefinedWhenFull)
      // A quota leaves less room than the disk shows.
      if (done === undefined) return { ...result, unfit: left.length, roomBytes: 0 }
      for (const name of done.damaged) this.#stubborn.add(name)
      await this.#remove(done.replaced)
      result.copied += done.replaced.length
      result.damaged += done.damaged.length
      left = left.filter((one) => !group.includes(one))
    }
  }

  #epochOf(pack: string): number {
    return this.#begun.get(pack.slice(0, 20)) ?? 0
  }

  async #remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#root.unlink(`${this.#directory}/${name}`)
    if (names.length > 0) await this.#root.syncDirectory(this.#directory)
  }
}

interface Measured extends BlockUse {
  readonly pack: Pack
}

/** What is worn anyway, and what gives most for its copying until `wantedBytes` are free. */
function wornOf(packs: readonly Measured[], wantedBytes: number): Measured[] {
  const isCrowd = packs.filter(isSmall).length >= SMALL_COUNT
  const worn = packs.filter((one) => isWorn(one) || (isCrowd && isSmall(one)))
  const others = packs.filter((one) => !worn.includes(one) && isMoreThanDust(one))
  for (const one of others.toSorted((a, b) => deadShare(b) - deadShare(a))) {
    if (deadBytesOf(worn) >= wantedBytes) break
    worn.push(one)
  }
  return worn
}

function isSmall({ pack }: Measured): boolean {
  return pack.bytes < SMALL_BYTES
}

function isWorn({ livingBytes, storedBytes }: Measured): boolean {
  return livingBytes < storedBytes * LIVING_SHARE
}

function deadShare({ pack, deadBytes }: Measured): number {
  return deadBytes / pack.bytes
}

function isMoreThanDust(one: Measured): boolean {
  return deadShare(one) >= DUST_SHARE
}

function copyBytes({ pack, deadBytes }: Measured): number {
  return pack.bytes - deadBytes
}

/** The first ones whose copies fit into the room and, together, into one pack; at least one that fits. */
function groupOf(packs: readonly Measured[], roomBytes: number): Measured[] {
  const group: Measured[] = []
  let bytes = 0
  for (const one of packs) {
    const more = copyBytes(one)
    if (bytes + more > roomBytes || (group.length > 0 && bytes + more > PACK_BYTES)) continue
    group.push(one)
    bytes += more
  }
  return group
}

function undefinedWhenFull(error: unknown): undefined {
  if (codeOf(error) !== 'DISK_FULL') throw error
}

function deadBytesOf(packs: readonly Measured[]): number {
  return packs.reduce((sum, { deadBytes }) => sum + deadBytes, 0)
}

function fileBytes(packs: readonly { readonly bytes: number }[]): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0)
}
