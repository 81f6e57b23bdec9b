/**
 * Devices that change one folder at the same time, in every order that fast-check can think of:
 * they always come to rest, agree in every record, and have lost nothing that nobody overwrote.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amount } from '../../support/tier.ts'
import { act, allPaths, change, createModel, deviceAt, hashOf, liveContents } from './device-model.ts'
import { loseIndex, planOf, settle, tell } from './device-model.ts'
import type { Model, Topology, UserChange } from './device-model.ts'

type Step =
  | { readonly do: 'change'; readonly device: number; readonly path: number; readonly change: UserChange }
  | { readonly do: 'tell'; readonly device: number; readonly to: number; readonly path: number | undefined }
  | { readonly do: 'act'; readonly device: number; readonly path: number }
  | { readonly do: 'settle'; readonly order: readonly number[] }
  | { readonly do: 'lose-index'; readonly device: number }

interface Story {
  readonly devices: number
  readonly topology: Topology
  readonly steps: readonly Step[]
  readonly order: readonly number[]
}

interface StoryKind {
  /** How many different contents users write; undefined: never the same twice. */
  readonly contents: number | undefined
  readonly losesIndexes: boolean
}

const device = fc.nat(3)
const path = fc.nat(5)
const order = fc.array(fc.nat(15), { minLength: 1, maxLength: 8 })

function stories({ losesIndexes }: StoryKind): fc.Arbitrary<Story> {
  const kind = fc.oneof(
    { weight: 6, arbitrary: fc.constant('file' as const) },
    { weight: 2, arbitrary: fc.constantFrom('deletion' as const, 'metadata' as const) },
    { weight: 1, arbitrary: fc.constantFrom('directory' as const, 'symlink' as const) },
  )
  const value = fc.nat(1_000)
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('change' as const),
        device,
        path,
        change: fc.record({ kind, value }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('tell' as const),
        device,
        to: device,
        path: fc.option(path, { nil: undefined }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('act' as const), device, path }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const), order }) },
    {
      weight: losesIndexes ? 1 : 0,
      arbitrary: fc.record({ do: fc.constant('lose-index' as const), device }),
    },
  )
  return fc.record({
    devices: fc.integer({ min: 2, max: 4 }),
    topology: fc.constantFrom('all', 'chain'),
    steps: fc.array(step, { maxLength: 60, size: 'max' }),
    order,
  })
}

/**
 * Paths that users touch: two names, and the conflict copies that the device knows of. Nobody makes
 * up a name with the hash of a content of somebody else in it.
 */
function pathAt(model: Model, i: number, n: number): string {
  const copies = [...deviceAt(model, i).own.keys()].filter((name) => name.includes('(conflict ')).sort()
  const names = ['a.txt', 'a.txt', 'a.txt', 'b', ...copies]
  return names[n % names.length] ?? 'a.txt'
}

function play({ devices, topology, steps, order: last }: Story, kind: StoryKind): Model {
  const model = createModel(devices, topology)
  steps.forEach((step, nth) => {
    if (step.do === 'settle') return void settle(model, step.order)
    const i = step.device % devices
    if (step.do === 'lose-index') return loseIndex(model, i)
    if (step.do === 'act') return void act(model, i, pathAt(model, i, step.path))
    if (step.do === 'tell') {
      const only = step.path === undefined ? undefined : pathAt(model, i, step.path)
      return void tell(model, i, step.to % devices, only)
    }
    const { contents } = kind
    const value = contents === undefined ? nth : step.change.value % contents
    change(model, i, pathAt(model, i, step.path), { ...step.change, value })
  })
  settle(model, last)
  return model
}

/** Everything but fields that only say where a record was read. */
function recordsOf(model: Model, i: number): unknown[] {
  const { own } = deviceAt(model, i)
  return [...own].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record)
}

function expectAgreement(model: Model): void {
  for (let i = 1; i < model.devices.length; i++) expect(recordsOf(model, i)).toEqual(recordsOf(model, 0))
  for (const one of model.devices)
    for (const name of allPaths(model)) expect(planOf(one, name).kind).toBe('nothing')
}

/** What was carried out is planned no more: at most the index has more to say, never the disk. */
function expectQuiet(model: Model): void {
  const again = [...model.reached.keys()].filter((what) => what.startsWith('then '))
  expect(['then adopt', 'then nothing']).toEqual(expect.arrayContaining(again))
}

function expectNothingLost(model: Model): void {
  const live = liveContents(deviceAt(model, 0))
  const lost = [...model.written].filter((hash) => !live.has(hash) && !model.replaced.has(hash))
  expect(lost).toEqual([])
}

const runs = { numRuns: amount({ short: 1_500, long: 10_000 }) }
const unique: StoryKind = { contents: undefined, losesIndexes: false }

test('devices agree in every record and keep every content that nobody replaced', () => {
  const law = fc.property(stories(unique), (story) => {
    const model = play(story, unique)
    expectAgreement(model)
    expectQuiet(model)
    expectNothingLost(model)
  })
  fc.assert(law, runs)
})

test('devices that write the same few contents again and again agree', () => {
  const kind: StoryKind = { contents: 3, losesIndexes: false }
  fc.assert(
    fc.property(stories(kind), (story) => expectAgreement(play(story, kind))),
    runs,
  )
})

test('devices that lose their indexes agree and keep every content that nobody replaced', () => {
  const kind: StoryKind = { contents: undefined, losesIndexes: true }
  const law = fc.property(stories(kind), (story) => {
    const model = play(story, kind)
    expectAgreement(model)
    expectNothingLost(model)
  })
  fc.assert(law, runs)
})

test('devices that lose their indexes and write the same contents again agree', () => {
  const kind: StoryKind = { contents: 3, losesIndexes: true }
  fc.assert(
    fc.property(stories(kind), (story) => expectAgreement(play(story, kind))),
    runs,
  )
})

test('the stories reach what they are about, or the laws above prove little', () => {
  const kind: StoryKind = { contents: 4, losesIndexes: true }
  const sum = new Map<string, number>()
  for (const story of fc.sample(stories(kind), { numRuns: 300, seed: 1 }))
    for (const [what, times] of play(story, kind).reached) sum.set(what, (sum.get(what) ?? 0) + times)
  for (const what of ['copies', 'place', 'delete', 'metadata', 'lost indexes'])
    expect(sum.get(what) ?? 0, what).toBeGreaterThan(20)
})

const write = (value: number): UserChange => ({ kind: 'file', value })

/** The hash decides who keeps a name: of these contents, the first always does. */
function byHash(...values: number[]): number[] {
  return values.sort((a, b) => (hashOf(`file ${a}`) < hashOf(`file ${b}`) ? 1 : -1))
}

test('a change made on a winner is not taken for the older change that the device made before', () => {
  const model = createModel(3, 'all')
  const [winner = 0, loser = 0] = byHash(1, 2)
  change(model, 0, 'a', write(10))
  settle(model)
  change(model, 2, 'a', write(11))
  tell(model, 2, 0)
  act(model, 0, 'a')
  change(model, 0, 'a', write(loser))
  change(model, 1, 'a', write(winner))
  tell(model, 0, 2)
  tell(model, 1, 2)
  act(model, 2, 'a')
  change(model, 2, 'a', write(12))
  tell(model, 1, 0)
  act(model, 0, 'a')
  settle(model)
  expectAgreement(model)
  expectNothingLost(model)
})
