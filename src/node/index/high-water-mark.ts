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
  /** Where the state lay that this mark belongs to; see openHighWaterMark. */
  readonly place: string
}

export interface HighWaterMark {
  /** The mark of this very state; undefined for one that came along with a copy of it. */
  find(folder: FolderId): FolderMark | undefined
  /** The state is a copy: what the mark says of the folder, it says of where the state was before. */
  isCopied(folder: FolderId): boolean
  /** Resolves when `sequence` may be announced. */
  cover(folder: FolderId, epoch: number, sequence: number): Promise<void>
  /** A clean stop: the positions are exact. */
  finish(positions: ReadonlyMap<FolderId, { epoch: number; sequence: number }>): Promise<void>
}

/**
 * An unreadable mark counts as none: every folder then starts a new epoch, which is always safe.
 * `place` names where mark and database lie and is another one for a copy of both: a copied home, or
 * one put back from a backup, numbers nothing in the life that it was copied from.
 */
export async function openHighWaterMark(
  file: MarkFile,
  place = '',
): Promise<HighWaterMark & { readonly lost: boolean }> {
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
    find: (folder) => {
      const mark = marks.get(folder)
      return mark?.place === place ? mark : undefined
    },
    isCopied: (folder) => (marks.get(folder)?.place ?? place) !== place,
    async cover(folder, epoch, sequence) {
      const mark = marks.get(folder)
      const isOurs = mark?.epoch === epoch && mark.place === place
      const known = isOurs && !mark.exact && mark.reserved >= sequence
      // What failed to be written is not covered yet.
      if (known) return writing.catch(write)
      marks.set(folder, { epoch, reserved: sequence + STEP, exact: false, place })
      await write()
    },
    async finish(positions) {
      for (const [folder, { epoch, sequence }] of positions)
        marks.set(folder, { epoch, reserved: sequence, exact: true, place })
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
      ({ epoch, reserved, exact, place }) =>
        Number.isSafeInteger(epoch) &&
        Number.isSafeInteger(reserved) &&
        typeof exact === 'boolean' &&
        typeof place === 'string',
    )
    return format === 1 && whole ? new Map(Object.entries(folders)) : undefined
  } catch {
    // Any damage means the same: we know nothing, and the caller starts new epochs.
    return undefined
  }
}
