/**
 * The network's twin for tests and the simulator: devices in one process, linked when both trust
 * each other and no cable is cut. Promises that one seed and one virtual clock replay every
 * delivery in the same order. Never uses a real timer, the date or unseeded chance.
 */
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { MemoryLink } from './memory-link.ts'
import type { Lane, NearbyDevice, Network, PeerLink, TrustedDevice } from './peer-link.ts'

export interface MemoryLabParts {
  clock: Clock
  random: Random
  /** Told of each frame just before it is delivered, for counting rare events. */
  onArrival?: (arrival: Arrival) => void
}

export interface Arrival {
  readonly from: string
  readonly to: string
  /** As the one it comes to names it. */
  readonly lane: Lane
  readonly frame: Uint8Array
}

/** All in milliseconds; each delay is drawn from 0 to its bound. */
export interface MemoryLabSettings {
  /** How long a frame takes at most. */
  maxDelayMs: number
  /** From "could link" to the link, and from one end's close to the other's. */
  maxLinkDelayMs: number
  /** After a cut each end notices by itself, between these bounds, as liveness does. */
  deadAfterMs: readonly [number, number]
}

const DEFAULTS: MemoryLabSettings = { maxDelayMs: 20, maxLinkDelayMs: 100, deadAfterMs: [20_000, 25_000] }

export interface MemoryLab {
  /** A device's network, not started. Again for the same id after it was stopped or killed. */
  join(deviceId: string): Network
  /** Nothing passes between the two; each end closes its link as dead when heal does not come in time. */
  cut(one: string, other: string): void
  heal(one: string, other: string): void
  /** The process is gone: its links vanish, its pending calls never settle, its peers see them gone. */
  kill(deviceId: string): void
  /**
   * The link breaks and may come again at once: what is on its way is lost, each end notices by itself.
   * False when there is none.
   */
  reset(one: string, other: string): boolean
  /** From now on a frame between any two takes up to so long, milliseconds. */
  slowDown(maxDelayMs: number): void
  /** The block lanes between the two lose what is on its way, as when their sockets break; how many frames. */
  loseBlocks(one: string, other: string): number
}

/** What is between two devices. */
interface Pair {
  readonly ids: readonly [string, string]
  cut: boolean
  /** How often it was cut: what a cut set in motion ends with it. */
  cuts: number
  links: readonly MemoryLink[]
  /** A link is about to come. */
  linking: boolean
}

export function createMemoryLab(parts: MemoryLabParts, settings: Partial<MemoryLabSettings> = {}): MemoryLab {
  return new Lab(parts, { ...DEFAULTS, ...settings })
}

class Lab implements MemoryLab {
  readonly #clock: Clock
  readonly #random: Random
  readonly #onArrival: MemoryLabParts['onArrival']
  readonly #settings: MemoryLabSettings
  readonly #networks = new Map<string, MemoryNetwork>()
  readonly #pairs = new Map<string, Pair>()

  constructor({ clock, random, onArrival }: MemoryLabParts, settings: MemoryLabSettings) {
    this.#clock = clock
    this.#random = random
    this.#onArrival = onArrival
    this.#settings = settings
  }

  join(deviceId: string): Network {
    if (this.#networks.has(deviceId)) {
      throw new PeerfoldError('INTERNAL', 'a device joins a lab once', { device: deviceId })
    }
    const network = new MemoryNetwork(deviceId, {
      changed: () => this.#reconsiderAll(network),
      left: () => {
        for (const pair of this.#pairsOf(deviceId)) void this.#linkOf(pair, deviceId)?.close('stopped')
        if (this.#networks.get(deviceId) === network) this.#networks.delete(deviceId)
      },
      untrusted: (other) => void this.#linkOf(this.#pair(deviceId, other), deviceId)?.close('untrusted'),
      others: () =>
        [...this.#networks.values()].filter((one) => this.#hears(network, one)).map(({ self }) => self),
      nowMs: () => this.#clock.nowMs(),
    })
    this.#networks.set(deviceId, network)
    return network
  }

  cut(one: string, other: string): void {
    const pair = this.#pair(one, other)
    if (pair.cut) return
    pair.cut = true
    const number = ++pair.cuts
    for (const link of pair.links) {
      this.#clock.after(this.#deadDelayMs(), () => {
        if (pair.cut && pair.cuts === number) void link.close('dead')
      })
    }
  }

  heal(one: string, other: string): void {
    const pair = this.#pair(one, other)
    if (!pair.cut) return
    pair.cut = false
    const open = pair.links.filter((link) => link.isOpen)
    // An end that gave up answers the other's next packet with a reset.
    if (open.length === 1) this.#closeLater(open[0])
    else for (const link of open) link.pump()
    this.#reconsider(pair)
  }

  kill(deviceId: string): void {
    const network = this.#networks.get(deviceId)
    if (network === undefined) return
    this.#networks.delete(deviceId)
    network.die()
    for (const pair of this.#pairsOf(deviceId)) {
      const own = this.#linkOf(pair, deviceId)
      const peers = pair.links.filter((link) => link !== own)
      own?.freeze()
      for (const link of peers) void link.close('gone')
    }
  }

  reset(one: string, other: string): boolean {
    const pair = this.#pair(one, other)
    if (pair.cut) return false
    const link = pair.links[this.#random.below(2)]
    this.#closeLater(link)
    return link?.isOpen === true
  }

  slowDown(maxDelayMs: number): void {
    this.#settings.maxDelayMs = maxDelayMs
  }

  loseBlocks(one: string, other: string): number {
    return this.#pair(one, other).links.reduce((sum, link) => sum + link.loseBlocks(), 0)
  }

  #reconsiderAll(network: MemoryNetwork): void {
    for (const other of this.#networks.values()) {
      if (other !== network) this.#reconsider(this.#pair(network.self, other.self))
    }
  }

  /** Links the two when nothing speaks against it, a little later and only if that still holds. */
  #reconsider(pair: Pair): void {
    if (pair.linking || !this.#mayLink(pair)) return
    pair.linking = true
    this.#clock.after(this.#linkDelayMs(), () => {
      pair.linking = false
      if (this.#mayLink(pair)) this.#link(pair)
    })
  }

