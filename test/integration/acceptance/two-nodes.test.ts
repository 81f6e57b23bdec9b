/**
 * Two devices that were told no addresses keep one folder in step, from disk to disk. Promises real
 * processes on hosts of their own, a real tree beside every awkward thing, and trees compared to
 * the byte, the mode and the microsecond.
 */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyRealTree, makeAwkwardTree } from '../../support/awkward-tree.ts'
import { createNetlab, netlabObstacle } from '../../support/netlab.ts'
import type { Host, Netlab } from '../../support/netlab.ts'
import { openStage, untilConnected } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import type { Place } from '../../support/synced.ts'
import { amount } from '../../support/tier.ts'
import { readTree } from '../../support/trees.ts'

const obstacle = netlabObstacle()
const FOLDER = 'papers'
const SEED = 20_261_120

let lab: Netlab | undefined
beforeEach(({ skip }) => {
  if (obstacle !== undefined) skip(obstacle)
  lab = createNetlab(2)
})
afterEach(() => lab?.close())

/** By the command line alone, as a user does it. */
async function introduce(one: Place, other: Place): Promise<void> {
  const tell = async (from: Place, to: Place): Promise<void> => {
    await from.node.ask('device', 'add', to.node.id, '--name', to.node.name)
    await from.node.ask('folder', 'add', from.path, '--id', FOLDER, '--device', to.node.id)
  }
  await Promise.all([tell(one, other), tell(other, one)])
}

test(
  'two nodes find each other and keep a real and an awkward tree in step',
  { timeout: 300_000 },
  async () => {
    const [firstHost, secondHost] = lab!.hosts as [Host, Host]
    const stage = openStage()
    const [a, b] = [stage.make('a'), stage.make('b')]
    const entries = copyRealTree(join(a, 'real'), amount({ short: 500, long: 12_000 }))
    makeAwkwardTree(join(b, 'awkward'), SEED)
    const [ada, bob] = await Promise.all([
      stage.node('ada', { host: firstHost, discovery: true }),
      stage.node('bob', { host: secondHost, discovery: true }),
    ])
    const places = [
      { node: ada, path: a },
      { node: bob, path: b },
    ] as const
    const before = [...readTree(a), ...readTree(b)].toSorted()

    await introduce(...places)
    await untilConnected(30_000, ada, bob)
    const startMs = performance.now()
    const arrived = await untilSame(150_000, FOLDER, places)
    expect([...arrived].toSorted()).toEqual(before)
    expect(arrived.size).toBeGreaterThan(entries)
    report(`${arrived.size} entries in step after ${Math.round(performance.now() - startMs)} ms`)

    await changeOneSide(a, 'ada', places)
    await changeOneSide(b, 'bob', places)
    report(`changed on either side after ${Math.round(performance.now() - startMs)} ms`)
    await editApart(places, secondHost)
    report(`cut, edited apart and healed after ${Math.round(performance.now() - startMs)} ms`)
  },
)

function report(text: string): void {
  process.stdout.write(`  ${text}\n`)
}

/** Everything a user does to a tree, on one side, then on both sides the same. */
async function changeOneSide(path: string, who: string, places: readonly Place[]): Promise<void> {
  const at = (...parts: string[]): string => join(path, ...parts)
  mkdirSync(at(who, 'stays', 'below'), { recursive: true })
  for (const name of ['edited', 'appended', 'deleted', 'renamed', 'becomes directory', 'becomes link'])
    writeFileSync(at(who, name), `${name} by ${who}`)
  mkdirSync(at(who, 'becomes file', 'with', 'depth'), { recursive: true })
  writeFileSync(at(who, 'becomes file', 'with', 'depth', 'inside'), 'inside')
  writeFileSync(at(who, 'stays', 'below', 'kept'), 'kept')
  await untilSame(30_000, FOLDER, places)

  writeFileSync(at(who, 'edited'), `edited again by ${who}`)
  appendFileSync(at(who, 'appended'), ' and more')
  rmSync(at(who, 'deleted'))
  renameSync(at(who, 'renamed'), at(who, 'new name'))
  renameSync(at(who, 'stays'), at(who, 'moved directory'))
  rmSync(at(who, 'becomes directory'))
  mkdirSync(at(who, 'becomes directory'))
  writeFileSync(at(who, 'becomes directory', 'inside'), 'was a file')
  rmSync(at(who, 'becomes file'), { recursive: true })
  writeFileSync(at(who, 'becomes file'), 'was a directory')
  rmSync(at(who, 'becomes link'))
  symlinkSync('edited', at(who, 'becomes link'))
  const mine = readTree(path)
  const tree = await untilSame(30_000, FOLDER, places)
  expect(tree).toEqual(mine)
  expect([...tree.keys()].filter((name) => name.startsWith(`${who}/`))).toHaveLength(10)
}

/** The link is cut, both edit the same file, one edits what the other deletes; then it heals. */
async function editApart(places: readonly [Place, Place], host: Host): Promise<void> {
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  for (const name of ['disputed.txt', 'equal.txt', 'edited and deleted.txt'])
    writeFileSync(join(a, name), 'common ground')
  await untilSame(30_000, FOLDER, places)
  host.cut()
  writeFileSync(join(a, 'disputed.txt'), 'the words of ada')
  writeFileSync(join(b, 'disputed.txt'), 'other words, of bob')
  writeFileSync(join(a, 'equal.txt'), 'the same on both sides')
  writeFileSync(join(b, 'equal.txt'), 'the same on both sides')
  writeFileSync(join(a, 'edited and deleted.txt'), 'edited by ada')
  rmSync(join(b, 'edited and deleted.txt'))
  await Promise.all([ada, bob].map((node) => node.ask('folder', 'rescan', FOLDER, '--wait')))
  host.heal()
  const tree = await untilSame(120_000, FOLDER, places)
  const files = [...tree.keys()].filter((path) => !path.startsWith('awkward/') && !path.startsWith('real/'))
  const copies = files.filter((path) => path.includes('(conflict '))
  expect(copies).toHaveLength(1)
  expect(copies[0]).toMatch(/^disputed \(conflict /)
  const contents = ['disputed.txt', copies[0] ?? ''].map((path) =>
    tree.get(path)?.split(' ').slice(3).join(' '),
  )
  expect(new Set(contents).size).toBe(2)
  expect(tree.has('edited and deleted.txt')).toBe(true)
  expect((await ada.folder(FOLDER)).conflictCount).toBe(1)
}
