/**
 * The folder's history on this device: one JSON line per change that this folder saw here.
 * Promises that appending never changes what was written, and that a torn or damaged line costs
 * that line only. Never says where content is; that is asked by hash.
 */
import { isPeerfoldError } from '../base/errors.ts'
import type { FolderRoot, WriteHandle } from '../fs/file-system.ts'
import { readRange } from './content.ts'
import { makeDurably } from './directories.ts'
import { HISTORY_LOG, VERSIONS } from './layout.ts'

/** What a path was; "" is the hash of a directory and of what was never hashed. */
export interface PathContent {
  readonly kind: 'file' | 'directory' | 'symlink'
  readonly contentHash: string
}

export interface HistoryChange {
  /** Milliseconds since 1970 by this device's clock, which may have jumped: the order is the log's. */
  readonly timeMs: number
  readonly path: string
  /** What the path is since; undefined when it was deleted. */
  readonly is: PathContent | undefined
  /** What the path was before; undefined when there was nothing. */
  readonly was: PathContent | undefined
  /** Who made the change. */
  readonly device: string
  readonly name: string
  /** Seen by our scan, or placed for another device; 'found': by a scan that cannot say what was there before. */
  readonly source: 'local' | 'remote' | 'found'
}

export interface HistoryLog {
  /** Durable when it resolves; batches of one process follow one another. */
  append(changes: readonly HistoryChange[]): Promise<void>
  /** Runs `work` while nothing is appended. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>
}

/** Bytes per backward read; longer than any line. */
const BLOCK_BYTES = 64 * 1024
const NEWLINE = 0x0a

export function createHistoryLog(root: FolderRoot): HistoryLog {
  let last: Promise<unknown> = Promise.resolve()
  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work)
    last = done.catch(() => undefined) // whoever asked for it hears of it
    return done
  }
  return {
    append: (changes) => alone(async () => (changes.length === 0 ? undefined : appendLines(root, changes))),
    alone,
  }
}

/** A readable change and where its line begins in the log, bytes. */
export interface LoggedChange {
  readonly change: HistoryChange
  readonly at: number
}

/** Every readable change, newest first. Nothing when there is no log. */
export async function* historyBackwards(root: FolderRoot): AsyncGenerator<HistoryChange> {
  for await (const { change } of loggedBackwards(root)) yield change
}

/**
 * The same with their places, from the last line that begins before `before` on; that may be any
 * number. Memory: one block.
 */
export async function* loggedBackwards(root: FolderRoot, before = Infinity): AsyncGenerator<LoggedChange> {
  if ((await root.lstat(HISTORY_LOG))?.kind !== 'file') return
  const handle = await root.openRead(HISTORY_LOG)
  try {
    let tail: Uint8Array = new Uint8Array(0)
    for (let end = Math.min(before, (await handle.stat()).size); end > 0;) {
      const start = Math.max(0, end - BLOCK_BYTES)
      const bytes = Buffer.concat([await readRange(handle, start, end), tail])
      const lines = splitLines(bytes)
      // The first one may begin in the block before; a line longer than that is not ours.
      const first = start > 0 ? lines.shift() : undefined
      tail = first?.bytes ?? new Uint8Array(0)
      if (tail.length > BLOCK_BYTES) tail = new Uint8Array(0)
      for (const line of lines.reverse()) {
        const change = decodeChange(line.bytes)
        if (change !== undefined) yield { change, at: start + line.start }
      }
      end = start
    }
  } finally {
    await handle.close()
  }
}

async function appendLines(root: FolderRoot, changes: readonly HistoryChange[]): Promise<void> {
  const text = changes.map(encodeChange).join('')
  const { handle, isNew } = await openLog(root)
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.from((await isTorn(handle, size)) ? `\n${text}` : text)
    await handle.write(bytes, size)
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (isNew) await root.syncDirectory(VERSIONS)
}

async function openLog(root: FolderRoot): Promise<{ handle: WriteHandle; isNew: boolean }> {
  try {
    return { handle: await root.openWrite(HISTORY_LOG), isNew: false }
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'FILE_NOT_FOUND') throw error
  }
  await makeDurably(root, VERSIONS, 0o700)
  return { handle: await root.createFile(HISTORY_LOG, 0o600), isNew: true }
}

/** A batch that was cut off has no newline at its end: the next one begins on a line of its own. */
async function isTorn(handle: WriteHandle, size: number): Promise<boolean> {
  if (size === 0) return false
  const end = new Uint8Array(1)
  await handle.read(end, size - 1)
  return end[0] !== NEWLINE
}

interface Line {
  readonly start: number
  readonly bytes: Uint8Array
}

export function splitLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = []
  let start = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
    lines.push({ start, bytes: bytes.subarray(start, at) })
    start = at + 1
  }
  lines.push({ start, bytes: bytes.subarray(start) })
  return lines
}

function encodeChange({ timeMs, path, is, was, device, name, source }: HistoryChange): string {
  const plain = (content: PathContent | undefined): PathContent | null =>
    content === undefined ? null : { kind: content.kind, contentHash: content.contentHash }
  return `${JSON.stringify({ time: timeMs, path, is: plain(is), was: plain(was), device, name, source })}\n`
}

export function decodeChange(line: Uint8Array): HistoryChange | undefined {
  if (line.length === 0) return undefined
  try {
    return changeOf(JSON.parse(Buffer.from(line).toString('utf8')))
  } catch {
    return undefined // torn or damaged: only this line is lost
  }
}

function changeOf(value: Record<string, unknown>): HistoryChange | undefined {
  const { time, path, device, name, source } = value
  const is = contentIn(value['is'])
  const was = contentIn(value['was'])
  if (typeof time !== 'number' || typeof path !== 'string' || is === 'bad' || was === 'bad') return undefined
  if (typeof device !== 'string' || typeof name !== 'string') return undefined
  if (typeof source !== 'string') return undefined
  // Of a source that a later program knows it is not known what was there before.
  const known = source === 'local' || source === 'remote' ? source : 'found'
  return { timeMs: time, path, is, was, device, name, source: known }
}

function contentIn(value: unknown): PathContent | undefined | 'bad' {
  if (value === null) return undefined
  const { kind, contentHash } = (value ?? {}) as Record<string, unknown>
  if (kind !== 'file' && kind !== 'directory' && kind !== 'symlink') return 'bad'
  return typeof contentHash === 'string' ? { kind, contentHash } : 'bad'
}
