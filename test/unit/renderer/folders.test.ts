/** What the folders screen makes of the node's facts. */
import { describe, expect, test } from 'vitest'
import type { FolderView } from '../../../src/node/api/node-port.ts'
import { copiesOf } from '../../../src/renderer/screens/folders/copies.ts'
import { lastNameOf, proposedId } from '../../../src/renderer/screens/folders/folder-id.ts'
import { shortId } from '../../../src/renderer/screens/devices/short-id.ts'

describe('the proposed id', () => {
  test.each([
    { path: '/home/anna/My Photos/', id: 'my-photos', name: 'My Photos' },
    { path: 'C:\\Users\\Anna\\Möbel & Pläne', id: 'mobel-plane', name: 'Möbel & Pläne' },
    { path: '/srv/.config', id: 'config', name: '.config' },
    { path: '/srv/写真', id: '', name: '写真' },
    { path: '/', id: '', name: '' },
    { path: `/srv/${'x'.repeat(80)}`, id: 'x'.repeat(64), name: 'x'.repeat(80) },
  ])('of $path is "$id"', ({ path, id, name }) => {
    expect(proposedId(path)).toBe(id)
    expect(lastNameOf(path)).toBe(name)
  })
})

describe('copies', () => {
  const none = { items: 0, bytes: 0 }
  const folder = (devices: FolderView['devices'], need = none): FolderView => ({
    id: 'f', name: 'F', path: '/f', state: 'idle', files: 10, bytes: 1_000, need, devices,
    status: { word: 'waiting', reason: 'scanning', params: {} },
    errors: [], errorCount: 0, leftOut: [], leftOutCount: 0, conflicts: [], conflictCount: 0, revision: 1,
    mode: 'send-receive', guard: null, held: [],
  }) // prettier-ignore
  const plain = { mode: 'send-receive', holdsBack: 0 } as const
  const device = { id: 'L', name: 'Laptop', connected: true, addresses: [], lastSeenMs: 5 }

  test('a device that has not said what it has is never shown as having anything', () => {
    const [, copy] = copiesOf(folder([{ id: 'L', need: none, confirmed: false, ...plain }]), [device], 'here')
    expect(copy).toMatchObject({ state: 'unconfirmed', share: 0, awaySinceMs: undefined })
  })

  test('a share is full only when nothing is lacked', () => {
    const shareWith = (bytes: number, items = 1): number =>
      copiesOf(folder([{ id: 'L', need: { items, bytes }, confirmed: true, ...plain }]), [device], 'here')[1]
        ?.share ?? -1
    expect([shareWith(0, 0), shareWith(250), shareWith(1_000), shareWith(5_000)]).toEqual([1, 0.75, 0, 0])
    expect(shareWith(0)).toBeLessThan(1)
  })

  test('this device comes first, and lacks what it lacks', () => {
    const [here] = copiesOf(folder([], { items: 2, bytes: 1_000 }), [], 'here')
    expect(here).toMatchObject({ id: '', name: 'here', state: 'lacks', items: 2, share: 0.5 })
  })

  test('a device that is away says since when, one that nobody knows any more is named by its id', () => {
    const shared = folder([
      { id: 'L', need: none, confirmed: true, ...plain },
      { id: 'X', need: none, confirmed: true, ...plain },
    ])
    const [, away, unknown] = copiesOf(shared, [{ ...device, connected: false }], 'here')
    expect([away?.awaySinceMs, unknown?.awaySinceMs, unknown?.name]).toEqual([5, 0, 'X'])
  })
})

test('a short id shows both ends of what differs', () => {
  expect(shortId('12D3KooWabcdefghijklmnopqrstuvwxyz')).toBe('12D3KooWabcdef…uvwxyz')
  expect(shortId('12D3KooWshort')).toBe('12D3KooWshort')
})
