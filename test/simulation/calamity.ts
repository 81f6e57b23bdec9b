/**
 * What befalls devices besides what people do every day: clocks that jump, state and files put back
 * from a backup, folders that are unmounted for a while, rules that change, links that break and
 * stall, disks of other kinds, names that a disk takes for others, deaths between two calls to the
 * database, block lanes that break under way. Promises that each feature draws from a source of its own, so that a
 * world without it is what it always was, and that `end` undoes whatever would keep devices apart.
 */
import { codeOf } from '../../src/node/base/errors.ts'
import type { Random } from '../../src/node/base/random.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import type { Arrival, MemoryLab } from '../../src/node/net/memory-network.ts'
import { FAIR, FOLDER, FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'
import { Movers } from './movers.ts'
import { entries, find } from './people.ts'
import type { People } from './people.ts'
import { Spellers } from './spellings.ts'

/** A new one comes last: the dice of each go by its place. */
export const FEATURES = [
  ...(['clocks', 'backups', 'mounts', 'rules', 'moves', 'disks', 'lines', 'locks'] as const),
  ...(['spellings', 'commits', 'lanes'] as const),
] as const
export type Feature = (typeof FEATURES)[number]

const SECOND = 1_000
const YEAR = 365 * 24 * 3_600 * SECOND
/** Of a hundred steps, in how many each feature does something. */
const SHARE = 6
const AWAY = '/unmounted'
const RULES = [[], ['d'], ['note.txt', 'b'], ['/a', '!/a/b'], ['*']]
const KINDS_OF_DISK: readonly Partial<MemoryDiskSettings>[] = [
  {},
  { granularityNs: 2_000_000_000n, hardLinks: false },
  { granularityNs: 10_000_000n },
  { hardLinks: false },
]

export interface CalamityParts {
  readonly devices: readonly SimDevice[]
  readonly people: People
  readonly lab: MemoryLab
  readonly count: (event: string) => void
  readonly note: (line: string) => void
  /** Ends the program in order and lets `deed` happen before it starts again. */
  readonly whileStopped: (device: SimDevice, deed: () => void) => Promise<void>
}

/** The disk of each device, for worlds with disks of several kinds. */
export function diskOf(seed: number, index: number): Partial<MemoryDiskSettings> {
  return KINDS_OF_DISK[seededRandom(seed * 7 + index).below(KINDS_OF_DISK.length)]!
}

export class Calamity {
  /** What went wrong that must not. */
  readonly problems: string[] = []
  readonly #parts: CalamityParts
  readonly #acts: readonly (readonly [Random, (random: Random) => Promise<void> | void])[]
  readonly #movers: Movers
  readonly #spellers: Spellers
  /** Block answers until a lane breaks behind one; negative: never. */
  #blocksToLoss = -1

  constructor(seed: number, features: readonly Feature[], parts: CalamityParts) {
    this.#parts = parts
    this.#movers = new Movers(parts.people)
    this.#spellers = new Spellers(parts.people)
    const deeds: Record<Feature, (random: Random) => Promise<void> | void> = {
      clocks: (random) => this.#setClock(random),
      backups: (random) => this.#backUpOrRestore(random),
      mounts: (random) => this.#mountOrUnmount(random),
      rules: (random) => this.#setRules(random),
      moves: (random) => this.#move(random),
      disks: () => {},
      lines: (random) => this.#disturbLine(random),
      locks: (random) => this.#lockOrUnlock(random),
      spellings: (random) => this.#spell(random),
      commits: (random) => this.#lightFuse(random),
      lanes: (random) => void (this.#blocksToLoss = random.below(4)),
    }
    // Each its own dice: one feature more or less changes nothing for the others.
    this.#acts = features.map((name) => [seededRandom(seed * 31 + FEATURES.indexOf(name)), deeds[name]])
  }

  async act(): Promise<void> {
    for (const [random, deed] of this.#acts) if (random.below(100) < SHARE) await deed(random)
  }

  /** The lanes of a block that arrives break if anything else is under way there. */
  onArrival({ from, to, lane }: Arrival): void {
    if (lane !== 'fetch' || this.#blocksToLoss < 0 || this.#blocksToLoss-- > 0) return
    if (this.#parts.lab.loseBlocks(from, to) > 0)
      return this.#parts.count('block lanes lost with answers on their way')
    this.#blocksToLoss = 0
  }

  /** Everything that a person or time would put right. */
  end(): void {
    this.#blocksToLoss = -1
    this.#parts.lab.slowDown(20)
    for (const device of this.#parts.devices) if (device.isUnmounted) this.#mount(device)
  }

  /** Rules go while programs run: only then do they see it. */
  async forgetRules(): Promise<void> {
    for (const device of this.#parts.devices) await device.node?.setIgnore(FOLDER, [])
  }

  #device(random: Random): SimDevice {
    return pick(random, this.#parts.devices)
  }

  #tell(event: string, line: string): void {
    this.#parts.count(event)
    this.#parts.note(line)
  }

  #setClock(random: Random): void {
    const device = this.#device(random)
    device.skewMs = pick(random, [0, -YEAR, YEAR, 2 * SECOND, -2 * SECOND, -3_600 * SECOND, 1])
    this.#tell('clock: set', `clock ${device.name} ${device.skewMs}`)
  }

  async #backUpOrRestore(random: Random): Promise<void> {
    const device = this.#device(random)
    const { backup } = device
    if (device.isUnmounted) return
    if (!backup || random.below(3) === 0) {
      device.takeBackup(entries(device))
      return this.#tell('backup taken', `backup ${device.name}`)
    }
    const what = pick(random, ['database', 'home', 'files', 'files'] as const)
    this.#tell(`backup put back: ${what}`, `put back ${device.name} ${what} of ${backup.atMs.toFixed(0)}`)
    if (what === 'files') this.#putBackFiles(device, random)
    else await this.#parts.whileStopped(device, () => device.putBackState(backup, what))
  }

  /** Files only, over whatever is there; what came since stays or goes. */
  #putBackFiles(device: SimDevice, random: Random): void {
    const { people } = this.#parts
    const { user } = device.disk
    const saved = device.backup?.folder ?? []
    const paths = new Set(saved.map(({ path }) => path))
    if (random.below(2) === 0) {
      for (const { path, kind } of entries(device)) {
        if (kind === 'directory' || paths.has(path)) continue
        people.losing(device, path)
        user.remove(`${FOLDER_PATH}/${path}`)
      }
    }
    for (const { path, kind, content, mode, mtimeNs } of saved) {
      const there = find(device, path)
      const hasParent =
        !path.includes('/') || find(device, path.slice(0, path.lastIndexOf('/')))?.kind === 'directory'
      if (!hasParent || (there && there.kind !== kind)) continue
      if (kind === 'directory' && !there) user.mkdir(`${FOLDER_PATH}/${path}`, mode)
      if (kind !== 'file' || !content) continue
      people.losing(device, path)
      try {
        user.write(`${FOLDER_PATH}/${path}`, content, { mode, mtimeNs })
      } catch (error) {
        if (codeOf(error) !== 'DISK_FULL') throw error
      }
    }
  }

  #mountOrUnmount(random: Random): void {
    const device = this.#device(random)
    if (device.isUnmounted) return this.#mount(device)
    device.disk.user.rename(FOLDER_PATH, AWAY)
    device.filesAt = AWAY
    const isEmptyPoint = random.below(2) === 0
    if (isEmptyPoint) device.disk.user.mkdir(FOLDER_PATH)
    const how = isEmptyPoint ? 'an empty directory is left' : 'nothing is left'
    this.#tell(`folder unmounted: ${how}`, `unmount ${device.name}: ${how}`)
  }

  #mount(device: SimDevice): void {
    const point = device.disk.tree('/').filter(({ path }) => `/${path}`.startsWith(`${FOLDER_PATH}/`))
    for (const { path } of point)
      this.problems.push(`${device.name} wrote ${path} into the empty mount point`)
    device.disk.user.remove(FOLDER_PATH)
    device.disk.user.rename(AWAY, FOLDER_PATH)
    device.filesAt = FOLDER_PATH
    this.#tell('folder mounted again', `mount ${device.name}`)
  }

  #setRules(random: Random): void {
    const device = this.#device(random)
    const rules = pick(random, RULES)
    this.#tell('rules set', `rules ${device.name} ${rules.join(' ')}`)
    // It may be stopped, or die of it.
    device.node?.setIgnore(FOLDER, rules).catch(() => {})
  }

  #move(random: Random): void {
    const device = this.#device(random)
    if (device.isUnmounted) return
    const done = this.#movers.act(device, random)
    this.#tell(`deed: ${done.split(' ')[0]}`, `${device.name}: ${done}`)
  }

  #spell(random: Random): void {
    const device = this.#device(random)
    if (device.isUnmounted) return
    for (let deeds = 1 + random.below(3); deeds > 0; deeds--) {
      const done = this.#spellers.act(device, random)
      this.#tell(`deed: ${done.split(' ')[0]}`, `${device.name}: ${done}`)
    }
  }

  #lightFuse(random: Random): void {
    const device = this.#device(random)
    if (!device.running) return
    const kind = pick(random, ['crash', 'kill'] as const)
    device.lightAtDatabase(random.below(20), kind)
    this.#parts.note(`fuse at the database ${device.name} ${kind}`)
  }

  #disturbLine(random: Random): void {
    const { devices, lab } = this.#parts
    const one = this.#device(random)
    const other = pick(
      random,
      devices.filter((device) => device !== one),
    )
    if (random.below(3) === 0) {
      const ms = pick(random, [20, 20, 500, 5_000])
      lab.slowDown(ms)
      return this.#tell(ms > 20 ? 'lines: slow' : 'lines: fast', `lines ${ms}`)
    }
    const wasThere = lab.reset(one.id, other.id)
    this.#tell(`lines: ${wasThere ? 'broken' : 'none to break'}`, `reset ${one.name} ${other.name}`)
  }

  #lockOrUnlock(random: Random): void {
    const device = this.#device(random)
    const isLocked = device.weather.readOnly === true
    device.weather = isLocked ? FAIR : { errorsPerMille: 0, readOnly: true }
    this.#tell(isLocked ? 'disk writable again' : 'disk read-only', `lock ${device.name} ${!isLocked}`)
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!
}
