/**
 * Old contents that are taken into packs and let go while everything else goes on: hours pass in which
 * nobody does anything else, devices die in the middle, and people make room. Promises to remember what
 * lay in packs, and to say what of it is gone or another content though nobody let it go: a world is
 * over within a day of running, so no clock that jumps may. Draws from a random source of its own.
 */
import type { Random } from '../../src/node/base/random.ts'
import { codeOf } from '../../src/node/base/errors.ts'
import type { PeerfoldNode } from '../../src/node/node.ts'
import { PACKS } from '../../src/node/durability/layout.ts'
import { FOLDER } from './device.ts'
import type { SimDevice } from './device.ts'
import { keptOn } from './kept.ts'

/** Of a hundred steps, in how many something of this happens: what waits for minutes costs. */
const SHARE = 6
const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
/** Old contents are looked at two minutes after a start and every ten minutes; what is written then is old. */
const WAITS_MIN = [3, 11, 11, 45] as const
/** What the app answers when the folder is not what it was a moment ago, or its disk is ill. */
const ORDINARY = [
  ...['FOLDER_NOT_OPEN', 'FOLDER_NOT_FOUND', 'FOLDER_MARKER_MISSING', 'FOLDER_PATH_MISSING', 'DISK_FULL'],
  ...['IO_ERROR', 'PERMISSION_DENIED', 'DISK_READ_ONLY', 'FOLDER_ROOT_CHANGED'],
]

export interface PackersParts {
  readonly random: Random
  readonly devices: readonly SimDevice[]
  readonly count: (event: string) => void
  readonly note: (line: string) => void
  readonly pass: (ms: number) => Promise<void>
  /** What is let go by a person is no loss. */
  readonly mayPrune: boolean
}

export class Packers {
  readonly problems: string[] = []
  readonly #parts: PackersParts
  /** Per device: id and hash of everything that was seen in packs and that nobody let go. */
  readonly #seen = new Map<SimDevice, Map<string, string>>()
  /** A program that was asked to let something go, and has not answered. */
  readonly #pruning = new Map<SimDevice, PeerfoldNode>()

  constructor(parts: PackersParts) {
    this.#parts = parts
  }

  async act(): Promise<void> {
    const { random, devices, note, pass, mayPrune } = this.#parts
    if (random.below(100) >= SHARE) return
    const device = devices[random.below(devices.length)]!
    if (mayPrune && random.below(3) === 0) this.#prune(device)
    if (random.below(2) === 0) {
      const kind = random.below(2) === 0 ? 'kill' : 'crash'
      if (device.running) device.light(random.below(80), kind, PACKS)
      note(`fuse ${device.name} ${kind}, and time passes`)
    }
    await pass(WAITS_MIN[random.below(WAITS_MIN.length)]! * MINUTE_MS)
    await this.look()
  }

  /** Everything in packs is read, and compared with what was there before. */
  async look(): Promise<void> {
    for (const device of this.#parts.devices) {
      const { all, packed, problems } = await keptOn(device)
      this.problems.push(...problems)
      if (packed.size > 0) this.#parts.count('packs read')
      const seen = this.#seenOn(device)
      if (this.#isPruning(device)) seen.clear()
      else
        for (const [id, hash] of seen)
          if (all.get(id) !== hash)
            this.problems.push(`${device.name} no longer keeps ${id}: ${all.get(id)?.slice(0, 8)}`)
      if (!this.#isPruning(device)) for (const id of packed) seen.set(id, all.get(id)!)
    }
  }

  /** All that is due is done; then it is quiet. */
  async end(): Promise<void> {
    await this.#parts.pass(60 * MINUTE_MS)
    await this.look()
  }

  #prune(device: SimDevice): void {
    const { random, note, count } = this.#parts
    const { node } = device
    if (!node) return
    const olderThanDays = random.below(20) / DAY_MINUTES
    note(`${device.name} lets go what is older than ${olderThanDays} days`)
    this.#pruning.set(device, node)
    this.#seenOn(device).clear()
    node
      .pruneVersions(FOLDER, { olderThanDays, dryRun: false })
      .then(
        ({ versions }) => count(versions > 0 ? 'old contents let go by hand' : 'nothing let go by hand'),
        (error: unknown) => {
          if (!ORDINARY.includes(codeOf(error)))
            this.problems.push(`${device.name} could not prune: ${String((error as Error).stack)}`)
        },
      )
      .finally(() => {
        this.#seenOn(device).clear()
        this.#pruning.delete(device)
      })
  }

  /** A program that died does nothing any more. */
  #isPruning(device: SimDevice): boolean {
    const node = this.#pruning.get(device)
    return node !== undefined && node === device.node
  }

  #seenOn(device: SimDevice): Map<string, string> {
    const seen = this.#seen.get(device) ?? new Map<string, string>()
    this.#seen.set(device, seen)
    return seen
  }
}
