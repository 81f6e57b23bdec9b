/**
 * Disks that spoil what lies on them. Promises that only files at rest are spoiled, each on fewer devices
 * than hold it, so that all of them can be mended; the same files for the same seed. What was spoiled
 * must never be seen on another device: nobody wrote it.
 */
import type { Random } from '../../src/node/base/random.ts'
import { FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries, find, hashOf } from './people.ts'
import type { People } from './people.ts'

/** What lies spoiled on a device, and nobody has found yet. */
interface Spoiled {
  readonly device: SimDevice
  readonly path: string
  readonly position: number
  /** Hashes of what is there, and of what was. */
  readonly hash: string
  readonly whole: string
  /** Its ctime when it was spoiled. */
  readonly sinceNs: bigint
}

export class Rot {
  readonly #random: Random
  readonly #count: (event: string) => void
  /** Contents that lie well on one device at least. */
  readonly #safe = new Set<string>()
  readonly #people: People
  readonly #spoiled: Spoiled[] = []

  constructor(random: Random, people: People, count: (event: string) => void) {
    this.#random = random
    this.#people = people
    this.#count = count
  }

  /** Spoils some files; returns what and where. */
  spoil(devices: readonly SimDevice[]): string[] {
    const keeper = this.#pick(devices)
    this.#safe.clear()
    for (const { content } of entries(keeper)) if (content) this.#safe.add(hashOf(content))
    const spoiled: string[] = []
    for (const device of devices) {
      if (device === keeper) continue
      for (const { path, content } of entries(device)) {
        if (!content?.length || this.#random.below(3) > 0 || !this.#safe.has(hashOf(content))) continue
        if (!device.rot(path, this.#random.below(content.length))) continue
        this.#count('bit rot')
        spoiled.push(`${device.name}:${path}`)
      }
    }
    return spoiled
  }

  /** While life goes on: perhaps one file of another device that `keeper` has as well; returns which. */
  strike(devices: readonly SimDevice[], keeper: SimDevice): string | undefined {
    this.#mendHopeless(devices)
    const device = this.#pick(devices)
    if (device === keeper || !device.running || this.#random.below(2) > 0) return undefined
    const safe = new Set(entries(keeper).map(({ content }) => content && hashOf(content)))
    const needed = device.needed()
    const files = entries(device).filter(({ path, content }) => {
      // Between the last look at a file and what is done with it nobody finds anything.
      return content?.length && safe.has(hashOf(content)) && !needed.includes(path)
    })
    if (files.length === 0) return undefined
    const { path, content } = this.#pick(files)
    const position = this.#random.below(content?.length ?? 0)
    if (!device.rot(path, position)) return undefined
    this.#count('bit rot while life goes on')
    const whole = hashOf(content ?? new Uint8Array())
    const at = { device, path }
    this.#spoiled.push({ ...at, position, whole, hash: hashAt(at), sinceNs: touchedNs(at) })
    return `${device.name}:${path}`
  }

  /**
   * Somebody does something on the device. A spoiled file that they move, touch or write over by hand is
   * theirs as it is then: no program can tell what the disk did to it before from what they did.
   */
  duringDeed(device: SimDevice, deed: () => string): string {
    const before = this.#of(device).map((one) => ({ one, touchedNs: touchedNs(one) }))
    const done = deed()
    const after = new Set(this.#of(device))
    for (const { one, touchedNs: ns } of before)
      if (!after.has(one) || touchedNs(one) !== ns) this.#becomesTheirs(one)
    return done
  }

  /** Without a database what lies there is all that is known of it. */
  forgotten(device: SimDevice): void {
    for (const one of this.#of(device)) this.#becomesTheirs(one)
  }

  /**
   * The twin of a disk may lose a link in a power cut and keep the ctime that it moved, where file systems with
   * a journal lose both or none: nothing tells then that it was not somebody who touched the file.
   */
  powerWasCut(device: SimDevice): void {
    for (const one of this.#of(device)) if (touchedNs(one) !== one.sinceNs) this.#becomesTheirs(one)
  }

  /** What nobody has whole any more, since somebody wrote over it, stays damaged for good: such a disk recovers. */
  #mendHopeless(devices: readonly SimDevice[]): void {
    const whole = new Set(devices.flatMap(entries).map(({ content }) => content && hashOf(content)))
    for (const one of devices.flatMap((device) => this.#of(device))) {
      if (whole.has(one.whole)) continue
      one.device.disk.user.rot(`${FOLDER_PATH}/${one.path}`, one.position)
      this.#count('bit rot that nobody can mend')
    }
  }

  /** What still lies spoiled there. */
  #of(device: SimDevice): Spoiled[] {
    return this.#spoiled.filter((one) => one.device === device && hashAt(one) === one.hash)
  }

  #becomesTheirs({ device, path, hash, whole }: Spoiled): void {
    this.#count('bit rot changed by hand')
    this.#people.written.set(hash, `${device.name}:${path} spoiled`)
    for (const gone of [hash, whole]) this.#people.displaced.add(gone)
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!
  }
}

function hashAt({ device, path }: Pick<Spoiled, 'device' | 'path'>): string {
  return hashOf(find(device, path)?.content ?? new Uint8Array())
}

function touchedNs({ device, path }: Pick<Spoiled, 'device' | 'path'>): bigint {
  return device.disk.user.touchedNs(`${FOLDER_PATH}/${path}`)
}
