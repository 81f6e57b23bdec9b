/**
 * Calls trusted devices until they answer, and again after every loss. Promises one call per
 * device at a time, a growing delay between calls, and an early call whenever there is news.
 * Never gives a device up, and never decides which addresses count.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { redialDelayMs } from './backoff.ts'

export interface RedialParts {
  clock: Clock
  random: Random
  /** One round over the device's addresses; `isConnected` tells whether it helped. Never throws. */
  call(device: string): Promise<void>
  /** A link is up or just coming up: no call is needed. */
  isConnected(device: string): boolean
}

interface Callee {
  attempt: number
  calling: boolean
  timer: Timer | undefined
}

export class Redial {
  readonly #parts: RedialParts
  readonly #callees = new Map<string, Callee>()

  constructor(parts: RedialParts) {
    this.#parts = parts
  }

  /** Starts calling now; again for a device already watched means news about it. */
  watch(device: string): void {
    const callee = this.#callees.get(device) ?? { attempt: 0, calling: false, timer: undefined }
    this.#callees.set(device, callee)
    this.#soon(device, callee)
  }

  forget(device: string): void {
    this.#callees.get(device)?.timer?.cancel()
    this.#callees.delete(device)
  }

  /**
   * Nothing connects us to it any more. After a link that worked the shortest delay comes first;
   * after a refused or failed connection the delays go on growing.
   */
  lost(device: string, worked: boolean): void {
    const callee = this.#callees.get(device)
    if (callee === undefined) return
    if (worked) callee.attempt = 0
    if (!callee.calling && callee.timer === undefined) this.#retry(device, callee)
  }

  /** News about one device (it was heard, it has a new address). */
  wake(device: string): void {
    const callee = this.#callees.get(device)
    if (callee !== undefined) this.#soon(device, callee)
  }

  /** News about the network or the user's wish: everybody. */
  wakeAll(): void {
    for (const [device, callee] of this.#callees) this.#soon(device, callee)
  }

  stop(): void {
    for (const device of [...this.#callees.keys()]) this.forget(device)
  }

  #soon(device: string, callee: Callee): void {
    callee.attempt = 0
    if (!callee.calling) this.#schedule(device, callee, 0)
  }

  #retry(device: string, callee: Callee): void {
    this.#schedule(device, callee, redialDelayMs(callee.attempt, this.#parts.random))
    callee.attempt += 1
  }

  #schedule(device: string, callee: Callee, delayMs: number): void {
    callee.timer?.cancel()
    callee.timer = this.#parts.clock.after(delayMs, () => {
      callee.timer = undefined
      void this.#call(device, callee)
    })
  }

  async #call(device: string, callee: Callee): Promise<void> {
    if (callee.calling || this.#parts.isConnected(device)) return // `lost` starts anew
    callee.calling = true
    await this.#parts.call(device)
    callee.calling = false
    if (this.#callees.get(device) !== callee || this.#parts.isConnected(device)) return
    this.#retry(device, callee)
  }
}
