/**
 * Compares what a file gives back with what was recorded of it. Promises that only a file which
 * nobody wrote since is ever called damaged, and only after a second look; that one which is to be
 * scanned first is left to the scan; and that what the verdict was made on is what is recorded.
 * Never changes a file.
 */
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { PlacedBlock } from '../codec/manifest.ts'
import type { FileRecord, Stance } from '../core/record.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { LocalRow } from '../index/index-port.ts'
import { MAX_BATCH_BYTES } from '../store/block-messages.ts'
import { digestFile, findBlocks } from './manifests.ts'
import type { FolderContext, Pace } from './ports.ts'
import { isRacy, sameFile, sameStat } from './stat-compare.ts'
import { isDamaged, liveOf } from './target.ts'

export type Verdict =
  /** `changed`: our statement is another one now. */
  | { readonly kind: 'good'; readonly changed: boolean }
  | { readonly kind: 'damaged'; readonly code: ErrorCode; readonly changed: boolean }
  /** Written or moved since it was recorded, or stamped too closely to tell: the scan's matter. */
  | { readonly kind: 'scan-first' }
  /** Nothing to be read there, or it cannot be reached now and that says nothing about the bytes. */
  | { readonly kind: 'none' }

/** Between the first look and the one that confirms it: a bad moment of a cable or a disk passes. */
export const SECOND_LOOK_MS = 2_000

const UNREADABLE: readonly ErrorCode[] = [
  'IO_ERROR',
  'PERMISSION_DENIED',
  'FILE_NOT_FOUND',
  'KIND_UNSUPPORTED',
]

export async function checkFile(
  context: FolderContext,
  row: LocalRow,
  pace: Pace,
  signal: AbortSignal,
): Promise<Verdict> {
  const held = liveOf(row)
  if (held?.kind !== 'file' || !row.disk || context.locks.isHeld(held.path)) return { kind: 'none' }
  const before = await statOf(context, row)
  if (before === 'unreachable') return { kind: 'none' }
  if (!before || (row.disk.racy && !isDamaged(row))) return { kind: 'scan-first' }
  let found = await read(context, await blocksOf(context, held), held.path, pace, signal)
  if (found) {
    await context.clock.sleep(SECOND_LOOK_MS, signal)
    found = await read(context, found.from, held.path, pace, signal)
  }
  const after = await statOf(context, row)
  if (after === 'unreachable') return { kind: 'none' }
  if (!after || !sameStat(before, after)) return { kind: 'scan-first' }
  if (found?.code === undefined) return recordGood(context, row, after)
  return found.code === 'PERMISSION_DENIED'
    ? { kind: 'none' }
    : recordDamaged(context, row, after, found.code)
}

/** What is there, if nobody wrote since it was recorded. */
async function statOf({ root }: FolderContext, row: LocalRow): Promise<FileStat | 'unreachable' | undefined> {
  const stat = await root.lstat(row.announced.record.path).catch(unreachable)
  if (stat === 'unreachable') return stat
  if (!stat || !row.disk) return undefined
  const same = isDamaged(row) ? sameFile(stat, row.disk.stat) : sameStat(stat, row.disk.stat)
  return same ? stat : undefined
}

/** The scan names it, or the directory that cannot be entered. Whatever else is no matter of this file. */
function unreachable(error: unknown): 'unreachable' {
  const code = codeOf(error)
  if (code !== 'IO_ERROR' && code !== 'PERMISSION_DENIED') throw error
  return 'unreachable'
}

async function blocksOf(context: FolderContext, held: FileRecord): Promise<readonly PlacedBlock[]> {
  const blocks = await findBlocks(context, held)
  if (blocks) return blocks
  throw new PeerfoldError('INTERNAL', 'the manifest of a held file is missing', { path: held.path })
}

interface Found {
  readonly code: ErrorCode | undefined
  /** The first block that is wrong or cannot be read, and those behind it. */
  readonly from: readonly PlacedBlock[]
}

