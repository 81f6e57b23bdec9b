/** Properties of the verdict: green is earned, and every other word has its reason. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FolderFacts,
  folderState,
  folderStatus,
  type SharingDevice,
} from '../../src/node/core/status.ts'

const count = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 1000 }))
const mostly = (usual: boolean) => fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constant(!usual))
const need = fc.record({ items: count, bytes: count })

const device: fc.Arbitrary<SharingDevice> = fc.record({
  id: fc.constantFrom('A', 'B', 'C'),
  name: fc.constantFrom('laptop', 'desk'),
  connected: fc.boolean(),
  need,
  unplaceable: count,
  damaged: count,
  holdsBack: count,
  lastSeenMs: fc.integer({ min: 0, max: 1e13 }),
  sharing: mostly(true),
  confirmedOnce: mostly(true),
  doubled: mostly(false),
})

const facts: fc.Arbitrary<FolderFacts> = fc.record({
  nodeLive: mostly(true),
  rootOk: mostly(true),
  paused: mostly(false),
  doubled: mostly(false),
  indexLost: mostly(false),
  held: count,
  localChanges: count,
  remoteChanges: count,
  scanning: mostly(false),
  firstScanFinished: mostly(true),
  conflicts: count,
  errors: count,
  need,
  obtainable: count,
  files: fc.nat({ max: 1000 }),
  onlyHere: count,
  devices: fc.array(device, { maxLength: 3 }),
})

/** Everything that must hold for green, said apart from the code under test. */
const conditions: Record<string, (f: FolderFacts) => boolean> = {
  'the node is live': (f) => f.nodeLive,
  'the root is there': (f) => f.rootOk,
  'nothing is paused': (f) => !f.paused,
  'no identity lives twice': (f) => !f.doubled && f.devices.every((d) => !d.doubled),
  'no lost index is news': (f) => !f.indexLost,
  'nothing is held': (f) => f.held === 0,
  'no change is kept here': (f) => f.localChanges === 0,
  'no change is kept out': (f) => f.remoteChanges === 0,
  'no device holds anything back': (f) => f.devices.every((d) => d.holdsBack === 0),
  'no scan runs': (f) => !f.scanning,
  'the first scan has finished': (f) => f.firstScanFinished,
  'there is no conflict': (f) => f.conflicts === 0,
  'there is no error': (f) => f.errors === 0,
  'this device lacks nothing': (f) => f.need.items === 0 && f.need.bytes === 0,
  'another device shares the folder': (f) => f.devices.length > 0,
  'no file is only here': (f) => f.onlyHere === 0,
  'every device has confirmed': (f) => f.devices.every((d) => d.confirmedOnce),
  'no device lacks anything': (f) => f.devices.every((d) => d.need.items === 0 && d.need.bytes === 0),
  'no device failed to place anything': (f) => f.devices.every((d) => d.unplaceable === 0),
  'no disk elsewhere has spoiled anything': (f) => f.devices.every((d) => d.damaged === 0),
}

const allGood: FolderFacts = {
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
  need: { items: 0, bytes: 0 },
  obtainable: 0,
  files: 402,
  onlyHere: 0,
  devices: [
    {
      id: 'A',
      name: 'laptop',
      connected: true,
      need: { items: 0, bytes: 0 },
      unplaceable: 0,
      damaged: 0,
      holdsBack: 0,
      lastSeenMs: 5,
      sharing: true,
      confirmedOnce: true,
      doubled: false,
    },
  ],
}

describe('folderStatus', () => {
  test('says safe exactly when every condition of green holds', () => {
    let green = 0
    fc.assert(
      fc.property(facts, (f) => {
        // obtainable is a part of need: a node that says otherwise moves data, so it is not green either.
        const holds = Object.values(conditions).every((condition) => condition(f)) && f.obtainable === 0
        if (holds) green++
        expect(folderStatus(f).word === 'safe').toBe(holds)
      }),
      { numRuns: 5000, examples: [[allGood]] },
    )
    expect(green).toBeGreaterThan(0)
  })

  test.each(Object.keys(conditions))('is not safe when only this breaks: %s', (name) => {
    const breaks = conditions[name]!
    let reached = 0
    fc.assert(
      fc.property(facts, fc.constantFrom(...(Object.keys(allGood) as (keyof FolderFacts)[])), (f, key) => {
        const broken: FolderFacts = { ...allGood, [key]: f[key] }
        if (breaks(broken)) return
        reached++
        expect(folderStatus(broken).word).not.toBe('safe')
      }),
      { numRuns: 2000 },
    )
    expect(reached).toBeGreaterThan(0)
  })

  test('says "needs you" exactly when a person must act', () => {
    fc.assert(
      fc.property(facts, (f) => {
        const must = !f.rootOk || f.indexLost || f.held > 0 || f.errors + f.conflicts > 0
        const elsewhere = f.doubled || f.devices.some((d) => d.unplaceable + d.damaged > 0 || d.doubled)
        expect(folderStatus(f).word === 'needs-you').toBe(must || elsewhere)
      }),
      { numRuns: 2000 },
    )
  })

  test('never says "syncing" while paused, rootless or not live', () => {
    fc.assert(
      fc.property(facts, (f) => {
        if (!f.paused && f.rootOk && f.nodeLive) return
        expect(folderStatus(f).word).not.toBe('syncing')
        expect(folderStatus(f).also?.word).not.toBe('syncing')
      }),
      { numRuns: 2000 },
    )
  })

  test('keeps the next lesser fact as a second phrase of a lesser word', () => {
    const rank = { 'needs-you': 3, syncing: 2, waiting: 1, safe: 0 }
    fc.assert(
      fc.property(facts, (f) => {
        const { word, also } = folderStatus(f)
        if (also) expect(rank[also.word]).toBeLessThan(rank[word])
        expect(also?.word).not.toBe('safe')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('folderState', () => {
  test('is never idle before the first scan, while scanning, paused, held or broken', () => {
    fc.assert(
      fc.property(facts, (f) => {
        const busy = f.scanning || !f.firstScanFinished || f.paused || f.held > 0 || !f.rootOk || !f.nodeLive
        if (busy) expect(folderState(f)).not.toBe('idle')
      }),
      { numRuns: 2000 },
    )
  })

  test('syncs exactly when the verdict would name a transfer', () => {
    fc.assert(
      fc.property(facts, (f) => {
        const still = { scanning: false, firstScanFinished: true, held: 0 }
        const calm = { ...f, ...still, errors: 0, conflicts: 0, doubled: false, indexLost: false }
        const devices = f.devices.map((d) => ({ ...d, unplaceable: 0, damaged: 0, doubled: false }))
        const quiet = { ...calm, devices, rootOk: true, nodeLive: true, paused: false }
        expect(folderState(quiet) === 'syncing').toBe(folderStatus(quiet).word === 'syncing')
      }),
      { numRuns: 2000 },
    )
  })
})
