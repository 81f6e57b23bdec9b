/** What tests of packs and retention share: versions of a folder in memory, kept in order when told. */
import type { Clock } from '../../src/node/base/clock.ts'
import { openInlineJob } from '../../src/node/base/job-hosts.ts'
import { silentLog } from '../../src/node/base/log.ts'
import type { Log } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { hashHandle } from '../../src/node/durability/content.ts'
import { openVersion } from '../../src/node/durability/catalogue.ts'
import type { VersionId } from '../../src/node/durability/layout.ts'
import type { Version } from '../../src/node/durability/catalogue.ts'
import { Upkeep } from '../../src/node/durability/upkeep.ts'
import type { UpkeepSettings } from '../../src/node/durability/upkeep.ts'
import type { FileSystem, FolderRoot } from '../../src/node/fs/file-system.ts'
import { open as openBlockJob } from '../../src/node/store/block-job.ts'
import { allVersions } from './versions.ts'

export const DAY = 24 * 3_600_000
export const HOUR = 3_600_000

/** Takes in at once, and never for want of room. */
const EAGER: UpkeepSettings = {
  keepMs: 30 * DAY,
  sharePercent: 90,
  leaveFreeBytes: 0,
  settleMs: 0,
}

export interface UpkeepWorld {
  readonly fileSystem: FileSystem
  readonly root: FolderRoot
  readonly clock: Clock
  readonly settings?: Partial<UpkeepSettings>
  readonly seed?: number
  readonly log?: Log
  readonly isBusy?: () => boolean
  readonly isUnderWay?: (id: VersionId) => boolean
  /** Without it nobody waits. */
  readonly sleep?: Clock['sleep']
}

export function upkeepOn(world: UpkeepWorld): Upkeep {
  const { fileSystem, root, clock, settings = {}, seed = 1, log = silentLog() } = world
  const { isBusy = () => false, isUnderWay = () => false } = world
  const { sleep = async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted() } = world
  return new Upkeep({
    root,
    clock: { ...clock, sleep },
    blocks: openInlineJob(openBlockJob({ fileSystem })),
    random: seededRandom(seed + 1_000),
    log,
    settings: () => ({ ...EAGER, ...settings }),
    isBusy,
    isUnderWay,
  })
}

/** Path and true hash of everything that is kept and can be read, sorted. */
export async function keptContents(root: FolderRoot): Promise<string[]> {
  const versions = await allVersions(root)
  const read = await Promise.all(
    versions.map(async (version) => `${pathOf(version)} ${await hashNow(root, version)}`),
  )
  return read.sort()
}

function pathOf(version: Version): string {
  return version.origin === 'known' ? version.path : '?'
}

async function hashNow(root: FolderRoot, version: Version): Promise<string> {
  if (version.kind === 'symlink') return 'link'
  const handle = await openVersion(root, version)
  try {
    return (await hashHandle(handle)).contentHash
  } finally {
    await handle.close()
  }
}
