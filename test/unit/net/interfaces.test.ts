/** Noticing that the machine's network changed. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { listInterfaces, watchInterfaces } from '../../../src/node/net/interfaces.ts'
import type { Interface } from '../../../src/node/net/interfaces.ts'

test('one call at the start and one per change, within five seconds, until it is ended', async () => {
  const clock = createFakeClock()
  const wired: Interface = { name: 'eth0', ip4: '10.0.0.1', addresses: ['10.0.0.1'] }
  let now: Interface[] = [wired]
  const calls: string[] = []
  const end = watchInterfaces(
    clock,
    (list, first) => calls.push(`${clock.monotonicMs()} ${list.length} ${first}`),
    () => now,
  )
  await clock.advance(60_000)
  now = [wired, { name: 'wlan0', ip4: '10.1.0.1', addresses: ['10.1.0.1'] }]
  await clock.advance(60_000)
  now = []
  end()
  await clock.advance(60_000)
  expect(calls).toEqual(['0 1 true', '65000 2 false'])
})

test('loopback and link-local addresses are of no use to another device', () => {
  const all = listInterfaces().flatMap(({ addresses }) => addresses)
  expect(all.filter((one) => one.startsWith('127.') || one === '::1' || one.startsWith('fe80:'))).toEqual([])
})
