/**
 * Room on the disk of one folder. Promises that content is asked for only when it fits beside
 * all that is on its way already, that some room is left for everything else, and that what the disk did
 * not take after all (a quota, of which it says nothing beforehand) is tried again ever more rarely while
 * what is smaller goes on. Never writes; what other programs and other folders on the same disk take
 * meanwhile it learns at the next question.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import type { FolderRoot } from '../fs/file-system.ts'

/**
 * Kept free: a hundredth of the disk, at most 256 MB. A guess: enough for versions, index and the
 * programs of the machine to go on, and little enough to be missed by nobody.
 */
const RESERVE_SHARE = 100
const RESERVE_BYTES = 256_000_000
/** After a file did not fit, one as large is tried again after this, doubling up to the second (guesses). */
const AGAIN_MS = 30_000
const AGAIN_MAX_MS = 10 * 60_000
/** And not before so many times what the try took: what is fetched in vain is a fifth of the time at most. */
const REST_SHARE = 4
/** By how much of itself a wait is longer or shorter, per mille: several folders of one quota take turns. */
const JITTER = 250

export interface Room {
  /** So much of it is on the disk now. */
  used(bytes: number): void
  /** The rest is no longer needed. Idempotent. */
  end(): void
}

interface Refusal {
  /** Of the smallest file that did not fit. */
  readonly size: number
  /** Monotonic. */
  readonly untilMs: number
}

export class DiskSpace {
  readonly #root: FolderRoot
  readonly #parts: { readonly clock: Clock; readonly random: Random }
  /** Of transfers on their way, what is still to be written. */
  #promised = 0
  /** The sizes of their files. */
  readonly #underWay = new Set<{ readonly size: number }>()
  #refusal: Refusal | undefined
  #againMs = AGAIN_MS

  constructor(root: FolderRoot, parts: { readonly clock: Clock; readonly random: Random }) {
    this.#root = root
    this.#parts = parts
  }

  /**
   * Throws DISK_FULL when a file of `size` does not fit; nothing has to be written then. Of one that is
   * `begun`, some is on the disk already, and only the disk knows how much.
   */
  async take(size: number, begun = false): Promise<Room> {
    const refusal = this.#refusal
    if (refusal && size >= refusal.size && this.#nowMs() < refusal.untilMs)
      throw new PeerfoldError('DISK_FULL', 'the disk had no room for as much a while ago', { size })
    const bytes = begun ? 0 : size
    const free = await this.#root.freeBytes()
    const reserve = Math.min(RESERVE_BYTES, Math.floor((await this.#root.totalBytes()) / RESERVE_SHARE))
    const promised = this.#promised
    if (bytes > 0 && bytes > free - promised - reserve)
      throw new PeerfoldError('DISK_FULL', 'there is not enough space for this file', {
        ...{ size: bytes, free, promised, reserve },
      })
    this.#promised += bytes
    const one = { size }
    this.#underWay.add(one)
    let left = bytes
    const used = (some: number): void => {
      const now = Math.min(left, some)
      left -= now
      this.#promised -= now
    }
    const end = (): void => {
      used(left)
      this.#underWay.delete(one)
    }
    return { used, end }
  }

  /** The disk was full in the end, `tookMs` after it had promised room for a file of `size`. */
  refused(size: number, tookMs: number): void {
    // Beside a larger one that is to blame: that one fails next.
    if (size === 0 || [...this.#underWay].some((other) => other.size > size)) return
    const nowMs = this.#nowMs()
    const before = this.#refusal
    if (before && nowMs < before.untilMs) {
      this.#refusal = { ...before, size: Math.min(before.size, size) }
      return
    }
    // Long after the last one it is another story.
    const goesOn = before !== undefined && nowMs - tookMs < before.untilMs + AGAIN_MAX_MS
    this.#againMs = goesOn ? Math.min(this.#againMs * 2, AGAIN_MAX_MS) : AGAIN_MS
    const waitMs = Math.max(this.#againMs, tookMs * REST_SHARE)
    const share = 1_000 - JITTER + this.#parts.random.below(2 * JITTER)
    this.#refusal = { size, untilMs: nowMs + (waitMs * share) / 1_000 }
  }

  /** A file of `size` is in its place. */
  accepted(size: number): void {
    if (this.#refusal && size >= this.#refusal.size) this.#refusal = undefined
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }
}
