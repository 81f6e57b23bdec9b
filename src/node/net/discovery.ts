/**
 * Hears other devices on the local network and lets itself be heard: multicast DNS, one socket
 * per interface, so that neither a VPN's default route nor a missing one hides a neighbour.
 * Promises hints only: who hears one must prove it. Never dials.
 */
import multicastDns from 'multicast-dns'
import type { Clock, Timer } from '../base/clock.ts'
import { textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { addressOf, bindingOf } from './address.ts'
import type { Interface } from './interfaces.ts'
import { SERVICE, announcement, asksForUs, readAnnouncement } from './mdns-record.ts'
import type { Heard } from './mdns-record.ts'

/** A returning cable was noticed within one interval; 10 s is quiet enough for a network of hundreds. */
const QUERY_INTERVAL_MS = 10_000
/** After opening a socket: once more soon, because a link that just came up may lose the first packet. */
const SECOND_QUERY_MS = 1_000

export interface DiscoveryParts {
  clock: Clock
  random: Random
  log: Log
  heard(hint: Heard): void
}

interface Ear {
  ip4: string
  addresses: readonly string[]
  socket: multicastDns.MulticastDNS
}

export class Discovery {
  readonly #parts: DiscoveryParts
  readonly #self: string
  readonly #listening: () => readonly string[]
  readonly #instance: string
  readonly #ears = new Map<string, Ear>()
  #timer: Timer | undefined
  #stopped = false

  /** `listening` gives the addresses that are bound, wildcards included. */
  constructor(parts: DiscoveryParts, self: string, listening: () => readonly string[]) {
    this.#parts = parts
    this.#self = self
    this.#listening = listening
    this.#instance = randomHex(parts.random, 16)
  }

  /** Opens and closes sockets to fit the interfaces; announces and asks on the new ones. */
  update(interfaces: readonly Interface[]): void {
    if (this.#stopped) return
    const wanted = new Map(
      interfaces.flatMap((one) => (one.ip4 === undefined ? [] : [[one.name, one] as const])),
    )
    for (const [name, ear] of this.#ears) {
      if (wanted.get(name)?.ip4 !== ear.ip4) this.#close(name, ear)
    }
    for (const [name, one] of wanted) {
      const ear = this.#ears.get(name)
      if (ear !== undefined) ear.addresses = one.addresses
      else this.#open(name, one.ip4 ?? '', one.addresses)
    }
    this.#schedule(SECOND_QUERY_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    for (const [name, ear] of this.#ears) this.#close(name, ear)
  }

  #open(name: string, ip4: string, addresses: readonly string[]): void {
    // Without `bind` zero answers arrive: a socket bound to the interface's address hears no multicast.
    const socket = multicastDns({ interface: ip4, bind: '0.0.0.0' })
    const ear: Ear = { ip4, addresses, socket }
    this.#ears.set(name, ear)
    const failed = (error: unknown): void => {
      this.#parts.log.debug('multicast failed', { interface: name, reason: textOf(error) })
    }
    socket.on('error', (error: unknown) => {
      this.#parts.log.warn('no discovery on this interface', { interface: name, reason: textOf(error) })
      if (this.#ears.get(name) === ear) this.#close(name, ear)
    })
    socket.on('warning', failed)
    socket.on('query', (packet) => {
      if (asksForUs(packet)) this.#announce(ear)
    })
    socket.on('response', (packet) => {
      for (const hint of readAnnouncement(packet)) if (hint.device !== this.#self) this.#parts.heard(hint)
    })
    socket.on('ready', () => {
      if (this.#stopped) return
      this.#announce(ear)
      this.#ask(ear)
    })
  }

  #close(name: string, ear: Ear): void {
    this.#ears.delete(name)
    ear.socket.destroy()
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(delayMs, () => {
      for (const ear of this.#ears.values()) this.#ask(ear)
      this.#schedule(QUERY_INTERVAL_MS)
    })
  }

  #ask(ear: Ear): void {
    ear.socket.query({ questions: [{ name: SERVICE, type: 'PTR' }] })
  }

  #announce(ear: Ear): void {
    const addresses = this.#listening().flatMap((bound) => reachableOn(ear.addresses, bound))
    if (addresses.length > 0)
      ear.socket.respond({ answers: announcement(this.#instance, this.#self, addresses) })
  }
}

/** What of an interface's addresses reaches a listener: all of its family, or exactly the bound one. */
function reachableOn(interfaceAddresses: readonly string[], bound: string): string[] {
  const { host, port, ip6 } = bindingOf(bound)
  return interfaceAddresses
    .filter((one) => one.includes(':') === ip6 && (host === '0.0.0.0' || host === '::' || host === one))
    .map((one) => addressOf(one, port))
}
