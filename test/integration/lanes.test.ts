/** Block lanes of real networks on loopback: when they are dialled, lost, and dialled again. */
import net from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { systemRandom } from '../../src/node/base/random.ts'
import { bindingOf } from '../../src/node/net/address.ts'
import { createNetwork } from '../../src/node/net/libp2p-network.ts'
import type { Network, PeerLink } from '../../src/node/net/peer-link.ts'
import { within } from '../support/deadline.ts'
import { identityOf, loopbackNetworks, loopbackQuiet } from '../support/loopback-networks.ts'

const lab = loopbackNetworks()
const ends: (() => unknown)[] = []
afterEach(async () => {
  await lab.stopAll()
  for (const end of ends.splice(0)) end()
})

/** A TCP relay that counts connections and can break them: the wire between two devices. */
async function createWire(toPort: number): Promise<{ port: number; count(): number; breakNewest(): void }> {
  const sockets: net.Socket[] = []
  const server = net.createServer((near) => {
    const far = net.connect({ host: '127.0.0.1', port: toPort })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    sockets.push(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  const { port } = server.address() as net.AddressInfo
  return { port, count: () => sockets.length, breakNewest: () => void sockets.at(-1)?.destroy() }
}

const linkOf = (network: Network): Promise<PeerLink> => new Promise((resolve) => network.onLink(resolve))

async function linkedOverWire() {
  const [a, b] = [lab.create('a'), lab.create('b')]
  const links = Promise.all([linkOf(a), linkOf(b)])
  await Promise.all([a.start(), b.start()])
  const wire = await createWire(bindingOf(b.listening()[0] ?? '').port)
  b.setTrusted([{ id: a.self, addresses: [] }])
  a.setTrusted([{ id: b.self, addresses: [`/ip4/127.0.0.1/tcp/${wire.port}`] }])
  const [ab, ba] = await within(10_000, 'the link', links)
  return { ab, ba, wire }
}

const next = async (link: PeerLink, lane: 'fetch' | 'serve'): Promise<unknown> => {
  const { value } = await within(
    10_000,
    `a frame on ${lane}`,
    link.frames(lane)[Symbol.asyncIterator]().next(),
  )
  return value
}

test('the block socket is opened by the first request, at the address that control was dialled at', async () => {
  const { ab, ba, wire } = await linkedOverWire()
  await ab.send('control', [Uint8Array.of(1)])
  await loopbackQuiet()
  expect(wire.count()).toBe(1)
  await Promise.all([ab.send('fetch', [Uint8Array.of(1)]), ab.send('fetch', [Uint8Array.of(2)])])
  expect(await next(ba, 'serve')).toEqual(Uint8Array.of(1))
  expect(await next(ba, 'serve')).toEqual(Uint8Array.of(2))
  expect(wire.count()).toBe(2)
})

test('a broken block socket costs what was under way, not the link, and the next request opens another', async () => {
  const { ab, ba, wire } = await linkedOverWire()
  await ab.send('fetch', [Uint8Array.of(1)])
  expect(await next(ba, 'serve')).toEqual(Uint8Array.of(1))
  wire.breakNewest()
  await loopbackQuiet()
  await expect(ba.send('serve', [Uint8Array.of(9)])).rejects.toMatchObject({ code: 'PEER_GONE' })
  await ab.send('fetch', [Uint8Array.of(2)])
  expect(await next(ba, 'serve')).toEqual(Uint8Array.of(2))
  await ba.send('serve', [Uint8Array.of(3)])
  expect(await next(ab, 'fetch')).toEqual(Uint8Array.of(3))
  expect(wire.count()).toBe(3)
})

test('with discovery off nobody asks where a device was reached before', async () => {
  const asked: string[] = []
  const network = createNetwork(
    {
      clock: systemClock(),
      random: systemRandom(),
      log: silentLog(),
      privateKey: identityOf('asker'),
      addressBook: {
        load: async (device) => {
          asked.push(device)
          return []
        },
        remember: () => {},
      },
    },
    { listen: ['/ip4/127.0.0.1/tcp/0'], discovery: false },
  )
  ends.push(() => network.stop())
  const caller = lab.create('caller')
  const links = Promise.all([linkOf(network), linkOf(caller)])
  await Promise.all([network.start(), caller.start()])
  network.setTrusted([{ id: caller.self, addresses: [] }])
  caller.setTrusted([{ id: network.self, addresses: network.listening() }])
  const [link, back] = await within(10_000, 'the link', links)
  await link.send('fetch', [Uint8Array.of(1)])
  expect(await next(back, 'serve')).toEqual(Uint8Array.of(1))
  expect(asked).toEqual([])
})

test('a device that is called only after it came up is linked by the next call', async () => {
  const [a, b] = [lab.create('a'), lab.create('b')]
  const wire = await createWire(1) // nobody is there yet
  await a.start()
  a.setTrusted([{ id: b.self, addresses: [`/ip4/127.0.0.1/tcp/${wire.port}`] }])
  await loopbackQuiet()
  const links = Promise.all([linkOf(a), linkOf(b)])
  await b.start()
  b.setTrusted([{ id: a.self, addresses: [] }])
  a.setTrusted([{ id: b.self, addresses: b.listening() }]) // the user corrects the address
  expect((await within(10_000, 'the link', links))[0].device).toBe(b.self)
})

test('an early stop, a double stop and a stop without a start are all quiet', async () => {
  const early = lab.create('early')
  const starting = early.start()
  await early.stop()
  await starting
  await early.stop()
  expect(await lab.create('never').stop()).toBeUndefined()
})
