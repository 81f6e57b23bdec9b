/**
 * The block job in both of its worlds: inline on a memory disk, and in a worker on the real one.
 * Promises one folder with the same doors into it, and nothing left behind.
 */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openInlineJob, openWorkerJob } from '../../../src/node/base/job-hosts.ts'
import { systemClock } from '../../../src/node/base/clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import type { MemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import { BLOCK_JOB_URL, open } from '../../../src/node/store/block-job.ts'
import type { BlockJob, BlockOperations } from '../../../src/node/store/block-job.ts'

export interface BlockWorld {
  readonly job: BlockJob
  readonly root: string
  write(path: string, bytes: Uint8Array): Promise<void>
  read(path: string): Promise<Uint8Array>
  rename(from: string, to: string): Promise<void>
  /** Closes the job; throws when it left a file open. */
  end(): Promise<void>
}

export interface MemoryWorld extends BlockWorld {
  readonly disk: MemoryDisk
}

/** `onCall` sees every call of the engine before it happens. */
export async function memoryWorld(onCall?: (operation: string, path: string) => void): Promise<MemoryWorld> {
  const disk = createMemoryDisk({
    clock: systemClock(),
    random: seededRandom(1),
    yieldNow: async (operation, path) => onCall?.(operation, path),
  })
  disk.user.mkdir('/folder')
  const job = openInlineJob(open({ fileSystem: disk.fileSystem }))
  return {
    job,
    disk,
    root: '/folder',
    write: async (path, bytes) => {
      disk.user.mkdir(dirname(`/folder/${path}`))
      disk.user.write(`/folder/${path}`, bytes)
    },
    read: async (path) => disk.user.read(`/folder/${path}`),
    rename: async (from, to) => disk.user.rename(`/folder/${from}`, `/folder/${to}`),
    end: async () => {
      await job.close()
      if (disk.openHandles() !== 0) throw new Error(`${disk.openHandles()} handles were left open`)
    },
  }
}

export async function workerWorld(): Promise<BlockWorld> {
  const root = await mkdtemp(join(tmpdir(), 'peerfold-blocks-'))
  const job = openWorkerJob<BlockOperations>(BLOCK_JOB_URL, {}, { name: 'blocks' })
  return {
    job,
    root,
    write: async (path, bytes) => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), bytes)
    },
    read: async (path) => await readFile(join(root, path)),
    rename: (from, to) => rename(join(root, from), join(root, to)),
    end: async () => {
      await job.close()
      await rm(root, { recursive: true })
    },
  }
}
