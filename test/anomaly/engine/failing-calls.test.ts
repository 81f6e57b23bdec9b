/**
 * Call 1, 2, 3 ... of a device to its disk, or to its database, fails, until a run has no such call:
 * while it scans, receives and places at once; a write also when half of its bytes are there. It heals by itself, or after a kill and a new start, and
 * then the devices agree, nothing is lost, nothing was invented.
 */
import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import type { Failing, SimDevice } from '../../simulation/device.ts'
import { SmallWorld } from '../../simulation/small-world.ts'
import { amount } from '../../support/tier.ts'

interface Plan {
  readonly of: Failing
  readonly code: ErrorCode
  readonly dies: boolean
  /** Every so many calls one is tried in the short run, the long one tries them all. */
  readonly stride: number
}

const PLANS: readonly Plan[] = [
  { of: 'disk', code: 'IO_ERROR', dies: false, stride: 29 },
  { of: 'disk', code: 'IO_ERROR', dies: true, stride: 37 },
  { of: 'disk', code: 'DISK_FULL', dies: false, stride: 37 },
  { of: 'disk', code: 'PERMISSION_DENIED', dies: true, stride: 43 },
  { of: 'write', code: 'DISK_FULL', dies: false, stride: 2 },
  { of: 'write', code: 'IO_ERROR', dies: true, stride: 2 },
  { of: 'database', code: 'IO_ERROR', dies: false, stride: 13 },
  { of: 'database', code: 'IO_ERROR', dies: true, stride: 17 },
  { of: 'database', code: 'DISK_FULL', dies: true, stride: 19 },
]

/** A run has more than so many of them, or it is not the run that is meant: 325, 17 and 113 were counted. */
const CALLS: Readonly<Record<Failing, number>> = { disk: 300, write: 14, database: 100 }

test.each(PLANS)(
  'a $of call that fails with $code loses nothing (killed afterwards: $dies)',
  async (plan) => {
    const wrong: string[] = []
    const stride = amount({ short: plan.stride, long: 1 })
    let tried = 0
    for (let call = 0; ; call += stride) {
      const { hasFailed, problems } = await runWith(plan, call)
      if (!hasFailed) break
      tried++
      wrong.push(...problems.map((problem) => `call ${call}: ${problem}`))
    }
    expect(wrong).toEqual([])
    expect(tried * stride, 'calls that were reached').toBeGreaterThan(CALLS[plan.of])
  },
)

/** A start that fails is tried again by whoever started it. */
async function restart(world: SmallWorld, device: SimDevice): Promise<void> {
  for (let failed = false; ; failed = device.hasFailed) {
    const before = device.hasFailed
    device.die('kill')
    await world.start()
    if (before === device.hasFailed || failed) return
  }
}

/** What each of two devices did while they could not hear each other is carried out under the failure. */
async function runWith(
  { of, code, dies }: Plan,
  call: number,
): Promise<{ hasFailed: boolean; problems: readonly string[] }> {
  const world = new SmallWorld(['A', 'B'], 1)
  await world.start()
  for (const path of ['a', 'b', 'gone', 'moved'])
    world.act(0, { do: 'write', path, content: `first ${path}` })
  world.act(0, { do: 'mkdir', path: 'd' })
  world.act(0, { do: 'write', path: 'd/x', content: 'x' })
  expect(await world.rest()).toEqual([])
  world.connect(false)
  world.act(0, { do: 'write', path: 'a', content: 'a by A' })
  world.act(0, { do: 'remove', path: 'gone' })
  world.act(0, { do: 'move', path: 'd', to: 'e' })
  world.act(0, { do: 'mkdir', path: 'b' })
  world.act(0, { do: 'link', path: 'l', target: 'a' })
  await world.pass(30_000)
  const device = world.at(1)
  device.failCall(of, call, code)
  world.act(1, { do: 'write', path: 'a', content: 'a by B' })
  world.act(1, { do: 'write', path: 'd/y', content: 'y by B' })
  world.act(1, { do: 'chmod', path: 'moved', mode: 0o600 })
  world.connect(true)
  await world.pass(2_000)
  if (dies) await restart(world, device)
  // A folder that could not be opened is tried again after a while.
  await world.pass(30_000)
  for (;;) {
    const before = device.hasFailed
    const problems = await world.rest()
    // What fails in the last look is healed by the next one.
    if (before === device.hasFailed) return { hasFailed: device.hasFailed, problems }
  }
}
