/**
 * What a mark found to be needed: one bit per block of the packs that were there when it began. Promises
 * to speak of no other pack: nobody asked for the blocks of one that turned up later, which says nothing
 * about whether they are needed. Never reads a disk.
 */
import { PeerfoldError } from '../base/errors.ts'
import { ENTRY_BYTES } from './pack-format.ts'
import type { Pack } from './packs.ts'
import { isLiving } from './repack.ts'

export class Marks {
  readonly packs: readonly Pack[]
  readonly #bits: ReadonlyMap<Pack, Uint8Array>
  /** Needed blocks that are in none of the packs. */
  missing = 0

  constructor(packs: readonly Pack[]) {
    this.packs = packs
    this.#bits = new Map(packs.map((pack) => [pack, new Uint8Array((pack.index.count + 7) >> 3)]))
  }

  /** Every copy lives: which of them is sound is not known here. */
  mark(hash: Uint8Array): void {
    let found = false
    for (const [pack, bits] of this.#bits) {
      const position = pack.index.find(hash)
      if (position < 0) continue
      found = true
      bits[position >> 3] = (bits[position >> 3] ?? 0) | (1 << (position & 7))
    }
    if (!found) this.missing++
  }

  /** Throws for a pack that was not there when the mark began. */
  bitsOf(pack: Pack): Uint8Array {
    const bits = this.#bits.get(pack)
    if (bits === undefined)
      throw new PeerfoldError('INTERNAL', 'this pack was not there when the mark began', { pack: pack.name })
    return bits
  }

  useOf(pack: Pack): BlockUse {
    const bits = this.bitsOf(pack)
    const use = { livingBlocks: 0, livingBytes: 0, deadBytes: 0, storedBytes: 0 }
    for (let position = 0; position < pack.index.count; position++) {
      const { storedBytes } = pack.index.at(position)
      use.storedBytes += storedBytes
      if (!isLiving(bits, position)) use.deadBytes += storedBytes + ENTRY_BYTES
      else {
        use.livingBlocks++
        use.livingBytes += storedBytes
      }
    }
    return use
  }
}

/** Of one pack. */
export interface BlockUse {
  readonly livingBlocks: number
  /** Stored bytes of living blocks. */
  readonly livingBytes: number
  /** What is missing in a copy of what lives: dead blocks and their entries. */
  readonly deadBytes: number
  /** Of all blocks alone: the index of a pack of tiny blocks is longer than they are. */
  readonly storedBytes: number
}
