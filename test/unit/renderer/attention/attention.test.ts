/** What needs a person: nothing forgotten, nothing made up, and one count for screen and navigation. */
import { describe, expect, test } from 'vitest'
import * as attention from '../../../../src/renderer/screens/attention/attention.ts'

type Folder = Parameters<typeof attention.attentionOf>[0]['folders'][number]

const SAFE = { word: 'safe', reason: 'all-copies-confirmed', params: {} } as const
const need = { items: 0, bytes: 0 }

function folder(id: string, given: Partial<Folder> = {}): Folder {
  const { errors = [], conflicts = [] } = given
  return {
    id,
    name: id,
    path: `/home/ada/${id}`,
    state: 'idle',
    status: SAFE,
    files: 3,
    bytes: 30,
    need,
    devices: [],
    mode: 'send-receive',
    guard: null,
    held: [],
    errors,
    errorCount: errors.length,
    leftOut: [],
    leftOutCount: 0,
    conflicts,
    conflictCount: conflicts.length,
    revision: 1,
    ...given,
  }
}

const side = (device: string, mtimeMs = 1, size = 10) => ({ device, mtimeMs, size, hash: `sha256:${device}` })
const conflict = (name: string) => ({
  path: `${name} (conflict bob 12345678).txt`,
  conflictOf: `${name}.txt`,
  copy: side('bob'),
  original: side('ada'),
})
const unreadable = (path: string) => ({ path, code: 'FILE_UNREADABLE', message: 'EACCES' })
const unusable = (path: string) => ({ path, code: 'NAME_UNUSABLE', message: 'con' })
const needsYou = (reason: string, params: Record<string, string | number> = {}) =>
  ({ word: 'needs-you', reason, params }) as const

const causesOf = (...folders: Folder[]) =>
  attention.attentionOf({ folders, notices: [] }).map(({ cause, code, count }) => [cause, code, count])

