/** A node that dies and comes back under an open window. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStage } from '../support/real-nodes.ts'
import { FOLDER, twoPlaces } from '../support/two-places.ts'
import { settingsFor, TRANSPORTS } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { openWatched } from './support/watched.ts'

useBrowser()

const PATIENCE_MS = 60_000

describe.each(TRANSPORTS)('%s', (transport) => {
  test('the window says that the node is gone, shows no word meanwhile, and is live again by itself', async () => {
    const settings = settingsFor(transport)
    const stage = openStage()
    const [ada] = await twoPlaces(stage, {
      first: settings,
      second: settings,
      fill: (first) => writeFileSync(join(first, 'notes.txt'), 'Milk, bread\n'),
    })
    const window = await openWatched(ada.node, transport, FOLDER)
    const { page } = window
    await window.shows(PATIENCE_MS, 'safe')
    const before = await page.context().cookies()

    await ada.node.kill()
    const banner = page.getByText(/Node not reachable since/)
    await banner.first().waitFor()
    await window.shows(PATIENCE_MS, 'unknown')
    const unknownMs = Date.now()
    // What was known stays to be read, and cannot be changed.
    await page.getByText(FOLDER, { exact: true }).first().waitFor()
    writeFileSync(join(ada.path, 'while-away.txt'), 'written while nobody looked\n')

    await ada.node.start()
    window.nodeIsBack()
    const backMs = Date.now()
    await banner.first().waitFor({ state: 'hidden' })
    await window.shows(PATIENCE_MS, 'safe')
    expect(await page.context().cookies()).toEqual(before)
    await page
      .getByText(/2 items/)
      .first()
      .waitFor()
    const between = window.sights.filter(({ atMs }) => atMs > unknownMs && atMs < backMs)
    expect(between.filter(({ word }) => word !== 'unknown')).toEqual([])
    if (transport === 'browser, WebSocket') window.expectComplaint(/ERR_CONNECTION_REFUSED/)
  })
})
