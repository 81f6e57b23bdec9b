/** Which file an address of the interface means. */
import { describe, expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY, PAGE_HEADERS } from '../../../src/node/api/content-security-policy.ts'
import { cacheControlOf, contentTypeOf, staticPathOf } from '../../../src/node/api/static-path.ts'

describe('an address', () => {
  test.each([
    { address: '/', path: 'index.html' },
    { address: '/index.html', path: 'index.html' },
    { address: '/assets/index-C0ffee_-.js', path: 'assets/index-C0ffee_-.js' },
    { address: '/assets/%69ndex.css', path: 'assets/index.css' },
  ])('$address means $path', ({ address, path }) => {
    expect(staticPathOf(address)).toBe(path)
  })

  test.each([
    '',
    'index.html',
    '//',
    '//index.html',
    '/..',
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2fpackage.json',
    '/..%5cpackage.json',
    '/..\\package.json',
    '/assets\\index.js',
    '/C:/Windows/win.ini',
    '/index.html%00.png',
    '/index.html\0',
    '/.env',
    '/.git/config',
    '/assets/.hidden',
    '/%252e%252e/package.json',
    '/%zz',
    '/assets/',
    '/assets//index.js',
    '/a..b',
    '/~root',
    '/index.html;x',
  ])('%j means nothing', (address) => {
    expect(staticPathOf(address)).toBeUndefined()
  })
})

test.each([
  { path: 'index.html', type: 'text/html; charset=utf-8' },
  { path: 'assets/a.js', type: 'text/javascript; charset=utf-8' },
  { path: 'assets/a.css', type: 'text/css; charset=utf-8' },
  { path: 'icon.svg', type: 'image/svg+xml' },
  { path: 'README', type: 'application/octet-stream' },
  { path: 'a.exe', type: 'application/octet-stream' },
])('$path is $type', ({ path, type }) => {
  expect(contentTypeOf(path)).toBe(type)
})

test.each([
  { path: 'assets/index-C0ffee12.js', kept: true },
  { path: 'assets/fonts/inter-Ab_-1234.woff2', kept: true },
  { path: 'index.html', kept: false },
  { path: 'icon.svg', kept: false },
  { path: 'assets/index.js', kept: false },
  { path: 'index-C0ffee12.html', kept: false },
])('$path is kept for good: $kept', ({ path, kept }) => {
  expect(cacheControlOf(path)).toBe(kept ? 'public, max-age=31536000, immutable' : 'no-cache')
})

test('the policy starts from nothing and names no foreign host and no unsafe source', () => {
  const rules = Object.fromEntries(
    CONTENT_SECURITY_POLICY.split('; ').map((rule) => [rule.split(' ', 1)[0], rule.split(' ').slice(1)]),
  )
  expect(rules['default-src']).toEqual(["'none'"])
  expect(rules['script-src']).toEqual(["'self'"])
  expect(rules['frame-ancestors']).toEqual(["'none'"])
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/)
  expect(PAGE_HEADERS).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
})
