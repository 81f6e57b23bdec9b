/**
 * A look into a small file. Promises that only plain text and four kinds of pictures are ever shown,
 * told by their bytes and never by their name, and only the content that the node spoke of. Never
 * interprets anything: text is text, and a picture is handed over as an address that the policy of
 * the page allows.
 */

export type Preview =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly url: string }
  /** The file is not the one any more that the node spoke of. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'none' }

/** Bytes that are fetched for a text; more is not compared by eye. */
export const TEXT_LIMIT = 256 * 1024
/** Bytes that are fetched for a picture. */
export const IMAGE_LIMIT = 4 * 1024 * 1024

const IMAGE_NAME = /\.(png|jpe?g|webp|gif)$/i

/** How each kind begins, one character for a byte, and what stands at a later place. */
const BEGINNINGS = [
  { type: 'image/png', start: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', start: '\xff\xd8\xff' },
  { type: 'image/gif', start: 'GIF87a' },
  { type: 'image/gif', start: 'GIF89a' },
  { type: 'image/webp', start: 'RIFF', at8: 'WEBP' },
] as const
const BEGINNING_BYTES = 12

/** The name only decides whether it is worth fetching. */
export function isWorthFetching(path: string, size: number): boolean {
  return size <= (IMAGE_NAME.test(path) ? IMAGE_LIMIT : TEXT_LIMIT)
}

function imageTypeOf(bytes: Uint8Array): string | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(0, BEGINNING_BYTES))
  return BEGINNINGS.find((one) => {
    return beginning.startsWith(one.start) && (!('at8' in one) || beginning.startsWith(one.at8, 8))
  })?.type
}

/** The text, if it is one: UTF-8 without the control characters that no text holds. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.some(isNoText)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Not UTF-8, so nothing that can be shown as text.
    return undefined
  }
}

/** Control characters but tab, line ends, form feed and escape. */
function isNoText(byte: number): boolean {
  return byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)
}

export function previewOf(bytes: Uint8Array<ArrayBuffer>): Preview {
  const type = imageTypeOf(bytes)
  if (type !== undefined) return { kind: 'image', url: `data:${type};base64,${base64Of(bytes)}` }
  const text = bytes.length <= TEXT_LIMIT ? textOf(bytes) : undefined
  return text === undefined ? { kind: 'none' } : { kind: 'text', text }
}

/** `hash` is the one of the record, "sha256:…". */
export async function fetchPreview(url: string, hash: string, signal: AbortSignal): Promise<Preview> {
  const answer = await fetch(url, { signal })
  if (!answer.ok || answer.headers.get('etag') !== `"${hash}"`) return { kind: 'changed' }
  return previewOf(new Uint8Array(await answer.arrayBuffer()))
}

/** Characters that one call may take as arguments. */
const STEP = 8_192

function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += STEP)
    text += String.fromCharCode(...bytes.subarray(at, at + STEP))
  return btoa(text)
}
