/**
 * A device that says of a content that it is cut otherwise, or longer, than it is: because its index is
 * spoiled, or on purpose. Promises that who holds that content says of it what was found here, and that
 * whoever lacks it gets it from any device that tells the truth.
 */
import { expect, test } from 'vitest'
import { openConnection } from '../../src/node/db/connection.ts'
import { INDEX_STEPS } from '../../src/node/index/schema.ts'
import { openHousehold } from '../support/household.ts'
import type { Household, Machine } from '../support/household.ts'

const CONTENT = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i * 7 + (i >> 3)) % 251))

/** Makes the machine's index say it of the file, in a statement that nobody has heard. */
async function falsify(house: Household, liar: Machine, said: string): Promise<void> {
  await house.during(liar.stop())
  const { index, files } = liar.state
  if (!index) throw new Error('there is no index')
  const connection = openConnection({ file: ':memory:', steps: INDEX_STEPS, image: index })
  const { changes } = connection
    .prepare(`UPDATE statement SET ${said} WHERE path = 'file' AND device = 1`)
    .run()
  expect(changes).toBe(1)
  liar.state = { index: connection.serialize(), files }
  connection.close()
  await house.during(liar.start())
}

/** Ada and Bob made the same file while they were apart, and Bob's index is false; Carol has nothing yet. */
async function apart(said: string, mtimesNs: readonly [ada: bigint, bob: bigint]) {
  const house = openHousehold()
  const [ada, bob, carol] = [house.machine('ada'), house.machine('bob'), house.machine('carol')]
  await house.begin(ada, bob, carol)
  const pairs = [
    [ada, bob],
    [ada, carol],
    [bob, carol],
  ] as const
  for (const pair of pairs) house.cut(...pair)
  const [adas, bobs] = mtimesNs
  ada.disk.user.write('/sync/file', CONTENT, { mtimeNs: adas })
  bob.disk.user.write('/sync/file', CONTENT, { mtimeNs: bobs })
  for (const one of [ada, bob]) {
    await house.during(one.node.rescanFolder('shared', true))
  }
  await falsify(house, bob, said)
  return { house, ada, bob, carol }
}

const lies = [
  { lie: 'another root', said: `root = '${'f'.repeat(64)}'` },
  { lie: 'another number of blocks', said: `chunker = 'zzz', block_count = 5` },
  { lie: 'one block', said: `chunker = 'zzz', block_count = 1, root = ''` },
  { lie: 'more bytes', said: `size = size + 1` },
  { lie: 'no bytes', said: `chunker = 'zzz', size = 0, block_count = 0, root = ''` },
]
const times = [
  { when: 'of the same time', mtimesNs: [1_000n, 1_000n] as const },
  { when: 'of a later time', mtimesNs: [1_000n, 2_000n] as const },
]

test.each(lies.flatMap((one) => times.map((time) => ({ ...one, ...time }))))(
  'a file $when of which another device says $lie is had from who has it',
  async ({ said, mtimesNs }) => {
    const { house, ada, bob, carol } = await apart(said, mtimesNs)
    house.heal(ada, bob)
    await house.time.advance(60_000)
    house.cut(ada, bob)
    house.heal(ada, carol)
    await house.until('carol has it', () => carol.read('file') !== undefined)
    expect(carol.read('file')).toBe(CONTENT.toString())
  },
)

test.each(lies)(
  'a file of which one device says $lie is had where others say the truth',
  async ({ said }) => {
    const { house, ada, bob, carol } = await apart(said, [1_000n, 1_000n])
    house.heal(bob, carol)
    await house.time.advance(60_000)
    house.heal(ada, carol)
    await house.until('carol has it', () => carol.read('file') !== undefined)
    expect(carol.read('file')).toBe(CONTENT.toString())
  },
)
