/**
 * Sends our statements of one folder to one device, in order, from where that device is. Promises
 * that nothing is sent before the high-water mark covers it, that at most a few pages are under
 * way unconfirmed, and that a device that is up to date gets nothing. Never sends content.
 */
import type { Job } from '../base/job.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import type { HighWaterMark } from '../index/high-water-mark.ts'
import type { IndexOperations } from '../index/index-port.ts'
import { pagesOf } from '../wire/control-codec.ts'
import type { ControlMessage } from '../wire/control-codec.ts'

export interface AnnounceParts {
  readonly index: Job<IndexOperations>
  readonly mark: HighWaterMark
  send(message: ControlMessage): Promise<void>
}

/** Records read from the index at once. */
const BATCH = 1_000
/** Pages under way without a confirmation: keeps the other side's queue and ours short. */
const WINDOW = 8

export class Announcer {
  readonly #parts: AnnounceParts
  readonly #folder: FolderId
  readonly #device: DeviceId
  /** Undefined until the device said where it is. */
  #position: { epoch: number; sequence: number } | undefined
  #unconfirmed: number[] = []
  #running = false
  #again = false
  #stopped = false
  #confirmed = Promise.withResolvers<void>()

  constructor(parts: AnnounceParts, folder: FolderId, device: DeviceId) {
    this.#parts = parts
    this.#folder = folder
    this.#device = device
  }

  /** The device has our index of `epoch` up to `sequence`; anything of another epoch is worth nothing. */
  startFrom(epoch: number, sequence: number): void {
    this.#position = { epoch, sequence }
    this.#unconfirmed = []
    this.#wakeWindow()
  }

  stop(): void {
    this.#stopped = true
    this.#wakeWindow()
  }

  async confirm(epoch: number, sequence: number): Promise<void> {
    if (epoch !== this.#position?.epoch) return
    this.#unconfirmed = this.#unconfirmed.filter((upto) => upto > sequence)
    this.#wakeWindow()
    await this.#parts.index.call('setAcked', {
      folder: this.#folder,
      device: this.#device,
      epoch,
      sequence,
    })
  }

  /** Sends what there is to send; calls while it runs make it look once more. */
  async run(): Promise<void> {
    this.#again = true
    if (this.#running) return
    this.#running = true
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        while (await this.#sendBatch()) if (this.#stopped) return
      }
    } finally {
      this.#running = false
    }
  }

  /** Whether there may be more. */
  async #sendBatch(): Promise<boolean> {
    const { index, mark } = this.#parts
    const from = this.#position
    if (!from) return false
    const now = await index.call('position', { folder: this.#folder })
    const restart = now.epoch !== from.epoch
    const after = restart ? 0 : from.sequence
    if (!restart && after >= now.sequence) return false
    const records = await index.call('announcedSince', { folder: this.#folder, after, limit: BATCH })
    const last = records.length < BATCH
    const upto = last ? now.sequence : (records.at(-1)?.sequence ?? now.sequence)
    // Taken after `position`: a record made in between belongs to the next batch.
    const covered = records.filter(({ sequence }) => sequence <= upto)
    // A path that changed in between lies behind: whoever gets up to `upto` has no word of it yet.
    const maxSequence = Math.max(now.sequence, records.at(-1)?.sequence ?? 0)
    await mark.cover(this.#folder, now.epoch, upto)
    let sent = after
    const pages = [...pagesOf(covered)]
    if (pages.length === 0) pages.push([])
    for (const [i, page] of pages.entries()) {
      const end = i === pages.length - 1 ? upto : (page.at(-1)?.sequence ?? upto)
      await this.#room()
      if (this.#stopped || this.#position !== from) return !this.#stopped
      this.#unconfirmed.push(end)
      const { epoch } = now
      await this.#parts.send({
        kind: 'index',
        folder: this.#folder,
        epoch,
        after: sent,
        upto: end,
        maxSequence,
        records: page,
      })
      sent = end
    }
    if (this.#position === from) this.#position = { epoch: now.epoch, sequence: upto }
    return true
  }

  async #room(): Promise<void> {
    while (this.#unconfirmed.length >= WINDOW && !this.#stopped) await this.#confirmed.promise
  }

  #wakeWindow(): void {
    this.#confirmed.resolve()
    this.#confirmed = Promise.withResolvers<void>()
  }
}
