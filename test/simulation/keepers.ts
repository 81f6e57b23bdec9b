/**
 * People who change what a folder sends and takes, guard it tightly, and decide about what is held back,
 * while everything else goes on. Promises that what they give up is remembered as theirs to lose, and
 * that `end` lets every folder go both ways again with nothing held. Draws from a random source of its own.
 */
import { codeOf } from '../../src/node/base/errors.ts'
import type { Random } from '../../src/node/base/random.ts'
import { FOLDER } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries, hashOf } from './people.ts'
import type { People } from './people.ts'

const MODES = ['send-receive', 'send-receive', 'send-only', 'receive-only'] as const
const GUARDS = [null, { percent: 100, least: 0, most: 1 }, { percent: 20, least: 1, most: 3 }] as const
/** Of a hundred steps, in how many somebody does something. */
const SHARE = 12
/** What the app answers when the folder is not what it was a moment ago, or its disk cannot be written. */
const ORDINARY = [
  ...['HELD_GROUP_NOT_FOUND', 'FOLDER_NOT_OPEN', 'FOLDER_NOT_FOUND', 'FOLDER_MARKER_MISSING', 'IO_ERROR'],
  ...['FOLDER_PATH_MISSING', 'PERMISSION_DENIED', 'DISK_FULL', 'DISK_READ_ONLY', 'FOLDER_ROOT_CHANGED'],
]

export interface KeepersParts {
  readonly random: Random
  readonly devices: readonly SimDevice[]
  readonly people: People
  readonly count: (event: string) => void
  readonly note: (line: string) => void
}

export class Keepers {
  readonly problems: string[] = []
  readonly #parts: KeepersParts

  constructor(parts: KeepersParts) {
    this.#parts = parts
  }

  /** What is begun may never end: programs die. */
  act(): void {
    const { random, devices } = this.#parts
    if (random.below(100) >= SHARE) return
    const device = pick(random, devices)
    const deed = random.below(2) === 0 ? this.#setPolicy(device) : this.#decide(device)
    deed.catch((error: unknown) => {
      if (!ORDINARY.includes(codeOf(error)))
        this.problems.push(`${device.name} could not decide: ${String((error as Error).stack)}`)
    })
  }

  /** Both ways, unguarded, and whatever is held passes: how many groups. */
  async end(): Promise<number> {
    let passed = 0
    for (const { node } of this.#parts.devices) {
      await node?.setFolder(FOLDER, { mode: 'send-receive', guard: null })
      const groups = (await node?.listHeld(FOLDER)) ?? []
      for (const group of groups) await node?.decideHeld(FOLDER, group.id, 'approve')
      passed += groups.length
    }
    return passed
  }

  async #setPolicy({ node, name }: SimDevice): Promise<void> {
    const { random, count, note } = this.#parts
    const [mode, guard] = [pick(random, MODES), pick(random, GUARDS)]
    note(`${name} is ${mode}, guard ${guard?.most ?? 'off'}`)
    await node?.setFolder(FOLDER, { mode, guard })
    count(`mode set: ${mode}`)
  }

  async #decide(device: SimDevice): Promise<void> {
    const { random, count, note } = this.#parts
    const { node, name } = device
    const groups = (await node?.listHeld(FOLDER)) ?? []
    if (!node || groups.length === 0) return
    const group = pick(random, groups)
    const decision = group.cause === 'mass-change' && random.below(2) === 0 ? 'approve' : 'reject'
    const { changes } = await node.listHeldChanges(FOLDER, group.id, { limit: 1_000 })
    const some = changes.map(({ path }) => path).filter(() => random.below(2) === 0)
    const paths = random.below(3) === 0 && some.length > 0 ? some : undefined
    note(`${name} ${decision}s ${group.id} ${paths?.join(' ') ?? 'all'}`)
    const given = paths ?? changes.map(({ path }) => path)
    if (decision === 'reject') this.#giveUp(given)
    await node.decideHeld(FOLDER, group.id, decision, paths)
    // What came to the device while it was being decided was decided as well.
    if (decision === 'reject') this.#giveUp(given)
    count(`held: ${decision} ${group.cause} ${group.direction}`)
  }

  /** What is at and below these paths anywhere may give way: to what is here, or to what is there. */
  #giveUp(paths: readonly string[]): void {
    const { devices, people } = this.#parts
    for (const device of devices)
      for (const { path, content } of entries(device))
        if (content && paths.some((given) => path === given || path.startsWith(`${given}/`)))
          people.displaced.add(hashOf(content))
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!
}
