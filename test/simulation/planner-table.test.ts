/** The printed table of pairs, played on whole nodes: what it says is what two devices end with. */
import { expect, test } from 'vitest'
import { playPair, plannerPairs } from '../../scripts/planner-table.ts'
import type { Pair } from '../../scripts/planner-table.ts'
import { deviceAt, liveRecords } from '../support/tree-model.ts'
import { shapeOf, SmallWorld } from './small-world.ts'

/** In the words of `shapeOf`. */
function shapeInTable(pair: Pair): string[] {
  return liveRecords(deviceAt(playPair(pair), 0))
    .map(({ path, kind, contentHash, linkTarget, mode }) =>
      [path, kind, kind === 'symlink' ? linkTarget : contentHash.replace('sha256:', ''), mode].join('|'),
    )
    .toSorted()
}

async function playOnNodes({ base, ours, theirs }: Pair): Promise<string[]> {
  const world = new SmallWorld(['us', 'them'], 1)
  await world.start()
  for (const deed of base) world.act(0, deed)
  expect(await world.rest()).toEqual([])
  world.connect(false)
  for (const deed of ours) world.act(0, deed)
  for (const deed of theirs) world.act(1, deed)
  await world.pass(2_000)
  world.connect(true)
  expect(await world.rest()).toEqual([])
  return shapeOf(world.at(0))
}

const pairs = plannerPairs()

test.each(pairs)('$scene: we $weDid, they $theyDid', async (pair) => {
  expect(await playOnNodes(pair)).toEqual(shapeInTable(pair))
})
