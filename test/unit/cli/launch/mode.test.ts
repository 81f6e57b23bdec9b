/** What rules a window out, and a download, before anything is looked for. */
import { expect, test } from 'vitest'
import { downloadBanOf, hasDisplay, modeOf, obstacleOn } from '../../../../src/node/cli/launch/mode.ts'
import { PeerfoldError } from '../../../../src/node/base/errors.ts'

const X11 = { DISPLAY: ':0' }

test.each([
  { machine: 'Linux with X11', platform: 'linux', env: X11, uid: 1000, obstacle: undefined },
  {
    machine: 'Linux with Wayland',
    platform: 'linux',
    env: { WAYLAND_DISPLAY: 'w' },
    uid: 1000,
    obstacle: undefined,
  },
  { machine: 'Linux without a display', platform: 'linux', env: {}, uid: 1000, obstacle: /no display/ },
  {
    machine: 'Linux with an empty display',
    platform: 'linux',
    env: { DISPLAY: '' },
    uid: 1000,
    obstacle: /no display/,
  },
  { machine: 'root with a display', platform: 'linux', env: X11, uid: 0, obstacle: /root/ },
  { machine: 'FreeBSD without a display', platform: 'freebsd', env: {}, uid: 1000, obstacle: /no display/ },
  { machine: 'a Mac', platform: 'darwin', env: {}, uid: 501, obstacle: undefined },
  {
    machine: 'Windows, which has no user ids',
    platform: 'win32',
    env: {},
    uid: undefined,
    obstacle: undefined,
  },
])('$machine', ({ platform, env, uid, obstacle }) => {
  const found = obstacleOn({ platform, env, uid })
  if (obstacle === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(obstacle)
  expect(hasDisplay({ platform, env, uid })).toBe(!/no display/.test(found ?? ''))
})

test('PEERFOLD_UI is auto when it is unset or empty, and a misspelt one is told', () => {
  expect([undefined, '', 'auto', 'electron', 'browser', 'none'].map(modeOf)).toEqual([
    'auto',
    'auto',
    'auto',
    'electron',
    'browser',
    'none',
  ])
  expect(() => modeOf('Browser')).toThrow(PeerfoldError)
  expect(() => modeOf('Browser')).toThrow('auto, electron, browser, none')
})

test.each([
  { env: {}, ban: undefined },
  { env: { PEERFOLD_NO_DOWNLOAD: '0' }, ban: undefined },
  { env: { PEERFOLD_NO_DOWNLOAD: '1' }, ban: 'PEERFOLD_NO_DOWNLOAD=1' },
  { env: { CI: 'true' }, ban: 'no download in CI' },
])('with $env the ban on downloads is: $ban', ({ env, ban }) => {
  expect(downloadBanOf({ platform: 'linux', env, uid: 1000 })).toBe(ban)
})
