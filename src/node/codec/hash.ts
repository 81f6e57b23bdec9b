/**
 * Content hashes. Promises SHA-256 everywhere, tagged as "sha256:<64 lower-case hex>" where a hash
 * is text, bare 32 bytes inside manifests. Never trusts the form of a hash that came from outside.
 */
import { createHash, hash } from 'node:crypto'
import { PeerfoldError } from '../base/errors.ts'

/** Bytes of a block hash, a Merkle node and a whole-content hash. */
export const HASH_BYTES = 32

const TAG = 'sha256:'
const TAGGED = /^sha256:[0-9a-f]{64}$/
const BARE = /^[0-9a-f]{64}$/

/** Tagged hash of the bytes. */
export function hashBytes(bytes: Uint8Array): string {
  return TAG + hash('sha256', bytes, 'hex')
}

/** Bare hash of one block, 32 bytes. */
export function hashBlock(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

export function isTaggedHash(text: string): boolean {
  return TAGGED.test(text)
}

/** Bare 32 bytes as a tagged hash. */
export function tagHash(bare: Uint8Array): string {
  return TAG + hexOf(bare)
}

/** The 32 bytes of a tagged hash; PEER_PROTOCOL when it is none. */
export function untagHash(tagged: string): Uint8Array {
  if (!TAGGED.test(tagged)) throw notAHash(tagged)
  return Buffer.from(tagged.slice(TAG.length), 'hex')
}

/** The 32 bytes of 64 lower-case hex digits; PEER_PROTOCOL for anything else. */
export function hashFromHex(hex: string): Uint8Array {
  if (!BARE.test(hex)) throw notAHash(hex)
  return Buffer.from(hex, 'hex')
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

/** Hashes content that arrives in pieces. */
export interface ContentHasher {
  update(bytes: Uint8Array): void
  /** Tagged hash of everything; the hasher is spent. */
  finish(): string
}

export function createContentHasher(): ContentHasher {
  const hasher = createHash('sha256')
  return {
    update: (bytes) => void hasher.update(bytes),
    finish: () => TAG + hasher.digest('hex'),
  }
}

function notAHash(text: string): PeerfoldError {
  return new PeerfoldError('PEER_PROTOCOL', 'this is not a hash', { length: text.length })
}
