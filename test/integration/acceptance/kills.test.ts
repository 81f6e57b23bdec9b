/**
 * Nodes that are killed outright in the middle of everything. Promises moments that are chosen by a
 * seed and found by what a node was seen doing, never by a pause; that every content anybody wrote
 * is on both sides at the end; and that nothing of the engine's own is left lying about.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { Random } from '../../../src/node/base/random.ts'
import { makeAwkwardTree, seededBytes } from '../../support/awkward-tree.ts'
import { eventually } from '../../support/deadline.ts'
import { isAtRest, openStage } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import type { Place } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'
import { amount } from '../../support/tier.ts'
import { lookAlike } from '../../support/trees.ts'

const SEED = 4_711
const KILLS = amount({ short: 6, long: 40 })
const FILES_PER_ROUND = 150
const LARGE_BYTES = 24 << 20

type Moment = 'scanning' | 'fetching' | 'half a file' | 'serving' | 'at rest'
const MOMENTS: readonly Moment[] = ['scanning', 'fetching', 'half a file', 'serving']

/** What the disks must hold in the end: path to the hash of the content written last. */
type Written = Map<string, string>

test(`killed ${KILLS} times at any moment, two nodes lose nothing`, { timeout: 900_000 }, async () => {
  const places = await twoPlaces(openStage(), {
    fill: (a) => makeAwkwardTree(join(a, 'awkward'), SEED),
  })
  const random = seededRandom(SEED)
  const written: Written = new Map()
  const seen = new Map<Moment, number>()
  for (let round = 0; round < KILLS; round++) {
    const writer = places[round % 2]!
    const reader = places[(round + 1) % 2]!
    workOn(writer.path, round, random, written)
    const wanted = MOMENTS[random.below(MOMENTS.length)]!
    const isReader = wanted === 'fetching' || wanted === 'half a file' || random.below(2) === 0
    const victim = isReader && wanted !== 'serving' ? reader : writer
    const moment = await untilMoment(
      wanted,
      victim,
      victim === reader ? writer : reader,
      random.below(90) / 100,
    )
    await victim.node.kill()
    seen.set(moment, (seen.get(moment) ?? 0) + 1)
    await victim.node.start()
  }
  process.stdout.write(`  killed ${[...seen].map(([moment, times]) => `${times} × ${moment}`).join(', ')}\n`)

  const tree = await untilSame(240_000, FOLDER, places)
  const held = new Map<string, string>()
  for (const [path, line] of tree)
    if (path.startsWith('round') && line.startsWith('file'))
      held.set(path, line.slice(line.lastIndexOf(' ') + 1))
  expect(differences(written, held)).toEqual([])
  // A run whose kills all came too late shows nothing.
  expect(KILLS - (seen.get('at rest') ?? 0)).toBeGreaterThan(KILLS / 2)
})

/** What is lacking, too much or other than written, one line each. */
function differences(written: Written, held: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...written.keys(), ...held.keys()])].toSorted()
  return paths
    .filter((path) => written.get(path) !== held.get(path))
    .map((path) => `${path}: written ${written.get(path) ?? 'nothing'}, held ${held.get(path) ?? 'nothing'}`)
}

/**
 * New files, and edits, deletions and renames of what the same side wrote before: only one side ever
 * writes a path, so there is one right answer.
 */
function workOn(root: string, round: number, random: Random, written: Written): void {
  const write = (path: string, bytes: Uint8Array): void => {
    writeFileSync(join(root, path), bytes)
    written.set(path, createHash('sha256').update(bytes).digest('hex'))
  }
  const here = `round ${round}`
  mkdirSync(join(root, here, 'renamed'), { recursive: true })
  for (let file = 0; file < FILES_PER_ROUND; file++)
    write(`${here}/${file}`, random.bytes(random.below(2_000)))
  for (let file = 0; file < 10; file++) write(`${here}/renamed/${file}`, random.bytes(100))
  write(`${here}/large`, seededBytes(SEED + round, LARGE_BYTES))
  const before = `round ${round - 2}`
  if (!existsSync(join(root, before))) return
  for (let file = 0; file < 20; file++) write(`${before}/${file}`, random.bytes(500))
  for (let file = 20; file < 40; file++) {
    rmSync(join(root, before, `${file}`))
    written.delete(`${before}/${file}`)
  }
  renameSync(join(root, before, 'renamed'), join(root, before, 'new name'))
  for (let file = 0; file < 10; file++) {
    const hash = written.get(`${before}/renamed/${file}`) ?? ''
    written.delete(`${before}/renamed/${file}`)
    written.set(`${before}/new name/${file}`, hash)
  }
  const large = seededBytes(SEED + round, LARGE_BYTES)
  large.write('an edit in the middle', LARGE_BYTES / 2)
  write(`${before}/large`, large)
}

/** The wanted moment, or 'at rest' when everything was done before it came. */
async function untilMoment(wanted: Moment, victim: Place, other: Place, share: number): Promise<Moment> {
  let most = 0
  if (wanted === 'scanning') await victim.node.request('POST', `/folders/${FOLDER}/rescan`, { wait: false })
  return eventually(120_000, `the victim is ${wanted}`, async () => {
    const { state, need, devices } = await victim.node.folder(FOLDER)
    if (wanted === 'scanning' && state === 'scanning') return wanted
    if (wanted === 'half a file' && holdsTemporary(victim.path)) return wanted
    const lacking = wanted === 'serving' ? (devices[0]?.need.items ?? 0) : need.items
    most = Math.max(most, lacking)
    const isWork = wanted === 'serving' || wanted === 'fetching'
    if (isWork && lacking > 0 && lacking <= most * (1 - share)) return wanted
    // Nobody lacks anything, and not only because nobody has looked yet.
    const rests = (await isAtRest(victim.node, FOLDER)) && (await isAtRest(other.node, FOLDER))
    return rests && lookAlike(victim.path, other.path) ? 'at rest' : undefined
  })
}

function holdsTemporary(root: string): boolean {
  return readdirSync(root).some(
    (name) =>
      name.startsWith('round') &&
      readdirSync(join(root, name)).some((inner) => inner.startsWith('.peerfold-')),
  )
}
