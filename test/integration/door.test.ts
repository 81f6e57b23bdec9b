/**
 * Who gets through the one listening port. Promises that each refusal is tried against a real
 * network on loopback, and that the same door lets the right one in.
 */
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/node/base/clock.ts'
import { bindingOf } from '../../src/node/net/address.ts'
import { dialBlocks } from '../../src/node/net/block-socket.ts'
import { identityFrom } from '../../src/node/net/identity.ts'
import type { Network, PeerLink } from '../../src/node/net/peer-link.ts'
import { rateLimit } from '../../src/node/net/rate-limit.ts'
import { certificateSource } from '../../src/node/net/tls-identity.ts'
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { identityOf, loopbackNetworks } from '../support/loopback-networks.ts'

const lab = loopbackNetworks()
afterEach(() => lab.stopAll())

const certificateOf = (name: string) => certificateSource(identityFrom(identityOf(name)))

async function startedHost(...trusted: Network[]): Promise<{ host: Network; port: number; address: string }> {
  const host = lab.create('host')
  await host.start()
  host.setTrusted(trusted.map(({ self }) => ({ id: self, addresses: [] })))
  const address = host.listening()[0] ?? ''
  return { host, port: bindingOf(address).port, address }
}

/** Everything the other end said until it closed. */
async function repliesUntilClosed(socket: net.Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (bytes: Buffer) => parts.push(bytes))
  socket.on('error', () => {}) // a reset is one way to be refused
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(parts)
}

interface Knock {
  who: string
  options: () => Promise<tls.ConnectionOptions>
}

/** Self-signed, valid for a century, and without the extension that names a device key. */
const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/net/${name}.pem`, import.meta.url), 'utf8')
const foreignCertificate = (): { cert: string; key: string } => ({
  cert: fixture('foreign-certificate'),
  key: fixture('foreign-key'),
})

const KNOCKS: Knock[] = [
  { who: 'no ALPN', options: async () => ({ ...(await certificateOf('friend')()) }) },
  {
    who: 'an unknown ALPN',
    options: async () => ({ ...(await certificateOf('friend')()), ALPNProtocols: ['h2'] }),
  },
  { who: 'no certificate for blocks', options: async () => ({ ALPNProtocols: ['peerfold-blocks/1'] }) },
  { who: 'no certificate for control', options: async () => ({ ALPNProtocols: ['peerfold-control/1'] }) },
  {
    who: 'a certificate that no device key signed',
    options: async () => ({ ...foreignCertificate(), ALPNProtocols: ['peerfold-blocks/1'] }),
  },
  {
    who: 'a stranger asking for blocks',
    options: async () => ({ ...(await certificateOf('stranger')()), ALPNProtocols: ['peerfold-blocks/1'] }),
  },
  {
    who: 'a stranger asking for control',
    options: async () => ({ ...(await certificateOf('stranger')()), ALPNProtocols: ['peerfold-control/1'] }),
  },
  {
    who: 'a trusted device that asks for blocks without a link',
    options: async () => ({ ...(await certificateOf('friend')()), ALPNProtocols: ['peerfold-blocks/1'] }),
  },
  {
    who: 'TLS 1.2',
    options: async () => ({
      ...(await certificateOf('friend')()),
      ALPNProtocols: ['peerfold-blocks/1'],
      maxVersion: 'TLSv1.2' as const,
    }),
  },
]

test.each(KNOCKS)('$who is refused without a word', async ({ options }) => {
  const { port, host } = await startedHost(lab.create('friend'))
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...(await options()) })
  expect(await repliesUntilClosed(socket)).toHaveLength(0)
  expect(host.listening()).toHaveLength(1)
})

test('plain HTTP is refused', async () => {
  const { port } = await startedHost()
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const reply = await repliesUntilClosed(socket)
  expect(reply.toString('latin1')).not.toContain('HTTP')
})

test('a client that says nothing, and one that drips, are closed after five seconds', async () => {
  const { port } = await startedHost()
  const clock = systemClock()
  const startMs = clock.monotonicMs()
  const silent = net.connect({ host: '127.0.0.1', port })
  const dripping = net.connect({ host: '127.0.0.1', port })
  const hello = Buffer.from('160301020001000', 'hex') // the beginning of a client hello, never finished
  const drip = (at: number): void => {
    if (dripping.destroyed || at === hello.length) return
    dripping.write(hello.subarray(at, at + 1))
    clock.after(700, () => drip(at + 1))
  }
  drip(0)
  await Promise.all([repliesUntilClosed(silent), repliesUntilClosed(dripping)])
  expect(clock.monotonicMs() - startMs).toBeLessThan(9_000)
})

test('stopping closes half-open sockets at once', async () => {
  const { host, port } = await startedHost()
  const silent = net.connect({ host: '127.0.0.1', port })
  await new Promise((resolve) => silent.once('connect', resolve))
  const closed = repliesUntilClosed(silent)
  await host.stop()
  expect(await closed).toHaveLength(0)
})

test('a device with a link is let in, and a dialler recognises a wrong device behind an address', async () => {
  const friend = lab.create('friend')
  const { host, address } = await startedHost(friend)
  const linked = new Promise<PeerLink>((resolve) => friend.onLink(resolve))
  friend.setTrusted([{ id: host.self, addresses: [address] }])
  await friend.start()
  await linked
  const { signal } = new AbortController()
  const channel = await dialBlocks(address, host.self, certificateOf('friend'), signal)
  expect(channel.isClosed).toBe(false)
  await expect(dialBlocks(address, friend.self, certificateOf('friend'), signal)).rejects.toThrow(/peer/i)
  await friend.stop()
  await channel.closed // the link went, and its sockets with it
})

test('a port in use is named, and a bad address too', async () => {
  const { port } = await startedHost()
  const second = lab.create('second', { listen: [`/ip4/127.0.0.1/tcp/${port}`] })
  await expect(second.start()).rejects.toMatchObject({ code: 'PORT_IN_USE', facts: { port } })
  const bad = lab.create('bad', { listen: ['127.0.0.1:22000'] })
  await expect(bad.start()).rejects.toMatchObject({ code: 'BAD_ADDRESS' })
  const elsewhere = lab.create('elsewhere', { listen: ['/ip4/203.0.113.9/tcp/0'] })
  await expect(elsewhere.start()).rejects.toMatchObject({ code: 'BAD_ADDRESS' })
})

test('with discovery off and no address given, nothing listens', async () => {
  const quiet = lab.create('quiet', { listen: undefined })
  await quiet.start()
  expect(quiet.listening()).toEqual([])
})

test('an address that knocks too often waits, others do not', async () => {
  const clock = createFakeClock()
  const mayEnter = rateLimit(clock)
  const knock = (address: string, times: number): number =>
    Array.from({ length: times }, () => mayEnter(address)).filter(Boolean).length
  expect(knock('10.0.0.1', 1_000)).toBe(60)
  expect(knock('10.0.0.2', 10)).toBe(10)
  await clock.advance(1_000)
  expect(knock('10.0.0.1', 1_000)).toBe(20)
})
