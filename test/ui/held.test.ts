/** What waits for a person: the guard's question and a mode's own changes, decided in the window, held against the disks. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, type RealNode } from '../support/real-nodes.ts'
import { untilSame } from '../support/synced.ts'
import { FOLDER } from '../support/two-places.ts'
import { openApp, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { pressOn } from './support/keys.ts'
import { placesFor } from './support/places.ts'

useBrowser()

const PATIENCE_MS = 60_000
const LETTERS = 12
const SMALL_GUARD = { percent: 10, least: 5, most: 5 }

describe.each(transportsFrom('browser, WebSocket'))('%s', (transport) => {
  test('many deletions wait for an answer, and "bring everything back" brings every file back', async () => {
    const places = await placesFor(openStage(), transport)
    const [ada] = places
    mkdirSync(join(ada.path, 'letters'))
    for (let letter = 0; letter < LETTERS; letter++)
      writeFileSync(join(ada.path, 'letters', `${letter}.txt`), `letter ${letter}\n`)
    await untilSame(PATIENCE_MS, FOLDER, places)
    await set(ada.node, { guard: SMALL_GUARD })
    const { page } = await openApp(ada.node, transport)

    rmSync(join(ada.path, 'letters'), { recursive: true })
    await page.getByRole('link', { name: /^Needs attention\W+1/ }).waitFor()
    await page.keyboard.press('Control+4')
    await page.getByRole('heading', { name: /13 deletions, on this device/ }).waitFor()
    await page.getByText('letters/0.txt').waitFor()
    expect(readdirSync(join(places[1].path, 'letters')).length).toBe(LETTERS)

    await pressOn(page.getByRole('button', { name: 'Bring everything back, folder shared' }))
    await page.getByText('Nothing needs you').waitFor()
    const tree = await untilSame(PATIENCE_MS, FOLDER, places)
    expect([...tree.keys()].filter((path) => path.startsWith('letters/')).length).toBe(LETTERS)
  })

  test('what is changed in a receive-only folder stays there, and is taken back when asked twice', async () => {
    const places = await placesFor(openStage(), transport)
    const [ada, bob] = places
    const { page, goTo } = await openApp(ada.node, transport)
    await goTo('/folders')
    await pressOn(page.getByRole('button', { name: /^Actions for shared/ }))
    await pressOn(page.getByRole('menuitem', { name: /mode/ }))
    await pressOn(page.getByRole('radio', { name: /Receive only/ }), ' ')
    await pressOn(page.getByRole('button', { name: 'Save' }))
    await page.getByText('Receive only', { exact: true }).waitFor()

    writeFileSync(join(ada.path, 'notes.txt'), 'mine alone\n')
    const revert = page.getByRole('button', { name: 'Revert 1 change…' })
    await pressOn(revert)
    await pressOn(page.getByRole('button', { name: 'Take back' }))
    await eventually(PATIENCE_MS, 'the file is what it was', () => {
      return (
        readFileSync(join(ada.path, 'notes.txt'), 'utf8') ===
        readFileSync(join(bob.path, 'notes.txt'), 'utf8')
      )
    })
    await revert.waitFor({ state: 'detached' })
    expect(readFileSync(join(bob.path, 'notes.txt'), 'utf8')).not.toBe('mine alone\n')
  })
})

async function set(node: RealNode, settings: object): Promise<void> {
  const { status } = await node.request('PATCH', `/folders/${FOLDER}`, settings)
  expect(status).toBeLessThan(300)
}
