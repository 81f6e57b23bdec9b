/**
 * Shows an address in the browser of whoever is logged in. Promises never to fail a start: without
 * a browser there is still the address to read. Never opens anything but http on this machine.
 *
 * ACCEPTED: other users of the machine can read the arguments of a process, and with them the
 * one-time code while the browser has not used it yet. Worst case: one of them is quicker, and the
 * person at the machine is told that the code is used. A file that leads there would hide it, but
 * confined browsers (snap, flatpak) cannot read the places where such a file may lie.
 */
import { spawn } from 'node:child_process'

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  // Not "start": cmd would read the address as a command line.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

export function openerFor(platform: string, url: string): readonly [string, ...string[]] {
  const [program = 'xdg-open', ...args] = OPENERS[platform] ?? []
  return [program, ...args, url]
}

export function openBrowser(platform: string, url: string): void {
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'http:' || !['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return
  const [program, ...args] = openerFor(platform, url)
  const child = spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
  // Nothing that opens addresses is installed: the address was printed.
  child.on('error', () => {})
  child.unref()
}
