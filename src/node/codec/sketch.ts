/**
 * A few blocks of a file that it has in common with whatever is much like it. Promises that files of
 * the same blocks have the same sketch, and that a small edit leaves most of it as it was.
 */
import { hexOf } from './hash.ts'

/** An edit of one block in twenty spares all four in four cases of five, and one of them all but always. */
const SKETCH_BLOCKS = 4
/** Enough to tell blocks apart; the blocks themselves are compared by their whole hashes. */
const PREFIX_BYTES = 8

/** The least of the blocks' hashes, cut short, as hex. */
export function sketchOf(hashes: Iterable<Uint8Array>): string[] {
  const least = new Set<string>()
  let greatest = ''
  for (const hash of hashes) {
    const prefix = hexOf(hash.subarray(0, PREFIX_BYTES))
    if (least.size === SKETCH_BLOCKS && prefix >= greatest) continue
    least.add(prefix)
    if (least.size > SKETCH_BLOCKS) least.delete(greatest)
    greatest = [...least].toSorted().at(-1) ?? ''
  }
  return [...least].toSorted()
}
