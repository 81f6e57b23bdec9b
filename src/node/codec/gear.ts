/**
 * Gear table g1: the 256 numbers that FastCDC rolls over. Promises the same table for ever, because
 * equal content is found again only while it is cut alike; another table gets another name.
 *
 * Entry i is the first four bytes, big-endian, of SHA-256 of the ASCII text "peerfold gear g1 i"
 * with i in decimal. Nothing up the sleeve; only one property was looked for and is tested: a run
 * of one byte value never cuts early, whatever the value.
 */
import { hash } from 'node:crypto'

const GEAR_ENTRIES = 256

let table: Readonly<Uint32Array> | undefined

/** Worked out once. */
export function gearTable(): Readonly<Uint32Array> {
  return (table ??= Uint32Array.from({ length: GEAR_ENTRIES }, (_, index) =>
    hash('sha256', `peerfold gear g1 ${index}`, 'buffer').readUInt32BE(0),
  ))
}
