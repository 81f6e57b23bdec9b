/** What makes every other test of this folder fail: a window that complains. */
import type { Page } from '@playwright/test'
import { expect, test } from 'vitest'
import { Complaints, openWindow, useBrowser } from './support/browser.ts'

useBrowser()

const POLICY = "default-src 'none'; script-src 'unsafe-inline'"

test.each([
  { what: 'an error on the console', script: 'console.error("no")', heard: /console: no/ },
  {
    what: 'an exception of the page',
    script: 'setTimeout(() => { throw Error("no") })',
    heard: /exception: .*no/,
  },
  {
    what: 'a report of the policy',
    script: 'document.body.append(Object.assign(document.createElement("img"), { src: "/x.png" }))',
    heard: /policy: img-src/,
  },
])('$what fails a test that did not expect it', async ({ script, heard }) => {
  const { page, complaints, expectComplaint } = await openWindow()
  await showPage(page, script)
  await expect.poll(() => complaints.heard.some((text) => heard.test(text))).toBe(true)
  expect(() => complaints.check()).toThrow(heard)
  expectComplaint(/./)
})

test('a complaint that was expected and does not come fails the test', () => {
  const complaints = new Complaints()
  complaints.expect(/refused/)
  expect(() => complaints.check()).toThrow('complaints that did not come: /refused/')
})

async function showPage(page: Page, script: string): Promise<void> {
  await page.route('**/*', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': POLICY },
      body: `<!doctype html><title>Planted</title><body><script>${script}</script></body>`,
    }),
  )
  await page.goto('http://planted.test/')
}
