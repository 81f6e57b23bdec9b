/**
 * What is derived may be lost: index and sequence marks deleted, damaged or set back. Promises no
 * loss, no deletion, no copies of equal content, and edits that still travel both ways afterwards.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeAwkwardTree } from '../../support/awkward-tree.ts'
import { openStage, pair, share } from '../../support/real-nodes.ts'
import type { RealNode, Stage } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import type { Place } from '../../support/synced.ts'

const FOLDER = 'lost'

async function twoNodes(stage: Stage): Promise<[Place, Place]> {
  const [ada, bob] = await Promise.all([stage.node('ada'), stage.node('bob')])
  const places: [Place, Place] = [
    { node: ada, path: stage.make('a') },
    { node: bob, path: stage.make('b') },
  ]
  makeAwkwardTree(join(places[0].path, 'awkward'), 9)
  mkdirSync(join(places[1].path, 'letters'))
  for (const name of ['one', 'two', 'three', 'four'])
    writeFileSync(join(places[1].path, 'letters', name), name)
  await pair(ada, bob)
  await share(ada, FOLDER, places[0].path, [bob])
  await share(bob, FOLDER, places[1].path, [ada])
  await untilSame(60_000, FOLDER, places)
  return places
}

/** Files of the index; a database has others beside it. */
function indexFiles(node: RealNode): string[] {
  return readdirSync(node.home).filter((name) => /^index\.db(?:-wal|-shm)?$/.test(name))
}

function dropIndex(node: RealNode): void {
  const names = indexFiles(node)
  expect(names).toContain('index.db')
  for (const name of names) rmSync(join(node.home, name))
}

function dropMarks(node: RealNode): void {
  rmSync(join(node.home, 'sequences.json'))
}

/** Edits, creations, renames and deletions on both sides reach the other one. */
async function stillInStep(places: readonly [Place, Place]): Promise<void> {
  const [{ path: a }, { path: b }] = places
  writeFileSync(join(a, 'letters', 'one'), 'edited by ada')
  rmSync(join(a, 'letters', 'two'))
  await untilSame(60_000, FOLDER, places)
  writeFileSync(join(b, 'letters', 'three'), 'edited by bob')
  renameSync(join(b, 'letters', 'four'), join(b, 'letters', 'five'))
  rmSync(join(b, 'awkward', 'links'), { recursive: true })
  const tree = await untilSame(60_000, FOLDER, places)
  expect([...tree.keys()].filter((path) => path.startsWith('letters/')).toSorted()).toEqual([
    'letters/five',
    'letters/one',
    'letters/three',
  ])
  expect(readFileSync(join(b, 'letters', 'one'), 'utf8')).toBe('edited by ada')
  expect(readFileSync(join(a, 'letters', 'three'), 'utf8')).toBe('edited by bob')
  expect(tree.has('awkward/links')).toBe(false)
}

describe('a restart finds everything as it was', () => {
  const both = ([ada, bob]: readonly [Place, Place]): RealNode[] => [ada.node, bob.node]
  const one = ([ada]: readonly [Place, Place]): RealNode[] => [ada.node]
  test.each([
    { without: 'the index of one', of: one, lose: dropIndex },
    { without: 'the index of both', of: both, lose: dropIndex },
    {
      without: 'the index and the marks of one',
      of: one,
      lose: (node: RealNode) => (dropIndex(node), dropMarks(node)),
    },
    {
      without: 'the index and the marks of both',
      of: both,
      lose: (node: RealNode) => (dropIndex(node), dropMarks(node)),
    },
    { without: 'the marks of one', of: one, lose: dropMarks },
  ])('without $without', async ({ of, lose }) => {
    const places = await twoNodes(openStage())
    const before = await untilSame(30_000, FOLDER, places)
    for (const { node } of places) expect(await node.stop()).toBe(0)
    for (const node of of(places)) lose(node)
    await Promise.all(places.map(({ node }) => node.start()))
    const after = await untilSame(60_000, FOLDER, places)
    expect(after).toEqual(before)
    await stillInStep(places)
  })
})

test('an old copy of the index stops no edit and brings nothing back', async () => {
  const stage = openStage()
  const places = await twoNodes(stage)
  const [{ node: ada, path: a }, { node: bob }] = places
  expect(await ada.stop()).toBe(0)
  const copy = stage.make('copy')
  for (const name of indexFiles(ada)) cpSync(join(ada.home, name), join(copy, name))
  await ada.start()
  for (let edit = 0; edit < 20; edit++) writeFileSync(join(a, `new ${edit}`), `new ${edit}`)
  rmSync(join(a, 'awkward', 'empty'), { recursive: true })
  const before = await untilSame(60_000, FOLDER, places)

  expect(await ada.stop()).toBe(0)
  dropIndex(ada)
  for (const name of readdirSync(copy)) cpSync(join(copy, name), join(ada.home, name))
  await ada.start()
  const after = await untilSame(60_000, FOLDER, places)
  expect(after).toEqual(before)
  await stillInStep(places)
  expect(bob.isRunning).toBe(true)
})

test('a damaged index is set aside, said in the log, and rebuilt', async () => {
  const places = await twoNodes(openStage())
  const [{ node: ada }] = places
  const before = await untilSame(30_000, FOLDER, places)
  expect(await ada.stop()).toBe(0)
  for (const name of indexFiles(ada)) if (name !== 'index.db') rmSync(join(ada.home, name))
  writeFileSync(join(ada.home, 'index.db'), Buffer.alloc(100_000, 'damaged '))
  await ada.start()
  expect(ada.log()).toContain('the index is damaged; it is set aside and rebuilt')
  expect(readdirSync(ada.home).some((name) => name.startsWith('index.db.damaged-'))).toBe(true)
  expect(await untilSame(60_000, FOLDER, places)).toEqual(before)
  await stillInStep(places)
})

test('pages of the index that turned to nonsense lose nothing', async () => {
  const places = await twoNodes(openStage())
  const [{ node: ada }] = places
  const before = await untilSame(30_000, FOLDER, places)
  expect(await ada.stop()).toBe(0)
  for (const name of indexFiles(ada)) if (name !== 'index.db') rmSync(join(ada.home, name))
  const file = join(ada.home, 'index.db')
  const bytes = readFileSync(file)
  bytes.fill(0xa5, 8_192) // the first pages stay: it still looks like a database
  writeFileSync(file, bytes)
  expect(existsSync(file)).toBe(true)
  await ada.start()
  expect(await untilSame(60_000, FOLDER, places)).toEqual(before)
  expect(ada.log()).toContain('the index is damaged')
  await stillInStep(places)
})
