/**
 * Whole nodes through every short history: all sequences of up to three changes on two devices, each
 * change followed by a death, of the device that changed or of the other, by power or by kill, after
 * one more disk call than the last time. Either the devices meet between the changes or only at the
 * end. Whatever happened, they agree, nothing is lost or invented, no temporary is left, and what was
 * deleted in everybody's sight stays away.
 */
import { expect, test } from 'vitest'
import type { Deed } from '../support/tree-model.ts'
import { amount } from '../support/tier.ts'
import { shapeOf, SmallWorld } from './small-world.ts'

type Plan = (content: string) => Deed
const DEEDS: readonly Plan[] = [
  (content) => ({ do: 'write', path: 'a', content }),
  () => ({ do: 'move', path: 'a', to: 'b' }),
  () => ({ do: 'remove', path: 'd' }),
  (content) => ({ do: 'write', path: 'd/y', content }),
  (content) => ({ do: 'write', path: 'd', content }),
  () => ({ do: 'mkdir', path: 'a' }),
]

interface Step {
  readonly device: number
  readonly plan: Plan
}

interface Deaths {
  readonly kind: 'crash' | 'kill'
  /** The device that made the change dies, or the other, which hears of it. */
  readonly whose: 'its own' | "the other's"
}

const DEATHS: readonly Deaths[] = [
  { kind: 'crash', whose: 'its own' },
  { kind: 'kill', whose: 'its own' },
  { kind: 'crash', whose: "the other's" },
  { kind: 'kill', whose: "the other's" },
]

/** Disk calls until death: about as many as placing one change takes. */
const CALLS = 40

function* sequences(length: number): Generator<Step[]> {
  if (length === 0) return void (yield [])
  for (const device of [0, 1])
    for (const plan of DEEDS) for (const rest of sequences(length - 1)) yield [{ device, plan }, ...rest]
}

interface Tally {
  cases: number
  deaths: number
  copies: number
}

interface History {
  readonly steps: readonly Step[]
  readonly deaths: Deaths
  readonly apart: boolean
  /** Which of all; chooses the disk calls of the deaths. */
  readonly number: number
}

async function play({ steps, deaths, apart, number }: History, tally: Tally): Promise<void> {
  const world = new SmallWorld(['one', 'two'], number)
  await world.start()
  world.act(0, { do: 'write', path: 'a', content: 'base of a' })
  world.act(0, { do: 'mkdir', path: 'd' })
  world.act(0, { do: 'write', path: 'd/x', content: 'base of d/x' })
  const story = [`${deaths.whose} ${deaths.kind}, ${apart ? 'apart' : 'together'}, number ${number}`]
  expect(await world.rest(), story[0]).toEqual([])
  if (apart) world.connect(false)
  let gone: readonly string[] = []
  for (const [nth, { device, plan }] of steps.entries()) {
    const deed = plan(`by ${device} as number ${nth}`)
    if (!world.canDo(device, deed)) continue
    story.push(`${device}: ${JSON.stringify(deed)}`)
    if (!apart) gone = goneAfter(world, device, deed, gone)
    world.act(device, deed)
    const dying = world.at(deaths.whose === 'its own' ? device : 1 - device)
    dying.light((number + nth * 13) % CALLS, deaths.kind)
    await world.pass(2_500)
    if (!dying.running) tally.deaths++
    else dying.light(-1, deaths.kind)
    await world.start()
    if (apart) continue
    expect(await world.rest(), story.join('\n')).toEqual([])
    if (!world.hasForgotten) expect(backAgain(world, gone), story.join('\n')).toEqual([])
  }
  world.connect(true)
  expect(await world.rest(), story.join('\n')).toEqual([])
  tally.cases++
  if (shapeOf(world.at(0)).some((line) => line.includes('(conflict '))) tally.copies++
}

/** Paths that were deleted where everybody could see them, and that nobody made again. */
function goneAfter(world: SmallWorld, device: number, deed: Deed, before: readonly string[]): string[] {
  if (deed.do === 'nothing') return [...before]
  const made = deed.do === 'move' ? deed.to : deed.path
  const left = before.filter((path) => !isWithin(path, made) && !isWithin(made, path))
  if (deed.do !== 'remove') return left
  const removed = shapeOf(world.at(device)).map((line) => line.slice(0, line.indexOf('|')))
  return [...left, ...removed.filter((path) => isWithin(path, deed.path))]
}

function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`)
}

function backAgain(world: SmallWorld, gone: readonly string[]): string[] {
  return shapeOf(world.at(0)).filter((line) => gone.includes(line.slice(0, line.indexOf('|'))))
}

/** Every history of this length, or each `stride`th of them. */
async function checkAll(length: number, stride: number): Promise<void> {
  const tally: Tally = { cases: 0, deaths: 0, copies: 0 }
  let number = 0
  for (const steps of sequences(length))
    for (const deaths of DEATHS)
      for (const apart of [false, true]) {
        number++
        if (number % stride === 0) await play({ steps, deaths, apart, number }, tally)
      }
  console.log(
    `${length} changes: ${tally.cases} histories, ${tally.deaths} deaths, ${tally.copies} with copies`,
  )
  expect(tally.cases).toBeGreaterThan(0)
  expect(tally.deaths).toBeGreaterThan(tally.cases / 4)
}

const HOURS_MS = 2 * 3_600_000

test('whole nodes come well through every change with a death after it', () => checkAll(1, 1))

test('whole nodes come well through two changes with a death after each', async () => {
  await checkAll(2, amount({ short: 7, long: 1 }))
})

test(
  'whole nodes come well through three changes with a death after each',
  () => checkAll(3, amount({ short: 111, long: 1 })),
  HOURS_MS,
)
