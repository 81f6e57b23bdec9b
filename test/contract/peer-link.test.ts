/** Runs the contract of a peer link on the real network over loopback and on its twin in memory. */
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { Network } from '../../src/node/net/peer-link.ts'
import { within } from '../support/deadline.ts'
import { loopbackNetworks, loopbackQuiet } from '../support/loopback-networks.ts'
import { peerLinkContract } from './peer-link.contract.ts'
import type { LinkWorld } from './peer-link.contract.ts'

/** Loopback answers in milliseconds; a redial after a loss takes up to 1.2 s. */
const DEADLINE_MS = 15_000
/** More virtual time than any test can need: silence, death and the longest redial delay. */
const MAX_VIRTUAL_MS = 600_000

async function loopbackWorld(): Promise<LinkWorld> {
  const lab = loopbackNetworks()
  return {
    device: async (name) => {
      const network = lab.create(name)
      await network.start()
      return network
    },
    kill: (network) => network.stop(), // a process cannot kill half of itself; integration tests do
    settle: (promise) => within(DEADLINE_MS, 'the awaited promise', promise),
    quiet: loopbackQuiet,
    close: () => lab.stopAll(),
  }
}

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

peerLinkContract('loopback', loopbackWorld)
peerLinkContract('memory', memoryWorld)
