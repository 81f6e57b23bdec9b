/**
 * TLS between devices: each end shows a certificate that its device key signed, and checks the
 * other's. Promises that no byte of a socket is used before its owner is known. Never decides
 * whether that owner is trusted.
 */
import tls from 'node:tls'
import type { OnReadOpts } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils'
import { getNetConfig } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { pEvent } from 'p-event'
import { PeerfoldError } from '../base/errors.ts'

export const CONTROL_ALPN = 'peerfold-control/1'
export const BLOCKS_ALPN = 'peerfold-blocks/1'

/**
 * `rejectUnauthorized` is off because libp2p's certificates are self-signed: `verifiedPeer` is
 * the check. No `session` may ever be passed: a resumed one has no certificate to check.
 */
export const TLS_BASE = {
  minVersion: 'TLSv1.3',
  rejectUnauthorized: false,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 10_000,
} as const

export interface Certificate {
  cert: string
  key: string
}

/** One certificate per process, made on first use. It starts an hour in the past. */
export function certificateSource(privateKey: PrivateKey): () => Promise<Certificate> {
  let made: Promise<Certificate> | undefined
  return () => (made ??= generateCertificate(privateKey))
}

/** Whose socket is it? Throws when there is no certificate, no known ALPN, or another device's key. */
export async function verifiedPeer(
  socket: TLSSocket,
  alpns: readonly string[],
  expected?: PeerId,
): Promise<PeerId> {
  const { raw } = socket.getPeerCertificate() as { raw?: Uint8Array } // {} when none was sent
  if (raw === undefined) throw new PeerfoldError('PEER_PROTOCOL', 'no certificate')
  // Node itself refuses only a wrong ALPN, not a missing one.
  if (!alpns.includes(socket.alpnProtocol || '')) throw new PeerfoldError('PEER_PROTOCOL', 'no known ALPN')
  const peer = await verifyPeerCertificate(raw, expected)
  if (socket.destroyed) throw new PeerfoldError('PEER_GONE', 'the socket closed meanwhile')
  return peer
}

export interface ConnectOptions {
  certificate: () => Promise<Certificate>
  alpn: string
  /** The device that must answer. */
  device: string | undefined
  signal: AbortSignal
  onread?: OnReadOpts | undefined
}

/** TCP, TLS and proof of identity; leaves no socket behind when it throws. */
export async function connectTls(
  address: string,
  options: ConnectOptions,
): Promise<{ socket: TLSSocket; peer: PeerId }> {
  const config = getNetConfig(multiaddr(address))
  const zone = 'zone' in config && config.zone !== undefined ? `%${config.zone}` : ''
  const certificate = await options.certificate()
  options.signal.throwIfAborted()
  const socket = tls.connect({
    ...TLS_BASE,
    ...certificate,
    host: config.host + zone,
    port: config.port ?? 0,
    ALPNProtocols: [options.alpn],
    ...(options.onread === undefined ? {} : { onread: options.onread }),
  } as tls.ConnectionOptions)
  socket.on('error', () => {}) // 'close' follows and says enough; unheard it would end the process
  try {
    await pEvent(socket, 'secureConnect', { rejectionEvents: ['error', 'close'], signal: options.signal })
    const expected = options.device === undefined ? undefined : peerIdFromString(options.device)
    return { socket, peer: await verifiedPeer(socket, [options.alpn], expected) }
  } catch (error) {
    socket.destroy()
    throw error
  }
}
