/**
 * What was heard on the network: hints about trusted devices, and a list of the others for the
 * screen. Promises a bounded memory and that what is not heard again is forgotten. Never trusts.
 */
import type { Clock } from '../base/clock.ts'
import type { Heard } from './mdns-record.ts'
import type { NearbyDevice } from './peer-link.ts'

/** Six unanswered queries. */
const FORGET_AFTER_MS = 60_000
/** A hostile neighbour can invent ids; a real network has fewer. */
const MAX_DEVICES = 256
const MAX_ADDRESSES = 8

/** Everybody answers every query; two missed ones mean it was away. */
const AWAY_AFTER_MS = 25_000

type Neighbour = NearbyDevice & { instance: string; heardMs: number }

export class Neighbours {
  readonly #clock: Clock
  readonly #heard = new Map<string, Neighbour>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True when it is news: a device unheard of or long silent, another start of it, another address. */
  hear({ device, instance, addresses }: Heard): boolean {
    this.#forgetOld()
    const known = this.#heard.get(device)
    const now = this.#clock.monotonicMs()
    const isNews =
      known === undefined ||
      known.instance !== instance ||
      now - known.heardMs > AWAY_AFTER_MS ||
      addresses.some((one) => !known.addresses.includes(one))
    const all = [...new Set([...addresses, ...(known?.addresses ?? [])])].slice(0, MAX_ADDRESSES)
    this.#heard.delete(device) // re-inserted at the end: the map is ordered by last hearing
    this.#heard.set(device, {
      id: device,
      instance,
      addresses: all,
      lastSeenMs: this.#clock.nowMs(),
      heardMs: now,
    })
    const [oldest] = this.#heard.keys()
    if (this.#heard.size > MAX_DEVICES && oldest !== undefined) this.#heard.delete(oldest)
    return isNews
  }

  /** Where a device was heard lately, newest first. */
  addressesOf(device: string): readonly string[] {
    this.#forgetOld()
    return this.#heard.get(device)?.addresses ?? []
  }

  list(isTrusted: (device: string) => boolean): NearbyDevice[] {
    this.#forgetOld()
    return [...this.#heard.values()]
      .filter(({ id }) => !isTrusted(id))
      .map(({ id, addresses, lastSeenMs }) => ({ id, addresses, lastSeenMs }))
  }

  #forgetOld(): void {
    for (const [device, { heardMs }] of this.#heard) {
      if (this.#clock.monotonicMs() - heardMs > FORGET_AFTER_MS) this.#heard.delete(device)
    }
  }
}
