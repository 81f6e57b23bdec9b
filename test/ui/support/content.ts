/** Bytes for files. Promises the same bytes for the same seed, no two pieces alike, and gigabytes a minute. */
import { createCipheriv } from 'node:crypto'

export function bytesOf(seed: number, sizeBytes: number): Buffer {
  const key = Buffer.alloc(32, seed)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}
