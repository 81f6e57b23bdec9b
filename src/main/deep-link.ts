/**
 * peerfold:// links, which any web page may offer to open. Promises one of a few meanings or none;
 * all of them only show a screen. Never changes anything by itself: what a link cannot say, no
 * link can do.
 */

export const LINK_SCHEME = 'peerfold'

const SCREENS = ['folders', 'transfers', 'devices', 'attention'] as const

export type DeepLink =
  | { readonly kind: 'screen'; readonly screen: (typeof SCREENS)[number] }
  | { readonly kind: 'folder'; readonly folder: string }

/** As a folder id is written in the configuration. */
const FOLDER_ID = /^[A-Za-z0-9._-]{1,64}$/
/** Far above any link of ours. */
const LENGTH_LIMIT = 256

/** "peerfold://devices", "peerfold://folders/photos"; everything else is undefined. */
export function parseDeepLink(text: string): DeepLink | undefined {
  if (text.length > LENGTH_LIMIT || !URL.canParse(text)) return undefined
  const { protocol, host, pathname, search, hash, username, password, port } = new URL(text)
  if (protocol !== `${LINK_SCHEME}:` || search || hash || username || password || port) return undefined
  const folder = /^\/([^/]+)\/?$/.exec(pathname)?.[1]
  if (host === 'folders' && folder !== undefined)
    return FOLDER_ID.test(folder) && folder !== '.' && folder !== '..'
      ? { kind: 'folder', folder }
      : undefined
  const screen = SCREENS.find((known) => known === host)
  return screen !== undefined && (pathname === '' || pathname === '/')
    ? { kind: 'screen', screen }
    : undefined
}

/** The first link among the arguments of a start; a browser passes it as one of them. */
export function linkOf(argv: readonly string[]): DeepLink | undefined {
  for (const argument of argv) {
    const link = parseDeepLink(argument)
    if (link) return link
  }
  return undefined
}

/** The route of the screens, without its "#". */
export function routeOf(link: DeepLink): string {
  return link.kind === 'screen' ? `/${link.screen}` : `/folders/${link.folder}`
}
