/**
 * What a page may ask of the machine: nothing. Promises that every permission, device and download
 * is denied, where Electron grants by default. Never asks the person.
 */
import type { SessionPort } from './electron-port.ts'

export function denyEverything(session: SessionPort): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
}
