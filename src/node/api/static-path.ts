/**
 * What a page may ask for by name. Promises that a name leaves its directory by no spelling, and
 * the type of what it names. Pure, and without imports: the desktop window asks the same.
 */

/**
 * The path below the directory of the interface, "/" as "index.html"; undefined for whatever does
 * not name a file in it. Takes the path of a URL as it came, undecoded, without query.
 */
export function staticPathOf(pathname: string): string | undefined {
  if (pathname === '/') return 'index.html'
  const decoded = decode(pathname)
  if (decoded === undefined || !decoded.startsWith('/')) return undefined
  const names = decoded.slice(1).split('/')
  return names.every(isPlainName) ? names.join('/') : undefined
}

/** Letters, digits and a few signs, as a bundler writes them; that leaves "..", "\", NUL and dot files out. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && !name.includes('..')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not percent-encoding, so not the name of a file either.
    return undefined
  }
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/vnd.microsoft.icon',
  webp: 'image/webp',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
}

export function contentTypeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}

/** A name with the hash of its content never means anything else; every other name may. */
export function cacheControlOf(path: string): string {
  const isHashed = /^assets\/(?:.*\/)?[^/]*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/.test(path)
  return isHashed ? 'public, max-age=31536000, immutable' : 'no-cache'
}
