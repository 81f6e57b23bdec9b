/**
 * FastCDC written plainly over a whole buffer, as the definition reads. Promises to be slow and
 * obvious: the fast chunker is checked against it. Shares nothing with it but the parameters.
 */
import type { CutParameters } from '../../src/node/codec/chunker-parameters.ts'

/** Lengths of the blocks of `bytes`, in order. */
export function referenceCuts(bytes: Uint8Array, gear: Uint32Array, parameters: CutParameters): number[] {
  const lengths: number[] = []
  for (let start = 0; start < bytes.length;) {
    const length = firstCut(bytes.subarray(start), gear, parameters)
    lengths.push(length)
    start += length
  }
  return lengths
}

/**
 * The hash at length n is the sum of gear[byte] * 2^(distance from the end), modulo 2^32, over the
 * last 32 bytes before n. A block ends at the first length above min whose hash has no bit of the
 * mask; at max; or with the content.
 */
function firstCut(bytes: Uint8Array, gear: Uint32Array, p: CutParameters): number {
  const end = Math.min(bytes.length, p.max)
  let hash = 0
  for (let at = 0; at < end; at++) {
    hash = (Math.imul(hash, 2) + gear[bytes[at]!]!) >>> 0
    const length = at + 1
    const mask = length <= p.avg ? p.maskBefore : p.maskAfter
    if (length > p.min && (hash & mask) === 0) return length
  }
  return end
}