/** Up to the first block that is not what it was; undefined when all are. */
async function read(
  { root, blocks: job }: FolderContext,
  blocks: readonly PlacedBlock[],
  path: string,
  pace: Pace,
  signal: AbortSignal,
): Promise<Found | undefined> {
  for (let at = 0; at < blocks.length;) {
    signal.throwIfAborted()
    const batch = batchAt(blocks, at)
    await pace(batch.reduce((sum, { length }) => sum + length, 0))
    try {
      const { good } = await job.call('checkBlocks', { root: root.path, path, blocks: batch })
      const bad = good.indexOf(false)
      if (bad !== -1) return { code: 'FILE_DAMAGED', from: blocks.slice(at + bad) }
    } catch (error) {
      const code = codeOf(error)
      // Gone or another kind by now: the stat afterwards says so. Whatever else is no matter of this file.
      if (code !== 'IO_ERROR' && code !== 'PERMISSION_DENIED') {
        if (code !== 'FILE_NOT_FOUND' && code !== 'KIND_UNSUPPORTED') throw error
        return { code: undefined, from: [] }
      }
      return { code, from: blocks.slice(at) }
    }
    at += batch.length
  }
  return undefined
}

function batchAt(blocks: readonly PlacedBlock[], at: number): readonly PlacedBlock[] {
  let bytes = 0
  let end = at
  while (end < blocks.length && (end === at || bytes + (blocks[end]?.length ?? 0) <= MAX_BATCH_BYTES))
    bytes += blocks[end++]?.length ?? 0
  return blocks.slice(at, end)
}

/**
 * Reads a damaged file once more before it gives way as such: a disk that was out of reach for a while
 * spoiled nothing. True when it is whole; our statement says so then, unless it became another one.
 */
export async function isWholeAgain(context: FolderContext, row: LocalRow | undefined): Promise<boolean> {
  const held = liveOf(row)
  if (!row?.disk || held?.kind !== 'file' || !isDamaged(row)) return false
  try {
    const { heldStill, contentHash, stat } = await digestFile(context, held.path)
    if (!heldStill || contentHash !== held.contentHash || !sameFile(stat, row.disk.stat)) return false
    // A statement that became another one meanwhile is no reason to call it damaged.
    await recordGood(context, row, stat)
    return true
  } catch (error) {
    if (UNREADABLE.includes(codeOf(error))) return false
    throw error
  }
}

type Statements = Pick<FolderContext, 'index' | 'folder' | 'clock'>

async function recordGood(context: FolderContext, row: LocalRow, stat: FileStat): Promise<Verdict> {
  if (!isDamaged(row)) return { kind: 'good', changed: false }
  return { kind: 'good', changed: await restate(context, [row], 'holds', '', stat) }
}

/** All names of the file, which was read twice and is not what we say of it. */
export async function recordDamaged(
  context: Statements,
  row: LocalRow,
  stat: FileStat,
  code: ErrorCode,
): Promise<Verdict> {
  if (isDamaged(row) && row.announced.reason === code) return { kind: 'damaged', code, changed: false }
  const rows = stat.links > 1 ? await namesOf(context, row, stat) : [row]
  return { kind: 'damaged', code, changed: await restate(context, rows, 'damaged', code, stat) }
}

/**
 * All names of one file are damaged together: repairing it under one of them moves the ctime that the
 * others are recorded with, and what differs in its stat is an edit.
 */
async function namesOf(
  { index, folder }: Statements,
  row: LocalRow,
  { inode, device }: FileStat,
): Promise<readonly LocalRow[]> {
  const { path, contentHash } = row.announced.record
  const rows = await index.call('namesOf', { folder, inode, device })
  return rows.filter((one) => {
    const held = liveOf(one)
    const isSame = held?.contentHash === contentHash && one.disk && row.disk
    return held?.path === path || (isSame && sameStat(one.disk.stat, row.disk.stat))
  })
}

/** The same records with another stance; false when the statements have become others meanwhile. */
async function restate(
  { index, folder, clock }: Statements,
  rows: readonly LocalRow[],
  stance: Stance,
  reason: string,
  stat: FileStat,
): Promise<boolean> {
  const disk = { stat, racy: isRacy(stat, clock.nowNs()), retained: false }
  const changes = rows.map(({ announced: { record, sequence } }) => {
    return { record, isOurs: false, stance, reason, disk, basedOn: sequence }
  })
  const { outcomes } = await index.call('recordLocal', { folder, changes })
  return outcomes.includes('recorded')
}
