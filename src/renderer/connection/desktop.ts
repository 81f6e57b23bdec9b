/** `window.desktop`, where the preload of the desktop window has put it. Never exists in a browser. */
import type { DesktopBridge } from '../../node/api/desktop-bridge.ts'

declare global {
  interface Window {
    readonly desktop?: DesktopBridge<File>
  }
}

export function findDesktop(): DesktopBridge<File> | undefined {
  return window.desktop
}
