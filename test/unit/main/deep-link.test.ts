/** peerfold:// links: a few meanings, or none. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linkOf, parseDeepLink, routeOf } from '../../../src/main/deep-link.ts'

test.each([
  { link: 'peerfold://folders', route: '/folders' },
  { link: 'peerfold://folders/', route: '/folders' },
  { link: 'peerfold://transfers', route: '/transfers' },
  { link: 'peerfold://devices/', route: '/devices' },
  { link: 'peerfold://attention', route: '/attention' },
  { link: 'peerfold://folders/photos-2026', route: '/folders/photos-2026' },
])('$link shows $route', ({ link, route }) => {
  const parsed = parseDeepLink(link)
  expect(parsed && routeOf(parsed)).toBe(route)
})

test.each([
  '',
  'peerfold:',
  'peerfold:folders',
  'peerfold://',
  'peerfold://settings',
  'peerfold://folders/a/b',
  'peerfold://folders/..',
  'peerfold://folders/.',
  'peerfold://folders/%2e%2e',
  'peerfold://folders/a%2fb',
  'peerfold://folders/a b',
  'peerfold://folders/a\n',
  'PEERFOLD://folders',
  'peerfold://folders//',
  ' peerfold://folders',
  'peerfold://folders/photos?remove=1',
  'peerfold://folders/photos#/devices',
  'peerfold://devices/anything',
  'peerfold://user@devices',
  'peerfold://devices:80',
  'http://devices',
  'file://devices',
  'javascript:alert(1)',
  `peerfold://folders/${'a'.repeat(65)}`,
  `peerfold://devices${'/'.repeat(500)}`,
])('%j means nothing', (link) => {
  expect(parseDeepLink(link)).toBeUndefined()
})

const part = fc.oneof(
  fc.constantFrom('peerfold:', '//', '/', 'folders', 'devices', '..', '%2e', '%00', '?', '#', '@', '\\', ' '),
  fc.string({ maxLength: 12 }),
  fc.webUrl(),
)
const near = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))

test('whatever a link says, it is a known screen, a folder id, or ignored', () => {
  let understood = 0
  fc.assert(
    fc.property(
      fc.oneof(
        near,
        near.map((rest) => `peerfold://folders/${rest}`),
      ),
      (text) => {
        const link = parseDeepLink(text)
        if (!link) return
        understood++
        expect(routeOf(link)).toMatch(
          /^\/(?:folders|transfers|devices|attention|folders\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,64})$/,
        )
      },
    ),
    { seed: 20_261_120, numRuns: 5_000 },
  )
  expect(understood).toBeGreaterThan(50)
})

test('the first link among the arguments counts, and paths and switches are none', () => {
  const argv = [
    '.',
    '--flag',
    '/home/anna/peerfold',
    'peerfold://nonsense',
    'peerfold://devices',
    'peerfold://folders',
  ]
  expect(linkOf(argv)).toEqual({ kind: 'screen', screen: 'devices' })
  expect(linkOf(['.', '--url=peerfold://devices'])).toBeUndefined()
})
