/** Two machines with one identity call the same device: neither starves, and links last. */
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import type { FakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { LinkTable } from '../../../src/node/net/link-table.ts'
import type { ControlLink } from '../../../src/node/net/link.ts'
import type { CloseReason } from '../../../src/node/net/peer-link.ts'
import { Redial } from '../../../src/node/net/redial.ts'

const HOUR_MS = 3_600_000

/** One end of a connection in memory, as much of it as a table looks at. */
class End {
  readonly hasControl = true
  readonly ready: Promise<boolean>
  readonly closed: Promise<CloseReason>
  isClosed = false
  becomeReady: (ready: boolean) => void
  other!: End
  readonly #end: (reason: CloseReason) => void

  readonly device: string
  readonly peerIncarnation: string
  readonly dialled: boolean

  constructor(device: string, peerIncarnation: string, dialled: boolean) {
    this.device = device
    this.peerIncarnation = peerIncarnation
    this.dialled = dialled
    const ready = Promise.withResolvers<boolean>()
    const closed = Promise.withResolvers<CloseReason>()
    this.ready = ready.promise
    this.closed = closed.promise
    this.becomeReady = ready.resolve
    this.#end = closed.resolve
  }

  choose(): void {
    this.other.becomeReady(true)
  }

  async close(reason: CloseReason): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.becomeReady(false)
    this.#end(reason)
    void this.other.close('gone')
  }
}

class Machine {
  readonly id: string
  readonly incarnation: string
  readonly table: LinkTable
  /** When links of this machine were published, and which. */
  readonly links: { atMs: number; link: ControlLink }[] = []
  readonly redial: Redial
  calls = 0

  constructor(clock: FakeClock, id: string, incarnation: string, call: (from: Machine) => void) {
    this.id = id
    this.incarnation = incarnation
    this.table = new LinkTable(id, clock, {
      published: (link) => this.links.push({ atMs: clock.monotonicMs(), link }),
      down: (device, worked) => this.redial.lost(device, worked),
    })
    this.redial = new Redial({
      clock,
      random: seededRandom(incarnation.length),
      call: async () => {
        this.calls++
        call(this)
      },
      isConnected: (device) => this.table.isConnected(device),
    })
  }
}

function connect(from: Machine, to: Machine): void {
  const near = new End(to.id, to.incarnation, true)
  const far = new End(from.id, from.incarnation, false)
  near.other = far
  far.other = near
  from.table.add(near as unknown as ControlLink)
  to.table.add(far as unknown as ControlLink)
  const decider = from.table.decides(to.id) ? near : far
  decider.becomeReady(true)
}

function household(ids: { doubled: string; met: string }) {
  const clock = createFakeClock()
  const met = new Machine(clock, ids.met, 'm', () => {})
  const call = (from: Machine): void => connect(from, met)
  const [one, two] = [new Machine(clock, ids.doubled, '1', call), new Machine(clock, ids.doubled, '22', call)]
  return { clock, met, one, two }
}

describe.each([
  { doubled: 'a', met: 'b' },
  { doubled: 'b', met: 'a' },
])('$doubled is doubled', (ids) => {
  test('each link lasts half a minute, both machines get theirs, and they call seldom', async () => {
    const { clock, met, one, two } = household(ids)
    one.redial.watch(met.id)
    await clock.advance(1_000)
    two.redial.watch(met.id)
    await clock.advance(HOUR_MS)
    const settled = met.links.slice(4) // from when both have returned once
    const lasted = settled.slice(1).map(({ atMs }, at) => atMs - (settled[at]?.atMs ?? 0))
    expect(Math.min(...lasted)).toBeGreaterThanOrEqual(30_000)
    const starts = settled.map(({ link }) => link.peerIncarnation)
    for (const start of ['1', '22']) expect(starts.filter((by) => by === start).length).toBeGreaterThan(10)
    // Every second before: 3,600 calls each.
    for (const machine of [one, two]) expect(machine.calls).toBeLessThan(400)
  })

  test('when one of them goes, the other is let in with its next call and stays', async () => {
    const { clock, met, one, two } = household(ids)
    for (const machine of [one, two]) machine.redial.watch(met.id)
    await clock.advance(HOUR_MS / 6)
    one.redial.stop()
    one.table.closeAll('stopped')
    await clock.advance(31_000)
    const last = met.links.at(-1)
    expect([last?.link.peerIncarnation, last?.link.isClosed]).toEqual(['22', false])
    await clock.advance(HOUR_MS)
    expect(met.links.at(-1)).toBe(last)
  })

  test('a device that was merely restarted is let in at once, whatever is believed of its old link', async () => {
    const { clock, met, one, two } = household(ids)
    connect(one, met)
    await clock.advance(1_000)
    connect(two, met)
    await clock.advance(0)
    expect(met.links.map(({ link }) => [link.peerIncarnation, link.isClosed])).toEqual([
      ['1', true],
      ['22', false],
    ])
  })
})
