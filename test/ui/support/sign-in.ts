/** Coming in with a one-time code, as `peerfold ui` prints it. */
import type { SignInCode } from '../../../src/node/api/node-port.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { type Opened, openWindow, type WindowSettings } from './browser.ts'

/** The address to open, with a fresh code in its fragment. */
export async function signInLink(node: RealNode): Promise<SignInCode> {
  const { status, body } = await node.request<SignInCode>('POST', '/session/codes')
  if (status !== 200) throw new Error(`${node.name} makes no code: ${status} ${JSON.stringify(body)}`)
  return body
}

/** A window that opened such an address; it need not show anything yet. */
export async function openSignedIn(node: RealNode, settings: WindowSettings = {}): Promise<Opened> {
  const opened = await openWindow(settings)
  await opened.page.goto((await signInLink(node)).url)
  return opened
}
