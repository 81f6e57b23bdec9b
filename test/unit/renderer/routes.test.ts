/** Addresses of the screens. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filesHref, hrefOf, placeOf, SCREENS } from '../../../src/renderer/routes.ts'
import { codeIn } from '../../../src/renderer/connection/session.ts'

const fragment = (href: string): string => href.slice(1)

test('every screen is found at its address, and the empty address is the folders', () => {
  expect(SCREENS.map((screen) => placeOf(fragment(hrefOf(screen))))).toEqual(
    SCREENS.map((screen) => ({ screen })),
  )
  expect(placeOf('')).toEqual({ screen: 'folders' })
  expect(placeOf('/')).toEqual({ screen: 'folders' })
})

test('whatever is in a name, the address of a directory leads back to it', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('/', '-'))
  fc.assert(
    fc.property(name, fc.array(name), (folder, names) => {
      const directory = names.join('/')
      expect(placeOf(fragment(filesHref(folder, directory)))).toEqual({ screen: 'files', folder, directory })
    }),
    { seed: 7 },
  )
})

test.each(['/nothing', '/devices/x', '/folders/%', '/constructor'])('"%s" is nowhere', (location) => {
  expect(placeOf(location)).toEqual({ screen: 'nowhere' })
})

test.each(['http://127.0.0.1:8005/#code=AB-12', '#code=AB-12', 'code=AB-12', '  AB-12\n'])(
  'the code in "%s" is found',
  (text) => {
    expect(codeIn(text)).toBe('AB-12')
  },
)
