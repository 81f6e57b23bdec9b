/**
 * A mark outside the database of how far our sequences went. Promises that no sequence is announced
 * before the mark covers it durably, so that a database that went backwards is noticed and never
 * numbers anything again that a peer has seen. Never trusts the database about itself.
 */
import type { FolderId } from '../core/record.ts'

/** Sequences reserved ahead, so that the mark is written once per step and not once per change. */
const STEP = 10_000

/** A small file that is replaced durably and in one step. */
export interface MarkFile {
  read(): Promise<Uint8Array | undefined>
  replace(bytes: Uint8Array): Promise<void>
}

export interface FolderMark {
  readonly epoch: number
  /** No sequence above this one was announced. */
  readonly reserved: number
  /** The stop was clean: exactly this sequence was the last. */
  readonly exact: boolean
}

export interface HighWaterMark {
  find(folder: FolderId): FolderMark | undefined
  /** Resolves when `sequence` may be announced. */
  cover(folder: FolderId, epoch: number, sequence: number): Promise<void>
  /** A clean stop: the positions are exact. */
  finish(positions: ReadonlyMap<FolderId, { epoch: number; sequence: number }>): Promise<void>
}

/** An unreadable mark counts as none: every folder then starts a new epoch, which is always safe. */
export async function openHighWaterMark(file: MarkFile): Promise<HighWaterMark & { readonly lost: boolean }> {
  const bytes = await file.read()
  const stored = bytes && decode(bytes)
  const marks = new Map<FolderId, FolderMark>(stored)
  let writing: Promise<void> = Promise.resolve()

  const write = (): Promise<void> => {
    writing = writing.catch(() => {}).then(() => file.replace(encode(marks)))
    return writing
  }

  return {
    lost: stored === undefined,
    find: (folder) => marks.get(folder),
    async cover(folder, epoch, sequence) {
      const mark = marks.get(folder)
      const known = mark && mark.epoch === epoch && !mark.exact && mark.reserved >= sequence
      // What failed to be written is not covered yet.
      if (known) return writing.catch(write)
      marks.set(folder, { epoch, reserved: sequence + STEP, exact: false })
      await write()
    },
    async finish(positions) {
      for (const [folder, { epoch, sequence }] of positions)
        marks.set(folder, { epoch, reserved: sequence, exact: true })
      await write()
    },
  }
}

function encode(marks: ReadonlyMap<FolderId, FolderMark>): Uint8Array {
  return Buffer.from(JSON.stringify({ format: 1, folders: Object.fromEntries(marks) }))
}

function decode(bytes: Uint8Array): Map<FolderId, FolderMark> | undefined {
  try {
    const { format, folders } = JSON.parse(Buffer.from(bytes).toString()) as {
      format: number
      folders: Record<string, FolderMark>
    }
    const whole = Object.values(folders).every(
      ({ epoch, reserved, exact }) =>
        Number.isSafeInteger(epoch) && Number.isSafeInteger(reserved) && typeof exact === 'boolean',
    )
    return format === 1 && whole ? new Map(Object.entries(folders)) : undefined
  } catch {
    // Any damage means the same: we know nothing, and the caller starts new epochs.
    return undefined
  }
}
