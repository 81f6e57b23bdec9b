/**
 * Names of exported versions. Promises that several versions of one path get readable, different
 * names of at most 255 bytes. Never touches the disk.
 */
import { NAME_BYTES_LIMIT, nameOf, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { Version } from './catalogue.ts'

/** Where content whose description is gone is put. */
const UNKNOWN_DIRECTORY = 'of unknown origin'
/** Code points of a device's name that are shown. */
const DEVICE_SHOWN = 24

/** The directory, relative to the target, that a version is put into. */
export function exportDirectory(version: Version): RelativePath {
  return version.origin === 'known' ? parentOf(version.path) : UNKNOWN_DIRECTORY
}

/**
 * "report (2026-11-20 13.55.00.123Z laptop).txt": when it was displaced and who had written it.
 * `attempt` counts from 1 and shows in the name from 2 on.
 */
export function exportName(version: Version, attempt: number): string {
  const again = attempt === 1 ? '' : ` ${attempt}`
  if (version.origin === 'unknown') return fit(nameOf(version.id), again, '')
  const { stem, extension } = splitName(nameOf(version.path))
  const when = new Date(version.displacedAtMs).toISOString().replace('T', ' ').replaceAll(':', '.')
  return fit(stem, ` (${when} ${shownDevice(version)}${again})`, extension)
}

/** A name for a directory that cannot have its own, because something else has it. */
export function nextName(name: string, attempt: number): string {
  return attempt === 1 ? name : fit(name, ` ${attempt}`, '')
}

function shownDevice(version: Extract<Version, { origin: 'known' }>): string {
  const { name, device } = version.author
  // Not a separator, not a control character, nothing that other file systems refuse.
  const safe = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}/\\:*?"<>|\uFFFD]/gu, '_')
    .trim()
  return safe === '' ? shorten(device, 8) : shorten(safe, DEVICE_SHOWN)
}

function shorten(text: string, codePoints: number): string {
  return [...text].slice(0, codePoints).join('').replaceAll(/[/\0]/g, '_')
}

/** A dotfile has no extension, and what follows a very late dot is one only when short. */
function splitName(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.')
  const extension = name.slice(dot)
  if (dot <= 0 || Buffer.byteLength(extension) > 32) return { stem: name, extension: '' }
  return { stem: name.slice(0, dot), extension }
}

/** Cuts the stem at a code point so that the whole fits a name. */
function fit(stem: string, suffix: string, extension: string): string {
  const room = NAME_BYTES_LIMIT - Buffer.byteLength(suffix) - Buffer.byteLength(extension)
  let cut = stem
  while (Buffer.byteLength(cut) > room) cut = [...cut].slice(0, -1).join('')
  return `${cut}${suffix}${extension}`
}
