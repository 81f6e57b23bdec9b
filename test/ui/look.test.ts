/** The looks themselves: that each kind of fault is found when it is there. */
import { expect, test } from 'vitest'
import { openWindow, useBrowser } from './support/browser.ts'
import { examine, photograph } from './support/look.ts'

useBrowser()

const page = (body: string): string =>
  `<!doctype html><html lang="en"><title>Planted</title><main><h1>Planted</h1>${body}</main>`

test('axe is asked, and finds a button without a name and text without contrast', async () => {
  const { page: window } = await openWindow({ bypassCSP: true })
  await window.setContent(page('<button></button><p style="color:#bbb;background:#fff">pale</p>'))
  for (const [name, look] of [
    ['planted', 'dark, 400'],
    ['plant', 'dark, 400'],
    ['plants', 'light, 1280'],
  ]) {
    const found = (await examine(window, name!)).join('\n')
    expect(found).toContain(`${name}, ${look}: button-name`)
    expect(found).toContain(`${name}, ${look}: color-contrast`)
  }
})

test('a page too wide for a narrow window, and green that is not the word safe, are found', async () => {
  const { page: window } = await openWindow()
  await window.setContent(
    page('<p style="width:600px;color:#0a7a33">wide</p><p class="state-safe" style="color:#0a7a33">'),
  )
  const found = await photograph(window, 'planted', '/nowhere')
  const wide = found.filter((fault) => fault.includes('px wide'))
  expect(wide).toContain('planted-dark-400: 608 px wide in a window of 400')
  // As many looks at the narrow window as at the wide one, and green in each.
  expect(found.filter((fault) => fault.includes('is green'))).toHaveLength(2 * wide.length)
})
