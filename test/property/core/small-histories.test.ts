/**
 * Every short history: all sequences of up to three changes on two devices, with every way of meeting
 * and of failing power after each, and every triple of changes on three devices in every order of
 * meeting. Whatever happened, the devices come to rest, say the same, keep what nobody replaced, and
 * what was deleted in everybody's sight stays away.
 */
import { expect, test } from 'vitest'
import {
  act,
  canDo,
  carryOut,
  copyModel,
  createTreeModel,
  deviceAt,
  liveRecords,
  loseCommits,
  pathsOf,
  problemsOf,
  settle,
  tell,
} from '../../support/tree-model.ts'
import type { Deed, TreeModel } from '../../support/tree-model.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { amount } from '../../support/tier.ts'

type Plan = (content: string) => Deed
/** Changes of one file, of names, of a directory and what is in it; the rest only in the long run. */
const DEEDS: readonly Plan[] = [
  (content) => ({ do: 'write', path: 'a', content }),
  () => ({ do: 'remove', path: 'a' }),
  () => ({ do: 'move', path: 'a', to: 'b' }),
  () => ({ do: 'remove', path: 'd' }),
  (content) => ({ do: 'write', path: 'd/y', content }),
  (content) => ({ do: 'write', path: 'd', content }),
]
const MORE_DEEDS: readonly Plan[] = [
  () => ({ do: 'chmod', path: 'a', mode: 0o600 }),
  () => ({ do: 'mkdir', path: 'a' }),
  (content) => ({ do: 'write', path: 'd/x', content }),
  () => ({ do: 'move', path: 'd', to: 'e' }),
  () => ({ do: 'move', path: 'd/x', to: 'a' }),
  (target) => ({ do: 'link', path: 'a', target }),
]

/** For the longest histories of the short run. */
const FEW_DEEDS = [0, 2, 3, 4].map((i) => DEEDS[i] as Plan)

function baseModel(count: number): TreeModel {
  const model = createTreeModel(['one', 'two', 'three', 'four'].slice(0, count))
  act(model, 0, { do: 'write', path: 'a', content: 'base of a' })
  act(model, 0, { do: 'mkdir', path: 'd' })
  act(model, 0, { do: 'write', path: 'd/x', content: 'base of d/x' })
  settle(model)
  return model
}

/** What may happen after a change on device `i`; `before` is the model as it was before the change. */
interface Meeting {
  readonly meet: (model: TreeModel, i: number, before: TreeModel) => void
  /** Worth trying after the last change too. */
  readonly isLast: boolean
}

function hearAndDo(model: TreeModel, i: number): void {
  tell(model, 1 - i, i)
  carryOut(model, i)
}

/** The power of device `i` fails when it has placed what the other did and before that is recorded. */
function failWhilePlacing(model: TreeModel, i: number): void {
  const before = deviceAt(copyModel(model), i)
  hearAndDo(model, i)
  loseCommits(model, i, before)
}

const MEETINGS: Readonly<Record<string, Meeting>> = {
  'nobody hears of it': { meet: () => {}, isLast: true },
  'the other hears of it': { meet: (model, i) => tell(model, i, 1 - i), isLast: false },
  'it hears of the other': { meet: (model, i) => tell(model, 1 - i, i), isLast: false },
  'the other carries it out': { meet: (model, i) => hearAndDo(model, 1 - i), isLast: true },
  'it carries out what the other did': { meet: hearAndDo, isLast: true },
  'all comes to rest': { meet: settle, isLast: false },
  'the power fails before it was recorded': {
    meet: (model, i, before) => loseCommits(model, i, deviceAt(before, i)),
    isLast: true,
  },
  'the other heard of it, then the power fails': {
    meet: (model, i, before) => {
      tell(model, i, 1 - i)
      loseCommits(model, i, deviceAt(before, i))
    },
    isLast: true,
  },
  'the power of the other fails while it carries it out': {
    meet: (model, i) => failWhilePlacing(model, 1 - i),
    isLast: true,
  },
  'its power fails while it carries out what the other did': { meet: failWhilePlacing, isLast: true },
}

/** Paths deleted where everybody knew the same, and not touched since. */
type Gone = ReadonlySet<string>

interface Moment {
  readonly model: TreeModel
  readonly gone: Gone
  readonly story: readonly string[]
}

