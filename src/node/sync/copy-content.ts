/**
 * A second file with the content of a first, for disks without hard links, and a second link with the
 * target of a first, for all. Promises that the copy is whole, durable and what its record says before
 * it takes its name, and that nothing is left of one that is not. Never touches the original.
 */
import type { FileRecord } from '../core/record.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { temporaryOf } from './assemble.ts'
import { giveName } from './give-name.ts'
import { digestFile } from './manifests.ts'
import type { FolderContext } from './ports.ts'
import { sameFile } from './stat-compare.ts'

/** Bytes copied in one step. */
const STEP_BYTES = 1 << 20

/** The stat of the copy; undefined when something else has its name, or `path` is no longer what `stat` says. */
export async function copyContent(
  context: FolderContext,
  path: RelativePath,
  copy: FileRecord,
  stat: FileStat,
): Promise<FileStat | undefined> {
  const { root, locks } = context
  const temporary = temporaryOf(context, copy)
  return locks.hold([temporary], async () => {
    try {
      // Of a try that died here.
      if ((await root.lstat(temporary)) !== undefined) await root.unlink(temporary)
      if (copy.kind === 'symlink') await makeLink(root, temporary, copy)
      else await fill(root, path, temporary, copy)
      const isWhole = copy.kind === 'symlink' || (await holds(context, temporary, copy))
      const [now, made] = [await root.lstat(path), await root.lstat(temporary)]
      if (!isWhole || !made || !now || !sameFile(now, stat)) return undefined
      const named = await giveName(context, temporary, copy.path, made)
      if (!named) return undefined
      await root.syncDirectory(parentOf(copy.path))
      const placed = await root.lstat(copy.path)
      // What somebody put there since is theirs, and no statement of ours is about it.
      return placed && sameFile(placed, named) && placed.mode === named.mode ? placed : undefined
    } finally {
      if ((await root.lstat(temporary)) !== undefined) await root.unlink(temporary)
    }
  })
}

async function holds(context: FolderContext, path: RelativePath, copy: FileRecord): Promise<boolean> {
  const { heldStill, contentHash } = await digestFile(context, path)
  return heldStill && contentHash === copy.contentHash
}

/** Its time is part of what the record says: without it devices would differ and nobody would know. */
async function makeLink(root: FolderRoot, temporary: RelativePath, copy: FileRecord): Promise<void> {
  await root.makeSymlink(temporary, copy.linkTarget)
  await root.setMtime(temporary, copy.mtimeNs)
}

async function fill(
  root: FolderRoot,
  path: RelativePath,
  temporary: RelativePath,
  { mode, mtimeNs }: FileRecord,
): Promise<void> {
  const from = await root.openRead(path)
  try {
    const to = await root.createFile(temporary, 0o600)
    try {
      const step = new Uint8Array(STEP_BYTES)
      for (let at = 0; ;) {
        const length = await from.read(step, at)
        if (length === 0) break
        await to.write(step.subarray(0, length), at)
        at += length
      }
      await to.setMode(mode)
      await to.setMtime(mtimeNs)
      await to.sync()
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}
