/**
 * Devices that were told no addresses, on hosts of their own. Promises real processes, real
 * multicast and real cables (network namespaces on one bridge). Skipped, with the reason, where
 * no namespaces can be made.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindingOf } from '../../src/node/net/address.ts'
import { deviceIdOf } from '../../src/node/net/identity.ts'
import { eventLines } from '../support/event-lines.ts'
import type { EventLines } from '../support/event-lines.ts'
import { identityOf } from '../support/loopback-networks.ts'
import { createNetlab, netlabObstacle } from '../support/netlab.ts'
import type { Host, Netlab } from '../support/netlab.ts'
import type { NetworkProcessSettings } from '../support/network-process.ts'

const obstacle = netlabObstacle()

const SCRIPT = new URL('../support/network-process.ts', import.meta.url).pathname
const idOf = (name: string): string => deviceIdOf(identityOf(name))

interface Running {
  events: EventLines
  kill(signal: NodeJS.Signals): void
}

function start(
  host: Host,
  name: string,
  trusts: string[],
  more: Partial<NetworkProcessSettings> = {},
): Running {
  const trust = trusts.map((other) => ({ id: idOf(other), addresses: [] }))
  const settings: NetworkProcessSettings = { name, trust, discovery: true, ...more }
  const child = host.spawn(process.execPath, [SCRIPT, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { events: eventLines(child), kill: (signal) => void child.kill(signal) }
}

describe('devices without addresses', () => {
  let lab: Netlab | undefined
  let first: Host
  let second: Host
  beforeEach(({ skip }) => {
    if (obstacle !== undefined) skip(obstacle)
    lab = createNetlab(2)
    ;[first, second] = lab.hosts as [Host, Host]
  })
  afterEach(() => lab?.close())

  async function bothLinked(): Promise<{ a: Running; b: Running }> {
    const a = start(first, 'a', ['b'])
    const b = start(second, 'b', ['a'], { greeting: 'good morning' })
    await Promise.all([a.events.next({ linked: idOf('b') }), b.events.next({ linked: idOf('a') })])
    return { a, b }
  }

  test('find each other and link, and words pass', async () => {
    const { a } = await bothLinked()
    await a.events.next({ echo: 'good morning' })
    expect(a.events.all.some((event) => 'closed' in event)).toBe(false)
  })

  test('find each other without a default route', async () => {
    first.removeDefaultRoute()
    second.removeDefaultRoute()
    const { a } = await bothLinked()
    expect(await a.events.next({ echo: 'good morning' })).toBeDefined()
  })

  test('that trust nobody are nearby, and nothing more', async () => {
    const a = start(first, 'a', [])
    const b = start(second, 'b', ['a'])
    await a.events.next({ nearby: [idOf('b')] })
    expect([...a.events.all, ...b.events.all].some((event) => 'linked' in event)).toBe(false)
  })

  test('link again after one is killed and started anew', async () => {
    const { a, b } = await bothLinked()
    const before = a.events.all.length
    b.kill('SIGKILL')
    await a.events.next({ closed: idOf('b'), reason: 'gone' }, before)
    const again = start(second, 'b', ['a'])
    const linked = Promise.all([
      a.events.next({ linked: idOf('b') }, before),
      again.events.next({ linked: idOf('a') }),
    ])
    expect(await linked).toHaveLength(2)
  })

  test('that share a host share neither port, and link all the same', async () => {
    const a = start(first, 'a', ['b'])
    const b = start(first, 'b', ['a'])
    const listening = await Promise.all([a.events.next({}), b.events.next({})])
    const ports = listening.map((event) => bindingOf((event['listening'] as string[])[0] ?? '').port)
    expect(ports).toContain(22_000)
    expect(new Set(ports).size).toBe(2)
    const linked = Promise.all([a.events.next({ linked: idOf('b') }), b.events.next({ linked: idOf('a') })])
    expect(await linked).toHaveLength(2)
  })

  test('give up a silent cable after 20 seconds and link again when it is back', async () => {
    const { a, b } = await bothLinked()
    const [beforeA, beforeB] = [a.events.all.length, b.events.all.length]
    second.drop()
    const closed = await Promise.all([
      a.events.next({ closed: idOf('b') }, beforeA),
      b.events.next({ closed: idOf('a') }, beforeB),
    ])
    expect(closed.map(({ reason }) => reason)).toEqual(['dead', 'dead'])
    second.undrop()
    await Promise.all([
      a.events.next({ linked: idOf('b') }, beforeA),
      b.events.next({ linked: idOf('a') }, beforeB),
    ])
  })

  test('with discovery off are not heard and hear nobody', async () => {
    const a = start(first, 'a', ['b'], { discovery: false, listen: [`/ip4/${first.address}/tcp/0`] })
    const b = start(second, 'b', ['a'])
    const c = start(first, 'c', [])
    await c.events.next({ nearby: [idOf('b')] }) // discovery works between the two hosts
    expect(a.events.all.some((event) => 'linked' in event)).toBe(false)
    expect(b.events.all.some((event) => 'linked' in event)).toBe(false)
    expect(b.events.all.flatMap((event) => event['nearby'] ?? [])).not.toContain(idOf('a'))
  })
})
