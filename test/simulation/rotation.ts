/**
 * Which world belongs to a seed, where many are run: two to four devices, every temper, people who
 * decide conflicts, change modes or make room, disks that rot, and each thing that befalls devices, in
 * turn and together. Promises the same for the same seed. Worlds of two devices come most often: they
 * cost a third of one of four.
 */
import { FEATURES } from './calamity.ts'
import type { Feature } from './calamity.ts'
import { TEMPER_NAMES } from './world.ts'
import type { SimSettings } from './world.ts'

const DEVICES = [2, 3, 2, 4, 2, 3, 2]
/** Each comes in worlds of its own, the others take turns: so those without stay what they were. */
const OWN = ['spellings', 'commits', 'lanes']
const IN_TURN = FEATURES.filter((name) => !OWN.includes(name))

export function worldOf(seed: number, steps: number): SimSettings {
  return {
    seed,
    steps,
    devices: DEVICES[seed % DEVICES.length]!,
    temper: TEMPER_NAMES[seed % TEMPER_NAMES.length]!,
    decisions: seed % 5 === 0,
    features: featuresOf(seed),
    ...(seed % 13 === 1 && { rot: true }),
    // Minutes pass in these: one costs as much as three others.
    ...(seed % 39 === 2 && { packs: true }),
    // Who gives up what they wrote says so themselves; no other doubts are to be mixed with that.
    ...(seed % 13 === 3 && { keepers: true, decisions: false, features: [] }),
  }
}

/** None, one, two or all of them. */
function featuresOf(seed: number): readonly Feature[] {
  const index = Math.trunc(seed / 7)
  const one = IN_TURN[index % IN_TURN.length]!
  const other = IN_TURN[(index * 5 + 3) % IN_TURN.length]!
  const chosen: Feature[] = [...[[], [one], [one, other], IN_TURN][seed % 11 < 2 ? 0 : (seed % 3) + 1]!]
  if (seed % 9 === 1 || seed % 9 === 4) chosen.push('spellings')
  if (seed % 9 === 1 || seed % 9 === 7) chosen.push('commits')
  if (seed % 3 === 0 || seed % 9 === 7) chosen.push('lanes')
  return FEATURES.filter((name) => chosen.includes(name))
}

/** How to see that world again. */
export function commandFor(world: SimSettings): string {
  const { seed, devices, steps, temper, features = [] } = world
  const words = ['npm run sim --', `--seed ${seed}`, `--devices ${devices}`, `--steps ${steps}`]
  if (temper) words.push(`--temper ${temper}`)
  for (const kind of ['decisions', 'rot', 'packs', 'keepers'] as const)
    if (world[kind]) words.push(`--${kind}`)
  if (features.length > 0) words.push(`--features ${features.join(',')}`)
  return words.join(' ')
}
