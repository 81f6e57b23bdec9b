/** One-time codes, sessions and wrong tries, under a clock of their own. */
import { describe, expect, test } from 'vitest'
import { CODE_LIFE_MS, OneTimeCodes } from '../../../src/node/access/one-time-codes.ts'
import { SignIn } from '../../../src/node/access/sign-in.ts'
import { TRY_WINDOW_MS } from '../../../src/node/access/try-limit.ts'
import {
  sealSession,
  SESSION_LIFE_MS,
  sessionCookieName,
  sessionEndOf,
} from '../../../src/node/access/web-session.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { LAPTOP_ID, OWN_ID } from '../../support/fake-node.ts'
import { manualClock } from '../../support/manual-clock.ts'

const HERE = '127.0.0.1'
const THERE = '192.168.1.7'
const key = { bytes: new Uint8Array(32).fill(1), device: OWN_ID }

function codes() {
  const clock = manualClock()
  return { clock, codes: new OneTimeCodes({ clock, random: seededRandom(1) }) }
}

function signIn() {
  const clock = manualClock()
  return { clock, signIn: new SignIn({ clock, random: seededRandom(1) }, key) }
}

describe('a one-time code', () => {
  test('is 128 bits of hex, and no two are the same', () => {
    const { codes: made } = codes()
    const [one, other] = [made.make(), made.make()]
    expect(one.code).toMatch(/^[0-9a-f]{32}$/)
    expect(one.code).not.toBe(other.code)
  })

  test('is good once', () => {
    const { codes: made } = codes()
    const { code } = made.make()
    expect([made.take(code), made.take(code)]).toEqual([true, false])
  })

  test('is good for ten minutes, and says until when', () => {
    const { codes: made, clock } = codes()
    const [early, late] = [made.make(), made.make()]
    expect(early.expiresMs).toBe(clock.nowMs() + CODE_LIFE_MS)
    clock.advance(CODE_LIFE_MS - 1)
    expect(made.take(early.code)).toBe(true)
    clock.advance(1)
    expect(made.take(late.code)).toBe(false)
  })

  test.each(['', 'nonsense', '0'.repeat(32)])('is not "%s"', (given) => {
    const { codes: made } = codes()
    const { code } = made.make()
    expect([made.take(given), made.take(code.slice(1)), made.take(`${code}0`)]).toEqual([false, false, false])
    expect(made.take(code)).toBe(true)
  })

  test('gives way to newer ones when there are too many', () => {
    const { codes: made } = codes()
    const all = Array.from({ length: 17 }, () => made.make().code)
    expect(all.map((code) => made.take(code))).toEqual([false, ...Array<boolean>(16).fill(true)])
  })
})

describe('a session', () => {
  const end = 1_800_000_000_000
  const value = sealSession(key, end)

  test('says when it ends, until it has ended', () => {
    expect(sessionEndOf(value, key, end - 1)).toBe(end)
    expect(sessionEndOf(value, key, end)).toBeUndefined()
  })

  test.each([
    { rule: 'nothing', given: undefined },
    { rule: 'an empty text', given: '' },
    { rule: 'a later end under the same seal', given: value.replace(String(end), String(end + 1)) },
    { rule: 'another seal', given: `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}` },
    { rule: 'a shorter seal', given: value.slice(0, -1) },
    { rule: 'another format', given: value.replace('1.', '2.') },
    { rule: 'a seal that is no hex', given: `1.${end}.${'g'.repeat(64)}` },
  ])('is not $rule', ({ given }) => {
    expect(sessionEndOf(given, key, end - 1)).toBeUndefined()
  })

  test('is good with the key and for the device that it was made for', () => {
    expect(sessionEndOf(value, { ...key, bytes: new Uint8Array(32) }, end - 1)).toBeUndefined()
    expect(sessionEndOf(value, { ...key, device: LAPTOP_ID }, end - 1)).toBeUndefined()
  })

  test('has a name of its own for each device, fit for a cookie', () => {
    expect(sessionCookieName(OWN_ID)).toMatch(/^peerfold-[A-Za-z0-9]{12}$/)
    expect(sessionCookieName(OWN_ID)).not.toBe(sessionCookieName(LAPTOP_ID))
  })
})

describe('signing in', () => {
  test('makes a session of a code, good for a month', () => {
    const { signIn: door, clock } = signIn()
    const session = door.open(door.invite().code, HERE)
    expect(session.expiresMs).toBe(clock.nowMs() + SESSION_LIFE_MS)
    expect(door.endOf(session.value)).toBe(session.expiresMs)
    clock.advance(SESSION_LIFE_MS)
    expect(door.endOf(session.value)).toBeUndefined()
  })

  test('survives a restart of the node: nothing of a session is kept', () => {
    const { value } = (({ signIn: door }) => door.open(door.invite().code, HERE))(signIn())
    expect(signIn().signIn.endOf(value)).toBeDefined()
  })

  test('refuses a wrong code, and every code of an address that was wrong ten times', () => {
    const { signIn: door, clock } = signIn()
    const { code } = door.invite()
    const wrong = () => door.open('wrong', HERE)
    for (let time = 0; time < 10; time++)
      expect(wrong).toThrow(expect.objectContaining({ code: 'SIGN_IN_CODE_INVALID' }))
    clock.advance(1_000)
    expect(() => door.open(code, HERE)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_TRIES', facts: { waitMs: TRY_WINDOW_MS - 1_000 } }),
    )
    clock.advance(TRY_WINDOW_MS)
    expect(door.open(code, HERE).value).not.toBe('')
  })

  test('lets nobody use up the tries of another address', () => {
    const { signIn: door } = signIn()
    const { code } = door.invite()
    for (let time = 0; time < 20; time++) expect(() => door.open('wrong', THERE)).toThrow(/code/)
    expect(door.open(code, HERE).value).not.toBe('')
  })

  test('remembers a bounded number of addresses', () => {
    const { signIn: door } = signIn()
    for (let time = 0; time < 10; time++) expect(() => door.open('wrong', HERE)).toThrow(/code/)
    for (let other = 0; other < 1_000; other++)
      expect(() => door.open('wrong', `10.0.0.${other}`)).toThrow(/code/)
    // The oldest gave way: its next try is looked at again.
    expect(() => door.open('wrong', HERE)).toThrow(expect.objectContaining({ code: 'SIGN_IN_CODE_INVALID' }))
  })
})
