/** Every twin of the disk under the one contract. Never tests what only one of them can do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { type DiskOptions, createDiskFileSystem } from '../../src/node/fs/disk-file-system.ts'
import { createFaultyFileSystem } from '../../src/node/fs/faulty-file-system.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import { type ContractSubject, fileSystemContract } from './file-system.contract.ts'

async function onDisk(options: DiskOptions): Promise<ContractSubject> {
  const directory = await mkdtemp(join(tmpdir(), 'peerfold-contract-'))
  return {
    fileSystem: createDiskFileSystem(options),
    directory,
    openHandles: () => readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length,
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

async function inMemory(): Promise<ContractSubject> {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) })
  disk.user.mkdir('/home/folder')
  return {
    fileSystem: disk.fileSystem,
    directory: '/home/folder',
    openHandles: () => disk.openHandles(),
    remove: async () => {},
  }
}

fileSystemContract('the disk', () => onDisk({}))
fileSystemContract('the blocking disk', () => onDisk({ blocking: true }))
fileSystemContract('the disk without descriptors', () => onDisk({ confinement: 'checks' }))
fileSystemContract('the blocking disk without descriptors', () =>
  onDisk({ blocking: true, confinement: 'checks' }),
)
fileSystemContract('the memory disk', inMemory)
fileSystemContract('a faulty file system without faults', async () => {
  const subject = await inMemory()
  return { ...subject, fileSystem: createFaultyFileSystem(subject.fileSystem).fileSystem }
})
