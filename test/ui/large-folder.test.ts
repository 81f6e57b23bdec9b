/** A folder of very many files on the screen: real files, a real node, a real browser. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from '@playwright/test'
import { expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, type RealNode, share } from '../support/real-nodes.ts'
import { amount } from '../support/tier.ts'
import { useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/sign-in.ts'

useBrowser()

const FILES = amount({ short: 10_000, long: 100_000 })
/** More rows than fit on any screen, fewer than would be felt. */
const ROWS_LIMIT = 150
const FOLDER = 'archive'
/** Screens turned on the way to the end. */
const PAGES = 40

test(`${FILES} files are listed with fewer than 150 rows in the page, from the first to the last`, async () => {
  const stage = openStage()
  const path = stage.make('archive')
  for (let at = 0; at < FILES; at++) closeSync(openSync(join(path, nameOf(at)), 'w'))
  const node = await stage.node('desktop')
  await share(node, FOLDER, path, [])
  await eventually(100_000, 'everything is scanned', () => isScanned(node))

  const { page } = await openSignedIn(node)
  await page.goto(new URL(`/#/folders/${FOLDER}`, page.url()).href)
  const grid = page.getByRole('grid')
  await grid.getByText(nameOf(0), { exact: true }).waitFor()
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(FILES + 1))
  expect(await rowsIn(grid)).toBeLessThan(ROWS_LIMIT)

  // Page by page, as somebody reads; then far, as somebody drags the bar.
  await grid.getByText(nameOf(0), { exact: true }).click()
  for (let turned = 0; turned < PAGES; turned++) {
    await page.keyboard.press('PageDown')
    expect(await rowsIn(grid)).toBeLessThan(ROWS_LIMIT)
  }
  await page.keyboard.press('End')
  await grid.getByText(nameOf(FILES - 1), { exact: true }).waitFor()
  expect(await rowsIn(grid)).toBeLessThan(ROWS_LIMIT)
  const last = grid.getByRole('row').filter({ hasText: nameOf(FILES - 1) })
  expect(await last.getAttribute('aria-rowindex')).toBe(String(FILES + 1))
  await page.keyboard.press('Home')
  await grid.getByText(nameOf(0), { exact: true }).waitFor()
  expect(await rowsIn(grid)).toBeLessThan(ROWS_LIMIT)
})

function nameOf(at: number): string {
  return `scan-${String(at).padStart(6, '0')}.txt`
}

async function isScanned(node: RealNode): Promise<boolean> {
  const { files, state } = await node.folder(FOLDER)
  return files === FILES && state === 'idle'
}

/** The heading is one of them. */
function rowsIn(grid: Locator): Promise<number> {
  return grid.getByRole('row').count()
}
