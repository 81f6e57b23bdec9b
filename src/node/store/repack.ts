/**
 * The living blocks of old packs into new ones. Promises that a pack counts as replaced only when
 * each of its living blocks was read back from a new, durable pack. Never removes a pack.
 */
import { codeOf } from '../base/errors.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { Packs } from './packs.ts'
import type { Pack } from './packs.ts'
import { PackWriter } from './pack-writer.ts'
import type { Work } from './running-work.ts'

export interface RepackPlan {
  readonly directory: RelativePath
  /** 20 hex digits by chance. */
  readonly prefix: string
  readonly packs: readonly {
    readonly name: string
    /** One bit per block in the order of its index, the lowest bit of the first byte first: it lives. */
    readonly living: Uint8Array
  }[]
}

export interface RepackResult {
  readonly packs: readonly string[]
  /** Packs that nobody needs any more. */
  readonly replaced: readonly string[]
  /** Packs with a living block that cannot be read as it should be: they stay. */
  readonly damaged: readonly string[]
}

export function isLiving(bits: Uint8Array, position: number): boolean {
  return ((bits[position >> 3] ?? 0) & (1 << (position & 7))) !== 0
}

export async function repack(root: FolderRoot, plan: RepackPlan, work: Work): Promise<RepackResult> {
  const packs = new Packs(root, plan.directory)
  await packs.refresh()
  const writer = new PackWriter(root, plan.directory, plan.prefix)
  const damaged: string[] = []
  const copied: string[] = []
  try {
    for (const { name, living } of plan.packs) {
      const pack = packs.list.find((one) => one.name === name)
      if (pack === undefined) continue
      const isSound = await copyLiving(packs, pack, living, writer, work)
      ;(isSound ? copied : damaged).push(name)
    }
    const written = await writer.finish()
    const isKept = await areReadable(root, plan.directory, written, work)
    return {
      packs: written,
      replaced: isKept ? copied : [],
      damaged: isKept ? damaged : [...damaged, ...copied],
    }
  } catch (error) {
    await writer.discard()
    throw error
  } finally {
    await packs.close()
  }
}

/** False when a living block is damaged; the others are copied all the same. */
async function copyLiving(
  packs: Packs,
  pack: Pack,
  living: Uint8Array,
  writer: PackWriter,
  work: Work,
): Promise<boolean> {
  let isSound = true
  for (let position = 0; position < pack.index.count; position++) {
    if (!isLiving(living, position)) continue
    await work.step()
    const block = pack.index.at(position)
    if (writer.has(block.hash)) continue
    try {
      // Read whole, so that no damage is copied; stored again as it stood.
      await packs.readAt(pack, position)
      const stored = await packs.readStored(pack, block)
      if (stored === undefined) isSound = false
      else await writer.addStored(block.hash, stored, block.length)
    } catch (error) {
      if (codeOf(error) !== 'VERSION_DAMAGED') throw error
      isSound = false
    }
  }
  return isSound
}

async function areReadable(
  root: FolderRoot,
  directory: RelativePath,
  names: readonly string[],
  work: Work,
): Promise<boolean> {
  const packs = new Packs(root, directory)
  await packs.refresh()
  try {
    for (const name of names) {
      const pack = packs.list.find((one) => one.name === name)
      if (pack === undefined) return false
      for (let position = 0; position < pack.index.count; position++) {
        await work.step()
        await packs.readAt(pack, position)
      }
    }
    return true
  } catch (error) {
    if (codeOf(error) !== 'VERSION_DAMAGED') throw error
    return false
  } finally {
    await packs.close()
  }
}
