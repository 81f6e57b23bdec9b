/** The past of a file and of a folder, from the window: looked at, restored and undone, held against the disks. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { describe, expect, test } from 'vitest'
import type { PathHistory } from '../../src/node/api/node-port.ts'
import { eventually } from '../support/deadline.ts'
import { openStage } from '../support/real-nodes.ts'
import { type Place, untilSame } from '../support/synced.ts'
import { FOLDER } from '../support/two-places.ts'
import { openApp, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { pressOn, tabTo, untilFocused } from './support/keys.ts'
import { examine, IS_THOROUGH, photograph } from './support/look.ts'
import { placesFor } from './support/places.ts'

useBrowser()

const PATIENCE_MS = 60_000
/** Two nodes and several dialogs, each looked at in light and dark. */
const DEADLINE_MS = 180_000
const SECOND_MS = 1_000
const FIRST = 'Milk, bread, a new bicycle bell.\n'
const SECOND = 'Milk and bread, says bob.\n'
const THIRD = 'Only milk, says ada.\n'

describe.each(transportsFrom('browser, WebSocket'))('%s', (transport) => {
  test('an earlier content is found on the device that keeps it and restored by keys alone', async () => {
    const places = await placesFor(openStage(), transport)
    const [ada, bob] = places
    await writeThrice(places)
    const { page, goTo } = await openApp(ada.node, transport)
    await openVersions(page, goTo)

    const past = page.getByRole('dialog').getByRole('listitem')
    await past.nth(2).waitFor()
    expect(await past.count()).toBe(3)
    await past.filter({ hasText: 'What it is now' }).getByText('Written by ada').waitFor()
    await past.filter({ hasText: 'Kept by ada' }).getByText(`${FIRST.length} B`).waitFor()
    const ofBob = past.filter({ hasText: 'Kept by bob' })
    await ofBob.getByText('Written by bob').waitFor()
    await page.getByText('That is kept as a version first').waitFor()

    await tabTo(ofBob.getByRole('button', { name: /^Restore version 2/ }))
    await page.keyboard.press('Enter')
    await page.getByText('It is back.').first().waitFor()
    expect(readFileSync(join(ada.path, 'notes.txt'), 'utf8')).toBe(SECOND)
    await past.filter({ hasText: 'What it is now' }).getByText(`${SECOND.length} B`).waitFor()
    await past
      .filter({ hasText: /Kept by .*ada/ })
      .filter({ hasText: `${THIRD.length} B` })
      .waitFor()
    await untilSame(PATIENCE_MS, FOLDER, places)

    await bob.node.kill()
    for (const content of ['one\n', 'another\n']) await writeAlone(ada, content)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await pressOn(page.getByRole('button', { name: 'Earlier versions…' }))
    await past.filter({ hasText: 'Not kept by any device that is connected' }).first().waitFor()
    await page.getByText('Not connected: bob.').waitFor()
  })

  test('a folder goes back to a moment with what another device keeps, and the undo takes it back', async () => {
    const places = await placesFor(openStage(), transport)
    const [ada] = places
    const { moment, before } = await haveAnAccident(places)
    const after = readAll(ada)
    const { page, goTo } = await openApp(ada.node, transport)
    await goTo('/folders')
    await pressOn(page.getByRole('button', { name: /^Actions for shared/ }))
    await pressOn(page.getByRole('menuitem', { name: 'Go back to a moment…' }))
    const dialog = page.getByRole('alertdialog')
    await choose(page, moment)
    await page.keyboard.press('Enter')

    await dialog.getByText('4 contents come back').waitFor()
    await dialog.getByText('1 directory is made').waitFor()
    await dialog.getByText('1 entry that was not there then is removed').waitFor()
    await dialog.getByText('letters/0.txt comes back from another device').waitFor()
    expect(readAll(ada)).toEqual(after)

    await tabTo(dialog.getByRole('button', { name: 'Go back', exact: true }))
    await page.keyboard.press('Enter')
    await dialog.getByText('6 changes were made.').waitFor()
    expect(readAll(ada)).toEqual(before)
    await untilSame(PATIENCE_MS, FOLDER, places)

    await dialog.getByText(/It can be undone, now or later: go back to \d{4}-\d\d-\d\d \d\d:/).waitFor()
    await tabTo(dialog.getByRole('button', { name: 'Undo' }))
    await page.keyboard.press('Enter')
    await dialog.getByText('It is undone').waitFor()
    expect(readAll(ada)).toEqual(after)
    await untilSame(PATIENCE_MS, FOLDER, places)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('what cannot be had is named with the reason, what is under way is stopped, and goes on', async () => {
    const places = await placesFor(openStage(), transport)
    const [ada, bob] = places
    const { moment, before } = await haveAnAccident(places)
    const after = readAll(ada)
    const { page, goTo } = await openApp(ada.node, transport)
    await bob.node.kill()
    await eventually(PATIENCE_MS, 'bob is away', async () => {
      return (await ada.node.status()).devices.every(({ connected }) => !connected)
    })
    await goTo(`/folders/${FOLDER}`)
    await pressOn(page.getByRole('button', { name: 'Go back to a moment…' }))
    const dialog = page.getByRole('alertdialog')
    await choose(page, '2011-01-01T00:00:00')
    await page.keyboard.press('Enter')
    await dialog.getByText('HISTORY_TOO_SHORT').waitFor()
    await pressOn(dialog.getByRole('button', { name: 'Another moment' }))
    await choose(page, '2999-01-01T00:00:00')
    await page.keyboard.press('Enter')
    await dialog.getByText('still to come').waitFor()
    await choose(page, moment)
    await page.keyboard.press('Enter')

    await dialog.getByText('3 entries cannot be had and stay as they are').waitFor()
    await dialog.getByText('letters/0.txt no device that is connected keeps it').waitFor()
    await dialog.getByText('Not connected: bob.').waitFor()
    await pressOn(dialog.getByRole('button', { name: 'Go back', exact: true }))
    await dialog.getByText('It is done, but for what is listed here.').waitFor()
    await dialog.getByText('letters/0.txt The other device went away.').waitFor()
    expect(readAll(ada)['notes.txt']).toBe(before['notes.txt'])

    // The node stands still, so that there is something to stop.
    ada.node.process.kill('SIGSTOP')
    await pressOn(dialog.getByRole('button', { name: 'Undo' }))
    await pressOn(dialog.getByRole('button', { name: 'Stop' }))
    await dialog.getByText('It stopped before anything was changed.').waitFor()
    ada.node.process.kill('SIGCONT')
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByText('It is undone').waitFor()
    expect(readAll(ada)).toEqual(after)
  })
})

test(
  'the dialogs fit a narrow window, in light and dark, and axe finds nothing',
  async () => {
    const places = await placesFor(openStage(), 'browser, WebSocket')
    const [ada] = places
    const { moment } = await haveAnAccident(places)
    await writeThrice(places)
    const found: string[] = []
    for (const bypassCSP of IS_THOROUGH ? [false, true] : [true]) {
      const { page, goTo } = await openApp(ada.node, 'browser, WebSocket', { bypassCSP })
      const look = async (name: string): Promise<void> => {
        if (!bypassCSP || !IS_THOROUGH) found.push(...(await photograph(page, name, ada.path)))
        if (bypassCSP) found.push(...(await examine(page, name)))
      }
      await openVersions(page, goTo)
      await page.getByText('What it is now').waitFor()
      await look('earlier-versions')
      await page.keyboard.press('Escape')
      await pressOn(page.getByRole('button', { name: 'Go back to a moment…' }).first())
      await choose(page, moment)
      await look('moment')
      await page.keyboard.press('Enter')
      await page.getByText('What would be done').waitFor()
      await look('moment-plan')
      await pressOn(page.getByRole('button', { name: 'Go back', exact: true }))
      await page.getByText('It can be undone').waitFor()
      await look('moment-done')
      await pressOn(page.getByRole('button', { name: 'Undo' }))
      await page.getByRole('alertdialog').getByText('It is undone').waitFor()
    }
    expect(found).toEqual([])
  },
  DEADLINE_MS,
)

type App = Awaited<ReturnType<typeof openApp>>

async function openVersions(page: Page, goTo: App['goTo']): Promise<void> {
  await goTo(`/folders/${FOLDER}`)
  await page.getByRole('row', { name: /^notes\.txt/ }).click()
  const action = page.getByRole('button', { name: 'Earlier versions…' })
  await tabTo(action)
  await page.keyboard.press('Enter')
}

/** Typing into a field for times depends on the language of the browser itself; its value does not. */
async function choose(page: Page, moment: string): Promise<void> {
  const field = page.getByLabel('Moment', { exact: true })
  await untilFocused(field)
  await field.fill(moment)
}

/** The first content is kept by ada, the second by bob, the third is there. */
async function writeThrice(places: readonly [Place, Place]): Promise<void> {
  const [ada, bob] = places
  writeFileSync(join(bob.path, 'notes.txt'), SECOND)
  await untilHas(ada, SECOND)
  await untilSame(PATIENCE_MS, FOLDER, places)
  writeFileSync(join(ada.path, 'notes.txt'), THIRD)
  await untilHas(bob, THIRD)
  await untilSame(PATIENCE_MS, FOLDER, places)
}

async function untilHas({ path }: Place, content: string): Promise<void> {
  await eventually(PATIENCE_MS, 'the change arrived', () => {
    return readFileSync(join(path, 'notes.txt'), 'utf8') === content
  })
}

/** Nobody sees it but this device, which records it. */
async function writeAlone({ node, path }: Place, content: string): Promise<void> {
  writeFileSync(join(path, 'notes.txt'), content)
  await eventually(PATIENCE_MS, 'the change is recorded', async () => {
    const { body } = await node.request<PathHistory>('GET', `/folders/${FOLDER}/history?path=notes.txt`)
    return body.entries.some(({ state, size }) => state === 'current' && size === content.length)
  })
}

/** Three letters, then a moment; then the letters are deleted, notes.txt is spoiled and a draft comes. */
async function haveAnAccident(places: readonly [Place, Place]) {
  const [ada, bob] = places
  mkdirSync(join(ada.path, 'letters'))
  for (const letter of [0, 1, 2])
    writeFileSync(join(ada.path, 'letters', `${letter}.txt`), `letter ${letter}\n`)
  await eventually(PATIENCE_MS, 'the letters arrived', () => {
    return Object.keys(readAll(bob)).filter((name) => name.startsWith('letters/')).length === 3
  })
  await untilSame(PATIENCE_MS, FOLDER, places)
  const before = readAll(ada)
  // The field holds seconds: what was is one second, what comes another.
  const momentMs = Math.ceil(Date.now() / SECOND_MS) * SECOND_MS
  await eventually(PATIENCE_MS, 'the second is over', () => Date.now() > momentMs)
  writeFileSync(join(bob.path, 'notes.txt'), 'spoiled\n')
  await untilHas(ada, 'spoiled\n')
  rmSync(join(ada.path, 'letters'), { recursive: true })
  writeFileSync(join(ada.path, 'draft.txt'), 'Dear Anna\n')
  await eventually(PATIENCE_MS, 'the accident is everywhere', () => {
    return Object.keys(readAll(bob)).join() === 'draft.txt,notes.txt'
  })
  await untilSame(PATIENCE_MS, FOLDER, places)
  return { moment: localText(momentMs), before }
}

/** As the field takes it, in the zone of the test's windows. */
function localText(ms: number): string {
  const text = new Date(ms).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' })
  return text.replace(' ', 'T')
}

/** Contents by path, without what Peerfold keeps. */
function readAll({ path }: Place): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
  const names = files
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(path.length + 1))
    .filter((name) => !name.startsWith('.peerfold'))
    .toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}
