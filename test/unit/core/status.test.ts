/** The verdict about a folder, case by case. */
import { describe, expect, test } from 'vitest'
import {
  type FolderFacts,
  folderState,
  folderStatus,
  type SharingDevice,
} from '../../../src/node/core/status.ts'

const none = { items: 0, bytes: 0 }
const laptop: SharingDevice = {
  id: 'L',
  name: 'Laptop',
  connected: true,
  need: none,
  unplaceable: 0,
  damaged: 0,
  holdsBack: 0,
  lastSeenMs: 1_000,
  sharing: true,
  confirmedOnce: true,
  doubled: false,
}
const calm: FolderFacts = {
  nodeLive: true,
  rootOk: true,
  paused: false,
  doubled: false,
  indexLost: false,
  held: 0,
  localChanges: 0,
  remoteChanges: 0,
  scanning: false,
  firstScanFinished: true,
  conflicts: 0,
  errors: 0,
  need: none,
  obtainable: 0,
  files: 402,
  onlyHere: 0,
  devices: [laptop, { ...laptop, id: 'D', name: 'Desk' }],
}
const away = { ...laptop, connected: false }

const cases: {
  rule: string
  change: Partial<FolderFacts>
  state: string
  word: string
  reason: string
  params?: object
}[] = [
  {
    rule: 'all copies confirmed is safe, with the counts that a person wants',
    change: {},
    state: 'idle',
    word: 'safe',
    reason: 'all-copies-confirmed',
    params: { files: 402, devices: 3, away: 0 },
  },
  {
    rule: 'a device that is away counts with what it last confirmed, and since when is said',
    change: { devices: [away] },
    state: 'idle',
    word: 'safe',
    reason: 'all-copies-confirmed',
    params: { files: 402, devices: 2, away: 1, sinceMs: 1_000 },
  },
  {
    rule: 'a folder that nobody else has waits',
    change: { devices: [], onlyHere: 402 },
    state: 'idle',
    word: 'waiting',
    reason: 'no-devices',
    params: { files: 402 },
  },
  {
    rule: 'a device that was never here is not taken for done',
    change: { devices: [{ ...away, confirmedOnce: false, lastSeenMs: 0 }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-unconfirmed',
    params: { device: 'L', name: 'Laptop', sinceMs: 0 },
  },
  {
    rule: 'my side being finished is not safe while an absent device lacks files',
    change: { devices: [{ ...away, need: { items: 7, bytes: 70 } }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-away',
    params: { device: 'L', name: 'Laptop', items: 7, bytes: 70, sinceMs: 1_000 },
  },
  {
    rule: 'a connected device that lacks files is being sent to',
    change: { devices: [{ ...laptop, need: { items: 7, bytes: 70 } }] },
    state: 'syncing',
    word: 'syncing',
    reason: 'sending',
    params: { device: 'L', name: 'Laptop', items: 7, bytes: 70 },
  },
  {
    rule: 'what a connected device holds is being received',
    change: { need: { items: 3, bytes: 30 }, obtainable: 3 },
    state: 'syncing',
    word: 'syncing',
    reason: 'receiving',
    params: { items: 3, bytes: 30 },
  },
  {
    rule: 'what nobody connected holds is waited for, here and at the next device',
    change: { need: { items: 3, bytes: 30 }, devices: [{ ...laptop, need: { items: 3, bytes: 30 } }] },
    state: 'idle',
    word: 'waiting',
    reason: 'content-away',
    params: { items: 3, bytes: 30 },
  },
  {
    rule: 'a scan is syncing',
    change: { scanning: true },
    state: 'scanning',
    word: 'syncing',
    reason: 'scanning',
  },
  {
    rule: 'the first scan has not begun yet',
    change: { firstScanFinished: false },
    state: 'scanning',
    word: 'waiting',
    reason: 'first-scan',
  },
  {
    rule: 'a pause is waiting',
    change: { paused: true },
    state: 'paused',
    word: 'waiting',
    reason: 'paused',
  },
  {
    rule: 'a conflict needs you',
    change: { conflicts: 2 },
    state: 'idle',
    word: 'needs-you',
    reason: 'conflicts',
    params: { count: 2 },
  },
  {
    rule: 'an error needs you, and stops nothing',
    change: { errors: 1 },
    state: 'idle',
    word: 'needs-you',
    reason: 'errors',
    params: { count: 1 },
  },
  {
    rule: 'a missing root needs you',
    change: { rootOk: false },
    state: 'error',
    word: 'needs-you',
    reason: 'root-broken',
  },
  {
    rule: 'an identity of our own that lives twice needs you',
    change: { doubled: true },
    state: 'idle',
    word: 'needs-you',
    reason: 'identity-doubled',
  },
  {
    rule: 'another device whose identity lives twice needs you, whatever it confirms',
    change: { devices: [{ ...laptop, doubled: true }] },
    state: 'idle',
    word: 'needs-you',
    reason: 'device-doubled',
    params: { device: 'L', name: 'Laptop' },
  },
  {
    rule: 'held changes need you',
    change: { held: 7 },
    state: 'held',
    word: 'needs-you',
    reason: 'held',
    params: { count: 7 },
  },
  {
    rule: 'changes that a folder keeps here are no alarm, and keep it from being safe',
    change: { localChanges: 2 },
    state: 'idle',
    word: 'waiting',
    reason: 'local-changes',
    params: { count: 2 },
  },
  {
    rule: 'nor are changes that it keeps out',
    change: { remoteChanges: 2 },
    state: 'idle',
    word: 'waiting',
    reason: 'remote-changes',
  },
  {
    rule: 'a device that holds changes back is named, and nothing is sent to it for ever',
    change: { devices: [{ ...laptop, holdsBack: 3_000 }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-holds',
    params: { device: 'L', name: 'Laptop', count: 3_000 },
  },
  {
    rule: 'a device that cannot place a file needs you',
    change: { devices: [{ ...laptop, unplaceable: 1 }] },
    state: 'idle',
    word: 'needs-you',
    reason: 'device-errors',
    params: { device: 'L', name: 'Laptop', count: 1 },
  },
  {
    rule: 'an index that was lost needs you until you say that you know',
    change: { indexLost: true },
    state: 'idle',
    word: 'needs-you',
    reason: 'index-lost',
  },
  {
    rule: 'a device whose disk spoiled a file needs you, and nothing is said to be sent to it',
    change: { devices: [{ ...laptop, damaged: 2 }] },
    state: 'idle',
    word: 'needs-you',
    reason: 'device-damaged',
    params: { device: 'L', name: 'Laptop', count: 2 },
  },
  {
    rule: 'a file that no other device wants is only here',
    change: { onlyHere: 1 },
    state: 'idle',
    word: 'waiting',
    reason: 'only-here',
    params: { items: 1 },
  },
  {
    rule: 'the first scan on its way is told as such',
    change: { scanning: true, firstScanFinished: false },
    state: 'scanning',
    word: 'syncing',
    reason: 'first-scan',
  },
  {
    rule: 'a connected device that does not share the folder yet is said, not awaited',
    change: { devices: [{ ...laptop, sharing: false, confirmedOnce: false }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-not-sharing',
    params: { device: 'L', name: 'Laptop' },
  },
  {
    rule: 'a connected device that stopped sharing while it lacked files is said',
    change: { devices: [{ ...laptop, sharing: false, need: { items: 7, bytes: 70 } }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-not-sharing',
  },
  {
    rule: 'a connected device that stopped sharing when it had everything is no worry',
    change: { devices: [{ ...laptop, sharing: false }] },
    state: 'idle',
    word: 'safe',
    reason: 'all-copies-confirmed',
  },
  {
    rule: 'a device that counts bytes and no files is behind, whatever that means',
    change: { devices: [{ ...laptop, need: { items: 0, bytes: 5 } }] },
    state: 'idle',
    word: 'waiting',
    reason: 'device-behind',
    params: { device: 'L', name: 'Laptop', items: 0, bytes: 5 },
  },
  {
    rule: 'a device that lacks more than what nobody here has is being sent to',
    change: {
      need: { items: 3, bytes: 30 },
      obtainable: 1,
      devices: [{ ...laptop, need: { items: 3, bytes: 30 } }],
    },
    state: 'syncing',
    word: 'syncing',
    reason: 'receiving',
  },
  {
    rule: 'of devices that are away, the one not seen for longest says since when',
    change: { devices: [{ ...away, lastSeenMs: 3_000 }, away, { ...away, lastSeenMs: 2_000 }] },
    state: 'idle',
    word: 'safe',
    reason: 'all-copies-confirmed',
    params: { files: 402, devices: 4, away: 3, sinceMs: 1_000 },
  },
  {
    rule: 'a starting node promises nothing',
    change: { nodeLive: false },
    state: 'error',
    word: 'waiting',
    reason: 'node-starting',
  },
]

describe('folderStatus and folderState', () => {
  test.each(cases)('$rule', ({ change, state, word, reason, params }) => {
    const facts = { ...calm, ...change }
    const status = folderStatus(facts)
    expect({ word: status.word, reason: status.reason }).toEqual({ word, reason })
    if (params) expect(status.params).toEqual(params)
    expect(folderState(facts)).toBe(state)
  })

  test('a device that lacks just what nobody here has is not being sent to', () => {
    const need = { items: 3, bytes: 30 }
    const sent = (obtainable: number) =>
      folderState({ ...calm, need, obtainable, devices: [{ ...laptop, need }] })
    expect(sent(0)).toBe('idle')
    // Nothing can be got here, and yet one file of the four that it lacks is ours.
    expect(folderState({ ...calm, need, devices: [{ ...laptop, need: { items: 4, bytes: 40 } }] })).toBe(
      'syncing',
    )
  })

  test('what can be had is not said to be away as well', () => {
    const status = folderStatus({ ...calm, need: { items: 3, bytes: 30 }, obtainable: 3 })
    expect(status.also).toBeUndefined()
  })

  test('a lesser fact stays as a second phrase', () => {
    const devices = [{ ...away, need: { items: 468, bytes: 1 } }]
    const status = folderStatus({ ...calm, conflicts: 1, devices })
    expect(status).toMatchObject({ word: 'needs-you', also: { word: 'waiting', reason: 'device-away' } })
  })
})
