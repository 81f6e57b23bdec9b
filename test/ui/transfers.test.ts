/** What moves, from the screen that shows it: its figures held against the disk. */
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seededBytes } from '../support/awkward-tree.ts'
import { openStage } from '../support/real-nodes.ts'
import { FOLDER } from '../support/two-places.ts'
import { openApp, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { placesFor } from './support/places.ts'

useBrowser()

const PATIENCE_MS = 60_000
/** Some seconds on the way. */
/** Enough to be seen on its way more than once: a page hears four snapshots a second. */
const FILM_BYTES = 240_000_000

describe.each(transportsFrom('browser, WebSocket'))('%s', (transport) => {
  test('a file on its way has whole path, device and progress, which only grows and is never 100 before it is there', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    const { page, goTo } = await openApp(ada.node, transport)
    await goTo('/transfers')
    await page.getByText('Nothing is moving', { exact: true }).waitFor()
    await page.getByText('Every wanted copy is confirmed').waitFor()
    const film = join(ada.path, 'summer.mp4')
    const seen: { percent: number; here: boolean }[] = []
    await page.exposeFunction('sawPercent', (percent: number) =>
      seen.push({ percent, here: statSync(film, { throwIfNoEntry: false })?.size === FILM_BYTES }),
    )
    await page.evaluate(() => {
      const { sawPercent } = window as never as { sawPercent: (percent: number) => void }
      new MutationObserver(() => {
        const bar = document.querySelector('[role="progressbar"]')
        if (bar?.ariaLabel?.includes('summer.mp4')) sawPercent(Number(bar.ariaValueNow))
      }).observe(document.body, { subtree: true, attributeFilter: ['aria-valuenow'], childList: true })
    })
    writeFileSync(join(bob.path, 'summer.mp4'), seededBytes(1, FILM_BYTES))

    const ended = page.getByRole('list', { name: 'Finished' }).getByRole('listitem')
    await ended
      .filter({ hasText: 'summer.mp4' })
      .filter({ hasText: 'from bob' })
      .waitFor({ timeout: PATIENCE_MS })
    await page.getByText('Nothing is moving', { exact: true }).waitFor()
    const percents = seen.map(({ percent }) => percent)
    expect(percents.length).toBeGreaterThan(1)
    expect(percents).toEqual(percents.toSorted((one, other) => one - other))
    expect(percents.at(-1)).toBeLessThan(100)
  })

  test('when nothing moves because a device is away, it says what waits and for whom', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    await bob.node.kill()
    writeFileSync(join(ada.path, 'plan.txt'), 'Mend the bell.\n')
    const { page, goTo } = await openApp(ada.node, transport)
    await goTo('/transfers')
    await page.getByText('Nothing is moving, and something is waiting').waitFor()
    const states = page.getByRole('list', { name: 'State of each folder' })
    await states.getByText('1 item, 15 B for bob').waitFor()
    expect((await ada.node.folder(FOLDER)).status.word).toBe('waiting')
    expect(await states.locator('.state-safe').count()).toBe(0)
  })
})
