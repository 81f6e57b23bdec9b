/**
 * Content for chunker tests and ways of feeding it. Promises the same bytes for the same seed on
 * every machine: AES-256-CTR over zeros, keyed by the SHA-256 of the seed.
 */
import { createCipheriv, createHash } from 'node:crypto'
import type { Chunker } from '../../src/node/codec/chunker.ts'

export function seededBytes(seed: string, size: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

/** Lengths of the blocks when `bytes` arrive in pieces of the given sizes, taken in turn. */
export function cutsOf(chunker: Chunker, bytes: Uint8Array, pieceSizes: readonly number[]): number[] {
  const lengths: number[] = []
  let turn = 0
  for (let at = 0; at < bytes.length; turn++) {
    const room = chunker.room()
    const piece = bytes.subarray(at, at + Math.min(pieceSizes[turn % pieceSizes.length]!, room.length))
    room.set(piece)
    at += piece.length
    lengths.push(...chunker.advance(piece.length).map((block) => block.length))
  }
  return [...lengths, ...chunker.finish().map((block) => block.length)]
}
