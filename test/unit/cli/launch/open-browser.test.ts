/** How an address gets to a browser. */
import { expect, test } from 'vitest'
import { openerFor } from '../../../../src/node/cli/launch/open-browser.ts'

const URL_WITH_CODE = 'http://127.0.0.1:8005/#code=a&b'

test.each([
  { platform: 'linux', command: ['xdg-open', URL_WITH_CODE] },
  { platform: 'darwin', command: ['open', URL_WITH_CODE] },
  { platform: 'win32', command: ['rundll32', 'url.dll,FileProtocolHandler', URL_WITH_CODE] },
])('on $platform the address is one argument that no shell reads', ({ platform, command }) => {
  expect(openerFor(platform, URL_WITH_CODE)).toEqual(command)
})
