/** What the twin in memory offers beyond the contract: repetition, cuts and kills. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import type { FakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createMemoryLab } from '../../../src/node/net/memory-network.ts'
import type { MemoryLab } from '../../../src/node/net/memory-network.ts'
import type { Lane, Network, PeerLink } from '../../../src/node/net/peer-link.ts'

interface World {
  clock: FakeClock
  lab: MemoryLab
  networks: Network[]
  links: Map<string, PeerLink>
  linkCount: number
}

const key = (one: string, other: string): string => `${one}>${other}`

async function start(world: World, name: string): Promise<void> {
  const network = world.lab.join(name)
  network.onLink((link) => {
    world.links.set(key(name, link.device), link)
    world.linkCount += 1
  })
  network.setTrusted(['a', 'b', 'c'].map((id) => ({ id, addresses: [] })))
  world.networks.push(network)
  await network.start()
}

async function createWorld(seed = 1, names = ['a', 'b']): Promise<World> {
  const clock = createFakeClock()
  const lab = createMemoryLab({ clock, random: seededRandom(seed) })
  const world: World = { clock, lab, networks: [], links: new Map(), linkCount: 0 }
  for (const name of names) await start(world, name)
  await clock.advance(1_000)
  return world
}

const link = (world: World, from: string, to: string): PeerLink => world.links.get(key(from, to))!

/** Notes every frame of a lane as it arrives. */
function note(from: PeerLink, lane: Lane, write: (frame: Uint8Array) => void): { ended: boolean } {
  const state = { ended: false }
  void (async () => {
    for await (const frame of from.frames(lane)) write(frame)
    state.ended = true
  })()
  return state
}

async function trace(seed: number): Promise<string[]> {
  const world = await createWorld(seed, ['a', 'b', 'c'])
  const lines: string[] = []
  const pairs = [...world.links.keys()].map((text) => text.split('>') as [string, string])
  for (const [from, to] of pairs) {
    for (const lane of ['control', 'serve'] as const) {
      note(link(world, from, to), lane, ([number]) => {
        lines.push(`${world.clock.monotonicMs()} ${lane} ${to}>${from} ${number}`)
      })
    }
  }
  for (let number = 0; number < 20; number++) {
    for (const [from, to] of pairs) {
      void link(world, from, to).send('control', [Uint8Array.of(number)])
      void link(world, from, to).send('fetch', [Uint8Array.of(number)])
    }
  }
  await world.clock.advance(5_000)
  return lines
}

test('one seed delivers the same frames at the same times; another seed does not', async () => {
  const first = await trace(7)
  expect(first).toHaveLength(6 * 2 * 20)
  expect(await trace(7)).toEqual(first)
  expect(await trace(8)).not.toEqual(first)
})

test('frames of different links and lanes overtake each other, those of one lane never', async () => {
  const lines = (await trace(3)).map((line) => line.split(' '))
  const lanes = Map.groupBy(lines, ([, lane, way]) => `${lane} ${way}`)
  for (const frames of lanes.values()) {
    expect(frames.map((frame) => Number(frame[3]))).toEqual(Array.from({ length: 20 }, (_, number) => number))
  }
  const order = lines.map(([, lane, way]) => `${lane} ${way}`)
  const changes = order.filter((text, index) => text !== order[index - 1]).length
  expect(changes).toBeGreaterThan(60)
})

test('a short cut only delays what is on its way', async () => {
  const world = await createWorld()
  const got: number[] = []
  note(link(world, 'b', 'a'), 'control', ([number]) => got.push(number ?? -1))
  world.lab.cut('a', 'b')
  await link(world, 'a', 'b').send('control', [Uint8Array.of(1)])
  await world.clock.advance(5_000)
  expect(got).toEqual([])
  world.lab.heal('a', 'b')
  await world.clock.advance(100)
  expect(got).toEqual([1])
  expect(world.linkCount).toBe(2)
})

