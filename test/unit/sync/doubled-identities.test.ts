/** What proves that an identity lives twice, and what does not. */
import { expect, test } from 'vitest'
import { DoubledIdentities } from '../../../src/node/sync/doubled-identities.ts'
import { manualClock } from '../../support/manual-clock.ts'

function listener() {
  const clock = manualClock()
  let changes = 0
  const doubled = new DoubledIdentities(clock, () => changes++)
  return { clock, doubled, changes: () => changes }
}

test('a device that is restarted again and again, and reconnects, is one device', () => {
  const { doubled, changes } = listener()
  for (let start = 0; start < 20; start++)
    for (let link = 0; link < 3; link++) expect(doubled.hear('a', `start ${start}`)).toBe(false)
  expect(doubled.has('a')).toBe(false)
  expect(changes()).toBe(0)
})

test('a session that comes back after another one proves two machines, of that device only', () => {
  const { doubled, changes } = listener()
  doubled.hear('a', 'one')
  doubled.hear('b', 'one')
  expect(doubled.hear('a', 'two')).toBe(false)
  expect(doubled.hear('a', 'one')).toBe(true)
  expect(doubled.has('a')).toBe(true)
  expect(doubled.has('b')).toBe(false)
  expect(changes()).toBe(1)
})

test('the report ends ten minutes after the last proof, and comes back with the next', () => {
  const { clock, doubled, changes } = listener()
  for (const session of ['one', 'two', 'one']) doubled.hear('a', session)
  clock.advance(9 * 60_000)
  expect(doubled.hear('a', 'two')).toBe(true)
  clock.advance(9 * 60_000)
  expect(doubled.has('a')).toBe(true)
  const before = changes()
  clock.advance(60_000)
  expect(doubled.has('a')).toBe(false)
  expect(changes()).toBe(before + 1)
  expect(doubled.hear('a', 'one')).toBe(true)
})

test('a third machine, and restarts of all of them, are told apart as well', () => {
  const { doubled } = listener()
  for (const session of ['a1', 'b1', 'c1']) expect(doubled.hear('d', session)).toBe(false)
  expect(doubled.hear('d', 'a1')).toBe(true)
  expect(doubled.hear('d', 'b2')).toBe(false)
  expect(doubled.hear('d', 'c1')).toBe(true)
})
