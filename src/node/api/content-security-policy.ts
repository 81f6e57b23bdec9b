/**
 * The headers of every page of ours, in a browser and in the desktop window alike. Promises that
 * a page runs nothing but our own files and speaks to nobody but its node. Never relaxed for a
 * single page: what needs more does not belong into the interface.
 */

/**
 * The hash is the one style element that react-aria-components 1.22.1 writes; derive it again
 * when that package changes. 'self' of connect-src covers the WebSocket of the same host.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
