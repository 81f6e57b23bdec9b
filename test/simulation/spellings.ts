/**
 * Disks that take several names for one or do not hold some, and people who write one name in several
 * ways. Promises that what is replaced is what a person there would see go, and to say of a path that a
 * device lacks whether its disk could not have it.
 */
import type { Random } from '../../src/node/base/random.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { isUnusableOnWindows } from '../../src/node/fs/awkward-names.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import { FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries, find } from './people.ts'
import type { People } from './people.ts'

const ORDINARY = 'takes names as they are'
const KINDS: Readonly<Record<string, Partial<MemoryDiskSettings>>> = {
  [ORDINARY]: {},
  'folds case': { caseInsensitive: true },
  normalizes: { normalizing: true },
  'folds and normalizes': { caseInsensitive: true, normalizing: true },
  'like NTFS': { caseInsensitive: true, windowsNames: true },
  'like FAT': {
    // With links: one that replaces a file where there are none is wanted for ever.
    ...{ caseInsensitive: true, windowsNames: true, hardLinks: false, granularityNs: 2_000_000_000n },
  },
}
const AWKWARD = ['con', 'a:b', 'b.', 'c ', 'Nul.txt', 'what?']

/** Why a device says that it cannot place something, where its disk is to blame. */
export const NAME_CODES = ['NAME_COLLISION', 'NAME_UNUSABLE']

/** Name and settings of the disk of one device of so many: one of them at least has its own way with names. */
export function spellingDisk(
  seed: number,
  index: number,
  devices: number,
): readonly [string, Partial<MemoryDiskSettings>] {
  const odd = seededRandom(seed * 11 + 1).below(devices)
  const random = seededRandom(seed * 11 + 2 + index)
  const names = Object.keys(KINDS).filter((name) => index !== odd || name !== ORDINARY)
  const name = index !== odd && random.below(2) === 0 ? ORDINARY : pick(random, names)!
  return [name, KINDS[name]!]
}

export class Spellers {
  readonly #people: People

  constructor(people: People) {
    this.#people = people
  }

  /** One deed; what it was. */
  act(device: SimDevice, random: Random): string {
    const deeds = [this.#save, this.#save, this.#respell, this.#respell, this.#makeDirectory, this.#awkward]
    const deed = [...deeds, this.#remove][random.below(deeds.length + 1)]!
    return this.#people.unlessRefused(() => deed.call(this, device, random))
  }

  #save(device: SimDevice, random: Random): string {
    const path = respelled(pick(random, entries(device))?.path, random)
    return path === undefined ? 'nothing' : this.#write(device, path, 'save-respelled')
  }

  #write(device: SimDevice, path: string, what: string): string {
    const there = find(device, path)
    if (there && there.kind !== 'file') return 'nothing'
    this.#people.losing(device, path)
    device.disk.user.write(absolute(path), this.#people.content(device, path))
    return `${what} ${path}`
  }

  #respell(device: SimDevice, random: Random): string {
    const entry = pick(random, entries(device))
    const to = respelled(entry?.path, random)
    const target = to === undefined ? undefined : find(device, to)
    if (!entry || to === undefined || (target && target.path !== entry.path)) return 'nothing'
    device.disk.user.rename(absolute(entry.path), absolute(to))
    return `respell ${entry.kind} ${entry.path} as ${to}`
  }

  #makeDirectory(device: SimDevice, random: Random): string {
    const path = respelled(pick(random, entries(device))?.path, random)
    if (path === undefined || find(device, path)) return 'nothing'
    device.disk.user.mkdir(absolute(path))
    return `mkdir-respelled ${path}`
  }

  #awkward(device: SimDevice, random: Random): string {
    const parent = pick(random, [undefined, ...entries(device).filter(({ kind }) => kind === 'directory')])
    const path = `${parent ? `${parent.path}/` : ''}${pick(random, AWKWARD)}`
    return this.#write(device, path, 'save-awkward')
  }

  /** One of two that some disk takes for one. */
  #remove(device: SimDevice, random: Random): string {
    const all = entries(device)
    const twins = all.filter((one) => all.some((other) => one !== other && alike(one.path, other.path)))
    const entry = pick(random, twins)
    if (!entry) return 'nothing'
    this.#people.losing(device, entry.path)
    device.disk.user.remove(absolute(entry.path))
    return `remove-one-spelling ${entry.path}`
  }
}

/** Whether the device's disk cannot have the path as it is there: something else has its name, or it holds no such name. */
export function mayLack(device: SimDevice, path: string): boolean {
  const { windowsNames } = device.disk.settings
  const names = path.split('/')
  return names.some((name, depth) => {
    const above = names.slice(0, depth + 1).join('/')
    const there = find(device, above)
    return (windowsNames && isUnusableOnWindows(name)) || (there !== undefined && there.path !== above)
  })
}

/** The last name written in another way; undefined where there is none. */
function respelled(path: string | undefined, random: Random): string | undefined {
  if (path === undefined) return undefined
  const slash = path.lastIndexOf('/') + 1
  const name = path.slice(slash)
  const ways = [name.toUpperCase(), name.toLowerCase(), name.normalize('NFD'), name.normalize('NFC')]
  const way = pick(
    random,
    ways.filter((one) => one !== name),
  )
  return way === undefined ? undefined : path.slice(0, slash) + way
}

function alike(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[random.below(Math.max(1, list.length))]
}

function absolute(path: string): string {
  return `${FOLDER_PATH}/${path}`
}
