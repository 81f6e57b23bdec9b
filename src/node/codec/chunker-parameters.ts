/**
 * The registered ways to cut content and which one a file gets. Promises that the choice depends
 * on the size alone, so that equal content has the same blocks on every device. Never changes
 * what a registered name means.
 *
 * Rejected: keeping a file's former average until it has outgrown its step twofold. It would save
 * one full exchange per step, but then equal content is cut by its history.
 */
import { PeerfoldError } from '../base/errors.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

/** Files up to this many bytes are one block. */
export const WHOLE_FILE_BYTES = 16 * KIB
/** No block of any registered chunker is longer. */
export const MAX_BLOCK_BYTES = 4 * MIB

/** Lengths in bytes. A block ends after `min` bytes at the earliest and at `max` at the latest. */
export interface CutParameters {
  readonly min: number
  readonly avg: number
  readonly max: number
  /** Bits that must be zero in the rolling hash for a cut at a length up to avg. */
  readonly maskBefore: number
  /** The same for a cut behind avg: fewer bits, so that lengths gather around avg. */
  readonly maskAfter: number
}

/** FastCDC's normalisation level: avg is asked for two bits more before it and two fewer behind it. */
const NORMALISATION = 2

/** min = avg / 4, max = 4 avg, as in the FastCDC paper's evaluation (Xia et al., 2016). */
export function cutParameters(min: number, avg: number, max: number): CutParameters {
  const bits = Math.round(Math.log2(avg))
  if (min < 32 || avg < min || max < avg || max > MAX_BLOCK_BYTES) {
    throw new PeerfoldError('BAD_INPUT', 'these block lengths cannot be cut', { min, avg, max })
  }
  return {
    min,
    avg,
    max,
    maskBefore: topBits(bits + NORMALISATION),
    maskAfter: topBits(bits - NORMALISATION),
  }
}

/** The high bits of the hash: they depend on the most bytes of the window. */
function topBits(count: number): number {
  return (0xffff_ffff << (32 - count)) >>> 0
}

function aroundAverage(avg: number): CutParameters {
  return cutParameters(avg / 4, avg, avg * 4)
}

/** Registered name: algorithm, average and gear table. "whole" is one block of up to 16 KiB. */
const REGISTERED: ReadonlyMap<string, CutParameters> = new Map([
  ['whole', cutParameters(WHOLE_FILE_BYTES, WHOLE_FILE_BYTES, WHOLE_FILE_BYTES)],
  ['fastcdc-64k-g1', aroundAverage(64 * KIB)],
  ['fastcdc-128k-g1', aroundAverage(128 * KIB)],
  ['fastcdc-256k-g1', aroundAverage(256 * KIB)],
  ['fastcdc-1m-g1', aroundAverage(MIB)],
])

/**
 * Up to how many bytes of a file a chunker is used. Small blocks send less after an edit, large
 * ones keep the manifest of a huge file small (36 bytes per block).
 */
const LADDER: readonly (readonly [upToBytes: number, name: string])[] = [
  [WHOLE_FILE_BYTES, 'whole'],
  [256 * MIB, 'fastcdc-64k-g1'],
  [GIB, 'fastcdc-128k-g1'],
  [8 * GIB, 'fastcdc-256k-g1'],
  [Infinity, 'fastcdc-1m-g1'],
]

/** Name of the chunker for a file of this size. */
export function chooseChunker(sizeBytes: number): string {
  const step = LADDER.find(([upToBytes]) => sizeBytes <= upToBytes)
  if (step === undefined) throw new PeerfoldError('BAD_INPUT', 'this is not a size', { sizeBytes })
  return step[1]
}

/**
 * No file of this size has a shorter block but for its last, whatever cut it: a name that this version
 * does not know may cut otherwise, and never more finely than the ladder does.
 */
export function leastBlockBytes(sizeBytes: number): number {
  return getCutParameters(chooseChunker(sizeBytes)).min
}

/** Undefined for a name that this version does not know: its blocks can be fetched, not cut again. */
export function findCutParameters(name: string): CutParameters | undefined {
  return REGISTERED.get(name)
}

export function getCutParameters(name: string): CutParameters {
  const parameters = REGISTERED.get(name)
  if (parameters === undefined) {
    throw new PeerfoldError('BAD_INPUT', 'no chunker has this name', { chunker: name })
  }
  return parameters
}

export function chunkerNames(): string[] {
  return [...REGISTERED.keys()]
}
