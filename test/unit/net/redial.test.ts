/** When a device is called again. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { redialDelayMs } from '../../../src/node/net/backoff.ts'
import { Redial } from '../../../src/node/net/redial.ts'

function setUp() {
  const clock = createFakeClock()
  const calls: number[] = []
  const connected = new Set<string>()
  const redial = new Redial({
    clock,
    random: seededRandom(3),
    call: async () => void calls.push(clock.monotonicMs()),
    isConnected: (device) => connected.has(device),
  })
  return { clock, calls, connected, redial }
}

test('delays start at a second, double, stay below a minute and differ between devices', () => {
  const random = seededRandom(1)
  for (const [attempt, expected] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    const delays = Array.from({ length: 200 }, () => redialDelayMs(attempt, random))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(expected * 800)
    expect(Math.max(...delays)).toBeLessThanOrEqual(Math.min(60_000, expected * 1_200))
    expect(new Set(delays).size).toBeGreaterThan(10)
  }
  expect(redialDelayMs(1_000_000, random)).toBeLessThanOrEqual(60_000)
})

test('a device that does not answer is called for ever, less and less often', async () => {
  const { clock, calls, redial } = setUp()
  redial.watch('b')
  await clock.advance(3_600_000)
  const gaps = calls.slice(1).map((at, index) => at - (calls[index] ?? 0))
  expect(calls[0]).toBe(0)
  expect(gaps[0]).toBeLessThanOrEqual(1_200)
  expect(gaps.slice(0, 6).every((gap, index) => index === 0 || gap > (gaps[index - 1] ?? 0))).toBe(true)
  expect(gaps.slice(7).every((gap) => gap >= 48_000 && gap <= 60_000)).toBe(true)
  expect(calls.length).toBeGreaterThan(60)
})

test('news calls at once and starts the delays anew', async () => {
  const { clock, calls, redial } = setUp()
  redial.watch('b')
  await clock.advance(600_000)
  const before = calls.length
  redial.wake('b')
  await clock.advance(5_000)
  expect(calls.slice(before)[0]).toBe(600_000)
  expect(calls.length - before).toBeGreaterThanOrEqual(3)
  redial.wake('somebody else')
})

test('a connected device is left in peace and called a second after it is lost', async () => {
  const { clock, calls, connected, redial } = setUp()
  connected.add('b')
  redial.watch('b')
  await clock.advance(600_000)
  expect(calls).toEqual([])
  connected.delete('b')
  redial.lost('b', true)
  await clock.advance(1_200)
  expect(calls).toHaveLength(1)
})

test('a device that refuses again and again is not called every second', async () => {
  const { clock, calls, redial } = setUp()
  redial.watch('b')
  for (let second = 0; second < 600; second++) {
    await clock.advance(1_000)
    redial.lost('b', false) // the refused connection goes
  }
  expect(calls.length).toBeLessThan(20)
})

test('a forgotten device is never called again', async () => {
  const { clock, calls, redial } = setUp()
  redial.watch('b')
  redial.watch('c')
  await clock.advance(0)
  redial.forget('b')
  redial.stop()
  redial.lost('b', true)
  redial.wakeAll()
  await clock.advance(600_000)
  expect(calls).toHaveLength(2)
})
