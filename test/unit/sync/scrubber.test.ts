/** What is suspected is looked at, whatever is wrong with another folder. */
import { expect, onTestFinished, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { openInlineJob } from '../../../src/node/base/job-hosts.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import type { FolderSync } from '../../../src/node/sync/folder-sync.ts'
import { ensureMarker } from '../../../src/node/sync/marker.ts'
import { PathLocks } from '../../../src/node/sync/path-locks.ts'
import { Scrubber } from '../../../src/node/sync/scrubber.ts'

const MINUTE_MS = 60_000

/** Folders of these names on one disk; `looks` are the paths that were found to be the scan's matter. */
async function scrubbing(names: readonly string[]) {
  const clock = createFakeClock()
  const random = seededRandom(1)
  const disk = createMemoryDisk({ clock, random })
  const looks: string[] = []
  const folders = await Promise.all(names.map((name) => open(name)))
  async function open(name: string): Promise<FolderSync> {
    disk.user.mkdir(`/${name}`)
    const root = await disk.fileSystem.openRoot(`/${name}`)
    await ensureMarker(root, name, random)
    const heldButGone = (path: string) => ({
      announced: { record: { path, kind: 'file', deleted: false }, stance: 'holds' },
      disk: { stat: {}, racy: false },
    })
    const index = openInlineJob({
      scrubProgress: async () => undefined,
      setScrubProgress: async () => {},
      damaged: async () => [],
      local: async ({ paths }: { paths: readonly string[] }) => paths.map(heldButGone),
    })
    const rootStat = await root.lstat('')
    const context = { ...{ folder: name, root, rootStat, index, clock }, locks: new PathLocks() }
    const progress = { firstScanFinished: true, scanning: false }
    const look = (path: string) => void looks.push(`${name}/${path}`)
    return { folder: name, context, progress, look } as unknown as FolderSync
  }
  const scrubber = new Scrubber({
    ...{ clock, log: silentLog(), settings: { bytesPerSecond: 1e6, everyMs: 0 } },
    ...{ folders: () => folders, isMoving: () => false, restated: () => {}, changed: () => {} },
  })
  scrubber.start()
  onTestFinished(() => scrubber.stop())
  await clock.advance(0)
  return { clock, disk, looks, scrubber }
}

test('a folder whose root is gone keeps its suspects until it is back, and no other folder waits for it', async () => {
  const { clock, disk, looks, scrubber } = await scrubbing(['lost', 'well'])
  disk.user.rename('/lost', '/elsewhere')
  disk.user.mkdir('/lost')
  for (const folder of ['lost', 'well']) scrubber.suspect(folder, 'file')
  await clock.advance(MINUTE_MS)
  expect(looks).toEqual(['well/file'])
  scrubber.suspect('well', 'another')
  await clock.advance(MINUTE_MS)
  expect(looks).toEqual(['well/file', 'well/another'])
  disk.user.remove('/lost')
  disk.user.rename('/elsewhere', '/lost')
  await clock.advance(30 * MINUTE_MS)
  expect(looks).toEqual(['well/file', 'well/another', 'lost/file'])
})
