/**
 * Three devices in a row, the outer two strangers to each other. Promises that changes travel both
 * ways through the one in the middle, which does nothing but sync.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeAwkwardTree } from '../../support/awkward-tree.ts'
import { createNetlab, netlabObstacle } from '../../support/netlab.ts'
import type { Netlab } from '../../support/netlab.ts'
import { openStage, pair, share } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'

const obstacle = netlabObstacle()
const FOLDER = 'chain'

let lab: Netlab | undefined
beforeEach(({ skip }) => {
  if (obstacle !== undefined) skip(obstacle)
  lab = createNetlab(3)
})
afterEach(() => lab?.close())

test('changes travel both ways through the device in the middle', async () => {
  const stage = openStage()
  const names = ['ada', 'bob', 'cyd'] as const
  const [ada, bob, cyd] = await Promise.all([
    stage.node(names[0], { host: lab!.hosts[0]! }),
    stage.node(names[1], { host: lab!.hosts[1]! }),
    stage.node(names[2], { host: lab!.hosts[2]! }),
  ])
  const [a, b, c] = [stage.make('a'), stage.make('b'), stage.make('c')]
  makeAwkwardTree(join(a, 'from ada'), 3)
  mkdirSync(join(c, 'from cyd'))
  writeFileSync(join(c, 'from cyd', 'file'), 'of cyd')
  await pair(ada, bob)
  await pair(bob, cyd)
  await share(ada, FOLDER, a, [bob])
  await share(bob, FOLDER, b, [ada, cyd])
  await share(cyd, FOLDER, c, [bob])
  const places = [
    { node: ada, path: a },
    { node: bob, path: b },
    { node: cyd, path: c },
  ]
  await untilSame(60_000, FOLDER, places)

  rmSync(join(c, 'from ada', 'sizes'), { recursive: true })
  renameSync(join(c, 'from ada', 'deep', 'random'), join(c, 'from cyd', 'taken'))
  writeFileSync(join(a, 'from cyd', 'file'), 'edited by ada')
  const tree = await untilSame(60_000, FOLDER, places)
  expect(tree.has('from ada/sizes')).toBe(false)
  expect(tree.has('from cyd/taken')).toBe(true)
  expect(
    [...tree.keys()].filter((path) => path.includes('(conflict ') && !path.includes('(conflict x)')),
  ).toEqual([])
  const seen = (await ada.status()).devices.map(({ id }) => id)
  expect(seen).toEqual([bob.id])
})

test('an edit made while the middle was away arrives when it is back, and both outer edits survive', async () => {
  const stage = openStage()
  const [ada, bob, cyd] = await Promise.all([
    stage.node('ada', { host: lab!.hosts[0]! }),
    stage.node('bob', { host: lab!.hosts[1]! }),
    stage.node('cyd', { host: lab!.hosts[2]! }),
  ])
  const [a, b, c] = [stage.make('a'), stage.make('b'), stage.make('c')]
  writeFileSync(join(a, 'disputed'), 'common ground')
  await pair(ada, bob)
  await pair(bob, cyd)
  await share(ada, FOLDER, a, [bob])
  await share(bob, FOLDER, b, [ada, cyd])
  await share(cyd, FOLDER, c, [bob])
  const places = [
    { node: ada, path: a },
    { node: bob, path: b },
    { node: cyd, path: c },
  ]
  await untilSame(60_000, FOLDER, places)
  expect(await bob.stop()).toBe(0)
  writeFileSync(join(a, 'disputed'), 'the words of ada')
  writeFileSync(join(c, 'disputed'), 'other words, of cyd')
  await Promise.all([ada, cyd].map((node) => node.rescan(FOLDER)))
  await bob.start()
  const tree = await untilSame(90_000, FOLDER, places)
  expect([...tree.keys()]).toHaveLength(2)
  expect([...tree.keys()].filter((path) => path.includes('(conflict '))).toHaveLength(1)
})
