/** Whose page an address is, and which frame is believed. */
import { describe, expect, test } from 'vitest'
import { isOwnPage, isTrustedFrame, START_PAGE } from '../../../src/main/own-page.ts'

test.each(['app://bundle/', 'app://bundle/index.html#/folders', START_PAGE])('%s is our page', (url) => {
  expect(isOwnPage(url)).toBe(true)
})

test.each([
  '',
  'app:',
  'app://',
  'app://bundle.evil/',
  'app://evil/bundle',
  'app://bundle:81/',
  'app://user@bundle/',
  'app://user:word@bundle/',
  'app://bundle@evil/',
  'apps://bundle/',
  'https://bundle/',
  'file:///app://bundle/',
  'javascript:app://bundle/',
  'data:text/html,app://bundle/',
  'about:blank',
  'blob:app://bundle/6f1c',
])('%j is not our page', (url) => {
  expect(isOwnPage(url)).toBe(false)
})

describe('a frame', () => {
  const main = { url: START_PAGE, parent: null }
  test('is believed when it is the main frame of our page', () => {
    expect(isTrustedFrame(main)).toBe(true)
  })
  test.each([
    { why: 'it is gone (null)', frame: null },
    { why: 'it is undefined', frame: undefined },
    { why: 'it lies inside another', frame: { url: START_PAGE, parent: main } },
    { why: 'it shows another page', frame: { url: 'https://example.org/', parent: null } },
    { why: 'it shows nothing yet', frame: { url: '', parent: null } },
  ])('is not believed when $why', ({ frame }) => {
    expect(isTrustedFrame(frame)).toBe(false)
  })
})
