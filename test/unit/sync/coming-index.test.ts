/** How long more of another device's index is waited for. */
import { expect, test } from 'vitest'
import { ComingIndex } from '../../../src/node/sync/coming-index.ts'

function made() {
  const clock = { now: 1_000_000, monotonicMs: () => clock.now }
  const index = new ComingIndex(clock)
  return { index, pass: (ms: number) => void (clock.now += ms) }
}

test('nothing is waited for before anything was heard, and when all of it is here', () => {
  const { index } = made()
  expect(index.isComing()).toBe(false)
  index.hear(1, 5, 5)
  expect(index.isComing()).toBe(false)
})

test('what was announced is waited for until it has come', () => {
  const { index, pass } = made()
  index.hear(1, 0, 30)
  for (const reached of [10, 20]) {
    pass(9_000)
    index.hear(1, reached, 30)
    expect(index.isComing()).toBe(true)
  }
  index.hear(1, 30, 30)
  expect(index.isComing()).toBe(false)
})

test('a page that tells of more makes it wait for that, too', () => {
  const { index } = made()
  index.hear(1, 10, 10)
  index.hear(1, 20, 40)
  expect(index.isComing()).toBe(true)
  // An older word of its end takes nothing back.
  index.hear(1, 20, 20)
  expect(index.isComing()).toBe(true)
})

test('another life of the device begins anew', () => {
  const { index } = made()
  index.hear(1, 0, 1_000)
  index.hear(2, 3, 3)
  expect(index.isComing()).toBe(false)
})

test('one that says there is more and sends nothing is not waited for, however often it says so', () => {
  const { index, pass } = made()
  index.hear(1, 0, 30)
  for (let i = 0; i < 10; i++) {
    pass(1_000)
    index.hear(1, 0, 30 + i)
  }
  expect(index.isComing()).toBe(false)
})

test('one that sends for ever is not waited for for ever', () => {
  const { index, pass } = made()
  let turns = 0
  for (index.hear(1, 0, 30); index.isComing(); turns++) {
    pass(5_000)
    index.hear(1, turns, turns + 30)
  }
  expect(turns).toBe(120)
})
