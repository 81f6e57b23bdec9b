/**
 * Frames that arrived and wait for their reader. Promises order, one consumer at a time and a
 * bound: above `highBytes` it asks the source to pause, below a quarter of it to go on. Never
 * copies a frame, and delivers nothing once it has ended.
 */
import { PeerfoldError } from '../base/errors.ts'

/** What a waiting frame costs besides its bytes; keeps a million empty frames from being free. */
const OVERHEAD_BYTES = 64
const NOTHING = new Uint8Array(0)

export interface Flow {
  pause(): void
  resume(): void
}

export class FrameQueue implements AsyncIterable<Uint8Array> {
  readonly #highBytes: number
  readonly #flow: Flow
  #frames: Uint8Array[] = []
  #taken = 0
  #bytes = 0
  #paused = false
  #ended = false
  #waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined

  constructor(highBytes: number, flow: Flow) {
    this.#highBytes = highBytes
    this.#flow = flow
  }

  /** True while the source was asked to wait: its silence is our doing. */
  get paused(): boolean {
    return this.#paused
  }

  push(frame: Uint8Array): void {
    if (this.#ended) return
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      waiting({ done: false, value: frame })
      return
    }
    this.#frames.push(frame)
    this.#bytes += frame.byteLength + OVERHEAD_BYTES
    if (!this.#paused && this.#bytes > this.#highBytes) {
      this.#paused = true
      this.#flow.pause()
    }
  }

  /** Ends every reader and forgets what nobody read. */
  end(): void {
    this.#ended = true
    this.#frames = []
    this.#bytes = 0
    this.#release()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next() as Promise<IteratorResult<Uint8Array, undefined>>,
      // Returning must not wait for a frame that may never come, as a generator would.
      return: () => {
        this.#release()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#waiting !== undefined)
      return Promise.reject(new PeerfoldError('INTERNAL', 'a lane has one reader'))
    const frame = this.#take()
    if (frame !== undefined) return Promise.resolve({ done: false, value: frame })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  #take(): Uint8Array | undefined {
    const frame = this.#frames[this.#taken]
    if (frame === undefined) return undefined
    this.#frames[this.#taken] = NOTHING // a slot that was read must not keep its frame alive
    this.#taken += 1
    this.#bytes -= frame.byteLength + OVERHEAD_BYTES
    if (this.#taken > 64 && this.#taken * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#taken)
      this.#taken = 0
    }
    if (this.#paused && this.#bytes < this.#highBytes / 4) {
      this.#paused = false
      this.#flow.resume()
    }
    return frame
  }

  #release(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.({ done: true, value: undefined })
  }
}
