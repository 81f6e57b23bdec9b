/** A program whose clock is set and that ends at any moment, and what it stamped. */
import type { Clock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { DAY_MS, isWithin } from '../../src/node/core/retention.ts'
import { ClockMemory } from '../../src/node/durability/clock-memory.ts'
import { memoryFolder } from './memory-folder.ts'
import type { MemoryFolder } from './memory-folder.ts'

const LOOK_MS = 10 * 60_000

export type Deed =
  { readonly does: 'run' | 'set' | 'end' | 'crash'; readonly ms: number } | { readonly does: 'park' }

/** Promises to know for how long it really ran, and when it stamped what. */
export class ClockLife {
  readonly #folder: MemoryFolder
  #wallMs = Date.UTC(2026, 0, 1)
  #ranMs = 0
  #memory: ClockMemory | undefined
  readonly #stamps: { atMs: number; ranMs: number }[] = []

  constructor(seed: number) {
    this.#folder = memoryFolder(seed)
  }

  /** 'set', 'end' and 'crash' move the clock by `ms`; 'run' looks at it every ten minutes. */
  async act(deed: Deed): Promise<void> {
    const memory = await this.#running()
    if (deed.does === 'park') {
      await memory.beforeStamp()
      this.#stamps.push({ atMs: Math.trunc(this.#wallMs), ranMs: this.#ranMs })
    } else if (deed.does === 'run') await this.#run(memory, deed.ms)
    else {
      this.#wallMs += deed.ms
      if (deed.does === 'crash') this.#folder.disk.crash()
      if (deed.does !== 'set') this.#memory = undefined
    }
  }

  /** Stamps of the last day of running that are not known as such. */
  async forgotten(): Promise<number[]> {
    const { lastDay } = await (await this.#running()).time()
    return this.#stamps
      .filter(({ atMs, ranMs }) => this.#ranMs - ranMs < DAY_MS && !isWithin(lastDay, atMs))
      .map(({ atMs }) => atMs)
  }

  /** How late retention is, and how much of long ago it takes for the last day. */
  async late(): Promise<{ ms: number; known: number }> {
    const { nowMs, lastDay } = await (await this.#running()).time()
    const old = this.#stamps.filter(({ atMs }) => Math.abs(this.#wallMs - atMs) > 3 * DAY_MS)
    return { ms: this.#wallMs - nowMs, known: old.filter(({ atMs }) => isWithin(lastDay, atMs)).length }
  }

  get writes(): number {
    return this.#folder.disk.writeCount()
  }

  async #running(): Promise<ClockMemory> {
    if (this.#memory !== undefined) return this.#memory
    const startedMs = this.#ranMs
    const clock: Clock = {
      ...this.#folder.clock,
      nowMs: () => this.#wallMs,
      monotonicMs: () => this.#ranMs - startedMs,
    }
    return (this.#memory = new ClockMemory({ root: await this.#folder.open(), clock, log: silentLog() }))
  }

  async #run(memory: ClockMemory, forMs: number): Promise<void> {
    for (let leftMs = forMs; leftMs > 0; leftMs -= LOOK_MS) {
      const stepMs = Math.min(leftMs, LOOK_MS)
      this.#wallMs += stepMs
      this.#ranMs += stepMs
      await memory.look()
    }
  }
}
