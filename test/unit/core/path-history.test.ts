/** What several devices' memories of one path add up to. */
import { expect, test } from 'vitest'
import type { KeptVersion, PastChange, PathContent } from '../../../src/node/core/history.ts'
import { pathHistory } from '../../../src/node/core/path-history.ts'
import type { Present, Teller } from '../../../src/node/core/path-history.ts'

const file = (contentHash: string): PathContent => ({ kind: 'file', contentHash })
const [A, B, C] = [
  { device: 'a', name: 'Ada' },
  { device: 'b', name: 'Bob' },
  { device: 'c', name: 'Cyd' },
]

function change(timeMs: number, by: typeof A, was?: string, is?: string, source = 'remote'): PastChange {
  const content = (hash?: string): PathContent | undefined => (hash === undefined ? undefined : file(hash))
  return {
    timeMs,
    path: 'p',
    was: content(was),
    is: content(is),
    ...by,
    source: source as PastChange['source'],
  }
}

function version(id: string, contentHash: string, displacedAtMs: number, more = {}): KeptVersion {
  return {
    id,
    path: 'p',
    kind: 'file',
    size: 3,
    mode: 0o644,
    mtimeNs: 5n,
    contentHash,
    linkTarget: '',
    author: A,
    reason: 'replaced',
    displacedBy: B,
    displacedAtMs,
    ...more,
  }
}

const teller = (device: string, more: Partial<Teller> = {}): Teller => ({
  device,
  aheadMs: 0,
  changes: [],
  versions: [],
  ...more,
})
const present = (hash: string): Present => ({ content: file(hash), size: 3, mtimeNs: 5n, author: B })

test('one content is one entry, wherever it is kept and however often it lay there', () => {
  const here = teller('a', {
    changes: [change(40, B, '1', '2'), change(30, A, '2', '1', 'local'), change(20, B, '1', '2')],
    versions: [version('a2', '1', 40), version('a1', '1', 20)],
  })
  const there = teller('b', { versions: [version('b1', '2', 30), version('b2', '1', 10)] })
  const found = pathHistory([here, there], present('2'), true)
  expect(found.map(({ state, content }) => [state, content.contentHash])).toEqual([
    ['current', '2'],
    ['kept', '1'],
  ])
  expect(found[0]).toMatchObject({ sinceMs: 40, copies: [{ device: 'b', version: 'b1' }], author: B })
  expect(found[1]).toMatchObject({
    sinceMs: 30,
    untilMs: 40,
    copies: [
      { device: 'a', version: 'a2' },
      { device: 'a', version: 'a1' },
      { device: 'b', version: 'b2' },
    ],
  })
})

test('a content that nobody keeps is said not to be kept only when everybody was asked', () => {
  const here = teller('a', {
    changes: [change(20, A, '1', '2', 'local'), change(10, A, undefined, '1', 'local')],
  })
  const stateOf = (isComplete: boolean) =>
    pathHistory([here], present('2'), isComplete).map(({ state }) => state)
  expect(stateOf(true)).toEqual(['current', 'not-kept'])
  expect(stateOf(false)).toEqual(['current', 'away'])
})

test('who wrote a content says when, by a clock that is set right', () => {
  const yearMs = 365 * 86_400_000
  const here = teller('a', { changes: [change(500, B, undefined, '1')] })
  const author = teller('b', { aheadMs: yearMs, changes: [change(yearMs + 100, B, undefined, '1', 'local')] })
  const other = teller('c', { changes: [change(900, B, undefined, '1')] })
  expect(pathHistory([here, author, other], undefined, true)).toMatchObject([
    { state: 'not-kept', sinceMs: 100, author: B },
  ])
  expect(pathHistory([here, other], undefined, true)[0]?.sinceMs).toBe(500)
  expect(pathHistory([teller('z'), other], undefined, true)[0]?.sinceMs).toBe(900)
})

test('a deletion is one entry with who did it, however many devices saw it', () => {
  const gone = (timeMs: number, source: string) => change(timeMs, C, '1', undefined, source)
  const here = teller('a', { changes: [gone(22, 'remote')], versions: [version('a1', '1', 22)] })
  const found = pathHistory([here, teller('c', { changes: [gone(20, 'local')] })], undefined, true)
  expect(found.map(({ state }) => state).toSorted()).toEqual(['deleted', 'kept'])
  expect(found.find(({ state }) => state === 'deleted')).toMatchObject({ author: C, sinceMs: 20 })
})

test('a version that was never hashed stands for itself', () => {
  const here = teller('a', { versions: [version('a1', '', 9), version('a2', '', 8)] })
  const found = pathHistory([here], present('2'), true)
  expect(found.slice(1)).toMatchObject([{ copies: [{ version: 'a1' }] }, { copies: [{ version: 'a2' }] }])
})

test('a change of mode or time alone is no other content', () => {
  const here = teller('a', { changes: [change(20, B, '1', '1'), change(10, A, undefined, '1', 'local')] })
  expect(pathHistory([here], present('1'), true)).toMatchObject([{ state: 'current', sinceMs: 10 }])
})
