/**
 * libp2p's transport over our door: sockets that TLS has proved become libp2p connections, with
 * libp2p's own encryption skipped. Promises that nothing else enters libp2p. Never binds a port:
 * the door is open before libp2p starts.
 */
import type { TLSSocket } from 'node:tls'
import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import type {
  AbortOptions,
  ComponentLogger,
  Connection,
  DialTransportOptions,
  Listener,
  ListenerEvents,
  Logger,
  PeerId,
  StreamMuxerFactory,
  Transport,
  Upgrader,
} from '@libp2p/interface'
import { AbstractMultiaddrConnection, getThinWaistAddresses } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { pEvent } from 'p-event'
import { checkAddress, isAddress } from './address.ts'
import { CONTROL_ALPN, connectTls } from './tls-identity.ts'
import type { Certificate } from './tls-identity.ts'

export interface TransportComponents {
  logger: ComponentLogger
  upgrader: Upgrader & { getStreamMuxers(): Map<string, StreamMuxerFactory> }
}

export interface TransportSettings {
  certificate: () => Promise<Certificate>
  /** From libp2p's start to its end: takes inbound control sockets from the door. */
  onStart(accept: (socket: TLSSocket, peer: PeerId, from: string) => void): void
}

/** The bytes of a proved socket, as libp2p wants them. */
class SocketConnection extends AbstractMultiaddrConnection {
  readonly #socket: TLSSocket

  constructor(socket: TLSSocket, remoteAddr: Multiaddr, direction: 'inbound' | 'outbound', log: Logger) {
    super({ remoteAddr, direction, log })
    this.#socket = socket
    socket.on('data', (bytes) => this.onData(bytes))
    socket.on('error', (error) => this.abort(error))
    socket.on('drain', () => this.safeDispatchEvent('drain'))
    socket.once('close', () => this.onTransportClosed())
  }

  sendData(list: Iterable<Uint8Array> & { byteLength: number }) {
    let canSendMore = true
    this.#socket.cork() // a yamux header and its payload leave together
    for (const bytes of list) canSendMore = this.#socket.write(bytes)
    process.nextTick(() => this.#socket.uncork())
    return { sentBytes: list.byteLength, canSendMore }
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    this.#socket.destroySoon()
    if (!this.#socket.closed)
      await pEvent(this.#socket, 'close', options?.signal ? { signal: options.signal } : {})
  }

  sendReset(): void {
    this.#socket.destroy()
  }

  sendPause(): void {
    this.#socket.pause()
  }

  sendResume(): void {
    this.#socket.resume()
  }
}

/** Tells libp2p what the door is bound to, so that identify can tell the peer. */
class DoorListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  #address: Multiaddr | undefined

  listen(address: Multiaddr): Promise<void> {
    this.#address = address
    this.safeDispatchEvent('listening')
    return Promise.resolve()
  }

  getAddrs(): Multiaddr[] {
    if (this.#address === undefined) return []
    return getThinWaistAddresses(this.#address).map((one) => multiaddr(checkAddress(one.toString())))
  }

  updateAnnounceAddrs(): void {}

  async close(): Promise<void> {
    await Promise.resolve() // dispatched any earlier, the transport manager forgets its other listeners
    this.safeDispatchEvent('close')
  }
}

export class DoorTransport implements Transport {
  readonly [transportSymbol] = true
  readonly [serviceCapabilities] = ['@libp2p/transport']
  readonly [Symbol.toStringTag] = 'peerfold/door'
  readonly #components: TransportComponents
  readonly #settings: TransportSettings
  readonly #log: Logger

  constructor(components: TransportComponents, settings: TransportSettings) {
    this.#components = components
    this.#settings = settings
    this.#log = components.logger.forComponent('peerfold:door')
    settings.onStart((socket, peer, from) => void this.#accept(socket, peer, from))
  }

  createListener(): Listener {
    return new DoorListener()
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses // the only ones we hand to libp2p are those the door is bound to
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => isAddress(address.toString()))
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const device = address.getComponents().findLast(({ name }) => name === 'p2p')?.value
    const canonical = checkAddress(address.toString())
    const { certificate } = this.#settings
    const { socket, peer } = await connectTls(canonical, {
      certificate,
      alpn: CONTROL_ALPN,
      device,
      signal: options.signal,
    })
    const connection = this.#connection(socket, canonical, 'outbound')
    return this.#orAbort(
      connection,
      options.upgrader.upgradeOutbound(connection, { ...options, ...this.#proved(peer) }),
    )
  }

  async #accept(socket: TLSSocket, peer: PeerId, from: string): Promise<void> {
    const connection = this.#connection(socket, from, 'inbound')
    const { upgrader } = this.#components
    // The upgrader adds its own deadline; the signal here is only what its type wants.
    const options = { ...this.#proved(peer), signal: new AbortController().signal }
    await this.#orAbort(connection, upgrader.upgradeInbound(connection, options)).catch(() => {})
  }

  #connection(socket: TLSSocket, address: string, direction: 'inbound' | 'outbound'): SocketConnection {
    return new SocketConnection(socket, multiaddr(address), direction, this.#log.newScope(direction))
  }

  #proved(remotePeer: PeerId) {
    const [muxerFactory] = this.#components.upgrader.getStreamMuxers().values()
    return {
      skipEncryption: true,
      skipProtection: true,
      remotePeer,
      ...(muxerFactory === undefined ? {} : { muxerFactory }),
    } as const
  }

  /** The gater or one of libp2p's limits said no: leave no socket behind. */
  async #orAbort<T>(connection: SocketConnection, upgraded: Promise<T>): Promise<T> {
    try {
      return await upgraded
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
}
