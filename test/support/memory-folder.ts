/**
 * A folder on a memory disk whose power a test can cut at any call. Promises that the same seed
 * and the same calls give the same disk.
 */
import { seededRandom } from '../../src/node/base/random.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { FolderRoot } from '../../src/node/fs/file-system.ts'
import { handClock } from './versions.ts'

export interface MemoryFolder {
  readonly disk: MemoryDisk
  readonly clock: ReturnType<typeof handClock>
  /** Opens the folder anew, as after a restart. */
  open(): Promise<FolderRoot>
  /**
   * Runs `work` and cuts the power before its call number `cutAt`, counted from 1. True when it
   * came to that; the calls of `work` are never answered then.
   */
  endsInPowerCut(cutAt: number, work: () => Promise<void>): Promise<boolean>
}

type Settings = NonNullable<Parameters<typeof createMemoryDisk>[1]>

export function memoryFolder(seed: number, settings: Partial<Settings> = {}): MemoryFolder {
  const clock = handClock()
  let beforeCall = (): void => undefined
  const yieldNow = async (): Promise<void> => beforeCall()
  const disk = createMemoryDisk({ clock, random: seededRandom(seed), yieldNow }, settings)
  disk.user.mkdir('/folder')

  async function endsInPowerCut(cutAt: number, work: () => Promise<void>): Promise<boolean> {
    let calls = 0
    const isDark = new Promise<boolean>((resolve) => {
      beforeCall = () => {
        if (++calls !== cutAt) return
        disk.crash()
        resolve(true)
      }
    })
    const ended = await Promise.race([work().then(() => false), isDark])
    beforeCall = () => undefined
    return ended
  }

  return { disk, clock, open: () => disk.fileSystem.openRoot('/folder'), endsInPowerCut }
}