function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`)
}

function goneAfter(before: TreeModel, gone: Gone, i: number, deed: Deed): Gone {
  if (deed.do === 'nothing') return gone
  const touched = [deed.path, ...(deed.do === 'move' ? [deed.to] : [])]
  const left = [...gone].filter((path) => !touched.some((one) => isWithin(one, path) || isWithin(path, one)))
  if (deed.do !== 'remove' || !isInStep(before)) return new Set(left)
  const removed = liveRecords(deviceAt(before, i)).filter(({ path }) => isWithin(path, deed.path))
  return new Set([...left, ...removed.map(({ path }) => path)])
}

/** Everybody states the same. */
function isInStep({ devices: [first, ...rest] }: TreeModel): boolean {
  return rest.every(
    ({ own }) =>
      own.size === first?.own.size &&
      [...own].every(([path, one]) => textOf(first.own.get(path)) === textOf(one)),
  )
}

const texts = new WeakMap<FileRecord, string>()

function textOf(record: FileRecord | undefined): string {
  if (!record) return ''
  let text = texts.get(record)
  if (text === undefined) {
    const { path, kind, deleted, contentHash, mode, replacedHash, conflictOf, version, author } = record
    const hashes = [contentHash, replacedHash].map((hash) => hash.slice(7, 19))
    text = [path, kind, deleted, mode, conflictOf, author.name, ...hashes, version].join(' ')
    texts.set(record, text)
  }
  return text
}

/** Two histories of one key go on alike. */
function keyOf({ model, gone }: Moment): string {
  const said = (records: ReadonlyMap<string, FileRecord>): string =>
    [...records.keys()]
      .sort()
      .map((path) => textOf(records.get(path)))
      .join('\n')
  const devices = model.devices.map(({ own, heard, epoch, counter }) =>
    [epoch, counter, said(own), ...[...heard].map(([, records]) => said(records))].join('\n\n'),
  )
  // What was lost and replaced follows from the story: contents are told apart by who wrote them.
  return [...devices, [...gone].sort().join(' '), [...model.replaced].sort().join(' ')].join('\n\n\n')
}

interface Walk {
  readonly deeds: readonly Plan[]
  cases: number
  readonly seen: Set<string>
  readonly copies: Set<string>
}

/** Depth first through every history that goes on from here. */
function walk(moment: Moment, left: number, tour: Walk): void {
  for (let i = 0; i < moment.model.devices.length; i++) {
    for (const plan of tour.deeds) {
      const deed = plan(`by ${i} after ${deviceAt(moment.model, i).counter}`)
      if (!canDo(moment.model, i, deed)) continue
      // At the end everybody meets anyway: what they heard before then is no other history.
      const meetings = Object.entries(MEETINGS).filter(([, { isLast }]) => left > 1 || isLast)
      for (const [name, { meet }] of meetings) {
        const model = copyModel(moment.model)
        act(model, i, deed)
        meet(model, i, moment.model)
        const gone = goneAfter(moment.model, moment.gone, i, deed)
        const story = [...moment.story, `${i}: ${deed.do} ${'path' in deed ? deed.path : ''}, ${name}`]
        const next = { model, gone, story }
        tour.cases++
        const key = keyOf(next)
        if (tour.seen.has(key)) continue
        tour.seen.add(key)
        checkEnd(next, tour)
        if (left > 1) walk(next, left - 1, tour)
      }
    }
  }
}

function checkEnd({ model, gone, story }: Moment, tour: Walk): void {
  const end = copyModel(model)
  settle(end)
  const problems = problemsOf(end)
  const first = deviceAt(end, 0)
  for (const path of pathsOf(first)) if (path.includes('(conflict ')) tour.copies.add(path)
  for (const path of gone) if (first.own.get(path)?.deleted === false) problems.push(`${path} came back`)
  // Comparing costs more than all the rest.
  if (problems.length > 0) expect(problems, story.join('; ')).toEqual([])
}

/** Every history of `changes` changes out of `deeds`, and a word about how many there were. */
function checkAll(deeds: readonly Plan[], changes: number): void {
  const tour: Walk = { deeds, cases: 0, seen: new Set(), copies: new Set() }
  walk({ model: baseModel(2), gone: new Set(), story: [] }, changes, tour)
  process.stdout.write(
    `${tour.cases} histories of up to ${changes} changes, ${tour.seen.size} different states\n`,
  )
  expect(tour.cases).toBeGreaterThan(1_000)
  expect(tour.copies.size, 'histories without a conflict copy prove little').toBeGreaterThan(3)
}

const HOUR_MS = 3_600_000

test('every history of up to two changes ends well, whatever was heard or lost in between', () => {
  checkAll([...DEEDS, ...MORE_DEEDS], 2)
})

test(
  'every history of up to three changes ends well, whatever was heard or lost in between',
  () => checkAll(amount({ short: 0, long: 1 }) === 1 ? [...DEEDS, ...MORE_DEEDS] : FEW_DEEDS, 3),
  HOUR_MS,
)

/** What people see, without who said it when. */
function shapeOf(model: TreeModel): string[] {
  return liveRecords(deviceAt(model, 0)).map(
    ({ path, kind, contentHash, mode }) => `${path} ${kind} ${contentHash.slice(7, 15)} ${mode}`,
  )
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((first) =>
    ordersOf(items.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  )
}

/** Everyone does one thing; then they meet one after the other, in this order. */
function meetInOrder(start: TreeModel, deeds: readonly Deed[], order: readonly number[]): TreeModel {
  const model = copyModel(start)
  deeds.forEach((deed, i) => act(model, i, deed))
  order.forEach((to, nth) => {
    for (const from of order.slice(0, nth)) {
      tell(model, from, to)
      carryOut(model, to)
    }
  })
  settle(model)
  return model
}

function* choices(deeds: readonly Plan[], count: number): Generator<Plan[]> {
  if (count === 0) return void (yield [])
  for (const first of deeds) for (const rest of choices(deeds, count - 1)) yield [first, ...rest]
}

test.each([
  { devices: 3, deeds: amount({ short: 0, long: 1 }) === 1 ? [...DEEDS, ...MORE_DEEDS] : DEEDS },
  { devices: 4, deeds: amount({ short: 0, long: 1 }) === 1 ? DEEDS : FEW_DEEDS.slice(1) },
])(
  '$devices devices, one change each, end alike in whatever order they meet',
  ({ devices, deeds }) => {
    const start = baseModel(devices)
    const orders = ordersOf(start.devices.map((_, i) => i))
    let cases = 0
    for (const plans of choices(deeds, devices)) {
      const chosen = plans.map((plan, i) => plan(`by ${i}`))
      const ends = orders.map((order) => meetInOrder(start, chosen, order))
      cases += ends.length
      const story = chosen.map((deed) => `${deed.do} ${'path' in deed ? deed.path : ''}`).join('; ')
      expect(ends.flatMap(problemsOf), story).toEqual([])
      expect([...new Set(ends.map((end) => shapeOf(end).join('\n')))], story).toHaveLength(1)
    }
    process.stdout.write(`${devices} devices: ${cases} histories\n`)
    expect(cases).toBeGreaterThan(500)
  },
  HOUR_MS,
)
