/**
 * What an lstat proves. Promises that any difference means "look at the content", never "changed",
 * and that a stamp too fresh to tell a later write apart is called racy. Never rounds.
 */
import type { FileStat } from '../fs/file-system.ts'

/** What is compared: how many names lead to a file says nothing about its content. */
export type Stamp = Omit<FileStat, 'links'>

/** Nothing suggests that the content was touched between the two. */
export function sameStat(a: Stamp, b: Stamp): boolean {
  return sameFile(a, b) && a.mode === b.mode && a.ctimeNs === b.ctimeNs
}

/** The same inode with the same size and mtime; ctime and mode may differ (link, rename, chmod). */
export function sameFile(a: Stamp, b: Stamp): boolean {
  return (
    a.kind === b.kind &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.inode === b.inode &&
    a.device === b.device
  )
}

const MS = 1_000_000n

/**
 * Whether a write after the lstat could bear the same stamp. Kernels before 6.13 tick at 1 to 10 ms,
 * FAT at 2 s; a stamp of whole seconds is taken for the coarse kind.
 */
export function isRacy(stat: Stamp, lookedNs: bigint): boolean {
  return stat.ctimeNs > lookedNs - freshNs(stat)
}

/** Linux writes dirty pages back after 30 s, looked for every 5 s; the rest is for a busy disk. */
const WRITEBACK_NS = 60_000n * MS

/**
 * Whether a program that holds the file in its memory (mmap) may change it after the lstat with no new stamp:
 * only the first write to a page since it was written back is stamped.
 */
export function mayBeMapped(stat: Stamp, lookedNs: bigint): boolean {
  return stat.ctimeNs > lookedNs - WRITEBACK_NS
}

/** Milliseconds until a write bears another stamp; 0 when one would now, or the clock cannot tell. */
export function msUntilTold(stat: Stamp, nowNs: bigint): number {
  const leftNs = stat.ctimeNs + freshNs(stat) - nowNs
  return leftNs <= 0n || leftNs > freshNs(stat) ? 0 : Number(leftNs / MS) + 1
}

function freshNs(stat: Stamp): bigint {
  return stat.ctimeNs % 1_000_000_000n === 0n ? 2_100n * MS : 20n * MS
}
