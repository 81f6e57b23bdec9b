/**
 * The network of a running node: one listening port, trusted devices only, links that come back.
 * Promises what peer-link.ts says, over libp2p for control and plain TLS sockets for blocks.
 * With discovery off it dials configured addresses only and listens only where told.
 */
import type { Connection, Ed25519PrivateKey, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { checkAddress, isAddress } from './address.ts'
import { dialBlocks } from './block-socket.ts'
import type { Channel } from './channel.ts'
import { deadline } from './deadline.ts'
import { Discovery } from './discovery.ts'
import type { Door, DoorParts } from './door.ts'
import { deviceIdOf, identityFrom } from './identity.ts'
import { watchInterfaces } from './interfaces.ts'
import { BLOCKS_PROTOCOL, CONTROL_PROTOCOL, createNode } from './libp2p-node.ts'
import { ControlLink } from './link.ts'
import { LinkTable } from './link-table.ts'
import { INCARNATION_BYTES } from './link-words.ts'
import { openDefaultDoor, openGivenDoor } from './listen.ts'
import type { Heard } from './mdns-record.ts'
import { Neighbours } from './neighbours.ts'
import type { NearbyDevice, Network, PeerLink, TrustedDevice } from './peer-link.ts'
import { Redial } from './redial.ts'
import { socketChannel } from './socket-channel.ts'
import { streamChannel } from './stream-channel.ts'
import { certificateSource } from './tls-identity.ts'
import { Trust } from './trust.ts'

/** Where devices were reached before; kept across restarts by whoever implements it. */
export interface AddressBook {
  /** Canonical addresses, last success first. */
  load(device: string): Promise<string[]>
  /** This address has just led to the device. */
  remember(device: string, address: string): void
}

export interface NetworkParts {
  clock: Clock
  random: Random
  log: Log
  /** The device's key, or its protobuf bytes. */
  privateKey: Ed25519PrivateKey | Uint8Array
  addressBook: AddressBook
}

export interface NetworkSettings {
  /** Where to listen. Not given: port 22000 (or a free one) everywhere; with discovery off nowhere. */
  listen?: readonly string[] | undefined
  discovery: boolean
}

/** One address of one device, ms; a silent address must not hold up the next. Ours. */
const DIAL_WITHIN_MS = 5_000
const BLOCKS_WITHIN_MS = 2_000
/** All addresses of a block socket together, ms; then the stream beside control has to do. Ours. */
const ALL_BLOCKS_WITHIN_MS = 6_000
/** Addresses tried in one round; more are stale ones. */
const MAX_ADDRESSES = 8

export function createNetwork(parts: NetworkParts, settings: NetworkSettings): Network {
  return new Libp2pNetwork(parts, settings)
}

class Libp2pNetwork implements Network {
  readonly self: string
  readonly #parts: NetworkParts
  readonly #settings: NetworkSettings
  readonly #key: Ed25519PrivateKey
  readonly #certificate
  readonly #incarnation: Uint8Array
  readonly #trust: Trust
  readonly #table: LinkTable
  readonly #redial: Redial
  readonly #neighbours: Neighbours
  readonly #links = new Map<string, ControlLink>()
  readonly #handlers: ((link: PeerLink) => void)[] = []
  readonly #stopping = new AbortController()
  #acceptControl: ((socket: TLSSocket, peer: PeerId, from: string) => void) | undefined
  #door: Door | undefined
  #node: Libp2p | undefined
  #discovery: Discovery | undefined
  #endInterfaces: (() => void) | undefined
  /** From the end of start() on trusted devices are called. */
  #isUp = false
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(parts: NetworkParts, settings: NetworkSettings) {
    this.#parts = parts
    this.#settings = settings
    this.#key = parts.privateKey instanceof Uint8Array ? identityFrom(parts.privateKey) : parts.privateKey
    this.self = deviceIdOf(this.#key)
    this.#certificate = certificateSource(this.#key)
    this.#incarnation = parts.random.bytes(INCARNATION_BYTES)
    this.#trust = new Trust(this.self)
    this.#neighbours = new Neighbours(parts.clock)
    this.#table = new LinkTable(this.self, parts.clock, {
      published: (link) => this.#publish(link),
      down: (device, worked) => this.#redial.lost(device, worked),
    })
    this.#redial = new Redial({
      clock: parts.clock,
      random: parts.random,
      call: (device) => this.#call(device),
      isConnected: (device) => this.#table.isConnected(device),
    })
  }

  start(): Promise<void> {
    return (this.#starting ??= this.#start())
  }

  async #start(): Promise<void> {
    this.#door = await this.#openDoor()
    try {
      await this.#startNode(this.#door)
    } catch (error) {
      await this.#door.close()
      throw error
    }
    if (this.#stopping.signal.aborted) return
    this.#isUp = true
    this.#watchNetwork()
    for (const device of this.#trust.devices()) this.#redial.watch(device)
    this.#parts.log.info('network started', { device: this.self, listening: this.listening() })
  }

  async #startNode(door: Door): Promise<void> {
    const node = await createNode({
      privateKey: this.#key,
      bound: door.bound,
      certificate: this.#certificate,
      onStart: (accept) => {
        this.#acceptControl = accept
      },
      isTrusted: (device) => this.#trust.has(device),
      mayDial: (address, device) =>
        this.#settings.discovery || this.#trust.configuredAddresses(device).includes(address),
      exchangeAddresses: this.#settings.discovery,
    })
    this.#node = node
    node.addEventListener('connection:open', ({ detail }) => this.#meet(detail))
    await node.handle(CONTROL_PROTOCOL, (stream, connection) =>
      this.#acceptStream('control', stream, connection),
    )
    await node.handle(BLOCKS_PROTOCOL, (stream, connection) =>
      this.#acceptStream('serve', stream, connection),
    )
    await node.start()
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  setTrusted(devices: readonly TrustedDevice[]): void {
    const { gone, news } = this.#trust.replace(devices)
    for (const device of gone) {
      this.#redial.forget(device)
      this.#table.close(device, 'untrusted')
    }
    if (!this.#isUp || this.#stopping.signal.aborted) return
    for (const device of news) this.#redial.watch(device)
  }

  onLink(handler: (link: PeerLink) => void): void {
    this.#handlers.push(handler)
  }

  get discovers(): boolean {
    return this.#settings.discovery
  }

  listening(): readonly string[] {
    return this.#door?.bound ?? []
  }

  nearby(): readonly NearbyDevice[] {
    return this.#neighbours.list((device) => this.#trust.has(device))
  }

  redial(): void {
    this.#redial.wakeAll()
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error('the network stops'))
    await this.#starting?.catch(() => {}) // whoever started it was told
    this.#endInterfaces?.()
    this.#discovery?.stop()
    this.#redial.stop()
    this.#table.closeAll('stopped')
    await this.#door?.close()
    await this.#node?.stop()
  }

  #openDoor(): Promise<Door> {
    const { clock, log } = this.#parts
    const parts: DoorParts = {
      clock,
      log,
      certificate: this.#certificate,
      onControl: (socket, peer, from) => {
        if (this.#acceptControl === undefined)
          socket.destroy() // not started yet: the peer calls again
        else this.#acceptControl(socket, peer, from)
      },
      mayFetch: (device) => this.#trust.has(device) && this.#table.find(device) !== undefined,
      onBlocks: (socket, device) => {
        const link = this.#table.find(device)
        if (link === undefined) socket.destroy()
        else link.attachServe(socketChannel(socket))
      },
    }
    const { listen, discovery } = this.#settings
    if (listen !== undefined && listen.length > 0) return openGivenDoor(parts, listen)
    return discovery ? openDefaultDoor(parts) : openGivenDoor(parts, [])
  }

  #watchNetwork(): void {
    const { clock, random, log } = this.#parts
    if (this.#settings.discovery) {
      const parts = { clock, random, log, heard: (hint: Heard) => this.#hear(hint) }
      this.#discovery = new Discovery(parts, this.self, () => this.listening())
    }
    this.#endInterfaces = watchInterfaces(clock, (interfaces, first) => {
      this.#discovery?.update(interfaces)
      if (!first) this.#redial.wakeAll()
    })
  }

  #hear(hint: Heard): void {
    const isNews = this.#neighbours.hear(hint)
    if (isNews && this.#trust.has(hint.device)) this.#redial.wake(hint.device)
  }

  /** A connection passed the gater: the end that dialled it opens the control stream. */
  #meet(connection: Connection): void {
    const device = connection.remotePeer.toString()
    if (!this.#trust.has(device) || this.#stopping.signal.aborted) {
      return connection.abort(new Error('not trusted'))
    }
    const link = new ControlLink(
      {
        clock: this.#parts.clock,
        log: this.#parts.log,
        openFetch: (self) => this.#openFetch(self, connection),
        hangUp: () => connection.abort(new Error('the link is closed')),
      },
      {
        device,
        address: checkAddress(connection.remoteAddr.toString()),
        dialled: connection.direction === 'outbound',
        decides: this.#table.decides(device),
        incarnation: this.#incarnation,
      },
    )
    this.#links.set(connection.id, link)
    void link.closed.then(() => this.#links.delete(connection.id))
    connection.addEventListener('close', () => void link.close('gone'))
    this.#table.add(link)
    if (link.dialled) void this.#openControl(link, connection)
  }

  async #openControl(link: ControlLink, connection: Connection): Promise<void> {
    const limit = deadline(this.#parts.clock, DIAL_WITHIN_MS, this.#stopping.signal)
    try {
      link.attachControl(
        streamChannel(await connection.newStream(CONTROL_PROTOCOL, { signal: limit.signal })),
      )
    } catch (error) {
      this.#parts.log.debug('no control stream', { device: link.device, reason: textOf(error) })
      void link.close('gone')
    } finally {
      limit.clear()
    }
  }

  #acceptStream(lane: 'control' | 'serve', stream: Stream, connection: Connection): void {
    const link = this.#links.get(connection.id)
    const isWanted =
      link !== undefined &&
      !link.isClosed &&
      this.#trust.has(link.device) &&
      (lane === 'serve') === link.hasControl
    if (!isWanted || (lane === 'control' && link.dialled)) return stream.abort(new Error('not expected'))
    if (lane === 'control') link.attachControl(streamChannel(stream))
    else link.attachServe(streamChannel(stream))
  }

  #publish(link: ControlLink): void {
    this.#parts.log.info('linked', { device: link.device, address: link.address, dialled: link.dialled })
    void link.closed.then((reason) => this.#parts.log.info('link closed', { device: link.device, reason }))
    for (const handler of this.#handlers) handler(link)
  }

  /** One round of calls, address by address, until a link is up. */
  async #call(device: string): Promise<void> {
    for (const address of await this.#addressesOf(device)) {
      if (this.#stopping.signal.aborted || !this.#trust.has(device) || this.#table.isConnected(device)) return
      try {
        if (await this.#dial(device, address)) return this.#parts.addressBook.remember(device, address)
      } catch (error) {
        this.#parts.log.debug('no answer', { device, address, reason: textOf(error) })
      }
    }
  }

  /** True when control works. A dial that a stranger's gater refuses succeeds too, and closes then. */
  async #dial(device: string, address: string): Promise<boolean> {
    const limit = deadline(this.#parts.clock, DIAL_WITHIN_MS, this.#stopping.signal)
    try {
      const target = multiaddr(`${address}/p2p/${device}`)
      const connection = await this.#node?.dial(target, { signal: limit.signal, force: true })
      const link = connection === undefined ? undefined : this.#links.get(connection.id)
      return (await link?.ready) ?? false
    } finally {
      limit.clear()
    }
  }

  async #addressesOf(device: string): Promise<string[]> {
    const configured = this.#trust.configuredAddresses(device)
    if (!this.#settings.discovery) return [...configured]
    const remembered = await this.#parts.addressBook.load(device).catch(() => []) // it only costs time
    const heard = this.#neighbours.addressesOf(device)
    return [...new Set([...heard, ...remembered, ...configured])].slice(0, MAX_ADDRESSES)
  }

  /** The first address that accepts a block socket; where none does, a stream beside control. */
  async #openFetch(link: ControlLink, connection: Connection): Promise<Channel> {
    const { clock } = this.#parts
    const all = deadline(clock, ALL_BLOCKS_WITHIN_MS, this.#stopping.signal)
    try {
      for (const address of await this.#blockAddresses(link, connection)) {
        const channel = await this.#tryBlocks(link, address, all.signal)
        if (channel !== undefined) return channel
        if (link.isClosed || all.signal.aborted) break
      }
    } finally {
      all.clear()
    }
    const limit = deadline(clock, DIAL_WITHIN_MS, this.#stopping.signal)
    try {
      return streamChannel(await connection.newStream(BLOCKS_PROTOCOL, { signal: limit.signal }))
    } finally {
      limit.clear()
    }
  }

  async #tryBlocks(link: ControlLink, address: string, signal: AbortSignal): Promise<Channel | undefined> {
    const limit = deadline(this.#parts.clock, BLOCKS_WITHIN_MS, signal)
    try {
      return await dialBlocks(address, link.device, this.#certificate, limit.signal)
    } catch (error) {
      this.#parts.log.debug('no block socket', { device: link.device, address, reason: textOf(error) })
      return undefined
    } finally {
      limit.clear()
    }
  }

  /** The one that control dialled, then what we know, then what the peer says of itself. */
  async #blockAddresses(link: ControlLink, connection: Connection): Promise<string[]> {
    const known = await this.#addressesOf(link.device)
    const announced = this.#settings.discovery ? await this.#announcedBy(connection) : []
    const all = new Set([...(link.dialled ? [link.address] : []), ...known, ...announced])
    for (const own of this.listening()) all.delete(own)
    return [...all].slice(0, MAX_ADDRESSES)
  }

  /** What identify was told; only asked for with discovery on. */
  async #announcedBy(connection: Connection): Promise<string[]> {
    try {
      const peer = await this.#node?.peerStore.get(connection.remotePeer)
      return (peer?.addresses ?? []).flatMap((one) => {
        const text = one.multiaddr.toString()
        return isAddress(text) ? [checkAddress(text)] : []
      })
    } catch {
      return [] // it has announced nothing yet
    }
  }
}
