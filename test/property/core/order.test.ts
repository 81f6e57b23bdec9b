/**
 * Three or four devices, told of each other's changes along random ways and in parts: they always end
 * alike and with all that nobody replaced. Of one change each, the order decides neither names nor
 * contents. Where an edit meets a mode of what it was made from it may: who hears of the mode before
 * the edit may have made a copy by then that others need not make.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  act,
  canDo,
  carryOut,
  copyModel,
  createTreeModel,
  deviceAt,
  hashOf,
} from '../../support/tree-model.ts'
import { liveRecords, pathsOf, problemsOf, settle, tell } from '../../support/tree-model.ts'
import type { Deed, TreeModel } from '../../support/tree-model.ts'
import { amount } from '../../support/tier.ts'

const PATHS = ['a', 'b', 'd', 'd/x', 'd/y', 'd/e', 'd/e/z']
const path = fc.constantFrom(...PATHS)

/** Contents get their names where they are played. */
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), path, content: fc.constant('') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('move' as const), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mkdir' as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), path, target: fc.constant('') }) },
)
const chmod = fc.record({ do: fc.constant('chmod' as const), path, mode: fc.constantFrom(0o600, 0o700) })
const anyDeed = fc.oneof({ weight: 9, arbitrary: deed }, { weight: 1, arbitrary: chmod })

interface Word {
  readonly from: number
  readonly to: number
  /** Which name at the top is told of, with all below it; undefined: all. */
  readonly top: number | undefined
  /** Whether who heard it carries it out at once. */
  readonly acts: boolean
}

const word: fc.Arbitrary<Word> = fc.record({
  from: fc.nat(3),
  to: fc.nat(3),
  top: fc.option(fc.nat(9), { nil: undefined }),
  acts: fc.boolean(),
})
const way = fc.array(word, { maxLength: 25, size: 'max' })

const devices = fc.integer({ min: 3, max: 4 })
const changes = fc.array(fc.record({ device: fc.nat(3), deed: anyDeed }), {
  minLength: 2,
  maxLength: 7,
  size: 'max',
})

function changed(count: number, deeds: readonly { device: number; deed: Deed }[]): TreeModel {
  const model = createTreeModel(['one', 'two', 'three', 'four'].slice(0, count))
  for (const [nth, at] of ['a', 'd', 'd/x', 'd/e', 'd/e/z'].entries())
    act(
      model,
      0,
      at === 'd' || at === 'd/e'
        ? { do: 'mkdir', path: at }
        : { do: 'write', path: at, content: `base ${nth}` },
    )
  settle(model)
  return changeMore(model, deeds)
}

/** Those of the changes that a person could make. */
function changeMore(model: TreeModel, deeds: readonly { device: number; deed: Deed }[]): TreeModel {
  for (const { device, deed: plan } of deeds) {
    const i = device % model.devices.length
    if (canDo(model, i, plan)) act(model, i, numbered(plan, `${i} after ${deviceAt(model, i).counter}`))
  }
  return model
}

/** Nobody writes the same twice. */
function numbered(plan: Deed, by: string): Deed {
  if (plan.do === 'write') return { ...plan, content: `content by ${by}` }
  return plan.do === 'link' ? { ...plan, target: `target by ${by}` } : plan
}

function walk(start: TreeModel, words: readonly Word[]): TreeModel {
  const model = walkOnly(start, words)
  settle(model)
  return model
}

function walkOnly(start: TreeModel, words: readonly Word[]): TreeModel {
  const model = copyModel(start)
  const count = model.devices.length
  for (const { from, to, top, acts } of words) {
    if (from % count === to % count) continue
    const known = pathsOf(deviceAt(model, from % count)).filter((at) => !at.includes('/'))
    tell(model, from % count, to % count, top === undefined ? undefined : known[top % known.length])
    if (acts) carryOut(model, to % count)
  }
  return model
}

/** Names and contents. Modes of copies and of kept directories are those of whoever made them first. */
function shapeOf(model: TreeModel): string[] {
  return liveRecords(deviceAt(model, 0)).map(({ path: at, kind, contentHash }) =>
    [at, kind, contentHash].join(' '),
  )
}

const runs = { numRuns: amount({ short: 300, long: 20_000 }) }

test('of one change each, devices that hear in different orders and parts end with the same names and contents', () => {
  let copies = 0
  const deeds = fc.array(deed, { minLength: 4, maxLength: 4 })
  const law = fc.property(devices, deeds, fc.tuple(way, way), (count, plans, ways) => {
    const start = changed(
      count,
      plans.slice(0, count).map((plan, device) => ({ device, deed: plan })),
    )
    const [one, other] = ways.map((words) => walk(start, words)) as [TreeModel, TreeModel]
    expect([one, other].flatMap(problemsOf)).toEqual([])
    expect(shapeOf(other)).toEqual(shapeOf(one))
    if (hasCopy(one)) copies++
  })
  fc.assert(law, runs)
  expect(copies, 'stories without conflicts prove little').toBeGreaterThan(5)
})

test('of many changes, devices that hear in any order and part agree and keep what nobody replaced', () => {
  let copies = 0
  const law = fc.property(devices, changes, way, changes, way, (count, before, first, after, then) => {
    const met = walkOnly(changed(count, before), first)
    const end = walk(changeMore(met, after), then)
    expect(problemsOf(end)).toEqual([])
    if (hasCopy(end)) copies++
  })
  fc.assert(law, runs)
  expect(copies, 'stories without conflicts prove little').toBeGreaterThan(5)
})

const base: Deed = { do: 'write', path: 'a', content: 'base' }
const edit: Deed = { do: 'write', path: 'a', content: 'first edit' }

/** Device 0 edits, device 1 does `other`, device 2 merges both; then device 0 goes on without knowing. */
function mergedMeanwhile(other: Deed, ...then: readonly Deed[]): string[] {
  const model = createTreeModel(['one', 'two', 'three'])
  act(model, 0, base)
  settle(model)
  act(model, 0, edit)
  act(model, 1, other)
  for (const from of [0, 1]) tell(model, from, 2)
  carryOut(model, 2)
  for (const deed of then) act(model, 0, deed)
  settle(model)
  expect(problemsOf(model)).toEqual([])
  return shapeOf(model)
}

test('what a third device merged meanwhile outlives the next change of its author: too much is kept, not too little', () => {
  const remove: Deed = { do: 'remove', path: 'a' }
  expect(mergedMeanwhile(remove, remove)).toEqual([`a file ${hashOf('first edit')}`])
  const edits = ['second edit', 'third edit'].map((content): Deed => ({ do: 'write', path: 'a', content }))
  const kept = mergedMeanwhile({ do: 'chmod', path: 'a', mode: 0o600 }, ...edits)
  for (const content of ['first edit', 'third edit'])
    expect(kept.filter((line) => line.endsWith(hashOf(content)))).toHaveLength(1)
})

function hasCopy(model: TreeModel): boolean {
  return shapeOf(model).some((line) => line.includes('(conflict '))
}
