/**
 * A link over libp2p: one control stream, block lanes that open when they are needed. Promises to
 * be ready only when control has worked in both directions, to close exactly once, and that after
 * closing nothing is delivered. Never decides about trust or about which of two links stays.
 */
import type { Clock } from '../base/clock.ts'
import { isPeerfoldError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Channel } from './channel.ts'
import { Lane, goneError } from './lane.ts'
import { CHOSEN_BYTES, PING_BYTES, PONG_BYTES, greetingBytes, readWord } from './link-words.ts'
import { watchLiveness } from './liveness.ts'
import type { Liveness } from './liveness.ts'
import type { CloseReason, Lane as LaneName, PeerLink } from './peer-link.ts'

/** From the open connection to control working both ways; then the connection is given up. Ours. */
const READY_WITHIN_MS = 10_000

export interface LinkParts {
  clock: Clock
  log: Log
  /** Finds or dials the channel of the fetch lane. */
  openFetch(link: ControlLink): Promise<Channel>
  /** Ends the connection below. */
  hangUp(): void
}

export interface LinkSettings {
  device: string
  address: string
  /** True: we dialled the connection. */
  dialled: boolean
  /** This end chooses among the connections to the device (it has the smaller id). */
  decides: boolean
  /** Ours, for the greeting. */
  incarnation: Uint8Array
}

export class ControlLink implements PeerLink {
  readonly device: string
  readonly path = 'direct'
  readonly address: string
  readonly dialled: boolean
  readonly closed: Promise<CloseReason>
  /**
   * Resolves true when control works both ways and, at the end that does not decide, the other
   * end has chosen this link; false when it closed before.
   */
  readonly ready: Promise<boolean>
  /** The peer's, known once ready: another one is another start of that device. */
  peerIncarnation = ''
  readonly #parts: LinkParts
  readonly #settings: LinkSettings
  readonly #lanes: Readonly<Record<LaneName, Lane>>
  readonly #resolveClosed: (reason: CloseReason) => void
  readonly #resolveReady: (ready: boolean) => void
  #liveness: Liveness | undefined
  #isClosed = false
  #ponged = false
  #opening: Promise<Channel> | undefined

  constructor(parts: LinkParts, settings: LinkSettings) {
    this.#parts = parts
    this.#settings = settings
    this.device = settings.device
    this.address = settings.address
    this.dialled = settings.dialled
    const closed = Promise.withResolvers<CloseReason>()
    const ready = Promise.withResolvers<boolean>()
    this.closed = closed.promise
    this.ready = ready.promise
    this.#resolveClosed = closed.resolve
    this.#resolveReady = ready.resolve
    this.#lanes = { control: this.#lane('control'), fetch: this.#lane('fetch'), serve: this.#lane('serve') }
    const tooLate = parts.clock.after(READY_WITHIN_MS, () => void this.close('dead'))
    void this.ready.then(() => tooLate.cancel())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get hasControl(): boolean {
    return this.#lanes.control.channel !== undefined
  }

  /** The control stream is open: greet, and ask for the first sign of life. */
  attachControl(channel: Channel): void {
    this.#lanes.control.attach(channel)
    void channel.closed.then(() => this.close('gone'))
    if (this.#isClosed) return
    this.#say(greetingBytes(this.#settings.incarnation))
    this.#say(PING_BYTES)
  }

  /** This is the link: tells the other end. */
  choose(): void {
    this.#say(CHOSEN_BYTES)
  }

  /** The peer opened a block channel towards us. */
  attachServe(channel: Channel): void {
    this.#lanes.serve.attach(channel)
  }

  async send(lane: LaneName, parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    if (this.#isClosed) throw goneError(lane)
    await this.#lanes[lane].send(parts, signal, () => {
      if (lane === 'fetch' && !this.#isClosed) return this.#openFetch()
      return Promise.reject(goneError(lane))
    })
  }

  frames(lane: LaneName): AsyncIterable<Uint8Array> {
    return this.#lanes[lane].inbound
  }

  async close(reason: CloseReason): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#liveness?.stop()
    for (const lane of Object.values(this.#lanes)) lane.end()
    this.#parts.hangUp()
    this.#resolveReady(false)
    this.#resolveClosed(reason)
  }

  #lane(name: LaneName): Lane {
    return new Lane(name, {
      life: () => this.#liveness?.life(),
      word: (bytes) => {
        if (name === 'control') this.#hear(bytes)
      },
      broken: (error) => {
        this.#parts.log.warn('peer broke the framing', { device: this.device, lane: name, error })
        void this.close('protocol')
      },
    })
  }

  #hear(bytes: Uint8Array): void {
    const word = readWord(bytes)
    if (word?.kind === 'ping') this.#say(PONG_BYTES)
    if (word?.kind === 'pong') this.#ponged = true
    if (word?.kind === 'greeting') this.peerIncarnation = word.incarnation
    const works = this.#ponged && this.peerIncarnation !== ''
    if (works && this.#liveness === undefined && !this.#isClosed) this.#watch()
    if (works && (this.#settings.decides || word?.kind === 'chosen')) this.#resolveReady(true)
  }

  #watch(): void {
    const facts = { device: this.device }
    this.#liveness = watchLiveness(this.#parts.clock, {
      ping: () => this.#say(PING_BYTES),
      suspect: (silentMs) => this.#parts.log.debug('peer is silent', { ...facts, silentMs }),
      dead: (silentMs) => {
        this.#parts.log.info('peer is dead', { ...facts, silentMs })
        void this.close('dead')
      },
      holdsBack: () => this.#lanes.control.inbound.paused,
    })
  }

  /** Words bypass the queue of frames: they are tiny, and a full lane must not look like a dead one. */
  #say(bytes: Uint8Array): void {
    const channel = this.#lanes.control.channel
    if (channel === undefined) return
    try {
      channel.write([bytes])
    } catch {
      channel.destroy() // it closed between the look and the write; `closed` tells the rest
    }
  }

  async #openFetch(): Promise<Channel> {
    const opening = (this.#opening ??= this.#parts.openFetch(this))
    try {
      const channel = await opening
      if (this.#isClosed) {
        channel.destroy()
        throw goneError('fetch')
      }
      if (this.#lanes.fetch.channel !== channel) this.#lanes.fetch.attach(channel)
      return channel
    } catch (error) {
      // A connection that ends meanwhile is told in words of the library, several of them.
      throw isPeerfoldError(error) ? error : goneError('fetch', error)
    } finally {
      this.#opening = undefined
    }
  }
}
