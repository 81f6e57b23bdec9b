/** Two lives of one index: which sequences tell them apart, and what becomes of their versions. */
import { expect, test } from 'vitest'
import { commonPast, isUnknownHere, otherLifeIn } from '../../../src/node/index/lives.ts'
import type { OwnPosition } from '../../../src/node/index/index-port.ts'
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
const ackedUpTo = (sequence: number, epoch = 7) => ({ epoch, sequence })

test.each([
  { seen: 10, unknown: false, what: 'ours' },
  { seen: 15, unknown: true, common: 10, what: 'a commit that a power cut took, or another life' },
  { seen: 30, unknown: true, common: 10, what: 'another life that parted at the first start' },
  { seen: 55, unknown: false, what: 'ours again' },
  { seen: 61, unknown: true, common: 10, what: 'another life that parted at the first start or the second' },
  { seen: 101, unknown: true, common: 10, what: 'another life, parted anywhere since' },
])('sequence $seen is $what', ({ seen, unknown, common }) => {
  expect(isUnknownHere(seen, OURS)).toBe(unknown)
  if (unknown) expect(commonPast(seen, OURS, ackedUpTo(0))).toBe(common)
})

test('what a device confirmed to this life is shared with the other for certain', () => {
  expect(commonPast(61, OURS, ackedUpTo(40))).toBe(60)
  expect(commonPast(61, OURS, ackedUpTo(95))).toBe(60)
  expect(commonPast(101, OURS, ackedUpTo(40))).toBe(60)
  expect(commonPast(101, OURS, ackedUpTo(40, 6))).toBe(10)
  expect(commonPast(101, OURS, ackedUpTo(95))).toBeUndefined()
})

test.each([
  { counter: 10, epoch: 7, tells: false, what: 'ours' },
  { counter: 15, epoch: 7, tells: false, what: 'a commit of ours that a power cut took' },
  { counter: 30, epoch: 7, tells: true, what: 'of another life that leapt elsewhere' },
  { counter: 101, epoch: 7, tells: true, what: 'of another life that went further' },
  { counter: 101, epoch: 6, tells: false, what: 'of a former epoch' },
])(
  'a counter of $counter in epoch $epoch, met with another device, is $what',
  ({ counter, epoch, tells }) => {
    const records = announce([recordOf({ path: 'a', version: { [`${SELF}/${epoch}`]: counter } })])
    expect(otherLifeIn(records, SELF, OURS)).toBe(tells ? counter : undefined)
  },
)

test('a page that tells of another life is not recorded before this one begins anew', async () => {
  const { index } = await openIndexFolder()
  const page = announce([recordOf({ path: 'a', version: { [`${SELF}/7`]: 5 } })])
  expect(await hear(index, 'b', page)).toEqual({ adopted: 0, sequence: 0, otherLife: 5 })
  expect(await index.peerPosition({ folder, device: 'b' })).toMatchObject({ seen: { sequence: 0 } })
  await index.newEpoch({ folder, former: 7, epoch: 8, floor: 0 })
  expect(await hear(index, 'b', page)).not.toHaveProperty('otherLife')
  expect(await index.peerPosition({ folder, device: 'b' })).toMatchObject({ seen: { sequence: 1 } })
})

test('changes stamped after the lives parted get the new life’s counter, earlier ones keep theirs', async () => {
  const { index } = await openIndexFolder()
  const record = async (path: string): Promise<void> => {
    const [row] = await index.local({ folder, paths: [path] })
    const { version = [] } = row?.announced.record ?? {}
    const basedOn = row?.announced.sequence ?? 0
    await index.recordLocal({
      folder,
      changes: [
        {
          ...changeOf({ ...recordOf({ path, content: `${path} ${basedOn}` }), version }),
          basedOn,
          isOurs: true,
        },
      ],
    })
  }
  await record('before')
  await record('both')
  await index.skipPast({ folder, lost: 2, leap: 1_000 })
  await record('both')
  await record('after')
  await index.newEpoch({ folder, former: 7, epoch: 8, floor: 5_000, common: 2 })
  const rows = await index.local({ folder, paths: ['before', 'both', 'after'] })
  expect(rows.map((row) => row?.announced.record.version)).toEqual([
    [[`${SELF}/7`, 1]],
    [
      [`${SELF}/7`, 2],
      [`${SELF}/8`, 1_004],
    ],
    // All that the former life had to say of it up to there, which is nothing.
    [
      [`${SELF}/7`, 2],
      [`${SELF}/8`, 1_005],
    ],
  ])
  expect(
    (await index.announcedSince({ folder, after: 0, limit: 10 })).map(({ sequence }) => sequence),
  ).toEqual([1, 1_004, 1_005])
})

test('of many gaps the oldest become one, in which nothing counts as another life', async () => {
  const { index } = await openIndexFolder()
  for (let start = 0; start < 100; start++) await index.skipPast({ folder, lost: 0, leap: 9 })
  const ours = await index.position({ folder })
  expect(ours.gaps.length).toBeLessThanOrEqual(64)
  expect(isUnknownHere(20, ours)).toBe(true)
  expect(commonPast(20, ours, ackedUpTo(0))).toBeUndefined()
  expect(commonPast(ours.sequence - 3, ours, ackedUpTo(ours.sequence - 15))).toBe(ours.sequence - 10)
})
