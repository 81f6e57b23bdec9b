/**
 * Names as the disk has them. Some disks take "a" for "A", or one way of writing "é" for another, and
 * answer for a name that does not stand there. Promises to say what really stands by listing it, and
 * to ask the disk which names are one: no rule of ours folds letters as every disk does. Never writes.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { FileStat, FolderRoot } from './file-system.ts'
import { joinPath, nameOf, parentOf } from './relative-path.ts'
import type { RelativePath } from './relative-path.ts'

/** Whether every name on the way to `path` stands in its directory exactly so. */
export async function isSpelledSo(root: FolderRoot, path: RelativePath): Promise<boolean> {
  const parent = parentOf(path)
  if (parent !== '' && !(await isSpelledSo(root, parent))) return false
  try {
    return (await root.list(parent)).some(({ name }) => name === nameOf(path))
  } catch (error) {
    if (codeOf(error) === 'FILE_NOT_FOUND') return false
    throw error
  }
}

/**
 * The path that the disk takes `path` for; undefined when something stands at `path` itself, or
 * nothing does any more. `stat` is what the disk answers for `path`.
 */
export async function otherSpelling(
  root: FolderRoot,
  path: RelativePath,
  stat: FileStat,
): Promise<RelativePath | undefined> {
  const parent = parentOf(path)
  if ((await root.list(parent)).some(({ name }) => name === nameOf(path))) return undefined
  const entries = await root.listWithStats(parent)
  const same = entries.filter((entry) => entry.stat && isSameEntry(entry.stat, stat))
  // Of several hard links the one that looks alike.
  const taken = same.find(({ name }) => name !== undefined && looksLike(name, nameOf(path))) ?? same[0]
  return taken?.name === undefined ? undefined : joinPath(parent, taken.name)
}

/** For what stands at a path that nothing of ours has: throws when it is no file, or has another name. */
export async function refuseForeign(root: FolderRoot, path: RelativePath, stat: FileStat): Promise<void> {
  if (stat.kind === 'other')
    throw new PeerfoldError('KIND_UNSUPPORTED', 'a FIFO, socket or device has this name', { path })
  const other = await otherSpelling(root, path, stat)
  if (other !== undefined) throw collision(path, other)
}

/** For what a person names: throws when the disk answers for another name that it takes for this one. */
export async function refuseAnother(root: FolderRoot, path: RelativePath, stat: FileStat): Promise<void> {
  if (await mayBeAnother(root, path, stat)) await refuseForeign(root, path, stat)
}

export function collision(path: RelativePath, other: RelativePath): PeerfoldError {
  return new PeerfoldError('NAME_COLLISION', `the disk takes this name for ${other}`, { path, other })
}

/**
 * Whether the disk may know what it answers for `path` by another name: it gives the same for the same
 * letters in other cases or in another form. One question in place of a list of every directory
 * above, for the disks that take names as they are.
 */
export async function mayBeAnother(root: FolderRoot, path: RelativePath, stat: FileStat): Promise<boolean> {
  for (const variant of variantsOf(path)) {
    const there = await root.lstat(variant)
    if (there && isSameEntry(there, stat)) return true
  }
  return false
}

/** Whether `path`, or a directory above it, stands under another spelling, as far as the disk takes several. */
export async function isSpelledOtherwise(
  root: FolderRoot,
  path: RelativePath,
  stat: FileStat,
): Promise<boolean> {
  return (await mayBeAnother(root, path, stat)) && !(await isSpelledSo(root, path))
}

function looksLike(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()
}

function isSameEntry(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.device === b.device
}

function variantsOf(path: RelativePath): Set<RelativePath> {
  const upper = path.toUpperCase()
  const variants = new Set([upper === path ? path.toLowerCase() : upper])
  for (const form of ['NFC', 'NFD']) variants.add(path.normalize(form))
  variants.delete(path)
  return variants
}
