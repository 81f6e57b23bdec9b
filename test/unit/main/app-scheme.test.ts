/** app://bundle on a real directory: what it serves, and the tricks it does not fall for. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { APP_SCHEME, createBundleHandler } from '../../../src/main/app-scheme.ts'
import { assetPath } from '../../../src/main/asset-path.ts'
import { CONTENT_SECURITY_POLICY } from '../../../src/node/api/content-security-policy.ts'

let place: string
let root: string
let handle: ReturnType<typeof createBundleHandler>
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'peerfold-bundle-'))
  root = join(place, 'renderer')
  mkdirSync(join(root, 'assets'), { recursive: true })
  writeFileSync(join(root, 'index.html'), '<!doctype html>')
  writeFileSync(join(root, 'assets/index-BcD_1-x.js'), 'go()')
  writeFileSync(join(place, 'secret.txt'), 'secret')
  writeFileSync(join(place, 'renderer-other.html'), 'secret')
  handle = createBundleHandler(root)
})
afterAll(() => rmSync(place, { recursive: true }))

const get = (url: string, method = 'GET') => handle({ url, method })

test.each([
  { url: 'app://bundle/', type: 'text/html; charset=utf-8', body: '<!doctype html>' },
  { url: 'app://bundle/index.html', type: 'text/html; charset=utf-8', body: '<!doctype html>' },
  { url: 'app://bundle/index.html?a=1#/folders', type: 'text/html; charset=utf-8', body: '<!doctype html>' },
  { url: 'app://bundle/assets/index-BcD_1-x.js', type: 'text/javascript; charset=utf-8', body: 'go()' },
])('$url is served with its type and the headers of a page', async ({ url, type, body }) => {
  const response = await get(url)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(body)
  expect(response.headers.get('content-type')).toBe(type)
  expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

describe('refused with 404 and the same headers', () => {
  test.each([
    { trick: 'climbing', url: 'app://bundle/../secret.txt' },
    { trick: 'climbing from below', url: 'app://bundle/assets/../../secret.txt' },
    { trick: 'encoded dots', url: 'app://bundle/%2e%2e/secret.txt' },
    { trick: 'encoded slash', url: 'app://bundle/..%2fsecret.txt' },
    { trick: 'encoded dots and slash', url: 'app://bundle/%2e%2e%2fsecret.txt' },
    { trick: 'encoded twice', url: 'app://bundle/%252e%252e%252fsecret.txt' },
    { trick: 'backslash', url: 'app://bundle/..\\secret.txt' },
    { trick: 'encoded backslash', url: 'app://bundle/..%5csecret.txt' },
    { trick: 'overlong dots', url: 'app://bundle/%c0%ae%c0%ae/secret.txt' },
    { trick: 'NUL', url: 'app://bundle/index.html%00.js' },
    { trick: 'half an escape', url: 'app://bundle/index.html%' },
    { trick: 'a drive', url: 'app://bundle/C:/secret.txt' },
    { trick: 'a stream', url: 'app://bundle/index.html::$DATA' },
    { trick: 'a sister directory', url: 'app://bundle/../renderer-other.html' },
    { trick: 'a directory', url: 'app://bundle/assets' },
    { trick: 'a directory with slash', url: 'app://bundle/assets/' },
    { trick: 'an absolute path', url: 'app://bundle//etc/passwd' },
    { trick: 'nothing there', url: 'app://bundle/gone.js' },
    { trick: 'a wrong host', url: 'app://other/index.html' },
    { trick: 'no host', url: 'app:///index.html' },
    { trick: 'a wrong scheme', url: 'file:///index.html' },
    { trick: 'no address', url: 'index.html' },
  ])('$trick: $url', async ({ url }) => {
    const response = await get(url)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
  })

  test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'get'])('the method %s', async (method) => {
    expect((await get('app://bundle/index.html', method)).status).toBe(404)
  })
})

test('a path that is allowed lies below the root, whatever the root looks like', () => {
  for (const base of ['/opt/app/renderer', '/opt/app/renderer/', '/opt//app/x/../renderer'])
    expect(assetPath('app://bundle/assets/a.js', base)).toBe('/opt/app/renderer/assets/a.js')
})

test('a bundle that cannot be read is 404, not a failure', async () => {
  symlinkSync('loop.js', join(root, 'loop.js'))
  expect((await get('app://bundle/loop.js')).status).toBe(404)
})

test('the scheme is standard and secure and bypasses no policy', () => {
  expect(APP_SCHEME).toEqual({
    scheme: 'app',
    privileges: { standard: true, secure: true, supportFetchAPI: true },
  })
})
