/** What devices say of themselves by multicast DNS. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { deviceIdOf } from '../../../src/node/net/identity.ts'
import { SERVICE, announcement, asksForUs, readAnnouncement } from '../../../src/node/net/mdns-record.ts'
import type { Packet } from '../../../src/node/net/mdns-record.ts'
import { Neighbours } from '../../../src/node/net/neighbours.ts'
import { identityOf } from '../../support/loopback-networks.ts'

/** The codec that multicast-dns itself writes packets with. */
const here = createRequire(import.meta.url)
const { decode, encode } = createRequire(here.resolve('multicast-dns'))('dns-packet') as {
  decode(bytes: Uint8Array): Packet
  encode(packet: Packet): Uint8Array
}

const device = deviceIdOf(identityOf('mdns'))
const addresses = ['/ip4/192.168.1.5/tcp/22000/tls', '/ip6/fd00::5/tcp/22000/tls']
const overTheWire = (packet: Packet): Packet => decode(encode(packet))

test('an announcement survives the wire', () => {
  const answers = announcement('instance', device, addresses)
  const packet = overTheWire({ type: 'response', answers })
  expect(readAnnouncement(packet)).toEqual([{ device, instance: `instance.${SERVICE}`, addresses }])
})

test('it has the form that @libp2p/mdns reads and writes', () => {
  const [pointer, text] = announcement('instance', device, addresses)
  expect(pointer).toMatchObject({
    name: '_peerfold._udp.local',
    type: 'PTR',
    data: 'instance._peerfold._udp.local',
  })
  expect(text).toMatchObject({
    name: 'instance._peerfold._udp.local',
    type: 'TXT',
    data: `dnsaddr=/ip4/192.168.1.5/tcp/22000/tls/p2p/${device}`,
  })
})

test('an address too long for a TXT string is left out', () => {
  const long = `/dns4/${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example/tcp/1/tls`
  expect(announcement('i', device, [long, addresses[0] ?? ''])).toHaveLength(2)
})

test('a question is for us when it names the service, in whatever case', () => {
  const ask = (name: string): Packet => overTheWire({ type: 'query', questions: [{ name, type: 'PTR' }] })
  expect(asksForUs(ask('_peerfold._udp.local'))).toBe(true)
  expect(asksForUs(ask('_Peerfold._UDP.local'))).toBe(true)
  expect(asksForUs(ask('_ipp._tcp.local'))).toBe(false)
  expect(asksForUs({})).toBe(false)
})

test.each([
  { what: 'another service', name: '_ipp._tcp.local', text: `dnsaddr=/ip4/1.1.1.1/tcp/1/p2p/${device}` },
  { what: 'no address', name: SERVICE, text: 'dnsaddr=' },
  { what: 'a bad address', name: SERVICE, text: `dnsaddr=/ip4/1.1.1/tcp/1/p2p/${device}` },
  { what: 'a bad id', name: SERVICE, text: 'dnsaddr=/ip4/1.1.1.1/tcp/1/p2p/12D3KooWnobody' },
  { what: 'something else', name: SERVICE, text: 'hello' },
])('$what is heard and ignored', ({ name, text }) => {
  const answers = [
    { name, type: 'PTR' as const, data: `x.${name}` },
    { name: `x.${name}`, type: 'TXT' as const, data: text },
  ]
  expect(readAnnouncement(overTheWire({ type: 'response', answers }))).toEqual([])
})

test('one packet cannot make us keep more than a few addresses', () => {
  const answers = Array.from({ length: 500 }, (_, port) => ({
    name: `x.${SERVICE}`,
    type: 'TXT' as const,
    data: `dnsaddr=/ip4/1.1.1.1/tcp/${port + 1}/p2p/${device}`,
  }))
  const [heard] = readAnnouncement({
    answers: [{ name: SERVICE, type: 'PTR', data: `x.${SERVICE}` }, ...answers],
  })
  expect(heard?.addresses).toHaveLength(8)
})

test('hearing a device is news when it is new, restarted, elsewhere or back from a silence', async () => {
  const clock = createFakeClock()
  const neighbours = new Neighbours(clock)
  const hear = (instance: string, address: string) =>
    neighbours.hear({ device, instance, addresses: [address] })
  expect(hear('one', '/ip4/1.1.1.1/tcp/1/tls')).toBe(true)
  expect(hear('one', '/ip4/1.1.1.1/tcp/1/tls')).toBe(false)
  expect(hear('two', '/ip4/1.1.1.1/tcp/1/tls')).toBe(true)
  expect(hear('two', '/ip4/1.1.1.1/tcp/2/tls')).toBe(true)
  expect(neighbours.addressesOf(device)).toEqual(['/ip4/1.1.1.1/tcp/2/tls', '/ip4/1.1.1.1/tcp/1/tls'])
  await clock.advance(30_000)
  expect(hear('two', '/ip4/1.1.1.1/tcp/2/tls')).toBe(true)
})

test('only strangers are nearby, nobody for ever, and never more than a bound', async () => {
  const clock = createFakeClock()
  const neighbours = new Neighbours(clock)
  const random = seededRandom(1)
  for (let count = 0; count < 300; count++) {
    neighbours.hear({ device: `d${random.below(1e9)}`, instance: 'i', addresses: [] })
  }
  neighbours.hear({ device, instance: 'i', addresses })
  expect(neighbours.list(() => false)).toHaveLength(256)
  expect(neighbours.list((id) => id !== device).map(({ id }) => id)).toEqual([device])
  expect(neighbours.list((id) => id === device).map(({ id }) => id)).not.toContain(device)
  await clock.advance(61_000)
  expect(neighbours.list(() => false)).toEqual([])
})
