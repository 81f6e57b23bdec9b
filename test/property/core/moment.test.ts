/** The laws of going back to a moment, on generated histories. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSameContent } from '../../../src/node/core/history.ts'
import type { PastChange, PathContent } from '../../../src/node/core/history.ts'
import { correct, differences, doubtful, makeConsistent } from '../../../src/node/core/moment.ts'
import { planMoment, undo, unknownPast } from '../../../src/node/core/moment.ts'
import type { MomentPlan, Whereabouts } from '../../../src/node/core/moment.ts'
import { amount } from '../../support/tier.ts'

const runs = { numRuns: amount({ short: 3_000, long: 100_000 }) }

type Tree = Map<string, PathContent>

/** Few names and contents: most deeds meet something. */
const PATHS = ['a', 'a/b', 'a/b/c', 'a/d', 'b', 'b/a', 'c']
const HASHES = ['1', '2', '3', '4']
const deed = fc.record({
  path: fc.constantFrom(...PATHS),
  kind: fc.constantFrom('file', 'file', 'symlink', 'directory', 'delete', 'move'),
  hash: fc.constantFrom(...HASHES),
  to: fc.constantFrom(...PATHS),
})
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const below = (tree: Tree, path: string): string[] =>
  [...tree.keys()].filter((other) => other.startsWith(`${path}/`))

/** Does what a person may do to a tree, and writes down every change as a scan finds it. */
class World {
  readonly tree: Tree = new Map()
  readonly log: PastChange[] = []

  act({ path, kind, hash, to }: Deed): void {
    if (kind === 'delete') return this.remove(path)
    if (kind === 'move') return this.move(path, to)
    if (!this.hasRoom(path)) return
    if (kind === 'directory') {
      if (this.tree.get(path)?.kind === 'directory') return
      this.set(path, { kind, contentHash: '' })
    } else {
      for (const child of below(this.tree, path).sort().reverse()) this.set(child, undefined)
      this.set(path, { kind: kind as 'file', contentHash: hash })
    }
  }

  remove(path: string): void {
    for (const one of [...below(this.tree, path), path].sort().reverse()) this.set(one, undefined)
  }

  move(path: string, to: string): void {
    const content = this.tree.get(path)
    if (!content || content.kind === 'directory' || this.tree.has(to) || !this.hasRoom(to)) return
    this.set(to, content)
    this.set(path, undefined)
  }

  hasRoom(path: string): boolean {
    return parentOf(path) === '' || this.tree.get(parentOf(path))?.kind === 'directory'
  }

  /** The index is lost and made anew: all that there is was found. */
  begin(): void {
    const facts = { timeMs: this.log.length, was: undefined, device: 'd', name: 'd' }
    for (const [path, is] of this.tree) this.log.push({ ...facts, path, is, source: 'found' })
  }

  set(path: string, is: PathContent | undefined): void {
    const was = this.tree.get(path)
    if (isSameContent(was, is)) return
    if (is) this.tree.set(path, is)
    else this.tree.delete(path)
    this.log.push({ timeMs: this.log.length, path, is, was, device: 'd', name: 'd', source: 'local' })
  }
}

/** Takes the steps as a disk would: whatever it would refuse fails the test. */
function carryOut(world: World, { steps }: MomentPlan): void {
  for (const step of steps) {
    const { path } = step
    const there = world.tree.get(path)
    if (step.kind === 'remove') {
      expect(there).toEqual(step.content)
      expect(below(world.tree, path), `${path} is not empty`).toEqual([])
      world.set(path, undefined)
      continue
    }
    expect(world.hasRoom(path), `${path} has no parent`).toBe(true)
    if (step.kind === 'make') {
      expect(there).toBeUndefined()
      world.set(path, { kind: 'directory', contentHash: '' })
    } else {
      expect(there).toEqual(step.over)
      world.set(path, step.content)
    }
  }
}

const here = (_content: PathContent): Whereabouts => 'here'

function planBack(world: World, to: number, whereIs = here): MomentPlan {
  const past = unknownPast()
  undo(past, world.log.slice(to).toReversed())
  correct(past, doubtful(past), world.log.slice(0, to).toReversed())
  makeConsistent(past)
  return planMoment(differences(past.contents, world.tree), whereIs)
}

