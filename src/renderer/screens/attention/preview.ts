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

/** The first bytes of each kind; `at` is where they stand. */
const SIGNATURES = [
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: 'image/webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
] as const

/** The name only decides whether it is worth fetching. */
export function isWorthFetching(path: string, size: number): boolean {
  return size <= (IMAGE_NAME.test(path) ? IMAGE_LIMIT : TEXT_LIMIT)
}

export function imageTypeOf(bytes: Uint8Array): string | undefined {
  return SIGNATURES.find((one) => one.bytes.every((byte, index) => bytes[one.at + index] === byte))?.type
}

/** The text, if it is one: UTF-8 without the control characters that no text holds. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text
  } catch {
    // Not UTF-8, so nothing that can be shown as text.
    return undefined
  }
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
