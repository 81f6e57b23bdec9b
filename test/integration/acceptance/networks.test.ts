/**
 * Real nodes on a network that fails: a pulled cable, a black hole, a link that flaps, a slow one, and
 * three devices split in every way. Promises that all ends in equal directories within bounded time,
 * and that everything anybody wrote is there. The long run takes more rounds and waits out the time
 * after which a silent device counts as gone.
 */
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import { eventually } from '../../support/deadline.ts'
import { createNetlab, netlabObstacle } from '../../support/netlab.ts'
import type { Host, Netlab } from '../../support/netlab.ts'
import { openStage, pair, share, untilConnected } from '../../support/real-nodes.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import type { Place } from '../../support/synced.ts'
import { amount } from '../../support/tier.ts'

const obstacle = netlabObstacle()
const FOLDER = 'shared'
/** After the network is whole again: redialling takes up to a minute, the machine may be busy. */
const AGREED_MS = 120_000
/** A silent device counts as gone after 20 s. */
const GONE_MS = 60_000

let lab: Netlab | undefined
beforeEach(({ skip }) => {
  if (obstacle !== undefined) skip(obstacle)
})
afterEach(async () => {
  await lab?.close()
  lab = undefined
})

interface Site extends Place {
  readonly host: Host
  /** Writes a file of the folder. */
  write(name: string, content: string | Uint8Array): void
}

async function sites(count: number): Promise<Site[]> {
  lab = createNetlab(count)
  const stage = openStage()
  const built = await Promise.all(
    lab.hosts.map(async (host, i): Promise<Site> => {
      const path = stage.make(`site ${i}`)
      const node = await stage.node(`site-${i}`, { host })
      return { host, node, path, write: (name, content) => writeFileSync(join(path, name), content) }
    }),
  )
  const nodes = built.map(({ node }) => node)
  for (const [i, one] of nodes.entries()) for (const other of nodes.slice(i + 1)) await pair(one, other)
  for (const { node, path } of built)
    await share(
      node,
      FOLDER,
      path,
      nodes.filter((other) => other !== node),
    )
  await untilConnected(AGREED_MS, ...nodes)
  return built
}

/** A look that ends: what was written is announced as far as the network carries it. */
async function looked(places: readonly Site[]): Promise<void> {
  await Promise.all(
    places.map(({ node }) => node.request('POST', `/folders/${FOLDER}/rescan`, { wait: true })),
  )
}

async function untilAlone(node: RealNode): Promise<void> {
  await eventually(GONE_MS, `${node.name} notices that nobody answers`, async () => {
    const { devices } = await node.status()
    return devices.every(({ connected }) => !connected)
  })
}

const bytesOf = (seed: number, size: number): Uint8Array => seededRandom(seed).bytes(size)

/** Contents of all small files, conflict copies included. */
function contentsOf({ path }: Place): string[] {
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ name }) => readFileSync(join(path, name), 'latin1'))
}

const FAULTS: readonly { readonly what: string; break(host: Host): void; mend(host: Host): void }[] = [
  { what: 'a pulled cable', break: (host) => host.cut(), mend: (host) => host.heal() },
  { what: 'a black hole', break: (host) => host.drop(), mend: (host) => host.undrop() },
]

test('two devices apart by a pulled cable, and by a black hole, agree once they meet again', async () => {
  const both = await sites(2)
  const [ada, bob] = both as [Site, Site]
  ada.write('disputed', 'common')
  await untilSame(AGREED_MS, FOLDER, both)
  for (const [round, fault] of FAULTS.entries()) {
    fault.break(ada.host)
    ada.write('disputed', `of ada, ${fault.what}`)
    bob.write('disputed', `of bob, ${fault.what}`)
    for (const one of both) one.write(`${one.node.name} ${round}`, `${one.node.name}, ${fault.what}`)
    await looked(both)
    // The short run mends before anybody noticed: the same connections go on.
    if (amount({ short: 0, long: 1 }) === 1) await untilAlone(ada.node)
    fault.mend(ada.host)
    await untilSame(AGREED_MS, FOLDER, both)
    expect(contentsOf(bob)).toEqual(
      expect.arrayContaining(['of ada', 'of bob', 'site-0', 'site-1'].map((who) => `${who}, ${fault.what}`)),
    )
  }
})

test('a large file crosses a slow link that flaps, and small ones do not wait for it', async () => {
  const both = await sites(2)
  const [ada, bob] = both as [Site, Site]
  for (const { host } of both) host.rate('20mbit')
  const size = amount({ short: 12, long: 60 }) << 20
  ada.write('large', bytesOf(1, size))
  await looked([ada])
  for (let flap = 0; flap < amount({ short: 4, long: 25 }); flap++) {
    bob.host.cut()
    ada.write(`small ${flap}`, `small ${flap}`)
    bob.write(`note ${flap}`, `note ${flap}`)
    await looked(both)
    bob.host.heal()
    await eventually(AGREED_MS, `small file ${flap} is there`, () =>
      contentsOf(bob).includes(`small ${flap}`),
    )
  }
  await untilSame(AGREED_MS + amount({ short: 0, long: 180_000 }), FOLDER, both)
  expect(statSync(join(bob.path, 'large')).size).toBe(size)
})

test('three devices, split in every way while all of them write, agree and lose nothing', async () => {
  const all = await sites(3)
  const written: string[] = []
  const writeAll = (round: string): void => {
    for (const one of all) {
      const content = `${one.node.name} in ${round}`
      written.push(content)
      one.write(`${round} of ${one.node.name}`, content)
      one.write(`${round} disputed`, `${content}, disputed`)
      written.push(`${content}, disputed`)
      appendFileSync(join(one.path, 'log of all'), `${content}\n`)
    }
  }
  for (let round = 0; round < amount({ short: 1, long: 4 }); round++) {
    for (const [i, apart] of [...all.map((one) => [one]), all].entries()) {
      const name = `split ${round}.${i}`
      for (const { host } of apart) host.cut()
      writeAll(name)
      await looked(all)
      for (const { host } of apart) host.heal()
      // The next split begins while this one is being mended; the last is waited for.
      await looked(all)
    }
  }
  await untilSame(AGREED_MS, FOLDER, all)
  expect(contentsOf(all[0]!)).toEqual(expect.arrayContaining(written))
})
