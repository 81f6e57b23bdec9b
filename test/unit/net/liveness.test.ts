/** When a silent peer is given up, and when it is not. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { watchLiveness } from '../../../src/node/net/liveness.ts'

function setUp(holdsBack = () => false) {
  const clock = createFakeClock()
  const events: string[] = []
  const seconds = (): number => clock.monotonicMs() / 1000
  const liveness = watchLiveness(clock, {
    ping: () => void events.push(`ping ${seconds()}`),
    suspect: () => void events.push(`suspect ${seconds()}`),
    dead: () => void events.push(`dead ${seconds()}`),
    holdsBack,
  })
  return { clock, events, liveness }
}

test('a silent peer is pinged every 5 s, suspected after 10 and given up after 20', async () => {
  const { clock, events } = setUp()
  await clock.advance(60_000)
  expect(events).toEqual(['ping 5', 'suspect 10', 'ping 10', 'ping 15', 'dead 20'])
})

test('any byte keeps it alive, however rare', async () => {
  const { clock, events, liveness } = setUp()
  for (let round = 0; round < 20; round++) {
    await clock.advance(19_000)
    liveness.life()
  }
  expect(events.filter((event) => event.startsWith('dead'))).toEqual([])
})

test('a peer that we hold back ourselves is not blamed, and has its full time afterwards', async () => {
  let holding = true
  const { clock, events } = setUp(() => holding)
  await clock.advance(300_000)
  holding = false
  await clock.advance(17_500)
  expect(events.filter((event) => !event.startsWith('ping'))).toEqual(['suspect 310'])
  await clock.advance(5_000)
  expect(events.at(-1)).toBe('dead 320')
})

test('a process that stood still does not take its own sleep for the silence of others', async () => {
  const clock = createFakeClock()
  const dead: number[] = []
  let sleptMs = 0
  const sleeping = { ...clock, monotonicMs: () => clock.monotonicMs() + sleptMs }
  watchLiveness(sleeping, {
    ping: () => {},
    suspect: () => {},
    dead: () => void dead.push(clock.monotonicMs()),
    holdsBack: () => false,
  })
  await clock.advance(4_000)
  sleptMs = 3_600_000
  await clock.advance(15_000)
  expect(dead).toEqual([])
  await clock.advance(10_000)
  expect(dead).toEqual([25_000])
})

test('nothing happens after stop', async () => {
  const { clock, events, liveness } = setUp()
  liveness.stop()
  await clock.advance(60_000)
  expect(events).toEqual([])
})
