/** What a page may ask of the machine. */
import { expect, test } from 'vitest'
import { denyEverything } from '../../../src/main/permissions.ts'
import { FakeEvent, FakeSession } from '../../support/fake-electron.ts'

/** The names in the types of Electron 45.4.1, and one of tomorrow. */
const PERMISSIONS = (
  'clipboard-read clipboard-sanitized-write display-capture fullscreen geolocation hid idle-detection ' +
  'keyboardLock media mediaKeySystem midi midiSysex notifications openExternal pointerLock serial ' +
  'speaker-selection storage-access top-level-storage-access unknown usb window-management deprecated-sync ' +
  'fileSystem something-new'
).split(' ')

test.each(PERMISSIONS)('the permission %s is denied', (permission) => {
  const session = new FakeSession()
  denyEverything(session)
  const answers: boolean[] = []
  session.request?.({}, permission, (granted) => answers.push(granted))
  expect(answers).toEqual([false])
  expect(session.check?.()).toBe(false)
  expect(session.device?.()).toBe(false)
})

test('a download is prevented', () => {
  const session = new FakeSession()
  denyEverything(session)
  const event = new FakeEvent()
  session.emit('will-download', event)
  expect(event.prevented).toBe(true)
})
