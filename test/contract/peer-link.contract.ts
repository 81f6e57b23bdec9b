/**
 * What every network promises, real or twin. Promises that each test uses the ports of
 * peer-link.ts only. Never knows which network it runs on: a `LinkWorld` builds devices and lets
 * time pass.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CloseReason, Lane, Network, PeerLink } from '../../src/node/net/peer-link.ts'
import { FRAME_LIMITS, releaseFrame } from '../../src/node/net/peer-link.ts'

export interface LinkWorld {
  /** A started device that trusts nobody yet; `name` again after `stop` or `kill` is the same device. */
  device(name: string): Promise<Network>
  /** Without a warning, as far as this network can. */
  kill(network: Network): Promise<void>
  /** Lets time pass until the promise has settled. */
  settle<T>(promise: Promise<T>): Promise<T>
  /** Lets so much time pass that whatever was about to happen has happened. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** A device as a test sees it: its network and the links it was handed. */
class Device {
  readonly network: Network
  readonly links: PeerLink[] = []
  readonly #open = new Set<PeerLink>()
  readonly #waiting: ((link: PeerLink) => void)[] = []

  constructor(network: Network) {
    this.network = network
    network.onLink((link) => {
      this.links.push(link)
      this.#open.add(link)
      void link.closed.then(() => this.#open.delete(link))
      this.#waiting.shift()?.(link)
    })
  }

  get id(): string {
    return this.network.self
  }

  get openLinks(): PeerLink[] {
    return [...this.#open]
  }

  /** The next link that comes. */
  nextLink(): Promise<PeerLink> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  trust(...others: Device[]): void {
    this.network.setTrusted(
      others.map(({ id, network }) => ({
        id,
        addresses: network.listening().filter((one) => one.startsWith('/ip')),
      })),
    )
  }
}

export function peerLinkContract(name: string, createWorld: () => Promise<LinkWorld>): void {
  describe(`a peer link on the ${name} network`, () => {
    let world: LinkWorld
    beforeEach(async () => {
      world = await createWorld()
    })
    afterEach(() => world.close())

    const start = async (label: string): Promise<Device> => new Device(await world.device(label))

    async function linkedPair(): Promise<{ a: Device; b: Device; ab: PeerLink; ba: PeerLink }> {
      const [a, b] = [await start('a'), await start('b')]
      const both = Promise.all([a.nextLink(), b.nextLink()])
      a.trust(b)
      b.trust(a)
      const [ab, ba] = await world.settle(both)
      return { a, b, ab, ba }
    }

    const receive = (link: PeerLink, lane: Lane, count: number): Promise<Uint8Array[]> =>
      world.settle(take(link, lane, count))

    test('two devices that trust each other are linked once, each knowing the other', async () => {
      const { a, b, ab, ba } = await linkedPair()
      await world.quiet()
      expect([ab.device, ba.device]).toEqual([b.id, a.id])
      expect([a.links.length, b.links.length]).toEqual([1, 1])
      expect(a.openLinks).toHaveLength(1)
      expect(b.openLinks).toHaveLength(1)
    })

    test('control frames arrive whole and in the order of the calls, in both directions', async () => {
      const { ab, ba } = await linkedPair()
      const there = numbered(300, 20)
      const back = numbered(300, 7)
      const sent = Promise.all([
        ...there.map((frame) => ab.send('control', [frame])),
        ...back.map((f) => ba.send('control', [f])),
      ])
      expect(await receive(ba, 'control', 300)).toEqual(there)
      expect(await receive(ab, 'control', 300)).toEqual(back)
      await world.settle(sent)
    })

    test('a request on the fetch lane arrives on the serve lane, and its answer comes back', async () => {
      const { ab, ba } = await linkedPair()
      await world.settle(ab.send('fetch', [Uint8Array.of(1), Uint8Array.of(2, 3)]))
      expect(await receive(ba, 'serve', 1)).toEqual([Uint8Array.of(1, 2, 3)])
      await world.settle(ba.send('serve', [Uint8Array.of(4)]))
      expect(await receive(ab, 'fetch', 1)).toEqual([Uint8Array.of(4)])
    })

    test('both devices fetch from each other at the same time', async () => {
      const { ab, ba } = await linkedPair()
      await world.settle(
        Promise.all([ab.send('fetch', [Uint8Array.of(1)]), ba.send('fetch', [Uint8Array.of(2)])]),
      )
      expect(await receive(ba, 'serve', 1)).toEqual([Uint8Array.of(1)])
      expect(await receive(ab, 'serve', 1)).toEqual([Uint8Array.of(2)])
    })

    test.each<{ lane: Lane; arrives: Lane }>([
      { lane: 'control', arrives: 'control' },
      { lane: 'fetch', arrives: 'serve' },
    ])('frames from nothing to the limit pass on the $lane lane, longer ones are refused', async (row) => {
      const { ab, ba } = await linkedPair()
      const limit = FRAME_LIMITS[row.lane]
      const frames = [0, 1, 16 << 10, limit].map((length) => patterned(length))
      const sent = Promise.all(frames.map((frame) => ab.send(row.lane, [frame])))
      const received = await receive(ba, row.arrives, frames.length)
      expect(received.map((frame, index) => sameBytes(frame, frames[index]))).toEqual([
        true,
        true,
        true,
        true,
      ])
      await world.settle(sent)
      const tooLong = ab.send(row.lane, [new Uint8Array(limit), new Uint8Array(1)])
      await expect(world.settle(tooLong)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
      await world.settle(ab.send(row.lane, [Uint8Array.of(9)]))
      expect(await receive(ba, row.arrives, 1)).toEqual([Uint8Array.of(9)])
    })

    test.each<{ lane: Lane; arrives: Lane }>([
      { lane: 'control', arrives: 'control' },
      { lane: 'fetch', arrives: 'serve' },
    ])(
      'who does not read the $lane lane stops the sender, and nothing is lost',
      async ({ lane, arrives }) => {
        const { ab, ba } = await linkedPair()
        const frame = 128 << 10
        const total = 600 // 75 MiB: more than two kernels' socket buffers and ours
        let sent = 0
        const sending = (async () => {
          for (let number = 0; number < total; number++) {
            await ab.send(lane, [Uint8Array.of(number & 0xff), new Uint8Array(frame - 1)])
            sent += 1
          }
        })()
        await world.quiet()
        expect(sent).toBeGreaterThan(0)
        expect(sent).toBeLessThan(total / 2)
        const received = await receive(ba, arrives, total)
        await world.settle(sending)
        expect(received.every((bytes, number) => bytes[0] === (number & 0xff))).toBe(true)
      },
    )

    test('a frame given back is gone, and the next ones are whole', async () => {
      const { ab, ba } = await linkedPair()
      for (let number = 0; number < 20; number++) {
        await world.settle(ab.send('fetch', [patterned(100_000), Uint8Array.of(number)]))
        const [frame] = await receive(ba, 'serve', 1)
        expect([frame?.byteLength, frame?.at(-1)]).toEqual([100_001, number])
        releaseFrame(frame!)
        expect(frame?.byteLength).toBe(0)
      }
    })

    test('a lane that nobody reads does not hold up the others', async () => {
      const { ab, ba } = await linkedPair()
      const stuck = new AbortController()
      const flood = Promise.allSettled(
        Array.from({ length: 400 }, () => ab.send('fetch', [new Uint8Array(128 << 10)], stuck.signal)),
      )
      await world.quiet()
      await world.settle(ab.send('control', [Uint8Array.of(5)]))
      expect(await receive(ba, 'control', 1)).toEqual([Uint8Array.of(5)])
      stuck.abort()
      const outcomes = await world.settle(flood)
      expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    })

    test('an aborted send leaves the order of the others alone', async () => {
      const { ab, ba } = await linkedPair()
      const aborting = new AbortController()
      aborting.abort()
      const first = ab.send('control', [Uint8Array.of(1)])
      const never = ab.send('control', [Uint8Array.of(2)], aborting.signal)
      const last = ab.send('control', [Uint8Array.of(3)])
      await expect(world.settle(never)).rejects.toMatchObject({ name: 'AbortError' })
      await world.settle(Promise.all([first, last]))
      expect(await receive(ba, 'control', 2)).toEqual([Uint8Array.of(1), Uint8Array.of(3)])
    })

    test.each<CloseReason>(['stopped', 'protocol', 'dead'])(
      'closing as %s ends both ends, says so here and "gone" there',
      async (reason) => {
        const { ab, ba } = await linkedPair()
        const ended = Promise.all([drain(ab), drain(ba)])
        await ab.close(reason)
        expect(await world.settle(ab.closed)).toBe(reason)
        expect(await world.settle(ba.closed)).toBe('gone')
        await world.settle(ended)
        await expect(world.settle(ab.send('control', [Uint8Array.of(1)]))).rejects.toMatchObject({
          code: 'PEER_GONE',
        })
        await expect(world.settle(ba.send('fetch', [Uint8Array.of(1)]))).rejects.toMatchObject({
          code: 'PEER_GONE',
        })
        await ab.close('gone') // again is harmless and changes nothing
        expect(await ab.closed).toBe(reason)
      },
    )

    test('a lost link is replaced by a new one', async () => {
      const { a, b, ab } = await linkedPair()
      const again = Promise.all([a.nextLink(), b.nextLink()])
      await ab.close('dead')
      const [next, back] = await world.settle(again)
      await world.settle(next.send('control', [Uint8Array.of(7)]))
      expect(await receive(back, 'control', 1)).toEqual([Uint8Array.of(7)])
    })

    test.each([
      { who: 'only the caller', trusts: [true, false] },
      { who: 'only the called', trusts: [false, true] },
      { who: 'neither', trusts: [false, false] },
    ])('no link comes up when $who trusts the other', async ({ trusts }) => {
      const [a, b] = [await start('a'), await start('b')]
      if (trusts[0]) a.trust(b)
      if (trusts[1]) b.trust(a)
      await world.quiet()
      expect([...a.links, ...b.links]).toEqual([])
    })

    test('taking trust back closes the link on both sides, and giving it again brings one back', async () => {
      const { a, b, ab, ba } = await linkedPair()
      a.trust()
      expect(await world.settle(ab.closed)).toBe('untrusted')
      expect(await world.settle(ba.closed)).toBe('gone')
      await world.quiet()
      expect(a.openLinks).toEqual([])
      const again = Promise.all([a.nextLink(), b.nextLink()])
      a.trust(b)
      const [next] = await world.settle(again)
      expect(next.device).toBe(b.id)
    })

    test('a device that was stopped and started again is linked again', async () => {
      const { a, b, ab } = await linkedPair()
      await b.network.stop()
      expect(await world.settle(ab.closed)).toBe('gone')
      const restarted = await start('b')
      const both = Promise.all([a.nextLink(), restarted.nextLink()])
      restarted.trust(a)
      const [link] = await world.settle(both)
      expect(link.device).toBe(b.id)
    })

    test('a killed device ends the frames of its peers', async () => {
      const { b, ab } = await linkedPair()
      const ended = Promise.all([drain(ab), ...(['fetch', 'serve'] as const).map((lane) => drain(ab, lane))])
      await world.kill(b.network)
      await world.settle(ended)
      expect(['gone', 'dead']).toContain(await world.settle(ab.closed))
    })

    test('devices that call each other at once end up with one link, the same at both', async () => {
      for (let round = 0; round < 5; round++) {
        const [a, b] = [await start(`a${round}`), await start(`b${round}`)]
        const both = Promise.all([a.nextLink(), b.nextLink()])
        a.trust(b)
        b.trust(a)
        await world.settle(both)
        await world.quiet()
        const [[ab, ...moreA], [ba, ...moreB]] = [a.openLinks, b.openLinks]
        expect([moreA, moreB]).toEqual([[], []])
        expect([a.links.length, b.links.length]).toEqual([1, 1]) // none came only to go
        await world.settle(ab!.send('control', [Uint8Array.of(round)]))
        expect(await receive(ba!, 'control', 1)).toEqual([Uint8Array.of(round)])
      }
    })

    test('three devices are linked with each other, and one word reaches the right one', async () => {
      const devices = [await start('a'), await start('b'), await start('c')]
      const all = Promise.all(devices.flatMap((one) => [one.nextLink(), one.nextLink()]))
      for (const one of devices) one.trust(...devices.filter((other) => other !== one))
      await world.settle(all)
      await world.quiet()
      const [a, b, c] = devices as [Device, Device, Device]
      const toC = a.openLinks.find(({ device }) => device === c.id)
      const fromA = c.openLinks.find(({ device }) => device === a.id)
      expect(b.openLinks).toHaveLength(2)
      await world.settle(toC!.send('control', [Uint8Array.of(8)]))
      expect(await receive(fromA!, 'control', 1)).toEqual([Uint8Array.of(8)])
    })

    test('stopping closes every link as stopped, and stopping again is harmless', async () => {
      const { a, ab } = await linkedPair()
      await world.settle(a.network.stop())
      expect(await world.settle(ab.closed)).toBe('stopped')
      await world.settle(a.network.stop())
    })
  })
}

async function take(link: PeerLink, lane: Lane, count: number): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  const reader = link.frames(lane)[Symbol.asyncIterator]()
  while (frames.length < count) {
    const next = await reader.next()
    if (next.done === true) throw new Error(`the lane ended after ${frames.length} of ${count} frames`)
    frames.push(next.value)
  }
  return frames
}

async function drain(link: PeerLink, lane: Lane = 'control'): Promise<void> {
  for await (const _frame of link.frames(lane));
}

function numbered(count: number, lengthBytes: number): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => new Uint8Array(lengthBytes).fill(number & 0xff))
}

function patterned(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, at) => (at * 31) & 0xff)
}

function sameBytes(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0
}
