/** Runs the contract of a peer link on the real network over loopback and on its twin in memory. */
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { Network } from '../../src/node/net/peer-link.ts'
import { deviceIdOf } from '../../src/node/net/identity.ts'
import { within } from '../support/deadline.ts'
import { identityOf, loopbackNetworks, loopbackQuiet } from '../support/loopback-networks.ts'
import { peerLinkContract } from './peer-link.contract.ts'
import type { LinkWorld } from './peer-link.contract.ts'

/** Loopback answers in milliseconds; a redial after a loss takes up to 1.2 s. */
const DEADLINE_MS = 15_000
/** More virtual time than any test can need: silence, death and the longest redial delay. */
const MAX_VIRTUAL_MS = 600_000

async function loopbackWorld(look: (network: Network) => Network = (network) => network): Promise<LinkWorld> {
  const lab = loopbackNetworks()
  return {
    device: async (name) => {
      const network = lab.create(name)
      await network.start()
      return look(network)
    },
    kill: (network) => network.stop(), // a process cannot kill half of itself; integration tests do
    settle: (promise) => within(DEADLINE_MS, 'the awaited promise', promise),
    quiet: loopbackQuiet,
    close: () => lab.stopAll(),
  }
}

/**
 * The device 'a' (a0, a1…) is told no address of anybody: the others call it, and as no block
 * socket to them can be opened it fetches over a stream.
 */
function withoutAddresses(network: Network): Network {
  const isTold = !namedA.has(network.self)
  return {
    self: network.self,
    start: () => network.start(),
    stop: () => network.stop(),
    setTrusted: (devices) =>
      network.setTrusted(isTold ? devices : devices.map(({ id }) => ({ id, addresses: [] }))),
    onLink: (handler) => network.onLink(handler),
    discovers: network.discovers,
    listening: () => network.listening(),
    nearby: () => network.nearby(),
    redial: () => network.redial(),
  }
}

const namedA = new Set(['a', 'a0', 'a1', 'a2', 'a3', 'a4'].map((name) => deviceIdOf(identityOf(name))))

async function memoryWorld(): Promise<LinkWorld> {
  const clock = createFakeClock()
  const lab = createMemoryLab({ clock, random: seededRandom(1) })
  const networks: Network[] = []
  return {
    device: async (name) => {
      const network = lab.join(name)
      networks.push(network)
      await network.start()
      return network
    },
    kill: async (network) => lab.kill(network.self),
    async settle(promise) {
      let settled = false
      const done = (): void => {
        settled = true
      }
      promise.then(done, done)
      for (let passed = 0; !settled && passed < MAX_VIRTUAL_MS; passed += 10) await clock.advance(10)
      return settled ? promise : Promise.reject(new Error('nothing more happens, and it has not settled'))
    },
    quiet: () => clock.advance(60_000),
    close: async () => void (await Promise.all(networks.map((network) => network.stop()))),
  }
}

peerLinkContract('loopback', () => loopbackWorld())
peerLinkContract('loopback, blocks over a stream,', () => loopbackWorld(withoutAddresses))
peerLinkContract('memory', memoryWorld)
