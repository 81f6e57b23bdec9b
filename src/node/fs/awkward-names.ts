/**
 * Names that some file systems do not hold. Promises rules about the text alone: what a certain disk
 * does with a name only that disk can tell. Never changes a name.
 */

/** Bytes; a file system that encrypts names holds no longer ones (eCryptfs). */
const SURE_BYTES = 143
// oxlint-disable-next-line no-control-regex -- control characters are among what is refused
const ODD_CHARACTERS = /[<>:"|?*\\\u0000-\u001f\u007f]/
/** Names of devices, whatever their extension; the superscript digits count as digits. */
const DEVICES = /^(con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3])(\.|$)/i

/** What Windows refuses, opens as a device or a stream, or keeps as something else (FAT does so, too). */
export function isUnusableOnWindows(name: string): boolean {
  return ODD_CHARACTERS.test(name) || DEVICES.test(name) || /[. ]$/.test(name)
}

/** A name that some disk in use does not hold, so that it is better tried before content moves. */
export function isAwkwardName(name: string): boolean {
  return isUnusableOnWindows(name) || Buffer.byteLength(name) > SURE_BYTES
}
