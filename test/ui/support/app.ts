/**
 * The app on a node, by either transport: what the tests of the screens open. Promises the same page
 * and the same node behind both, so that one suite runs over both.
 */
import type { NodeSettings, RealNode } from '../../support/real-nodes.ts'
import { amount } from '../../support/tier.ts'
import type { Opened, WindowSettings } from './browser.ts'
import { openDesktopWindow } from './desktop-window.ts'
import { openSignedIn } from './sign-in.ts'

export const TRANSPORTS = ['browser, WebSocket', 'desktop window, MessagePort'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** For what does not depend on how the window reaches the node: one in the short tier, both in the long one. */
export function transportsFrom(usual: Transport): readonly Transport[] {
  return amount({ short: 0, long: 1 }) === 1 ? TRANSPORTS : [usual]
}

export interface AppWindow extends Opened {
  /** Goes to "#/devices" and the like. */
  goTo(route: string): Promise<void>
  /** To be called when the node was started again: main sees that, a browser finds out by itself. */
  nodeIsBack(): void
}

/** How a node is started whose window speaks this way. */
export function settingsFor(transport: Transport): NodeSettings {
  return transport === 'desktop window, MessagePort' ? { desktop: true } : {}
}

export async function openApp(
  node: RealNode,
  transport: Transport,
  settings: WindowSettings = {},
): Promise<AppWindow> {
  const opened =
    transport === 'desktop window, MessagePort'
      ? await openDesktopWindow(node, settings)
      : { ...(await openSignedIn(node, settings)), nodeIsBack: () => {} }
  const { page } = opened
  await page.getByRole('navigation').waitFor()
  const goTo = async (route: string): Promise<void> => {
    await page.evaluate((route) => {
      location.hash = route
    }, route)
  }
  return { ...opened, goTo }
}
