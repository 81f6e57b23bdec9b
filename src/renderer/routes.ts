/**
 * Addresses of the screens, in the fragment: "#/folders/photos/2026/May". Promises that every
 * address that is written can be read back, whatever is in a name. Never holds a screen.
 */
export type Screen = 'folders' | 'transfers' | 'devices' | 'attention'

export type Place =
  | { readonly screen: Screen }
  /** `directory` is a path inside the folder, "" for the folder itself. */
  | { readonly screen: 'files'; readonly folder: string; readonly directory: string }
  | { readonly screen: 'nowhere' }

/** In the order of the navigation, which is the order of Ctrl/Cmd+1…4. */
export const SCREENS: readonly Screen[] = ['folders', 'transfers', 'devices', 'attention']

/** Of the part after "#". */
export function placeOf(location: string): Place {
  const [first = '', ...rest] = location.replace(/^\/+/, '').split('/')
  if (first === '') return { screen: 'folders' }
  const names = rest.filter((name) => name !== '').map(decoded)
  if (!isScreen(first) || names.includes(undefined)) return { screen: 'nowhere' }
  const [folder, ...directory] = names
  if (folder === undefined) return { screen: first }
  return first === 'folders'
    ? { screen: 'files', folder, directory: directory.join('/') }
    : { screen: 'nowhere' }
}

export function hrefOf(screen: Screen): string {
  return `#/${screen}`
}

export function filesHref(folder: string, directory = ''): string {
  const names = [folder, ...directory.split('/').filter((name) => name !== '')]
  return `#/folders/${names.map(encodeURIComponent).join('/')}`
}

function isScreen(name: string): name is Screen {
  return (SCREENS as readonly string[]).includes(name)
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name)
  } catch {
    // Typed by hand: no name of ours looks like this.
    return undefined
  }
}
