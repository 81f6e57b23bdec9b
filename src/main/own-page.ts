/**
 * Which pages are ours. Promises that only the main frame of a window that shows app://bundle is
 * believed. Never compares beginnings of texts: an address is parsed, or it is not ours.
 */
import type { FramePort } from './electron-port.ts'

export const SCHEME = 'app'
const HOST = 'bundle'
export const START_PAGE = `${SCHEME}://${HOST}/index.html`

export function isOwnPage(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  return protocol === `${SCHEME}:` && host === HOST && username === '' && password === ''
}

/** A frame that is gone is null, and `frame?.parent` would let it through: null is refused first. */
export function isTrustedFrame(frame: FramePort | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isOwnPage(frame.url)
}
