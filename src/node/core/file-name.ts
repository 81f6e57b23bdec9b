/** The parts of a file's name, and its length where disks count it: in bytes. Pure. */

/** Bytes of one name (ext4, APFS, NTFS allow 255). */
export const NAME_BYTES_LIMIT = 255
/** Bytes; an odd extension would eat the file's own name. */
const EXTENSION_BYTES_LIMIT = 40

/** A leading dot starts no extension, and an overlong extension is none. */
export function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || bytesOf(name.slice(dot)) > EXTENSION_BYTES_LIMIT) return { stem: name, extension: '' }
  return { stem: name.slice(0, dot), extension: name.slice(dot) }
}

/** The beginning of `text` that fits, in whole characters. */
export function cutToBytes(text: string, limit: number): string {
  let kept = ''
  let size = 0
  for (const character of text) {
    size += bytesOf(character)
    if (size > limit) break
    kept += character
  }
  return kept
}

/** UTF-8 length; this layer has no TextEncoder. */
export function bytesOf(text: string): number {
  let size = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    size += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return size
}
