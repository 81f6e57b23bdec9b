/** One process of the soak: simulates the worlds it is given and tells what came of each. */
import { worldOf } from './rotation.ts'
import { simulate } from './world.ts'

export interface SoakOrder {
  readonly seed: number
  readonly steps: number
}

export interface SoakResult {
  readonly problems: readonly string[]
  readonly counts: readonly (readonly [event: string, times: number])[]
  /** Milliseconds of processor time. */
  readonly cpuMs: number
}

process.on('message', ({ seed, steps }: SoakOrder) => {
  const before = process.cpuUsage()
  simulate(worldOf(seed, steps)).then(
    ({ problems, counts }) => answer(problems, [...counts], before),
    (error: unknown) => answer([`the simulator threw: ${String((error as Error).stack)}`], [], before),
  )
})

function answer(
  problems: SoakResult['problems'],
  counts: SoakResult['counts'],
  before: NodeJS.CpuUsage,
): void {
  const { user, system } = process.cpuUsage(before)
  process.send?.({ problems, counts, cpuMs: (user + system) / 1_000 } satisfies SoakResult)
}
