/**
 * Real networks on loopback for tests. Promises free ports, discovery off, one key per name, and
 * that all of them are stopped. Never leaves 127.0.0.1.
 */
import { systemClock } from '../../src/node/base/clock.ts'
import type { Clock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { seededRandom, systemRandom } from '../../src/node/base/random.ts'
import { generateIdentity } from '../../src/node/net/identity.ts'
import { createNetwork } from '../../src/node/net/libp2p-network.ts'
import type { AddressBook, NetworkSettings } from '../../src/node/net/libp2p-network.ts'
import type { Network, PeerLink } from '../../src/node/net/peer-link.ts'

const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

/**
 * A fence instead of a wait: two networks made for it are linked and exchange a frame on every lane,
 * twice over. Whatever was under way before and takes no more steps than that has happened by then, however
 * busy the machine is: all ends live in this process and on one loopback.
 */
export async function loopbackQuiet(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const lab = loopbackNetworks()
    try {
      await crossOver(lab.create('fence one'), lab.create('fence two'))
    } finally {
      await lab.stopAll()
    }
  }
}

async function crossOver(one: Network, two: Network): Promise<void> {
  const links = Promise.all([one, two].map((network) => new Promise<PeerLink>((up) => network.onLink(up))))
  await Promise.all([one.start(), two.start()])
  two.setTrusted([{ id: one.self, addresses: [] }])
  one.setTrusted([{ id: two.self, addresses: two.listening() }])
  const [from, to] = (await links) as [PeerLink, PeerLink]
  for (const [sent, arrives] of [
    ['control', 'control'],
    ['fetch', 'serve'],
  ] as const) {
    await from.send(sent, [Uint8Array.of(1)])
    for await (const _frame of to.frames(arrives)) break
  }
}

/** The same key for the same name, whenever and wherever a test asks. */
export function identityOf(name: string): Uint8Array {
  return generateIdentity(
    seededRandom([...name].reduce((sum, letter) => sum * 131 + letter.charCodeAt(0), 7)),
  )
}

export interface LoopbackNetworks {
  /** Not started. */
  create(name: string, settings?: Partial<NetworkSettings>, clock?: Clock): Network
  stopAll(): Promise<void>
}

export function loopbackNetworks(): LoopbackNetworks {
  const networks: Network[] = []
  return {
    create(name, settings = {}, clock = systemClock()) {
      const parts = {
        clock,
        random: systemRandom(),
        log: silentLog(),
        privateKey: identityOf(name),
        addressBook: memoryAddressBook(),
      }
      const network = createNetwork(parts, { listen: [LOOPBACK], discovery: false, ...settings })
      networks.push(network)
      return network
    },
    async stopAll() {
      await Promise.all(networks.splice(0).map((network) => network.stop()))
    },
  }
}

export function memoryAddressBook(): AddressBook {
  const book = new Map<string, string[]>()
  return {
    load: async (device) => book.get(device) ?? [],
    remember(device, address) {
      book.set(device, [address, ...(book.get(device) ?? []).filter((one) => one !== address)])
    },
  }
}
