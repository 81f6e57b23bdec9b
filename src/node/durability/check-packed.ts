/**
 * Whether contents in packs can still be had, for many of them: every block that they need is read once
 * in all, however many need it. Promises that each content that needs a block that cannot be read is
 * found damaged. Remembers one bit per block that was found good. Never writes.
 */
import { codeOf } from '../base/errors.ts'
import { hashesOf } from '../store/packed-content.ts'
import type { PackedContent } from '../store/packed-content.ts'
import type { Pack, Packs } from '../store/packs.ts'

export interface CheckedContent {
  readonly isDamaged: boolean
  /** Bytes of blocks that had not been read before. */
  readonly bytes: number
}

export class PackCheck {
  readonly #packs: Packs
  /** By pack: a bit per position whose block was good, or could be had elsewhere. */
  readonly #good = new WeakMap<Pack, Uint8Array>()

  constructor(packs: Packs) {
    this.#packs = packs
  }

  /**
   * `pace` is awaited before so many bytes are read. Throws what says nothing about the bytes: a right
   * that is missing, for example.
   */
  async check(content: PackedContent, pace: (bytes: number) => Promise<void>): Promise<CheckedContent> {
    let bytes = 0
    try {
      for await (const hash of hashesOf(this.#packs, content)) {
        const found = this.#packs.find(hash)
        if (found && this.#isGood(found)) continue
        const length = found?.pack.index.at(found.position).length ?? 0
        await pace(length)
        bytes += length
        await this.#packs.read(hash)
        if (found) this.#setGood(found)
      }
      return { isDamaged: false, bytes }
    } catch (error) {
      if (!DAMAGE.has(codeOf(error))) throw error
      return { isDamaged: true, bytes }
    }
  }

  #isGood({ pack, position }: Place): boolean {
    return ((this.#good.get(pack)?.[position >> 3] ?? 0) & (1 << (position & 7))) !== 0
  }

  #setGood({ pack, position }: Place): void {
    const bits = this.#good.get(pack) ?? new Uint8Array((pack.index.count + 7) >> 3)
    bits[position >> 3] = (bits[position >> 3] ?? 0) | (1 << (position & 7))
    this.#good.set(pack, bits)
  }
}

interface Place {
  readonly pack: Pack
  readonly position: number
}

const DAMAGE: ReadonlySet<string> = new Set(['VERSION_DAMAGED', 'IO_ERROR'])
