/** Two lives of one index: which sequences tell them apart, and what becomes of their versions. */
import { expect, test } from 'vitest'
import { compareVectors } from '../../../src/node/core/version-vector.ts'
import type { VersionVector } from '../../../src/node/core/version-vector.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { isOtherLifeIn, isUnknownHere, leapBehind } from '../../../src/node/index/lives.ts'
import type { IndexOperations, OwnPosition } from '../../../src/node/index/index-port.ts'
import { announce, changeOf, hear, openIndexFolder, recordOf, SELF } from '../../support/index-folder.ts'

const folder = 'f'
/** Up to 10 before the first start; 11 to 20 may be lost, 21 to 50 were leapt over; the next leap after 60. */
const OURS: OwnPosition = {
  epoch: 7,
  sequence: 100,
  gaps: [
    [11, 20, 50],
    [61, 60, 90],
  ],
}

test.each([
  { seen: 10, unknown: false, what: 'ours' },
  { seen: 15, unknown: true, what: 'a commit that a power cut took, or another life' },
  { seen: 30, unknown: true, what: 'another life that parted at the first start' },
  { seen: 55, unknown: false, what: 'ours again' },
  { seen: 61, unknown: true, what: 'another life that parted at the first start or the second' },
  { seen: 101, unknown: true, what: 'another life, parted anywhere since' },
])('sequence $seen is $what', ({ seen, unknown }) => {
  expect(isUnknownHere(seen, OURS)).toBe(unknown)
})

test.each([
  { counter: 10, epoch: 7, tells: false, what: 'ours' },
  { counter: 15, epoch: 7, tells: false, what: 'a commit of ours that a power cut took' },
  { counter: 30, epoch: 7, tells: true, what: 'of another life that leapt elsewhere' },
  { counter: 101, epoch: 7, tells: true, what: 'of another life that went further' },
  { counter: 101, epoch: '7.90', tells: true, what: 'of another life that began as ours' },
  { counter: 30, epoch: '7.29', tells: true, what: 'of a life that was never ours' },
  { counter: 55, epoch: '7.50', tells: false, what: 'of our life before the last start' },
  { counter: 101, epoch: 6, tells: false, what: 'of a former epoch' },
])(
  'a counter of $counter in epoch $epoch, met with another device, is $what',
  ({ counter, epoch, tells }) => {
    const records = announce([recordOf({ path: 'a', version: { [`${SELF}/${epoch}`]: counter } })])
    expect(isOtherLifeIn(records, SELF, OURS)).toBe(tells)
  },
)

test('a page that tells of another life is not recorded before this one begins anew', async () => {
  const { index } = await openIndexFolder()
  const page = announce([recordOf({ path: 'a', version: { [`${SELF}/7`]: 5 } })])
  expect(await hear(index, 'b', page)).toEqual({ adopted: 0, sequence: 0, otherLife: true })
  expect(await index.peerPosition({ folder, device: 'b' })).toMatchObject({ seen: { sequence: 0 } })
  await index.newEpoch({ folder, former: 7, epoch: 8 })
  expect(await hear(index, 'b', page)).not.toHaveProperty('otherLife')
  expect(await index.peerPosition({ folder, device: 'b' })).toMatchObject({ seen: { sequence: 1 } })
})

/** An edit of ours on top of what is known; returns the vector it got. */
async function edit(index: IndexOperations, path: string): Promise<VersionVector> {
  const [row] = await index.local({ folder, paths: [path] })
  const { version = [] } = row?.announced.record ?? {}
  const basedOn = row?.announced.sequence ?? 0
  const change = changeOf({ ...recordOf({ path, content: `${path} ${basedOn}` }), version })
  await index.recordLocal({ folder, changes: [{ ...change, basedOn, isOurs: true }] })
  return versionOf(index, path)
}

async function versionOf(index: IndexOperations, path: string): Promise<VersionVector> {
  const [row] = await index.local({ folder, paths: [path] })
  return row?.announced.record.version ?? []
}

test('what two lives of one index stamp is concurrent, whichever leapt further', async () => {
  for (const leaps of [
    [1_000, 2_000],
    [2_000, 1_000],
  ]) {
    const vectors: VersionVector[] = []
    for (const leap of leaps) {
      const { index } = await openIndexFolder()
      await edit(index, 'both')
      await index.skipPast({ folder, lost: 2, leap })
      vectors.push(await edit(index, 'both'))
    }
    const [one = [], other = []] = vectors
    expect(compareVectors(one, other)).toBe('concurrent')
  }
})

test('the first life of an epoch stamps the line, each start begins a life with a name of its own', async () => {
  const { index } = await openIndexFolder()
  expect(await edit(index, 'a')).toEqual([[`${SELF}/7`, 1]])
  await index.skipPast({ folder, lost: 1, leap: 1_000 })
  expect(await edit(index, 'a')).toEqual([
    [`${SELF}/7`, 1],
    [`${SELF}/7.1001`, 1_003],
  ])
  await index.newEpoch({ folder, former: 7, epoch: 8 })
  expect(await edit(index, 'b')).toEqual([[`${SELF}/8`, 1_004]])
})

test('a change after every start for a year names the last sixteen lives and this one', async () => {
  const { index } = await openIndexFolder()
  let before: VersionVector = []
  for (let start = 0; start < 365; start++) {
    const { sequence } = await index.position({ folder })
    await index.skipPast({ folder, lost: sequence, leap: 99 })
    const after = await edit(index, 'diary')
    expect(compareVectors(before, after)).toBe('before')
    before = after
  }
  // With the line that the others became.
  expect(before).toHaveLength(18)
})

test('a start begins where the clock says, so that later lives number higher, and leaps blindly where it went back', () => {
  const random = seededRandom(1)
  const at = (nowMs: number) => ({ nowMs: () => nowMs })
  const year = 365 * 86_400_000
  const [early, late] = [56 * year, 57 * year]
  const hour = 3_600_000
  const first = 100 + leapBehind(100, at(early), random)
  expect(5_000 + leapBehind(5_000, at(early + hour), random)).toBeGreaterThan(first)
  expect(first + 7 + leapBehind(first + 7, at(early + hour), random)).toBeGreaterThan(first + hour)
  for (const wrong of [early, 0, -year, 10_000 * year]) {
    const end = late * 1_024
    const leaps = new Set(Array.from({ length: 20 }, () => leapBehind(end, at(wrong), random)))
    expect(leaps.size).toBe(20)
    for (const leap of leaps) expect(leap).toBeLessThan(2 ** 31)
  }
})

test('of many gaps the oldest become one, and what lies in it is not known', async () => {
  const { index } = await openIndexFolder()
  for (let start = 0; start < 100; start++) await index.skipPast({ folder, lost: 0, leap: 9 })
  const ours = await index.position({ folder })
  expect(ours.gaps.length).toBeLessThanOrEqual(64)
  expect(isUnknownHere(20, ours)).toBe(true)
  const lost = announce([recordOf({ path: 'a', version: { [`${SELF}/7`]: 20 } })])
  expect(isOtherLifeIn(lost, SELF, ours)).toBe(false)
})
