/**
 * Plants one fault into a copy of the source and lets the simulator look for it. Promises to leave
 * the source alone, and an error when the patch does not fit. By hand:
 * node test/simulation/plant.ts "name of the fault" [seeds] [steps].
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { FAULTS } from './faults.ts'
import { simulate } from './world.ts'
import type { Edit, PlantedFault } from './faults.ts'

const PROJECT = join(import.meta.dirname, '../..')

/** A fault that makes the simulator run for ever proves nothing either. */
const HANG_MS = 180_000

export interface Hunt {
  readonly found: boolean
  /** What the simulator printed. */
  readonly report: string
}

export async function hunt(fault: PlantedFault, seeds: number, steps: number): Promise<Hunt> {
  const copy = join(PROJECT, '.tmp/faults', fault.name.replaceAll(/[^a-z]+/gi, '-'))
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  try {
    cpSync(join(PROJECT, 'src'), join(copy, 'src'), { recursive: true })
    for (const part of fault.foundBy === undefined
      ? ['test/simulation']
      : ['test', 'vitest.config.ts', 'package.json'])
      cpSync(join(PROJECT, part), join(copy, part), { recursive: true })
    for (const edit of [fault, ...(fault.and ?? [])])
      plant(edit, fault.name, join(copy, 'src/node', edit.file))
    if (fault.foundBy !== undefined) return await testIn(copy, fault.foundBy, fault.foundByTest)
    const hunted = await simulateIn(copy, fault, seeds, fault.steps ?? steps)
    const seed = /^seed (\d+) FAILED$/m.exec(hunted.report)?.[1]
    if (seed !== undefined) await checkHealthy(fault, Number(seed), fault.steps ?? steps)
    return hunted
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** What became of a world without any fault: several faults are found in the same one. */
const HEALTHY = new Map<string, ReturnType<typeof simulate>>()

/** What fails without the fault is no find, but a fault of ours. */
async function checkHealthy(
  { temper, decisions, rot, strikes, packs, features }: PlantedFault,
  seed: number,
  steps: number,
): Promise<void> {
  const world = { seed, devices: 3, steps, temper, decisions, rot, strikes, packs, features }
  const name = JSON.stringify(world)
  const simulated = HEALTHY.get(name) ?? simulate(world)
  HEALTHY.set(name, simulated)
  const { problems } = await simulated
  if (problems.length > 0) throw new Error(`seed ${seed} fails without any fault: ${problems.join('; ')}`)
}

function plant(edit: Edit, name: string, file: string): void {
  writeFileSync(file, planted(edit, name, file))
}

function planted({ find, replace }: Edit, name: string, file: string): string {
  const source = readFileSync(file, 'utf8')
  const times = source.split(find).length - 1
  if (times !== 1) throw new Error(`the patch "${name}" fits ${times} times in ${file}`)
  return source.replace(find, () => replace)
}

/** An error when a patch of the fault does not fit the source as it is. */
export function checkFits(fault: PlantedFault): void {
  for (const edit of [fault, ...(fault.and ?? [])])
    planted(edit, fault.name, join(PROJECT, 'src/node', edit.file))
}

function simulateIn(
  copy: string,
  { temper, decisions, rot, strikes, packs, features = [] }: PlantedFault,
  seeds: number,
  steps: number,
): Promise<Hunt> {
  const sim = join(copy, 'test/simulation/sim.ts')
  const size = ['--seed', '1', '--seeds', String(seeds), '--steps', String(steps)]
  const kind = [...(temper ? ['--temper', temper] : []), ...(decisions ? ['--decisions'] : [])]
  if (rot) kind.push('--rot')
  if (strikes) kind.push('--strikes')
  if (packs) kind.push('--packs')
  if (features.length > 0) kind.push('--features', features.join(','))
  const found = /^seed \d+ FAILED$/m
  return run([sim, ...size, ...kind, '--until-failure', '--quiet'], copy, found)
}

/** The test goes green without the fault: other runs see to that. */
function testIn(copy: string, file: string, title?: string): Promise<Hunt> {
  const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
  return run(
    [vitest, 'run', '--root', copy, '--bail', '1', file, ...(title ? ['-t', title] : [])],
    copy,
    /Tests .*\d+ failed/,
  )
}

function run(words: readonly string[], cwd: string, found: RegExp): Promise<Hunt> {
  const child = spawn(process.execPath, words, { cwd, timeout: HANG_MS })
  let report = ''
  child.stdout.on('data', (bytes: Buffer) => (report += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (report += bytes.toString()))
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      const isFound = found.test(stripVTControlCharacters(report))
      // A copy that does not even run proves nothing.
      if (isFound || code === 0) resolve({ found: isFound, report })
      else reject(new Error(`the copy did not run: ${report}`))
    })
  })
}

if (import.meta.main) {
  const [name, seeds = '40', steps = '200'] = process.argv.slice(2)
  for (const fault of FAULTS.filter((one) => !name || one.name === name)) {
    const start = performance.now()
    const { found, report } = await hunt(fault, Number(seeds), Number(steps)).catch((error: unknown) => {
      return { found: false, report: String(error) }
    })
    const seconds = ((performance.now() - start) / 1_000).toFixed(1)
    console.log(`${found ? 'found ' : 'MISSED'} ${seconds} s  ${fault.name}`)
    if (name || !found) console.log(report.slice(0, 1_500))
    else console.log(`    ${report.split('\n').slice(0, 2).join(' ').slice(0, 180)}`)
  }
}
