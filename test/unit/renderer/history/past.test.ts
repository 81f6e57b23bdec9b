/** What the history of a path offers and says, content by content. */
import { expect, test } from 'vitest'
import type { PastContent } from '../../../../src/node/api/node-port.ts'
import {
  authorKey,
  canRestore,
  holdersOf,
  isOfOneHolder,
  timeKey,
} from '../../../../src/renderer/screens/history/past.ts'

const kept: PastContent = {
  state: 'kept',
  kind: 'file',
  hash: 'sha256:00',
  copies: [
    { device: 'bob', version: 'b1' },
    { device: 'ada', version: 'a1' },
    { device: 'eve', version: 'e1' },
  ],
}

test('this device is asked first, the others in the order they were told', () => {
  expect(holdersOf(kept, 'ada').map(({ device }) => device)).toEqual(['ada', 'bob', 'eve'])
  expect(holdersOf(kept, 'zoe').map(({ device }) => device)).toEqual(['bob', 'ada', 'eve'])
})

test.each([
  { rule: 'what a device keeps is offered', content: kept, offered: true },
  { rule: 'what is there now is not', content: { ...kept, state: 'current' as const }, offered: false },
  { rule: 'what nobody keeps is not', content: { ...kept, copies: [] }, offered: false },
  { rule: 'a deletion is not', content: { ...kept, state: 'deleted' as const }, offered: false },
])('$rule', ({ content, offered }) => expect(canRestore(content)).toBe(offered))

test.each([
  { code: 'PEER_GONE', next: true },
  { code: 'VERSION_DAMAGED', next: true },
  { code: 'FILE_CHANGED', next: false },
  { code: 'DISK_FULL', next: false },
])('$code lets the next holder be asked: $next', ({ code, next }) => expect(isOfOneHolder(code)).toBe(next))

test.each([
  { state: 'kept' as const, sinceMs: 1, untilMs: 2, key: 'history.time.span' },
  { state: 'kept' as const, sinceMs: 1, key: 'history.time.since' },
  { state: 'kept' as const, untilMs: 2, key: 'history.time.until' },
  { state: 'not-kept' as const, key: 'history.time.unknown' },
  { state: 'current' as const, sinceMs: 1, untilMs: 2, key: 'history.time.since' },
  { state: 'current' as const, untilMs: 2, key: 'history.time.unknown' },
  { state: 'deleted' as const, sinceMs: 1, untilMs: 2, key: 'history.time.at' },
  { state: 'deleted' as const, untilMs: 2, key: 'history.time.unknown' },
])('$state from $sinceMs to $untilMs is said by $key', ({ key, ...times }) =>
  expect(timeKey({ ...kept, ...times })).toBe(key),
)

test('who deleted is not called who wrote, and an unknown author is not invented', () => {
  const author = { id: 'bob', name: 'Bob' }
  expect(authorKey({ ...kept, author })).toBe('history.by.written')
  expect(authorKey({ ...kept, author, state: 'deleted' })).toBe('history.by.deleted')
  expect(authorKey(kept)).toBe('history.by.unknown')
})
