/**
 * Disks that spoil what lies on them. Promises that only files at rest are spoiled, each on fewer devices
 * than hold it, so that all of them can be mended; the same files for the same seed. What was spoiled
 * must never be seen on another device: nobody wrote it.
 */
import type { Random } from '../../src/node/base/random.ts'
import type { SimDevice } from './device.ts'
import { entries, hashOf } from './people.ts'

export class Rot {
  readonly #random: Random
  readonly #count: (event: string) => void
  /** Contents that lie well on one device at least. */
  readonly #safe = new Set<string>()

  constructor(random: Random, count: (event: string) => void) {
    this.#random = random
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

  below(limit: number): number {
    return this.#random.below(limit)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!
  }
}
