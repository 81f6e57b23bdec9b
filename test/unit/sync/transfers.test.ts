/** The log of what moves: what it says while bytes move, and how every transfer ends. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { TransferLog } from '../../../src/node/sync/transfers.ts'
import { recordOf } from '../../support/index-folder.ts'

const record = (path: string, size = 1_000, content = 1) => recordOf({ path, size, content })

function open() {
  const clock = createFakeClock()
  return { clock, log: new TransferLog(clock) }
}

test('a file on its way in says what came, what was here, and from whom', () => {
  const { log } = open()
  const moving = log.receive('f', record('a'), ['b', 'c'])
  moving.resumed()
  moving.reused(300)
  moving.received(200)
  const { active, activeCount, in: flow } = log.snapshot()
  expect(activeCount).toBe(1)
  expect(active[0]).toMatchObject({
    folder: 'f',
    path: 'a',
    direction: 'in',
    devices: ['b', 'c'],
    size: 1_000,
    done: 500,
    reused: 300,
    resumed: true,
    state: 'active',
  })
  // What was here already did not move.
  expect(flow).toMatchObject({ rate: 200, activeDone: 500 })
})

test('a transfer that ended is the newest of the recent ones, done or failed with its code', () => {
  const { clock, log } = open()
  const good = log.receive('f', record('good'), ['b'])
  const bad = log.receive('f', record('bad'), ['b'])
  good.received(1_000)
  bad.end('PEER_GONE')
  good.end()
  good.end('CANCELLED')
  const { active, recent } = log.snapshot()
  expect(active).toEqual([])
  expect(recent.map(({ path, state, code }) => [path, state, code])).toEqual([
    ['good', 'done', undefined],
    ['bad', 'failed', 'PEER_GONE'],
  ])
  expect(recent[0]?.endedMs).toBe(clock.nowMs())
})

test('of one file only the last try is told', () => {
  const { log } = open()
  log.receive('f', record('a'), ['b']).end('PEER_GONE')
  log.receive('f', record('b'), ['b']).end()
  log.receive('f', record('a'), ['b']).end()
  expect(log.snapshot().recent.map(({ path, state }) => `${path} ${state}`)).toEqual(['a done', 'b done'])
})

test('however many end, a hundred are kept, and of many active ones the oldest hundred are listed', () => {
  const { log } = open()
  for (let i = 0; i < 250; i++) log.receive('f', record(`done ${i}`), ['b']).end()
  for (let i = 0; i < 250; i++) log.receive('f', record(`active ${i}`), ['b'])
  const { active, activeCount, recent } = log.snapshot()
  expect([recent.length, recent[0]?.path, recent.at(-1)?.path]).toEqual([100, 'done 249', 'done 150'])
  expect([active.length, active[0]?.path, activeCount]).toEqual([100, 'active 0', 250])
})

test('a served file is done when all its bytes went', () => {
  const { log } = open()
  for (const part of [400, 600]) {
    const serving = log.serve('b', 'f', record('a'))
    serving.asked()
    serving.answered(part)
  }
  expect(log.snapshot().recent).toMatchObject([
    { direction: 'out', devices: ['b'], done: 1_000, state: 'done' },
  ])
  expect(log.isMoving('out', 'f', 'a', 'b')).toBe(false)
})

test('a file is served to each device apart', () => {
  const { log } = open()
  for (const device of ['b', 'c']) log.serve(device, 'f', record('a')).asked()
  expect(log.snapshot().activeCount).toBe(2)
  expect(log.isMoving('out', 'f', 'a', 'c')).toBe(true)
  expect(log.isMoving('out', 'f', 'a', 'd')).toBe(false)
  expect(log.isMoving('in', 'f', 'a')).toBe(false)
})

test('who asks for nothing more for ten seconds has what it wanted, unless an answer is on its way', async () => {
  const { clock, log } = open()
  const serving = log.serve('b', 'f', record('a'))
  serving.asked()
  await clock.advance(20_000)
  expect(log.snapshot().activeCount).toBe(1)
  serving.answered(10)
  await clock.advance(9_000)
  expect(log.snapshot().activeCount).toBe(1)
  await clock.advance(1_000)
  expect(log.snapshot().recent).toMatchObject([{ done: 10, state: 'done' }])
})

test('a block that was not there any more is why a served file failed', async () => {
  const { clock, log } = open()
  const serving = log.serve('b', 'f', record('a'))
  serving.asked()
  serving.failed('BLOCK_MISSING')
  await clock.advance(10_000)
  expect(log.snapshot().recent).toMatchObject([{ state: 'failed', code: 'BLOCK_MISSING' }])
})

test('a link that ends fails what went over it, and nothing else', () => {
  const { log } = open()
  log.serve('b', 'f', record('a')).asked()
  log.serve('c', 'f', record('a')).asked()
  log.receive('f', record('z'), ['b'])
  log.linkEnded('b')
  const { active, recent } = log.snapshot()
  expect(recent).toMatchObject([{ devices: ['b'], state: 'failed', code: 'PEER_GONE' }])
  expect(active.map(({ direction }) => direction)).toEqual(['out', 'in'])
})

test('a file that is asked for with another content is another transfer', () => {
  const { log } = open()
  log.serve('b', 'f', record('a', 1_000, 1)).asked()
  log.serve('b', 'f', record('a', 1_000, 2)).asked()
  expect(log.snapshot()).toMatchObject({
    activeCount: 1,
    recent: [{ state: 'failed', code: 'FILE_CHANGED' }],
  })
})

test('what nobody looks at does not pile up', async () => {
  const { clock, log } = open()
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 100; i++) {
      const serving = log.serve('b', 'f', record(`${round} ${i}`))
      serving.asked()
      serving.answered(1)
    }
    await clock.advance(11_000)
  }
  log.serve('b', 'f', record('last')).asked()
  // Seen without the sweep that a look makes.
  expect(log.isMoving('out', 'f', '0 0', 'b')).toBe(false)
  expect(log.isMoving('out', 'f', '2 99', 'b')).toBe(false)
  expect(log.isMoving('out', 'f', 'last', 'b')).toBe(true)
})

test('the rate is that of the last seconds and falls to nothing', async () => {
  const { clock, log } = open()
  const moving = log.receive('f', record('a', 1e9), ['b'])
  for (let second = 0; second < 8; second++) {
    moving.received(second < 4 ? 9_000 : 1_000)
    await clock.advance(1_000)
  }
  expect(log.snapshot().in.steadyMs).toBe(8_000)
  // The last four and a half seconds; the fast ones are gone.
  expect(log.snapshot().active[0]?.rate).toBe(Math.round(4_000 / 4.5))
  await clock.advance(6_000)
  expect(log.snapshot().in).toMatchObject({ rate: 0, steadyMs: 0 })
  expect(log.snapshot().active[0]?.rate).toBe(0)
})

test('listeners hear of changes at most four times a second, and nothing when all is at rest', async () => {
  const { clock, log } = open()
  let heard = 0
  const end = log.onChange(() => heard++)
  await clock.advance(60_000)
  const atRest = heard
  expect(atRest).toBeLessThanOrEqual(1)
  const moving = log.receive('f', record('a', 1e9), ['b'])
  for (let i = 0; i < 100; i++) {
    moving.received(1)
    await clock.advance(10)
  }
  expect(heard - atRest).toBeGreaterThanOrEqual(3)
  expect(heard - atRest).toBeLessThanOrEqual(4)
  moving.end()
  await clock.advance(60_000)
  const afterwards = heard
  await clock.advance(60_000)
  expect(heard).toBe(afterwards)
  end()
  log.receive('f', record('b'), ['b'])
  await clock.advance(60_000)
  expect(heard).toBe(afterwards)
})
