/** Addresses and device ids as people type them. */
import { expect, test } from 'vitest'
import {
  addressOf,
  bindingOf,
  checkAddress,
  checkDeviceId,
  checkListenAddress,
} from '../../../src/node/net/address.ts'
import { deviceIdOf } from '../../../src/node/net/identity.ts'
import { identityOf } from '../../support/loopback-networks.ts'

const id = deviceIdOf(identityOf('address'))

test.each([
  { typed: '/ip4/192.168.1.5/tcp/22000', canonical: '/ip4/192.168.1.5/tcp/22000/tls' },
  { typed: '  /ip4/192.168.1.5/tcp/22000/tls ', canonical: '/ip4/192.168.1.5/tcp/22000/tls' },
  { typed: `/ip4/10.0.0.1/tcp/1/p2p/${id}`, canonical: '/ip4/10.0.0.1/tcp/1/tls' },
  { typed: '/ip6/0:0::1/tcp/2', canonical: '/ip6/::1/tcp/2/tls' },
  { typed: '/ip6zone/eth0/ip6/fe80::1/tcp/3', canonical: '/ip6zone/eth0/ip6/fe80::1/tcp/3/tls' },
  { typed: '/dns4/box.example/tcp/443', canonical: '/dns4/box.example/tcp/443/tls' },
])('$typed has one spelling', ({ typed, canonical }) => {
  expect(checkAddress(typed)).toBe(canonical)
  expect(checkAddress(canonical)).toBe(canonical)
})

test.each([
  { typed: '', why: 'nothing' },
  { typed: '192.168.1.5:22000', why: 'not a multiaddr' },
  { typed: '/ip4/999.1.1.1/tcp/1', why: 'no such host' },
  { typed: '/ip4/1.1.1.1/tcp/70000', why: 'no such port' },
  { typed: '/ip4/1.1.1.1/tcp/0', why: 'port 0 cannot be dialled' },
  { typed: '/ip4/1.1.1.1/udp/1/quic-v1', why: 'another transport' },
  { typed: '/ip4/1.1.1.1', why: 'no port' },
  { typed: '/dns4/a..b/tcp/3', why: 'not a host name' },
  { typed: `/dns4/${'a'.repeat(500)}/tcp/3`, why: 'too long' },
])('$why is refused as BAD_ADDRESS', ({ typed }) => {
  expect(() => checkAddress(typed)).toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }))
})

test('one may listen on port 0, but not on a name', () => {
  expect(checkListenAddress('/ip4/0.0.0.0/tcp/0')).toBe('/ip4/0.0.0.0/tcp/0/tls')
  expect(() => checkListenAddress('/dns4/box.example/tcp/1')).toThrow(
    expect.objectContaining({ code: 'BAD_ADDRESS' }),
  )
})

test('an address and its binding are the same thing', () => {
  expect(bindingOf('/ip6/::/tcp/7/tls')).toEqual({ host: '::', port: 7, ip6: true })
  expect(addressOf('::ffff:10.0.0.1', 9)).toBe('/ip4/10.0.0.1/tcp/9/tls')
  expect(addressOf('fe80::1%eth0', 9)).toBe('/ip6/fe80::1/tcp/9/tls')
})

test('a device id is the peer id of an Ed25519 key and nothing else', () => {
  expect(checkDeviceId(id)).toBe(id)
  const rsa = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'
  for (const wrong of ['', 'laptop', id.slice(0, -1), `${id} `, rsa]) {
    expect(() => checkDeviceId(wrong)).toThrow(expect.objectContaining({ code: 'BAD_DEVICE_ID' }))
  }
})
