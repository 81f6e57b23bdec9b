/**
 * Whose turn it is when two machines bear one identity, a copied home for example: each calls, and each
 * call would end the other's link. Promises that a restart is never taken for a second machine, that
 * each of the two returns once unhindered (so that the layers above learn of it and can tell both), and
 * that from then on a link has time to be of use. Never closes anything.
 */
import type { Clock } from '../base/clock.ts'

/**
 * How long a link of one machine keeps the other out. A guess: exchanging the index of 100,000 files takes
 * some seconds, and neither should wait long for what the other one has.
 */
const TURN_MS = 30_000
/** Without a return for so long one of them is gone. Twenty turns. */
const REMEMBERED_MS = 600_000
/** Starts remembered of one device: two machines, each restarted a few times. */
const STARTS_LIMIT = 8

export class Turns {
  readonly #clock: Clock
  /** Incarnations in the order in which they were last let in. */
  readonly #starts = new Map<string, readonly string[]>()
  /** How often a start came back that another one had followed, and when last. */
  readonly #returns = new Map<string, { readonly times: number; readonly lastMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A link of this start of the device counts from now on. */
  letIn(device: string, incarnation: string): void {
    const before = this.#starts.get(device) ?? []
    // A start that another one followed is over, unless there are two machines.
    if (before.includes(incarnation) && before.at(-1) !== incarnation)
      this.#returns.set(device, {
        times: this.#recentReturns(device) + 1,
        lastMs: this.#clock.monotonicMs(),
      })
    const others = before.filter((one) => one !== incarnation)
    this.#starts.set(device, [...others, incarnation].slice(-STARTS_LIMIT))
  }

  /** Whether another start of the device has to wait while a link of this age works. */
  mustWait(device: string, linkAgeMs: number): boolean {
    return this.#recentReturns(device) >= 2 && linkAgeMs < TURN_MS
  }

  #recentReturns(device: string): number {
    const returns = this.#returns.get(device)
    return returns && this.#clock.monotonicMs() - returns.lastMs < REMEMBERED_MS ? returns.times : 0
  }
}
