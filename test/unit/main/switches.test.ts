/** With which arguments, and as whom, the app starts. */
import { expect, test } from 'vitest'
import { startRefusal } from '../../../src/main/switches.ts'

const as = (argv: readonly string[], isPackaged: boolean, uid: number | undefined = 1000) =>
  startRefusal({ argv, isPackaged, uid })

test.each([
  '--remote-debugging-port=9222',
  '--remote-debugging-port',
  '-remote-debugging-port=9222',
  '/remote-debugging-port=9222',
  '--Remote-Debugging-Port=9222',
  '--remote-debugging-pipe',
  '--remote-allow-origins=*',
  '--inspect',
  '--inspect=0.0.0.0:9229',
  '--inspect-brk',
  '--auto-open-devtools-for-tabs',
  '--disable-web-security',
  '--load-extension=/tmp/x',
  '--js-flags=--expose-gc',
  '--renderer-cmd-prefix=xterm -e gdb',
  '--utility-cmd-prefix=gdb',
])('a packaged app refuses %s, and one in development takes it', (argument) => {
  expect(as(['first', argument], true)).toMatch(/does not start with --/)
  expect(as(['first', argument], false)).toBeUndefined()
})

test.each(['--no-sandbox', '-no-sandbox', '--no-sandbox=1', '--disable-setuid-sandbox', '--single-process'])(
  'no app starts with %s',
  (argument) => {
    expect(as([argument], true)).toMatch(/does not start/)
    expect(as([argument], false)).toMatch(/does not start/)
  },
)

test.each([
  [],
  ['.'],
  ['peerfold://devices'],
  ['--hidden'],
  ['/home/anna/inspect'],
  ['/inspect/x'],
  ['--inspector-of-nothing'],
  ['--ozone-platform=wayland'],
])('a packaged app starts with %j', (...argv: string[]) => {
  expect(as(argv, true)).toBeUndefined()
})

test('nobody starts it as root, and systems without user ids are not mistaken for root', () => {
  expect(as([], false, 0)).toMatch(/does not run as root/)
  expect(as([], true, 0)).toMatch(/does not run as root/)
  expect(startRefusal({ argv: [], isPackaged: true, uid: undefined })).toBeUndefined()
})