test('a long cut ends both ends as dead, each in its own time, and healing links them anew', async () => {
  const world = await createWorld()
  const reasons = Promise.all([link(world, 'a', 'b').closed, link(world, 'b', 'a').closed])
  world.lab.cut('a', 'b')
  await world.clock.advance(30_000)
  expect(await reasons).toEqual(['dead', 'dead'])
  await world.clock.advance(300_000)
  expect(world.linkCount).toBe(2)
  world.lab.heal('a', 'b')
  await world.clock.advance(1_000)
  expect(world.linkCount).toBe(4)
})

test('a cut healed between the two deaths still ends with one new link on both sides', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = await createWorld(seed)
    const first = Promise.race([link(world, 'a', 'b').closed, link(world, 'b', 'a').closed])
    let dead = false
    void first.then(() => {
      dead = true
    })
    world.lab.cut('a', 'b')
    while (!dead) await world.clock.advance(1)
    world.lab.heal('a', 'b')
    await world.clock.advance(2_000)
    expect(world.linkCount).toBe(4)
  }
})

test('a killed device is silent for ever: nothing arrives from it or at it, and its calls never settle', async () => {
  const world = await createWorld()
  const [ab, ba] = [link(world, 'a', 'b'), link(world, 'b', 'a')]
  const atA: number[] = []
  const atB: number[] = []
  const endOfA = note(ab, 'control', ([number]) => atA.push(number ?? -1))
  const endOfB = note(ba, 'control', ([number]) => atB.push(number ?? -1))
  await ab.send('control', [Uint8Array.of(1)])
  await ba.send('control', [Uint8Array.of(2)])
  world.lab.kill('b')
  let settled = false
  const late = ba.send('control', [Uint8Array.of(3)])
  late.then(
    () => (settled = true),
    () => (settled = true),
  )
  await world.clock.advance(60_000)
  expect({ atA, atB, settled }).toEqual({ atA: [], atB: [], settled: false })
  expect({ a: endOfA.ended, b: endOfB.ended }).toEqual({ a: true, b: false })
  expect(await ab.closed).toBe('gone')
  await start(world, 'b')
  await world.clock.advance(1_000)
  expect(world.linkCount).toBe(4)
})

test('lost block sockets lose what is on its way and nothing else', async () => {
  const world = await createWorld()
  const [ab, ba] = [link(world, 'a', 'b'), link(world, 'b', 'a')]
  const got: string[] = []
  note(ba, 'serve', ([number]) => got.push(`serve ${number}`))
  note(ba, 'control', ([number]) => got.push(`control ${number}`))
  await ab.send('fetch', [Uint8Array.of(1)])
  await ab.send('control', [Uint8Array.of(2)])
  world.lab.loseBlocks('a', 'b')
  await ab.send('fetch', [Uint8Array.of(3)])
  await world.clock.advance(1_000)
  expect(got.toSorted()).toEqual(['control 2', 'serve 3'])
})

test('an answer to a device that never asked has nowhere to go', async () => {
  const world = await createWorld()
  await expect(link(world, 'b', 'a').send('serve', [Uint8Array.of(1)])).rejects.toMatchObject({
    code: 'PEER_GONE',
  })
})

test('frames are copied: what the sender does to its memory afterwards changes nothing', async () => {
  const world = await createWorld()
  const memory = Uint8Array.of(1, 2, 3)
  const reader = link(world, 'b', 'a').frames('control')[Symbol.asyncIterator]()
  await link(world, 'a', 'b').send('control', [memory])
  memory.fill(0)
  const next = reader.next()
  await world.clock.advance(1_000)
  expect((await next).value).toEqual(Uint8Array.of(1, 2, 3))
})

test('strangers on the same network are nearby, trusted and absent devices are not', async () => {
  const world = await createWorld()
  const stranger = world.lab.join('stranger')
  const absent = world.lab.join('absent')
  await stranger.start()
  const [a] = world.networks
  expect(a?.nearby().map(({ id }) => id)).toEqual(['stranger'])
  expect(absent.listening()).toEqual([])
})
