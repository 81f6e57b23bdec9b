/**
 * What a simulated device keeps of old contents, as every reader finds it: through the catalogue, from
 * files and from packs. Promises to read a copy of what is on the disk at that moment, so that looking
 * disturbs no device and takes no time.
 */
import { createFakeClock } from '../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { hashVersion, packsOf, walkVersions } from '../../src/node/durability/catalogue.ts'
import { PACKS, VERSIONS } from '../../src/node/durability/layout.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { SimDevice } from './device.ts'

export interface Kept {
  /** Id of each version to the SHA-256 of its content, in hex. */
  readonly all: ReadonlyMap<string, string>
  /** Of those, what lies in packs only. */
  readonly packed: ReadonlySet<string>
  /** What cannot be read, and why. */
  readonly problems: readonly string[]
}

export function hasPacks(device: SimDevice): boolean {
  return device.disk.tree(device.filesAt).some(({ path }) => path.startsWith(`${PACKS}/`))
}

export async function keptOn(device: SimDevice): Promise<Kept> {
  const { fileSystem, user } = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) })
  user.mkdir('/copy')
  for (const { path, kind, content, target } of device.disk.tree(device.filesAt)) {
    if (!`${VERSIONS}/`.startsWith(`${path}/`) && !path.startsWith(`${VERSIONS}/`)) continue
    if (kind === 'directory') user.mkdir(`/copy/${path}`)
    else if (kind === 'symlink') user.symlink(target, `/copy/${path}`)
    else user.write(`/copy/${path}`, content ?? new Uint8Array())
  }
  const root = await fileSystem.openRoot('/copy')
  const packs = packsOf(root)
  const all = new Map<string, string>()
  const packed = new Set<string>()
  const problems: string[] = []
  const onProblem = ({ path, error }: { path: string; error: unknown }): void =>
    void problems.push(`${device.name} cannot read ${path}: ${String(error)}`)
  for await (const version of walkVersions(root, { onProblem })) {
    try {
      const { contentHash } = await hashVersion(root, version, undefined, packs)
      all.set(version.id, contentHash.slice('sha256:'.length))
      if (version.origin !== 'known' || version.parked) continue
      packed.add(version.id)
      if (contentHash !== version.packed?.contentHash)
        problems.push(`${device.name} keeps another content as ${version.id} of ${version.path}`)
    } catch (error) {
      onProblem({ path: version.id, error })
    }
  }
  await packs.close()
  return { all, packed, problems }
}
