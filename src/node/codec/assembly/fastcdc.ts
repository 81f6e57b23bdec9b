/**
 * FastCDC in AssemblyScript (this is not TypeScript): finds where a block ends. Promises to keep no
 * state and to allocate nothing: the host owns the memory, the gear table and the bytes. Never
 * reads outside [start, start + filled) and the table. `npm run build:wasm` compiles it.
 *
 * The rolling hash is 32 bits wide and shifts by one per byte, so that it depends on the last 32
 * bytes only. That is why a search can be taken up anywhere: it reads those 32 bytes again.
 */

/** The rolling hash after one more byte. */
// @ts-ignore: decorators are valid here in AssemblyScript
@inline
function roll(hash: u32, table: usize, at: usize): u32 {
  return (hash << 1) + load<u32>(table + ((<usize>load<u8>(at)) << 2))
}

/** First length in (from, to] whose hash has no bit of `mask` set; 0 when there is none. from >= 32. */
// @ts-ignore: decorators are valid here in AssemblyScript
@inline
function search(table: usize, start: usize, from: u32, to: u32, mask: u32): u32 {
  let hash: u32 = 0
  for (let i = from - 32; i < from; i++) hash = roll(hash, table, start + i)
  let i = from
  // Four bytes a turn. Summing the four up apart from the hash was tried and was no faster.
  while (i + 4 <= to) {
    const at = start + i
    hash = roll(hash, table, at)
    if (!(hash & mask)) return i + 1
    hash = roll(hash, table, at + 1)
    if (!(hash & mask)) return i + 2
    hash = roll(hash, table, at + 2)
    if (!(hash & mask)) return i + 3
    hash = roll(hash, table, at + 3)
    if (!(hash & mask)) return i + 4
    i += 4
  }
  while (i < to) {
    hash = roll(hash, table, start + i)
    i++
    if (!(hash & mask)) return i
  }
  return 0
}

/**
 * Length of the block that begins at `start`, of which `filled` bytes are there and `searched`
 * bytes were searched before; 0 when more bytes are needed to say. min >= 32; lengths lie in
 * (min, max]; up to avg `maskBefore` decides, behind it `maskAfter`.
 */
export function cut(
  table: usize,
  start: usize,
  searched: u32,
  filled: u32,
  min: u32,
  avg: u32,
  max: u32,
  maskBefore: u32,
  maskAfter: u32,
): u32 {
  const end = filled < max ? filled : max
  let from = searched > min ? searched : min
  if (from < avg && from < end) {
    const to = end < avg ? end : avg
    const found = search(table, start, from, to, maskBefore)
    if (found) return found
    from = to
  }
  if (from < end) {
    const found = search(table, start, from, end, maskAfter)
    if (found) return found
  }
  return end == max ? max : 0
}
