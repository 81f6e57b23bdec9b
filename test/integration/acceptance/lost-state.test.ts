/**
 * What is derived may be lost: index and sequence marks deleted, damaged or set back. Promises no
 * loss, no deletion, no copies of equal content, and edits that still travel both ways afterwards.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeConfig, parseConfig } from '../../../src/node/config/config-file.ts'
import { makeAwkwardTree } from '../../support/awkward-tree.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage } from '../../support/real-nodes.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import type { Place } from '../../support/synced.ts'
import { amount } from '../../support/tier.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'

/** A few files and directories to lose the index of. */
function fillWithPapers(directory: string): void {
  mkdirSync(join(directory, 'papers', 'empty', 'inner'), { recursive: true })
  for (let paper = 0; paper < 20; paper++)
    writeFileSync(join(directory, 'papers', `${paper}`), `paper ${paper}`)
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

function damageMarks(node: RealNode): void {
  const file = join(node.home, 'sequences.json')
  const bytes = readFileSync(file)
  bytes[bytes.indexOf('"reserved":') + 11]! ^= 1 // still a number
  writeFileSync(file, bytes)
}

function spoilPages(node: RealNode): void {
  for (const name of indexFiles(node)) if (name !== 'index.db') rmSync(join(node.home, name))
  const file = join(node.home, 'index.db')
  const bytes = readFileSync(file)
  bytes.fill(0xa5, 8_192) // the first pages stay: it still looks like a database
  writeFileSync(file, bytes)
}

/** Edits, creations, renames and deletions of both sides, in a new directory, reach the other one. */
async function stillInStep(places: readonly [Place, Place], directory: string): Promise<void> {
  const [a, b] = places.map(({ path }) => join(path, directory)) as [string, string]
  mkdirSync(a)
  for (const name of ['one', 'two', 'three', 'four']) writeFileSync(join(a, name), name)
  await untilSame(60_000, FOLDER, places)
  writeFileSync(join(a, 'one'), 'edited by ada')
  rmSync(join(a, 'two'))
  writeFileSync(join(b, 'three'), 'edited by bob')
  renameSync(join(b, 'four'), join(b, 'five'))
  await untilSame(60_000, FOLDER, places)
  expect(readdirSync(a).toSorted()).toEqual(['five', 'one', 'three'])
  expect(readFileSync(join(b, 'one'), 'utf8')).toBe('edited by ada')
  expect(readFileSync(join(a, 'three'), 'utf8')).toBe('edited by bob')
}

interface Loss {
  readonly of: string
  readonly sides: readonly ('ada' | 'bob')[]
  readonly lose: readonly ((node: RealNode) => void)[]
  /** What it says in its log then, and how its notice for people begins. */
  readonly said?: readonly [log: string, notice: string]
}

const LOSSES: readonly Loss[] = [
  { of: 'the index of one', sides: ['ada'], lose: [dropIndex] },
  {
    of: 'the marks of one, damaged',
    sides: ['bob'],
    lose: [damageMarks],
    said: ['the high-water mark is damaged', 'mark-damaged'],
  },
  {
    of: 'pages of the index, turned to nonsense',
    sides: ['ada'],
    lose: [spoilPages],
    said: ['the index is damaged', 'index-lost'],
  },
  { of: 'index and marks of both', sides: ['ada', 'bob'], lose: [dropIndex, dropMarks] },
  { of: 'the marks of one', sides: ['bob'], lose: [dropMarks] },
  { of: 'the index of the other', sides: ['bob'], lose: [dropIndex] },
  { of: 'the index of both', sides: ['ada', 'bob'], lose: [dropIndex] },
  { of: 'index and marks of one', sides: ['ada'], lose: [dropIndex, dropMarks] },
]

async function saysSo(node: RealNode, [log, notice]: readonly [log: string, notice: string]): Promise<void> {
  expect(node.log()).toContain(log)
  const ids = (await node.status()).notices.map(({ id }) => id)
  expect(ids.filter((id) => id.startsWith(notice))).toHaveLength(1)
}

test(
  'a restart finds everything as it was, whatever derived state was lost',
  { timeout: 400_000 },
  async () => {
    // Every awkward thing: what is scanned anew must be recognised for what it was.
    const places = await twoPlaces(openStage(), { fill: (a) => makeAwkwardTree(join(a, 'awkward'), 9) })
    for (const { of, sides, lose, said } of LOSSES.slice(0, amount({ short: 4, long: LOSSES.length }))) {
      const before = await untilSame(30_000, FOLDER, places)
      for (const { node } of places) expect(await node.stop()).toBe(0)
      for (const { node } of places)
        if (sides.includes(node.name as 'ada' | 'bob')) for (const one of lose) one(node)
      await Promise.all(places.map(({ node }) => node.start()))
      expect(await untilSame(60_000, FOLDER, places), `after the loss of ${of}`).toEqual(before)
      for (const { node } of places)
        if (said && sides.includes(node.name as 'ada' | 'bob')) await saysSo(node, said)
      await stillInStep(places, `after the loss of ${of}`)
    }
  },
)

test('an old copy of the index stops no edit and brings nothing back', async () => {
  const stage = openStage()
  const places = await twoPlaces(stage, { fill: fillWithPapers })
  const [{ node: ada, path: a }, { node: bob }] = places
  expect(await ada.stop()).toBe(0)
  const copy = stage.make('copy')
  for (const name of indexFiles(ada)) cpSync(join(ada.home, name), join(copy, name))
  await ada.start()
  for (let edit = 0; edit < 20; edit++) writeFileSync(join(a, `new ${edit}`), `new ${edit}`)
  rmSync(join(a, 'papers', 'empty'), { recursive: true })
  const before = await untilSame(60_000, FOLDER, places)

  expect(await ada.stop()).toBe(0)
  dropIndex(ada)
  for (const name of readdirSync(copy)) cpSync(join(copy, name), join(ada.home, name))
  await ada.start()
  const after = await untilSame(60_000, FOLDER, places)
  expect(after).toEqual(before)
  const { notices } = await ada.status()
  expect(notices.map(({ id }) => id)).toEqual([`index-set-back.${FOLDER}`])
  await stillInStep(places, 'after')
  expect(bob.isRunning).toBe(true)
})

test('a home copied to a second place, and both started: all three say so, and what both wrote is kept', async () => {
  const stage = openStage()
  const places = await twoPlaces(stage, { fill: fillWithPapers })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  expect(await ada.stop()).toBe(0)
  const [home, c] = [stage.make('copied.home'), stage.make('c')]
  cpSync(ada.home, home, { recursive: true, preserveTimestamps: true })
  cpSync(a, c, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  moveFolder(home, c)
  writeFileSync(join(a, 'disputed'), 'of ada')
  writeFileSync(join(c, 'disputed'), 'of the copy')
  const copy = await stage.node('copy', { home })
  expect(copy.id).toBe(ada.id)
  await ada.start()
  const both = ['of ada', 'of the copy']
  const contentsOf = (path: string): string[] =>
    readdirSync(path)
      .filter((name) => name.startsWith('disputed'))
      .map((name) => readFileSync(join(path, name), 'utf8'))
      .toSorted()
  await eventually(90_000, 'both versions are everywhere', () =>
    [a, b, c].every((path) => contentsOf(path).join() === both.join()),
  )
  for (const [node, reason] of [
    [bob, 'device-doubled'],
    [ada, 'identity-doubled'],
    [copy, 'identity-doubled'],
  ] as const)
    await eventually(
      60_000,
      `${node.name} says ${reason}`,
      async () => (await node.folder(FOLDER)).status.reason === reason,
    )
})

/** The copied configuration names the directory of the original. */
function moveFolder(home: string, path: string): void {
  const file = join(home, 'config.json')
  const config = structuredClone(parseConfig(readFileSync(file)))
  writeFileSync(
    file,
    encodeConfig({ ...config, folders: config.folders.map((folder) => ({ ...folder, path })) }),
  )
}

test('a damaged index is set aside, said in the log, and rebuilt', async () => {
  const places = await twoPlaces(openStage(), { fill: fillWithPapers })
  const [{ node: ada }] = places
  const before = await untilSame(30_000, FOLDER, places)
  expect(await ada.stop()).toBe(0)
  for (const name of indexFiles(ada)) if (name !== 'index.db') rmSync(join(ada.home, name))
  writeFileSync(join(ada.home, 'index.db'), Buffer.alloc(100_000, 'damaged '))
  await ada.start()
  expect(ada.log()).toContain('the index is damaged; it is set aside and rebuilt')
  expect(readdirSync(ada.home).some((name) => name.startsWith('index.db.damaged-'))).toBe(true)
  expect(await untilSame(60_000, FOLDER, places)).toEqual(before)
  await stillInStep(places, 'after')

  // Until a person says that it is known, across restarts, and nowhere but where it happened.
  const [lost] = (await ada.status()).notices
  expect(lost).toMatchObject({
    id: `index-lost.${FOLDER}`,
    params: { kept: expect.stringContaining('damaged') },
  })
  expect(await ada.stop()).toBe(0)
  await ada.start()
  await untilSame(60_000, FOLDER, places)
  expect((await ada.folder(FOLDER)).status).toMatchObject({ word: 'needs-you', reason: 'index-lost' })
  expect((await ada.run('notices', 'dismiss', `index-lost.${FOLDER}`)).exit).toBe(0)
  expect((await ada.status()).notices).toEqual([])
  expect((await places[1].node.status()).notices).toEqual([])
  await eventually(60_000, 'it is safe', async () => (await ada.folder(FOLDER)).status.word === 'safe')
})
