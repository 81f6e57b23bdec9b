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
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { Marks } from './marks.ts'
import type { BlockUse } from './marks.ts'
import { isPartName } from './pack-format.ts'
import { Packs } from './packs.ts'
import type { Pack } from './packs.ts'
import type { RepackPlan, RepackResult } from './repack.ts'

/** A pack is copied when less than this share of its stored bytes lives. */
const LIVING_SHARE = 0.5
/** Packs below this many bytes are put together as soon as there are this many of them. */
const SMALL_BYTES = 8 * 1024 * 1024
const SMALL_COUNT = 8

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
}

export interface CollectParts {
  /** Every block that is needed. Throws when one reference cannot be read: then nothing is removed. */
  readonly needed: (packs: Packs) => AsyncIterable<Uint8Array>
  readonly repack: (packs: RepackPlan['packs']) => Promise<RepackResult>
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

  async collect({ needed, repack, signal }: CollectParts): Promise<Collected> {
    const before = this.#epoch++
    const packs = new Packs(this.#root, this.#directory)
    try {
      await packs.refresh()
      const marked = new Marks(packs.list)
      for await (const hash of needed(packs)) {
        signal?.throwIfAborted()
        marked.mark(hash)
      }
      const swept = await this.#sweep(marked, before, repack, signal)
      await packs.refresh()
      return {
        ...swept,
        ...useOf(packs, marked),
        missing: marked.missing,
        damaged: swept.damaged + packs.damaged.length,
      }
    } finally {
      await packs.close()
    }
  }

  async #sweep(
    marked: Marks,
    before: number,
    repack: CollectParts['repack'],
    signal: AbortSignal | undefined,
  ): Promise<Pick<Collected, 'removed' | 'copied' | 'damaged'>> {
    const old = marked.packs.filter(({ name }) => this.#epochOf(name) < before)
    const dead = old.filter((pack) => marked.useOf(pack).livingBlocks === 0)
    await this.#remove(dead.map(({ name }) => name))
    const rest = old.filter((pack) => !dead.includes(pack) && !this.#stubborn.has(pack.name))
    const worn = wornOf(rest, marked)
    if (worn.length === 0) return { removed: dead.length, copied: 0, damaged: 0 }
    signal?.throwIfAborted()
    const plan = worn.map((pack) => ({ name: pack.name, living: marked.bitsOf(pack) }))
    const { replaced, damaged } = await repack(plan)
    for (const name of damaged) this.#stubborn.add(name)
    await this.#remove(replaced)
    return { removed: dead.length, copied: replaced.length, damaged: damaged.length }
  }

  #epochOf(pack: string): number {
    return this.#begun.get(pack.slice(0, 20)) ?? 0
  }

  async #remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#root.unlink(`${this.#directory}/${name}`)
    if (names.length > 0) await this.#root.syncDirectory(this.#directory)
  }
}

function wornOf(packs: readonly Pack[], marked: Marks): Pack[] {
  const small = packs.filter(({ bytes }) => bytes < SMALL_BYTES)
  const isCrowd = small.length >= SMALL_COUNT
  return packs.filter((pack) => isWorn(marked.useOf(pack)) || (isCrowd && pack.bytes < SMALL_BYTES))
}

function isWorn({ livingBytes, storedBytes }: BlockUse): boolean {
  return livingBytes < storedBytes * LIVING_SHARE
}

function useOf(packs: Packs, marked: Marks): PackUse {
  const bytes = [...packs.list, ...packs.damaged].reduce((sum, pack) => sum + pack.bytes, 0)
  const livingBytes = marked.packs.reduce((sum, pack) => sum + marked.useOf(pack).livingBytes, 0)
  return { packs: packs.list.length + packs.damaged.length, bytes, livingBytes }
}
