/**
 * Room on the disk of one folder. Promises that content is asked for only when it fits beside
 * all that is on its way already, and that some room is left for everything else. Never writes; what
 * other programs and other folders on the same disk take meanwhile it learns at the next question.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { FolderRoot } from '../fs/file-system.ts'

/**
 * Kept free: a hundredth of the disk, at most 256 MB. A guess: enough for versions, index and the
 * programs of the machine to go on, and little enough to be missed by nobody.
 */
const RESERVE_SHARE = 100
const RESERVE_BYTES = 256_000_000

export interface Room {
  /** So much of it is on the disk now. */
  used(bytes: number): void
  /** The rest is no longer needed. Idempotent. */
  end(): void
}

export class DiskSpace {
  readonly #root: FolderRoot
  /** Of transfers on their way, what is still to be written. */
  #promised = 0

  constructor(root: FolderRoot) {
    this.#root = root
  }

  /** Throws DISK_FULL when `bytes` do not fit; nothing has to be written then. */
  async take(bytes: number): Promise<Room> {
    const free = await this.#root.freeBytes()
    const reserve = Math.min(RESERVE_BYTES, Math.floor((await this.#root.totalBytes()) / RESERVE_SHARE))
    const promised = this.#promised
    if (bytes > 0 && bytes > free - promised - reserve)
      throw new PeerfoldError('DISK_FULL', 'there is not enough space for this file', {
        ...{ size: bytes, free, promised, reserve },
      })
    this.#promised += bytes
    let left = bytes
    const used = (some: number): void => {
      const now = Math.min(left, some)
      left -= now
      this.#promised -= now
    }
    return { used, end: () => used(left) }
  }
}
