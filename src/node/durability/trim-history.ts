/**
 * Shortens the history log by what is older than anything that is kept. Promises that the log is at any
 * moment the old or the new one, whole and durable; that nothing goes that came after a line young enough
 * to be kept, whatever the clock did; and that the last of the old lines stays, so that the log reaches
 * back as far as was asked. Rewrites only when a good part of the log goes. Nobody may append meanwhile.
 */
import { codeOf } from '../base/errors.ts'
import type { FolderRoot, ReadHandle, WriteHandle } from '../fs/file-system.ts'
import { createDurable, readRange, removeQuietly } from './content.ts'
import { decodeChange, splitLines } from './history.ts'
import { HISTORY_LOG, HISTORY_NEXT, VERSIONS } from './layout.ts'

/** At least a quarter of the log and so many bytes go, or it stays: each byte is copied a few times at most. */
const LEAST_SHARE = 4
const LEAST_BYTES = 64 * 1024
/** Bytes per read; longer than any line. */
const BLOCK_BYTES = 256 * 1024

export interface TrimRequest {
  /** Lines from before this moment may go. */
  readonly beforeMs: number
  /** A line from later than this was stamped by a clock that was wrong, and says nothing. */
  readonly nowMs: number
}

/** Returns how many bytes went; 0: the log is what it was. */
export async function trimHistory(root: FolderRoot, request: TrimRequest): Promise<number> {
  const stat = await root.lstat(HISTORY_LOG)
  if (stat?.kind !== 'file' || stat.size < LEAST_BYTES) return 0
  const log = await root.openRead(HISTORY_LOG)
  try {
    const { size } = await log.stat()
    const cut = await cutOf(log, size, request)
    if (cut < LEAST_BYTES || cut * LEAST_SHARE < size) return 0
    await removeLeftover(root)
    await createDurable(root, HISTORY_NEXT, 0o600, (next) => copy(log, cut, next))
    await replace(root)
    return cut
  } finally {
    await log.close()
  }
}

/** Where the last old line begins that no young one comes before. */
async function cutOf(log: ReadHandle, size: number, { beforeMs, nowMs }: TrimRequest): Promise<number> {
  let cut = 0
  for await (const { at, bytes } of linesOf(log, size)) {
    const timeMs = decodeChange(bytes)?.timeMs
    if (timeMs === undefined || timeMs > nowMs) continue
    if (timeMs >= beforeMs) break
    cut = at
  }
  return cut
}

async function* linesOf(log: ReadHandle, size: number): AsyncGenerator<{ at: number; bytes: Uint8Array }> {
  let tail: Uint8Array = new Uint8Array(0)
  for (let position = 0; position < size;) {
    const read = await readRange(log, position, Math.min(size, position + BLOCK_BYTES))
    if (read.length === 0) return
    const start = position - tail.length
    position += read.length
    const lines = splitLines(Buffer.concat([tail, read]))
    tail = lines.pop()?.bytes ?? tail
    for (const line of lines) yield { at: start + line.start, bytes: line.bytes }
    // No line of ours is that long: what follows of it is no line either.
    if (tail.length > BLOCK_BYTES) tail = new Uint8Array(0)
  }
}

async function copy(log: ReadHandle, from: number, to: WriteHandle): Promise<void> {
  for (let position = from; ;) {
    const bytes = await readRange(log, position, position + BLOCK_BYTES)
    if (bytes.length === 0) return
    await to.write(bytes, position - from)
    position += bytes.length
  }
}

async function replace(root: FolderRoot): Promise<void> {
  try {
    await root.rename(HISTORY_NEXT, HISTORY_LOG)
  } catch (error) {
    await removeQuietly(root, HISTORY_NEXT)
    throw error
  }
  await root.syncDirectory(VERSIONS)
}

/** Of a run that was cut off. */
async function removeLeftover(root: FolderRoot): Promise<void> {
  await root.unlink(HISTORY_NEXT).catch((error: unknown) => {
    if (codeOf(error) !== 'FILE_NOT_FOUND') throw error
  })
}