const sorted = (tree: ReadonlyMap<string, PathContent>) => [...tree].sort(([a], [b]) => (a < b ? -1 : 1))
const history = fc.tuple(fc.array(deed, { maxLength: 25 }), fc.array(deed, { maxLength: 25 }))

test('going back gives the tree of that moment, and going back from there the present one again', () => {
  const law = fc.property(history, ([before, after]) => {
    const world = new World()
    for (const one of before) world.act(one)
    const [past, pastAt] = [sorted(world.tree), world.log.length]
    for (const one of after) world.act(one)
    const [now, nowAt] = [sorted(world.tree), world.log.length]
    carryOut(world, planBack(world, pastAt))
    expect(sorted(world.tree)).toEqual(past)
    expect(planBack(world, pastAt).steps).toEqual([])
    carryOut(world, planBack(world, nowAt))
    expect(sorted(world.tree)).toEqual(now)
  })
  fc.assert(law, runs)
})

test('a restore that ends after any step goes on when it is planned again', () => {
  const law = fc.property(history, fc.nat(20), ([before, after], done) => {
    const world = new World()
    for (const one of before) world.act(one)
    const [past, pastAt] = [sorted(world.tree), world.log.length]
    for (const one of after) world.act(one)
    const { steps, lost } = planBack(world, pastAt)
    carryOut(world, { steps: steps.slice(0, done), lost })
    const again = planBack(world, pastAt)
    expect(again.steps.length).toBe(Math.max(0, steps.length - done))
    carryOut(world, again)
    expect(sorted(world.tree)).toEqual(past)
  })
  fc.assert(law, runs)
})

test('what cannot be had stays as it is, and everything else becomes what it was', () => {
  let lostSomething = 0
  const law = fc.property(history, fc.subarray(HASHES), ([before, after], gone) => {
    const world = new World()
    for (const one of before) world.act(one)
    const [past, pastAt] = [new Map(world.tree), world.log.length]
    for (const one of after) world.act(one)
    const now = new Map(world.tree)
    const changed = new Set(world.log.slice(pastAt).map(({ path }) => path))
    const plan = planBack(world, pastAt, ({ contentHash }) =>
      gone.includes(contentHash) ? 'not-kept' : 'here',
    )
    const lost = new Set(plan.lost.map(({ path }) => path))
    lostSomething += lost.size
    for (const { path, content } of plan.lost) expect(past.get(path)).toEqual(content)
    for (const { path } of plan.steps) expect(changed.has(path)).toBe(true)
    for (const path of lost) expect(plan.steps.map((step) => step.path)).not.toContain(path)
    carryOut(world, plan)
    for (const path of PATHS) {
      const expected = lost.has(path) ? now.get(path) : past.get(path)
      expect(world.tree.get(path), path).toEqual(expected)
    }
  })
  fc.assert(law, runs)
  expect(lostSomething).toBeGreaterThan(100)
})

const lives = fc.tuple(history, fc.array(deed, { maxLength: 10 }))

test('an index that began anew since takes nothing from what was there', () => {
  const law = fc.property(lives, ([[before, after], last]) => {
    const world = new World()
    for (const one of before) world.act(one)
    const [past, pastAt] = [new Map(world.tree), world.log.length]
    for (const one of after) world.act(one)
    world.begin()
    for (const one of last) world.act(one)
    carryOut(world, planBack(world, pastAt))
    for (const [path, content] of past) expect(world.tree.get(path), path).toEqual(content)
  })
  fc.assert(law, runs)
})

test('nor where its log was lost as well, of what lay there when it began', () => {
  let stayed = 0
  const law = fc.property(lives, fc.boolean(), ([[before, after], last], isUnseen) => {
    const world = new World()
    for (const one of before) world.act(one)
    const past = [...world.tree.keys()]
    world.log.length = 0
    for (const one of after) world.act(one)
    if (isUnseen) world.log.length = 0
    world.begin()
    const lay = past.filter((path) => !isUnseen || world.tree.has(path))
    for (const one of last) world.act(one)
    const now = new Map(world.tree)
    carryOut(world, planBack(world, 0))
    for (const path of lay) {
      if (!now.has(path)) continue
      stayed++
      expect(world.tree.has(path), path).toBe(true)
    }
  })
  fc.assert(law, runs)
  expect(stayed).toBeGreaterThan(100)
})
