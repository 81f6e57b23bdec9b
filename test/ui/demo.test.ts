/** The demonstration's two devices, each in a tab of one browser, as the printed addresses open them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { runDemo } from '../support/demo-process.ts'
import { bytesOf } from './support/content.ts'
import { openWindow, useBrowser } from './support/browser.ts'
import { dropFiles } from './support/drop.ts'

useBrowser()

/** Two starts and 20 MB take 4 s on two cores; the rest is for a busy machine. */
const PATIENCE_MS = 90_000

test('both printed addresses open in one browser, and what is dropped into one tab comes up in the other', async () => {
  const demo = runDemo()
  await eventually(PATIENCE_MS, 'the sample is there', () => demo.said().includes('Ctrl-C ends it.'))
  const addressOf = (name: string): string =>
    new RegExp(`^ {2}${name} +(http://\\S+)$`, 'm').exec(demo.said())?.[1] ?? ''
  const { page: laptop, complaints } = await openWindow()
  const desktop = await laptop.context().newPage()
  await complaints.listen(desktop)
  await laptop.goto(addressOf('laptop'))
  await desktop.goto(addressOf('desktop'))
  for (const page of [laptop, desktop]) {
    await page.getByRole('main').getByText('Safe', { exact: true }).waitFor({ timeout: PATIENCE_MS })
    await page.getByRole('main').getByRole('link', { name: 'demo', exact: true }).click()
    await page.getByRole('row', { name: /film\.bin/ }).waitFor()
  }

  const photo = join(demo.base(), 'on the way home.jpg')
  writeFileSync(photo, bytesOf(7, 700_000))
  await dropFiles(desktop.getByRole('grid'), [photo])
  await laptop.getByRole('row', { name: /on the way home\.jpg.*2 of 2/ }).waitFor({ timeout: PATIENCE_MS })
  const arrived = join(demo.base(), 'laptop', 'on the way home.jpg')
  expect(existsSync(arrived) && readFileSync(arrived).equals(readFileSync(photo))).toBe(true)

  // Neither tab has signed the other one out.
  for (const page of [laptop, desktop]) {
    await page.reload()
    await page.getByRole('row', { name: /on the way home\.jpg/ }).waitFor()
  }
})