  #mayLink(pair: Pair): boolean {
    const [one, other] = pair.ids.map((id) => this.#networks.get(id))
    if (pair.cut || pair.links.some((link) => link.isOpen)) return false
    return one !== undefined && other !== undefined && one.trusts(other.self) && other.trusts(one.self)
  }

  #link(pair: Pair): void {
    const [clock, random, settings, onArrival] = [this.#clock, this.#random, this.#settings, this.#onArrival]
    const [one, other] = pair.ids
    const build = (to: string, from: string): MemoryLink =>
      new MemoryLink(
        from,
        {
          clock,
          random,
          maxDelayMs: () => settings.maxDelayMs,
          onArrival: onArrival && ((lane, frame) => onArrival({ from, to, lane, frame })),
        },
        () => pair.cut,
        () => this.#noticeClose(pair, links),
      )
    const links = [build(one, other), build(other, one)] as const
    links[0].join(links[1])
    links[1].join(links[0])
    pair.links = links
    for (const [index, id] of pair.ids.entries()) {
      const link = links[index]
      const network = this.#networks.get(id)
      this.#clock.after(this.#linkDelayMs(), () => {
        if (link?.isOpen) network?.publish(link)
      })
    }
  }

  #noticeClose(pair: Pair, links: readonly MemoryLink[]): void {
    if (pair.links !== links) return
    const open = links.find((link) => link.isOpen)
    if (open === undefined) this.#reconsider(pair)
    else if (!pair.cut) this.#closeLater(open)
  }

  #hears(network: MemoryNetwork, other: MemoryNetwork): boolean {
    return other !== network && other.isStarted && !this.#pair(network.self, other.self).cut
  }

  #linkOf(pair: Pair, deviceId: string): MemoryLink | undefined {
    return pair.links[pair.ids.indexOf(deviceId)]
  }

  #pairsOf(deviceId: string): Pair[] {
    return [...this.#pairs.values()].filter(({ ids }) => ids.includes(deviceId))
  }

  #pair(one: string, other: string): Pair {
    const ids = one < other ? ([one, other] as const) : ([other, one] as const)
    const key = ids.join(' ')
    const pair = this.#pairs.get(key) ?? { ids, cut: false, cuts: 0, links: [], linking: false }
    this.#pairs.set(key, pair)
    return pair
  }

  #closeLater(link: MemoryLink | undefined): void {
    this.#clock.after(this.#linkDelayMs(), () => void link?.close('gone'))
  }

  #linkDelayMs(): number {
    return this.#random.below(this.#settings.maxLinkDelayMs + 1)
  }

  #deadDelayMs(): number {
    const [from, to] = this.#settings.deadAfterMs
    return from + this.#random.below(to - from + 1)
  }
}

interface NetworkEvents {
  changed(): void
  left(): void
  untrusted(device: string): void
  others(): string[]
  nowMs(): number
}

class MemoryNetwork implements Network {
  readonly self: string
  readonly #events: NetworkEvents
  readonly #handlers: ((link: PeerLink) => void)[] = []
  #trusted = new Set<string>()
  #state: 'new' | 'started' | 'ended' = 'new'

  constructor(self: string, events: NetworkEvents) {
    this.self = self
    this.#events = events
  }

  get isStarted(): boolean {
    return this.#state === 'started'
  }

  trusts(device: string): boolean {
    return this.isStarted && this.#trusted.has(device)
  }

  publish(link: PeerLink): void {
    if (this.isStarted) for (const handler of this.#handlers) handler(link)
  }

  die(): void {
    this.#state = 'ended'
  }

  async start(): Promise<void> {
    this.#state = 'started'
    this.#events.changed()
  }

  async stop(): Promise<void> {
    if (!this.isStarted) return
    this.#state = 'ended'
    this.#events.left()
  }

  setTrusted(devices: readonly TrustedDevice[]): void {
    const before = this.#trusted
    this.#trusted = new Set(devices.map(({ id }) => id).filter((id) => id !== this.self))
    if (!this.isStarted) return
    for (const device of before) if (!this.#trusted.has(device)) this.#events.untrusted(device)
    this.#events.changed()
  }

  onLink(handler: (link: PeerLink) => void): void {
    this.#handlers.push(handler)
  }

  readonly discovers = true

  listening(): readonly string[] {
    return this.isStarted ? [`/memory/${this.self}`] : []
  }

  nearby(): readonly NearbyDevice[] {
    const strangers = this.#events.others().filter((id) => !this.#trusted.has(id))
    return strangers.map((id) => ({ id, addresses: [`/memory/${id}`], lastSeenMs: this.#events.nowMs() }))
  }

  redial(): void {
    this.#events.changed()
  }
}
