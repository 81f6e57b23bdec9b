/**
 * A folder on a memory disk whose calls a test can count, fail or end with a power cut. Promises
 * that the same seed and the same calls give the same disk.
 */
import { seededRandom } from '../../src/node/base/random.ts'
import type { PeerfoldError } from '../../src/node/base/errors.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { FolderRoot } from '../../src/node/fs/file-system.ts'
import { handClock } from './versions.ts'

export interface MemoryFolder {
  readonly disk: MemoryDisk
  readonly clock: ReturnType<typeof handClock>
  /** Opens the folder anew, as after a restart. */
  open(): Promise<FolderRoot>
  /** Calls so far. */
  calls(): number
  /** Called before every call with its number, counted from 1 since this was set. */
  onCall(
    hook: ((call: number, operation: string) => PeerfoldError | 'power cut' | undefined) | undefined,
  ): void
}

/** Thrown to the test by `untilPowerCut`, never seen by the engine: its calls stay unanswered. */
export const POWER_CUT = Symbol('power cut')

type Settings = NonNullable<Parameters<typeof createMemoryDisk>[1]>

export function memoryFolder(
  seed: number,
  settings: Partial<Settings> = {},
): MemoryFolder & {
  untilPowerCut<T>(work: () => Promise<T>): Promise<T | typeof POWER_CUT>
} {
  const clock = handClock()
  let calls = 0
  let hook: Parameters<MemoryFolder['onCall']>[0]
  let cut: () => void = () => undefined
  const disk: MemoryDisk = createMemoryDisk(
    {
      clock,
      random: seededRandom(seed),
      yieldNow: async (operation) => {
        const outcome = hook?.(++calls, operation)
        if (outcome === 'power cut') {
          disk.crash()
          cut()
        } else if (outcome !== undefined) throw outcome
      },
    },
    settings,
  )
  disk.user.mkdir('/folder')
  return {
    disk,
    clock,
    open: () => disk.fileSystem.openRoot('/folder'),
    calls: () => calls,
    onCall: (next) => {
      hook = next
      calls = 0
    },
    untilPowerCut: (work) => {
      const dark = new Promise<typeof POWER_CUT>((resolve) => (cut = () => resolve(POWER_CUT)))
      return Promise.race([work(), dark])
    },
  }
}
