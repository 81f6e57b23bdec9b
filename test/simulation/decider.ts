/**
 * People who decide conflicts in the app while everything else goes on. Promises that what they choose
 * against is remembered as theirs to lose, and nothing else, and that it must be parked all the same. Draws from a random source of its own, so
 * that a world without them is what it always was.
 */
import { codeOf } from '../../src/node/base/errors.ts'
import type { Random } from '../../src/node/base/random.ts'
import { FOLDER } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries, hashOf } from './people.ts'
import type { People } from './people.ts'

/** What the disk answers for the path: somebody may have written the name in other letters meanwhile. */
function contentAt(device: SimDevice, path: string): Uint8Array | undefined {
  const { caseInsensitive, normalizing } = device.disk.settings
  const known = (name: string): string => {
    const letters = normalizing ? name.normalize('NFC') : name
    return caseInsensitive ? letters.toLowerCase() : letters
  }
  return entries(device).find((entry) => known(entry.path) === known(path))?.content
}

const WAYS = ['original', 'copy', 'both'] as const
/** What the app answers when the folder is not what it was a moment ago, or cannot be written now. */
const ORDINARY = [
  ...['FILE_CHANGED', 'FILE_NOT_FOUND', 'FILE_EXISTS', 'FOLDER_NOT_OPEN', 'FOLDER_NOT_FOUND'],
  // The disk does not take the name that the copy is to get.
  'NAME_UNUSABLE',
]
const WEATHER = [
  'IO_ERROR',
  'PERMISSION_DENIED',
  'DISK_FULL',
  'DISK_READ_ONLY',
  'FOLDER_MARKER_MISSING',
  'FOLDER_PATH_MISSING',
]

export class Decider {
  /** What went wrong that must not. */
  readonly problems: string[] = []
  /** Hashes of what was parked by a decision: some device must have them at the end. */
  readonly parked = new Set<string>()
  readonly #random: Random
  readonly #people: People
  readonly #count: (event: string) => void

  constructor(random: Random, people: People, count: (event: string) => void) {
    this.#random = random
    this.#people = people
    this.#count = count
  }

  /** Begins a decision now and then; what was begun is told. It may never end: programs die. */
  act(devices: readonly SimDevice[], note: (line: string) => void): void {
    if (this.#random.below(4) > 0) return
    const device = devices[this.#random.below(devices.length)]
    if (!device?.node || device.isUnmounted) return
    this.#decide(device, note).catch((error: unknown) => {
      const code = codeOf(error)
      this.#count(`decision refused: ${code}`)
      if (![...ORDINARY, ...WEATHER].includes(code))
        this.problems.push(`${device.name} could not decide: ${String((error as Error).stack)}`)
    })
  }

  async #decide(device: SimDevice, note: (line: string) => void): Promise<void> {
    const { node } = device
    const status = await node?.status()
    const conflicts = status?.folders[0]?.conflicts ?? []
    const conflict = conflicts[this.#random.below(Math.max(1, conflicts.length))]
    const keep = WAYS[this.#random.below(WAYS.length)]
    if (!node || !conflict || !keep) return
    note(`${device.name} decides ${conflict.path}: ${keep}`)
    const before = this.#parked(device)
    const loser = keep === 'both' ? undefined : keep === 'copy' ? conflict.conflictOf : conflict.path
    const lost = loser === undefined ? undefined : contentAt(device, loser)
    if (lost) this.#people.displaced.add(hashOf(lost))
    const seen = { copy: conflict.copy.hash, original: conflict.original?.hash ?? '' }
    await node.resolveConflict(FOLDER, conflict.path, keep, seen)
    const after = this.#parked(device)
    const others = entries(device).filter(({ path }) => path !== loser)
    const elsewhere = new Set(others.flatMap(({ content }) => (content ? [hashOf(content)] : [])))
    if (lost && after.has(hashOf(lost))) this.parked.add(hashOf(lost))
    // Unless somebody took it away on the disk in that moment, or gave it another name.
    else if (
      lost &&
      after.size === before.size &&
      !this.#people.taken.has(hashOf(lost)) &&
      !elsewhere.has(hashOf(lost))
    )
      this.problems.push(`${device.name} decided ${conflict.path} (${keep}) and parked nothing`)
    this.#count(`decision: ${keep}`)
    note(`${device.name} decided ${conflict.path}`)
  }

  #parked(device: SimDevice): Set<string> {
    const all = device.disk.tree(device.filesAt).filter(({ path }) => path.startsWith('.peerfold/'))
    return new Set(all.flatMap(({ content }) => (content ? [hashOf(content)] : [])))
  }
}