describe('what needs a person', () => {
  test('is nothing in folders that are safe, wait or move', () => {
    const waiting = folder('b', { status: { word: 'waiting', reason: 'no-devices', params: { files: 3 } } })
    expect(attention.attentionOf({ folders: [folder('a'), waiting], notices: [] })).toEqual([])
    expect(attention.attentionCount({ folders: [folder('a'), waiting], notices: [] })).toBe(0)
  })

  test('comes by cause over all folders, what stops a whole folder first, errors apart by code', () => {
    const photos = folder('photos', {
      status: needsYou('errors', { count: 2 }),
      errors: [unreadable('a.jpg'), unusable('con')],
      conflicts: [conflict('notes')],
    })
    const work = folder('work', {
      status: needsYou('root-broken'),
      errors: [{ path: '', code: 'FOLDER_ROOT_CHANGED', message: 'gone' }, unreadable('b.jpg')],
    })
    expect(causesOf(photos, work)).toEqual([
      ['broken', undefined, 1],
      ['error', 'FILE_UNREADABLE', 2],
      ['error', 'NAME_UNUSABLE', 1],
      ['conflict', undefined, 1],
    ])
    expect(attention.attentionCount({ folders: [photos, work], notices: [] })).toBe(5)
  })

  test('counts what the node counts and does not list', () => {
    const full = folder('full', {
      status: needsYou('errors', { count: 130 }),
      errors: [unreadable('a')],
      errorCount: 130,
      conflicts: [conflict('notes')],
      conflictCount: 7,
    })
    expect(causesOf(full)).toEqual([
      ['error', 'FILE_UNREADABLE', 1],
      ['error', undefined, 129],
      ['conflict', undefined, 7],
    ])
    expect(attention.attentionCount({ folders: [full], notices: [] })).toBe(137)
  })

  test.each([
    { reason: 'held', params: {}, cause: 'other' },
    { reason: 'device-errors', params: { device: 'id', name: 'NAS', count: 4 }, cause: 'device' },
    { reason: 'device-damaged', params: { device: 'id', name: 'NAS', count: 4 }, cause: 'device' },
    { reason: 'changed-key', params: {}, cause: 'other' },
    { reason: 'root-broken', params: {}, cause: 'other' },
  ])(
    'holds a folder that is "needs you" for $reason, though nothing is listed',
    ({ reason, params, cause }) => {
      expect(causesOf(folder('a', { status: needsYou(reason, params) }))).toEqual([[cause, undefined, 1]])
    },
  )

  test('names what happened once last, and a lost index once: by its notice, not by the verdict', () => {
    const photos = folder('photos', { status: needsYou('index-lost'), errors: [unreadable('a')] })
    const lost = { id: 'index-lost.photos', code: 'index-lost', folder: 'photos', sinceMs: 1, params: {} }
    const mark = { id: 'mark-damaged', code: 'mark-damaged', sinceMs: 2, params: {} }
    const status = { folders: [photos], notices: [lost, mark] }
    expect(attention.attentionCount(status)).toBe(3)
    const groups = attention.attentionOf(status)
    expect(groups.map(({ cause }) => cause)).toEqual(['error', 'notice'])
    const named = groups[1]?.items.flatMap((item) => (item.cause === 'notice' ? [item.folder?.name] : []))
    expect(named).toEqual(['photos', undefined])
  })

  test('has what the guard holds back, group by group, and not what a mode keeps', () => {
    const held = (id: string, cause: Folder['held'][number]['cause']): Folder['held'][number] => {
      const counts = { deleted: 3, replaced: 0, added: 0, metadata: 0, bytes: 30, sinceMs: 1 }
      return { id, cause, direction: 'in', device: { id: 'nas', name: 'NAS' }, ...counts }
    }
    const photos = folder('photos', {
      status: needsYou('held', { deleted: 6 }),
      held: [held('1', 'mass-change'), held('2', 'mass-change'), held('3', 'receive-only')],
    })
    expect(causesOf(photos)).toEqual([['held', undefined, 2]])
    expect(causesOf(folder('music', { held: [held('1', 'send-only')] }))).toEqual([])
  })

  test('names an item by the same key in every snapshot, and no two alike', () => {
    const one = folder('a', { errors: [unreadable('x'), unreadable('y')], conflicts: [conflict('x')] })
    const keys = () =>
      attention
        .attentionOf({ folders: [one, folder('b', { errors: [unreadable('x')] })], notices: [] })
        .flatMap(({ items }) => items.map(({ key }) => key))
    expect(keys()).toEqual(keys())
    expect(new Set(keys()).size).toBe(4)
  })
})

describe('where a file lies', () => {
  test.each([
    { root: '/home/ada/photos', path: '2026/may.jpg', full: '/home/ada/photos/2026/may.jpg' },
    { root: '/', path: 'a', full: '/a' },
    { root: 'C:\\Users\\Ada', path: '2026/may.jpg', full: 'C:\\Users\\Ada\\2026\\may.jpg' },
    { root: '/home/ada', path: '', full: '/home/ada' },
  ])('$path in $root is $full', ({ root, path, full }) => {
    expect(attention.fullPath(root, path)).toBe(full)
  })
})

describe('the two sides of a conflict', () => {
  test('say which is newer and which is larger, and nothing where they are alike', () => {
    expect(attention.differencesOf(side('ada', 2, 20), side('bob', 1, 10))).toEqual(['newer', 'larger'])
    expect(attention.differencesOf(side('ada', 1, 20), side('bob', 2, 10))).toEqual(['larger'])
    expect(attention.differencesOf(side('ada'), side('bob'))).toEqual([])
    expect(attention.differencesOf(side('ada'), undefined)).toEqual([])
  })
})

describe('when the item with the focus leaves', () => {
  test.each([
    { rule: 'the one that took its place gets it', after: ['a', 'c'], next: 'c' },
    { rule: 'the last gets it when there is none behind', after: ['a'], next: 'a' },
    { rule: 'one that came meanwhile is passed over', after: ['a', 'new', 'c'], next: 'c' },
    { rule: 'none gets it when the list is empty', after: [], next: undefined },
  ])('$rule', ({ after, next }) => {
    expect(attention.keyAfter(['a', 'b', 'c'], after, 'b')).toBe(next)
  })
})
