/**
 * What a person sees of a folder's files. Promises pages in path order, each entry with what this
 * device has of it, and content that is checked not to change under the reader. Never writes.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { FileRecord, Stance } from '../core/record.ts'
import type { FileStat, ReadHandle } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { comparePaths, isWithin } from '../sync/path-order.ts'
import type { FolderContext } from '../sync/ports.ts'
import { refuseAnother } from '../fs/spelling.ts'
import { sameFile } from '../sync/stat-compare.ts'
import { isDamaged } from '../sync/target.ts'
import { checkUserPath } from './write-file.ts'

/** What this device has of an entry. */
export type Here = Stance | 'wanted'

export interface ListedFile {
  readonly record: FileRecord
  readonly here: Here
}

/** Live entries below `under` behind `after`, at most `limit`, and where to go on. */
export async function listFiles(
  { index, folder }: Pick<FolderContext, 'index' | 'folder'>,
  under: RelativePath,
  after: RelativePath,
  limit: number,
): Promise<{ files: ListedFile[]; next: string | undefined }> {
  const own = await index.call('localUnder', { folder, under, after, limit })
  const needed = await index.call('needed', { folder, after, limit })
  // Beyond the shorter of two full pages we do not know what the other list holds.
  const ends = [own.at(-1)?.announced.record.path, needed.at(-1)?.path].filter(
    (_, i) => [own, needed][i]?.length === limit,
  )
  const end = ends.filter((path) => path !== undefined).toSorted(comparePaths)[0]
  const files = new Map<string, ListedFile>()
  for (const { announced } of own) {
    const { record, stance } = announced
    if (!record.deleted) files.set(record.path, { record, here: stance })
  }
  for (const { plan, path } of needed) {
    const wanted = plan.kind === 'place' && isWithin(path, under)
    if (wanted && !files.has(path)) files.set(path, { record: plan.record, here: 'wanted' })
  }
  const sorted = [...files.values()].toSorted((a, b) => comparePaths(a.record.path, b.record.path))
  const shown = sorted.filter(({ record }) => end === undefined || comparePaths(record.path, end) <= 0)
  const page = shown.slice(0, limit)
  const next = page.length < shown.length ? page.at(-1)?.record.path : end
  return { files: page, next }
}

export interface OpenedFile {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** As recorded; "" when the content on disk is newer than the record. */
  readonly contentHash: string
  readonly content: AsyncIterable<Uint8Array>
}

/** Bytes read at once. */
const READ_BYTES = 256 << 10

/** FILE_NOT_FOUND; KIND_UNSUPPORTED for anything but a file; NAME_COLLISION for another's name. Holds nothing until `content` is read. */
export async function openFile(
  context: FolderContext,
  target: string,
  signal?: AbortSignal,
): Promise<OpenedFile> {
  const path = checkUserPath(target)
  const { index, folder, root } = context
  const stat = await statOf(root, path)
  const [row] = await index.call('local', { folder, paths: [path] })
  if (isDamaged(row) && sameFile(stat, row?.disk?.stat ?? stat))
    throw new PeerfoldError('FILE_DAMAGED', 'the disk spoiled this file', { path })
  const isRecorded = row?.disk !== undefined && sameFile(row.disk.stat, stat)
  if (!isRecorded) await refuseAnother(root, path, stat)

  // Opened by the reader itself: a generator that never begins ends without its `finally`.
  async function* read(): AsyncGenerator<Uint8Array> {
    const handle = await root.openRead(path)
    try {
      await checkSame(handle)
      let position = 0
      while (position < stat.size) {
        signal?.throwIfAborted()
        const bytes = new Uint8Array(Math.min(READ_BYTES, stat.size - position))
        const length = await handle.read(bytes, position)
        if (length === 0) break
        yield bytes.subarray(0, length)
        position += length
      }
      if (position !== stat.size) throw changed(path)
      await checkSame(handle)
    } finally {
      await handle.close()
    }
  }
  const checkSame = async (handle: ReadHandle): Promise<void> => {
    if (!sameFile(await handle.stat(), stat)) throw changed(path)
  }

  const contentHash = isRecorded ? row.announced.record.contentHash : ''
  return { sizeBytes: stat.size, mtimeNs: stat.mtimeNs, contentHash, content: read() }
}

/** Opened for it, so that what cannot be read is refused before anything is promised of it. */
async function statOf(root: FolderContext['root'], path: RelativePath): Promise<FileStat> {
  const handle = await root.openRead(path)
  try {
    return await handle.stat()
  } finally {
    await handle.close()
  }
}

function changed(path: RelativePath): PeerfoldError {
  return new PeerfoldError('FILE_CHANGED', 'the file changed while it was read', { path })
}
