/**
 * The simulator's command line: npm run sim -- --seed N [--seeds K] [--devices D] [--steps S] [--temper mixed|deadly|torn|stormy]
 * [--decisions] [--keepers] [--packs] [--rot [--strikes]] [--features all|clocks,backups,...] [--until-failure] [--quiet] [--trace] [--log]. Prints what rare things happened, what is wrong, and as its last line the hash
 * of the trace (of all traces together with --seeds). Exit code 1 when an invariant broke.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { FEATURES } from './calamity.ts'
import { simulate, TEMPER_NAMES } from './world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    devices: { type: 'string', default: '3' },
    steps: { type: 'string', default: '500' },
    temper: { type: 'string' },
    decisions: { type: 'boolean', default: false },
    rot: { type: 'boolean', default: false },
    strikes: { type: 'boolean', default: false },
    keepers: { type: 'boolean', default: false },
    packs: { type: 'boolean', default: false },
    features: { type: 'string', default: '' },
    trace: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    'until-failure': { type: 'boolean', default: false },
  },
})

const first = Number(values.seed)
const totals = new Map<string, number>()
const hashes = createHash('sha256')
let failed = 0
let lastHash = ''
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const result = await simulate({
    seed,
    devices: Number(values.devices),
    steps: Number(values.steps),
    temper: TEMPER_NAMES.find((name) => name === values.temper),
    decisions: values.decisions,
    rot: values.rot,
    strikes: values.strikes,
    keepers: values.keepers,
    packs: values.packs,
    features: FEATURES.filter(
      (name) => values.features === 'all' || values.features.split(',').includes(name),
    ),
    ...(values.trace && { onTrace: (line: string) => console.log(line) }),
    ...(values.log && { onLog: (line: string) => console.log(line) }),
  })
  for (const [event, times] of result.counts) totals.set(event, (totals.get(event) ?? 0) + times)
  if (result.problems.length > 0) {
    failed++
    console.log(`seed ${seed} FAILED`)
    for (const problem of result.problems.slice(0, 20)) console.log(`  ${problem}`)
  }
  hashes.update(result.traceHash)
  lastHash = result.traceHash
  if (failed > 0 && values['until-failure']) break
}
if (!values.quiet) {
  for (const [event, times] of [...totals].toSorted()) console.log(`${String(times).padStart(8)}  ${event}`)
}
console.log(`${values.seeds} seeds, ${failed} failed`)
console.log(Number(values.seeds) === 1 ? lastHash : hashes.digest('hex'))
process.exitCode = failed > 0 ? 1 : 0
