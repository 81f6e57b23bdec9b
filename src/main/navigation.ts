/**
 * Where a window may go: nowhere but to our own pages. Promises that no second window opens, that
 * no frame leaves app://bundle, and that a link reaches the browser only over https and only to
 * a listed host. Never decides by anything but the parsed address.
 */
import type { ContentsPort, Preventable } from './electron-port.ts'
import { isOwnPage } from './own-page.ts'

/** Exact host names that a link may lead to. Peerfold has no page on the web yet, so there is none. */
export const EXTERNAL_HOSTS: readonly string[] = []

export function mayOpenExternally(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  // `host` carries a port when there is one, so that "example.org:8443" is not "example.org".
  return protocol === 'https:' && hosts.includes(host) && username === '' && password === ''
}

export interface LinkParts {
  readonly hosts: readonly string[]
  open(url: string): void
}

/** For every web contents that comes to be, whoever made it. */
export function guardContents(contents: ContentsPort, links: LinkParts): void {
  const stayHome = (details: Preventable & { readonly url: string }): void => {
    if (!isOwnPage(details.url)) details.preventDefault()
  }
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenExternally(url, links.hosts)) links.open(url)
    return { action: 'deny' }
  })
  contents.on('will-navigate', stayHome)
  contents.on('will-redirect', stayHome)
  contents.on('will-frame-navigate', stayHome)
  contents.on('will-attach-webview', (event) => event.preventDefault())
}
