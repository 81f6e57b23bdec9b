/** Waiting: by the machine's clock, and by one that a test owns. */
import { expect, test } from 'vitest'
import { sleepWith, systemClock, type Clock } from '../../../src/node/base/clock.ts'

/** An `after` whose timers fire when told, and that counts what is still pending. */
function heldTimers(): {
  after: Clock['after']
  fire: () => void
  pending: Set<() => void>
  delays: number[]
} {
  const pending = new Set<() => void>()
  const delays: number[] = []
  const after: Clock['after'] = (delayMs, run) => {
    delays.push(delayMs)
    pending.add(run)
    return { cancel: () => void pending.delete(run) }
  }
  const fire = (): void => {
    for (const run of pending) {
      pending.delete(run)
      run()
    }
  }
  return { after, fire, pending, delays }
}

test('a sleep ends when its time has come', async () => {
  const timers = heldTimers()
  const sleep = sleepWith(timers.after, 250, undefined)
  expect(timers.delays).toEqual([250])
  timers.fire()
  await expect(sleep).resolves.toBeUndefined()
})

test('an aborted sleep rejects with the reason and leaves no timer', async () => {
  const timers = heldTimers()
  const controller = new AbortController()
  const sleep = sleepWith(timers.after, 250, controller.signal)
  const reason = new Error('no longer needed')
  controller.abort(reason)
  await expect(sleep).rejects.toBe(reason)
  expect(timers.pending.size).toBe(0)
})

test('a sleep under an aborted signal sets no timer', async () => {
  const timers = heldTimers()
  const reason = new Error('too late')
  await expect(sleepWith(timers.after, 250, AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(timers.delays).toEqual([])
})

test('an abort after the end changes nothing', async () => {
  const timers = heldTimers()
  const controller = new AbortController()
  const sleep = sleepWith(timers.after, 1, controller.signal)
  timers.fire()
  controller.abort(new Error('late'))
  await expect(sleep).resolves.toBeUndefined()
})

test('the system clock wakes, can be cancelled, and goes forward', async () => {
  const clock = systemClock()
  const before = clock.monotonicMs()
  let rang = false
  const cancelled = clock.after(1, () => {
    rang = true
  })
  cancelled.cancel()
  cancelled.cancel()
  // Timers of the clock do not keep a process alive; the test runner does.
  await clock.sleep(5)
  expect(clock.monotonicMs()).toBeGreaterThan(before)
  expect(rang).toBe(false)
})

test('both wall clocks say the same time', () => {
  const clock = systemClock()
  const apart = Math.abs(Number(clock.nowNs() / 1_000_000n) - clock.nowMs())
  expect(apart).toBeLessThan(1_000)
})

test('a system sleep can be aborted', async () => {
  const controller = new AbortController()
  const sleep = systemClock().sleep(60_000, controller.signal)
  controller.abort(new Error('stop'))
  await expect(sleep).rejects.toThrow('stop')
})
