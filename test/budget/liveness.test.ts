/**
 * Whom a device gives up, and whom it must not. Promises real processes on real, slow lines
 * (network namespaces). Skipped, with the reason, where none can be made.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deviceIdOf } from '../../src/node/net/identity.ts'
import { eventLines } from '../support/event-lines.ts'
import type { EventLines } from '../support/event-lines.ts'
import { identityOf } from '../support/loopback-networks.ts'
import { createNetlab, netlabObstacle } from '../support/netlab.ts'
import type { Host, Netlab } from '../support/netlab.ts'
import type { NetworkProcessSettings } from '../support/network-process.ts'

const SCRIPT = new URL('../support/network-process.ts', import.meta.url).pathname
const idOf = (name: string): string => deviceIdOf(identityOf(name))

let lab: Netlab | undefined
beforeEach(({ skip }) => {
  const obstacle = netlabObstacle()
  if (obstacle !== undefined) skip(obstacle)
  lab = createNetlab(4)
})
afterEach(() => lab?.close())

interface Running {
  name: string
  events: EventLines
  kill(signal: NodeJS.Signals): void
}

function start(host: Host, name: string, other: string, more: Partial<NetworkProcessSettings> = {}): Running {
  const trust = [{ id: idOf(other), addresses: [] }]
  const settings: NetworkProcessSettings = { name, trust, discovery: true, ...more }
  const child = host.spawn(process.execPath, [SCRIPT, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { name, events: eventLines(child), kill: (signal) => void child.kill(signal) }
}

/** Resolves with the reason the healthy end gives. */
async function freeze(healthy: Running, frozen: Running): Promise<unknown> {
  await Promise.all([
    healthy.events.next({ linked: idOf(frozen.name) }),
    frozen.events.next({ linked: idOf(healthy.name) }),
  ])
  frozen.kill('SIGSTOP')
  const { reason } = await healthy.events.next({ closed: idOf(frozen.name) })
  return reason
}

test('a frozen peer is given up as dead; a line kept busy for as long, at 5 Mbit/s both ways, is not', async () => {
  const [one, two, three, four] = lab!.hosts as [Host, Host, Host, Host]
  for (const host of [one, two]) host.rate('5mbit')
  const busyOne = start(one, 'a', 'b', { fetches: true })
  const busyTwo = start(two, 'b', 'a', { fetches: true })
  const frozen = freeze(start(three, 'c', 'd'), start(four, 'd', 'c'))
  // 5 Mbit/s carry 18 MiB in 30 s, half as long again as silence is borne.
  await Promise.all([busyOne.events.next({ fetchedMiB: 15 }), busyTwo.events.next({ fetchedMiB: 15 })])
  expect(await frozen).toBe('dead')
  expect([...busyOne.events.all, ...busyTwo.events.all].filter((event) => 'closed' in event)).toEqual([])
})
