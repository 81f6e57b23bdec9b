/**
 * libp2p as we use it: identity and control streams over our own transport, nothing else.
 * Promises that no peer passes the gater untrusted. Never dials, redials or watches liveness by
 * itself: those are ours.
 */
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface'
import { createLibp2p } from 'libp2p'
import { DoorTransport } from './transport.ts'
import type { TransportComponents, TransportSettings } from './transport.ts'

export const CONTROL_PROTOCOL = '/peerfold/control/1'
export const BLOCKS_PROTOCOL = '/peerfold/blocks/1'

export interface NodeSettings extends TransportSettings {
  privateKey: PrivateKey
  /** Canonical addresses that the door is bound to. */
  bound: readonly string[]
  isTrusted(device: string): boolean
  /** May this canonical address be dialled? */
  mayDial(address: string, device: string): boolean
  /** Tell and ask addresses; without it a peer announces nothing to us. */
  exchangeAddresses: boolean
}

export function createNode(settings: NodeSettings): Promise<Libp2p> {
  return createLibp2p({
    start: false,
    privateKey: settings.privateKey,
    nodeInfo: { userAgent: 'peerfold' }, // identify tells it to peers: keep it dull
    addresses: { listen: [...settings.bound] },
    transports: [(components) => new DoorTransport(components as unknown as TransportComponents, settings)],
    streamMuxers: [
      yamux({
        maxInboundStreams: 256,
        maxOutboundStreams: 256,
        // Larger than the 4 MiB read buffer, a window lets even a correct pause end in a reset.
        streamOptions: { maxStreamWindowSize: 1 << 20 },
      }),
    ],
    // Its defaults refuse the sixth connection a second from one host; the door limits strangers.
    connectionManager: {
      maxConnections: 500,
      inboundConnectionThreshold: 100,
      maxIncomingPendingConnections: 100,
    },
    // Its ping waits behind bulk data and kills healthy connections on slow links (seen at 20 Mbit/s).
    connectionMonitor: { enabled: false },
    connectionGater: gater(settings),
    ...(settings.exchangeAddresses ? { services: { identify: identify() } } : {}),
  })
}

function gater({ isTrusted, mayDial }: NodeSettings): ConnectionGater {
  return {
    denyDialPeer: (peer) => !isTrusted(peer.toString()),
    denyInboundEncryptedConnection: (peer) => !isTrusted(peer.toString()),
    denyOutboundEncryptedConnection: (peer) => !isTrusted(peer.toString()),
    denyDialMultiaddr: (address) => {
      const [, place = '', device = ''] = /^(.*)\/p2p\/([^/]+)$/.exec(address.toString()) ?? []
      return !mayDial(place, device)
    },
  }
}
