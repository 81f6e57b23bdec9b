/** What moves, as figures: never more than is true, and never rendered for nothing. */
import { describe, expect, test } from 'vitest'
import type { Transfer, Transfers } from '../../../../src/node/api/node-port.ts'
import * as movement from '../../../../src/renderer/screens/transfers/movement.ts'

function transfer(given: Partial<Transfer> = {}): Transfer {
  return {
    id: '1',
    folder: 'photos',
    path: 'a.jpg',
    direction: 'in',
    devices: ['bob'],
    size: 1_000,
    done: 0,
    reused: 0,
    resumed: false,
    rate: 0,
    startedMs: 0,
    state: 'active',
    ...given,
  }
}

const still = { rate: 0, items: 0, bytes: 0 }

function snapshot(given: Partial<Transfers> = {}): Transfers {
  const { active = [] } = given
  return { in: still, out: still, active, activeCount: active.length, recent: [], ...given }
}

describe('progress', () => {
  test.each([
    { rule: 'nothing yet', given: { done: 0 }, percent: 0 },
    { rule: 'rounded down', given: { done: 129 }, percent: 12 },
    { rule: 'never 100 while it is on its way', given: { done: 1_000 }, percent: 99 },
    { rule: 'never more than there is', given: { done: 1_200 }, percent: 99 },
    { rule: 'a file without content has not arrived before it has', given: { size: 0 }, percent: 0 },
    { rule: '100 when it has', given: { size: 0, state: 'done' as const }, percent: 100 },
    { rule: 'a failed one stays where it was', given: { done: 500, state: 'failed' as const }, percent: 50 },
  ])('is $rule', ({ given, percent }) => {
    expect(movement.percentOf(transfer(given))).toBe(percent)
  })
})

describe('rows', () => {
  const facts = (...active: Transfer[]) => movement.movingFacts(snapshot({ active }))

  test('are the same while only bytes and rates change', () => {
    const before = facts(transfer({ done: 10, rate: 5 }), transfer({ id: '2', reused: 10 }))
    const after = facts(transfer({ done: 900, rate: 50 }), transfer({ id: '2', reused: 20 }))
    expect(movement.areSameFacts(before, after)).toBe(true)
  })

  test.each([
    { what: 'another one is there', given: { id: '2' } },
    { what: 'another device joins in', given: { devices: ['bob', 'eve'] } },
    { what: 'another device took over', given: { devices: ['eve'] } },
    { what: 'it turns out that it goes on from a former try', given: { resumed: true } },
    { what: 'something of it was here already', given: { reused: 1 } },
  ])('change when $what', ({ given }) => {
    expect(movement.areSameFacts(facts(transfer()), facts(transfer(given)))).toBe(false)
    expect(movement.areSameFacts(facts(transfer()), [])).toBe(false)
  })
})

describe('when nothing is moving', () => {
  const folders = (...words: ('safe' | 'syncing' | 'waiting' | 'needs-you')[]) =>
    words.map((word) => ({ status: { word, reason: '', params: {} } }))

  test.each([
    { given: folders(), rest: 'none' },
    { given: folders('safe', 'safe'), rest: 'safe' },
    { given: folders('safe', 'waiting'), rest: 'waiting' },
    { given: folders('waiting', 'syncing', 'safe'), rest: 'syncing' },
    { given: folders('safe', 'waiting', 'needs-you'), rest: 'needs-you' },
  ])('$rest is what it means', ({ given, rest }) => {
    expect(movement.restOf(given)).toBe(rest)
  })

  const moving = (given: Partial<Transfers>, word: 'safe' | 'syncing' | 'waiting') =>
    movement.isMoving(snapshot(given), folders(word))

  test('is not said between two files, and is said although the rate still looks back', () => {
    const flowing = { ...still, rate: 6_000_000 }
    expect(moving({ active: [transfer()] }, 'waiting')).toBe(true)
    expect(moving({ in: flowing }, 'syncing')).toBe(true)
    expect(moving({ out: flowing }, 'syncing')).toBe(true)
    expect(moving({ in: flowing }, 'waiting')).toBe(false)
    expect(moving({}, 'syncing')).toBe(false)
  })

  test('the folders that ask for something come first', () => {
    const sorted = movement.byUrgency(folders('safe', 'waiting', 'needs-you', 'syncing'))
    expect(sorted.map(({ status }) => status.word)).toEqual(['needs-you', 'syncing', 'waiting', 'safe'])
  })
})

describe('what is said aloud', () => {
  const moving = snapshot({ active: [transfer()] })
  const done = transfer({ state: 'done' })
  const failed = transfer({ state: 'failed', code: 'PEER_GONE' })

  test('is that everything has arrived, once nothing moves or lacks', () => {
    expect(movement.newsOf(moving, snapshot({ recent: [done] }))).toEqual({ failed: 0, allDone: true })
    const lacking = { ...still, items: 3 }
    expect(movement.newsOf(moving, snapshot({ recent: [done], in: lacking })).allDone).toBe(false)
  })

  test('is what failed since the last look, and not what failed before', () => {
    expect(movement.newsOf(moving, snapshot({ recent: [failed] }))).toEqual({ failed: 1, allDone: false })
    const before = snapshot({ recent: [failed] })
    expect(movement.newsOf(before, before)).toEqual({ failed: 0, allDone: false })
  })

  test('is nothing on the way', () => {
    const further = snapshot({ active: [transfer({ done: 500 })] })
    expect(movement.newsOf(moving, further)).toEqual({ failed: 0, allDone: false })
  })
})

test('what has ended is parted into what failed and what arrived, newest first each', () => {
  const recent = ['4', '3', '2', '1'].map((id, at) =>
    transfer({ id, state: at % 2 === 0 ? 'failed' : 'done' }),
  )
  const { failed, done } = movement.endedOf(snapshot({ recent }))
  expect([failed.map(({ id }) => id), done.map(({ id }) => id)]).toEqual([
    ['4', '2'],
    ['3', '1'],
  ])
  expect(movement.areSameEnded(failed, done)).toBe(false)
  expect(movement.areSameEnded(failed, [...failed])).toBe(true)
})

describe('an average rate', () => {
  test.each([
    { said: 700, why: 'what took a second tells', given: { endedMs: 1_000 } },
    { said: undefined, why: 'what was over at once does not', given: { endedMs: 999 } },
    { said: undefined, why: 'what failed does not', given: { endedMs: 5_000, state: 'failed' } },
    {
      said: undefined,
      why: 'what came from this device itself has none',
      given: { endedMs: 5_000, rate: 0 },
    },
  ] as const)('$why', ({ said, given }) => {
    expect(movement.averageRate(transfer({ state: 'done', rate: 700, ...given }))).toBe(said)
  })
})

describe('part of a file that was sent', () => {
  test.each([
    { said: true, why: 'is said to be part', given: { direction: 'out', done: 600 } },
    { said: false, why: 'is not said of what went whole', given: { direction: 'out', done: 1_000 } },
    { said: false, why: 'is not said of what was received', given: { direction: 'in', done: 600 } },
    {
      said: false,
      why: 'is not said of what failed',
      given: { direction: 'out', done: 600, state: 'failed' },
    },
  ] as const)('$why', ({ said, given }) => {
    expect(movement.isPartSent(transfer({ state: 'done', ...given }))).toBe(said)
  })
})
