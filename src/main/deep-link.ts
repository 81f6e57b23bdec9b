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

/** The whole link, letter by letter: nothing is decoded or normalised, so nothing can hide in it. */
const LINK = /^peerfold:\/\/(?<screen>[a-z]+)(?:\/(?<folder>[A-Za-z0-9._-]{1,64}))?\/?$/

/** "peerfold://devices", "peerfold://folders/photos"; everything else is undefined. */
export function parseDeepLink(text: string): DeepLink | undefined {
  const { screen, folder } = LINK.exec(text)?.groups ?? {}
  if (folder !== undefined)
    // The configuration writes folder ids with these letters, and has no folder "." or "..".
    return screen === 'folders' && folder !== '.' && folder !== '..' ? { kind: 'folder', folder } : undefined
  const known = SCREENS.find((name) => name === screen)
  return known === undefined ? undefined : { kind: 'screen', screen: known }
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
