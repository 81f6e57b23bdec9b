/**
 * One folder as a node has it open, on a real disk, with everything but the network: index, versions,
 * locks, scans when the test asks for them. Call it inside a test.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/node/base/clock.ts'
import { openInlineJob } from '../../src/node/base/job-hosts.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { openConnection } from '../../src/node/db/connection.ts'
import { openArchive } from '../../src/node/files/archive.ts'
import { createDiskFileSystem } from '../../src/node/fs/disk-file-system.ts'
import type { FileSystem } from '../../src/node/fs/file-system.ts'
import { indexOperations } from '../../src/node/index/index-job.ts'
import { INDEX_STEPS } from '../../src/node/index/schema.ts'
import { open as openBlockJob } from '../../src/node/store/block-job.ts'
import { DecidedChanges } from '../../src/node/sync/decided-changes.ts'
import { DiskSpace } from '../../src/node/sync/disk-space.ts'
import { FolderErrors } from '../../src/node/sync/folder-errors.ts'
import { createIgnoreRules } from '../../src/node/sync/ignore-rules.ts'
import { ensureMarker } from '../../src/node/sync/marker.ts'
import { PathLocks } from '../../src/node/sync/path-locks.ts'
import type { FolderContext } from '../../src/node/sync/ports.ts'
import { Sight } from '../../src/node/sync/sight.ts'
import { scan } from '../../src/node/sync/scan.ts'
import { TransferLog } from '../../src/node/sync/transfers.ts'
import { walkOperations } from '../../src/node/sync/walk-job.ts'
import { SELF } from './index-folder.ts'

export interface SyncedFolder {
  readonly context: FolderContext
  readonly fileSystem: FileSystem
  /** Of the folder. */
  readonly path: string
  /** A directory beside it. */
  readonly outside: string
  /** Records what is on the disk. */
  scan(): Promise<void>
  /** The stamps of these are no longer too fresh to tell a later write, as if they were looked at again later. */
  settle(...paths: string[]): Promise<void>
}

export async function syncedFolder(devices: readonly string[] = ['b']): Promise<SyncedFolder> {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-test-'))
  const [path, outside] = [join(directory, 'folder'), join(directory, 'outside')]
  for (const made of [path, outside]) mkdirSync(made)
  const fileSystem = createDiskFileSystem()
  const root = await fileSystem.openRoot(path)
  const connection = openConnection({ file: ':memory:', steps: INDEX_STEPS })
  onTestFinished(async () => {
    connection.close()
    await root.close()
    rmSync(directory, { recursive: true })
  })
  const parts = { clock: systemClock(), random: seededRandom(1), log: silentLog() }
  const rootStat = await root.lstat('')
  if (!rootStat) throw new Error('the directory is gone')
  const index = openInlineJob(indexOperations(connection, SELF))
  await index.call('openFolder', { folder: 'f', devices, freshEpoch: 7 })
  await index.call('setRootDevice', { folder: 'f', device: rootStat.device })
  const errors = new FolderErrors()
  const rules = () => createIgnoreRules([])
  const context: FolderContext = {
    folder: 'f',
    root,
    rootStat,
    marker: await ensureMarker(root, 'f', parts.random),
    index,
    walks: openInlineJob(walkOperations(fileSystem, parts.clock.nowNs)),
    blocks: openInlineJob(openBlockJob({ fileSystem })),
    archive: await openArchive(root, parts),
    ...parts,
    self: { device: SELF, name: 'Self' },
    locks: new PathLocks(),
    decided: new DecidedChanges(),
    space: new DiskSpace(root, parts),
    errors,
    sight: new Sight({ folder: 'f', index, errors, rules }),
    transfers: new TransferLog(parts.clock),
    rules,
    otherRoots: () => new Map(),
    suspect: () => {},
  }
  const { signal } = new AbortController()
  return {
    context,
    fileSystem,
    path,
    outside,
    scan: async () => void (await scan(context, '', 'tree', { entries: 0 }, signal)),
    async settle(...paths) {
      const known = await index.call('local', { folder: 'f', paths })
      const rows = known.map((row) => {
        if (!row?.disk) throw new Error('settle() is for what was recorded')
        const { record, sequence } = row.announced
        return { path: record.path, disk: { ...row.disk, racy: false }, basedOn: sequence }
      })
      await index.call('refreshDisk', { folder: 'f', rows })
    },
  }
}
