/**
 * The one listening port for control and blocks, told apart by ALPN. Promises that whoever is
 * not proved, not trusted or too slow is dropped without a word, and that closing it closes every
 * socket that came through it. Never speaks libp2p.
 */
import tls from 'node:tls'
import type { Server, TLSSocket } from 'node:tls'
import type { AddressInfo, Socket } from 'node:net'
import type { PeerId } from '@libp2p/interface'
import { pEvent } from 'p-event'
import type { Clock } from '../base/clock.ts'
import { PeerfoldError, textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { addressOf, bindingOf } from './address.ts'
import { rateLimit } from './rate-limit.ts'
import { BLOCKS_ALPN, CONTROL_ALPN, TLS_BASE, verifiedPeer } from './tls-identity.ts'
import type { Certificate } from './tls-identity.ts'

/** From the TCP connection to a proved device, ms; half-open and dripping clients end here. Ours. */
const ADMIT_WITHIN_MS = 5_000
const MAX_CONNECTIONS = 500
const BACKLOG = 128
/** The listener's only word before frames: this block socket is wanted. */
export const ACCEPTED = 1

export interface DoorParts {
  clock: Clock
  log: Log
  certificate: () => Promise<Certificate>
  onControl(socket: TLSSocket, peer: PeerId, from: string): void
  /** Trusted, with live control? Only then the socket is accepted. */
  mayFetch(device: string): boolean
  onBlocks(socket: TLSSocket, device: string): void
}

export interface Door {
  /** The canonical addresses that are bound; wildcards stay wildcards. */
  readonly bound: readonly string[]
  close(): Promise<void>
}

/** Binds every address or none. Throws PORT_IN_USE, BAD_ADDRESS. */
export async function openDoor(parts: DoorParts, addresses: readonly string[]): Promise<Door> {
  const mayEnter = rateLimit(parts.clock)
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    const closing = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const socket of sockets) socket.destroy() // half-open and block sockets: nobody else knows them
    await Promise.all(closing)
  }
  try {
    for (const address of addresses) {
      const server = await createServer(parts)
      server.on('connection', (socket: Socket) => {
        if (!mayEnter(socket.remoteAddress ?? '')) return void socket.destroy()
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      await listen(server, address)
      servers.push(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { bound: servers.map(boundAddress), close }
}

async function createServer(parts: DoorParts): Promise<Server> {
  const certificate = await parts.certificate()
  const options = {
    ...TLS_BASE,
    ...certificate,
    requestCert: true,
    handshakeTimeout: ADMIT_WITHIN_MS,
    ALPNProtocols: [CONTROL_ALPN, BLOCKS_ALPN],
  }
  const server = tls.createServer(options, (socket) => void admit(parts, socket))
  server.maxConnections = MAX_CONNECTIONS
  server.on('tlsClientError', (_error, socket) => socket.destroy()) // Node reports the timeout and closes nothing
  return server
}

async function listen(server: Server, address: string): Promise<void> {
  const { host, port, ip6 } = bindingOf(address)
  server.listen({ host, port, backlog: BACKLOG, ipv6Only: ip6 }) // otherwise 0.0.0.0 and :: clash
  try {
    await pEvent(server, 'listening')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EADDRINUSE') {
      throw new PeerfoldError('PORT_IN_USE', 'the port to listen on is in use', { address, port }, error)
    }
    const facts = { address, reason: textOf(error) }
    throw new PeerfoldError('BAD_ADDRESS', 'cannot listen on this address', facts, error)
  }
  server.on('error', () => {}) // e.g. too many open files on accept: the connection is lost, not the node
}

function boundAddress(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return addressOf(address, port)
}

async function admit(parts: DoorParts, socket: TLSSocket): Promise<void> {
  socket.on('error', () => {}) // a reset would end the process
  const tooLate = parts.clock.after(ADMIT_WITHIN_MS, () => socket.destroy())
  const from = addressOf(socket.remoteAddress ?? '0.0.0.0', socket.remotePort ?? 0)
  try {
    const peer = await verifiedPeer(socket, [CONTROL_ALPN, BLOCKS_ALPN])
    if (socket.alpnProtocol === CONTROL_ALPN) return parts.onControl(socket, peer, from)
    const device = peer.toString()
    if (!parts.mayFetch(device)) throw new PeerfoldError('FORBIDDEN', 'no trusted link')
    socket.write(Uint8Array.of(ACCEPTED))
    parts.onBlocks(socket, device)
  } catch (error) {
    parts.log.debug('refused a connection', { from, reason: textOf(error) })
    socket.destroy()
  } finally {
    tooLate.cancel()
  }
}
