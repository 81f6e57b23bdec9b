/** The files of a folder on the screen: finding, deleting and adding, on the disk of a real node. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, share } from '../support/real-nodes.ts'
import { openApp, settingsFor, type Transport, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { dropFiles } from './support/drop.ts'
import { pressOn, untilFocused } from './support/keys.ts'

useBrowser()

const FOLDER = 'papers'
const PATIENCE_MS = 60_000
/** Takes seconds even on one machine, and no space where it comes from. */
const FILM_BYTES = 600_000_000
/** What has arrived of a file that is on its way. */
const OURS = /^\.peerfold-.*\.tmp$/
const FILES = ['Norway/raw/1.dng', 'Norway/raw/2.dng', 'a.txt', 'b.txt', 'c.txt', 'notes.md']

/** A window on a folder of some files, in which everything is listed. */
async function openFiles(transport: Transport) {
  const stage = openStage()
  const path = stage.make(FOLDER)
  mkdirSync(join(path, 'Norway/raw'), { recursive: true })
  for (const name of FILES) writeFileSync(join(path, name), `what ${name} holds\n`)
  const node = await stage.node('desktop', settingsFor(transport))
  await share(node, FOLDER, path, [])
  const window = await openApp(node, transport)
  await window.goTo(`/folders/${FOLDER}`)
  const grid = window.page.getByRole('grid')
  await grid.getByText('notes.md', { exact: true }).waitFor({ timeout: PATIENCE_MS })
  const active = async (): Promise<string> => {
    const id = await grid.getAttribute('aria-activedescendant')
    return window.page.locator(`[id="${id}"] [role="rowheader"]`).innerText()
  }
  const onDisk = (name: string): string | undefined =>
    existsSync(join(path, name)) ? readFileSync(join(path, name), 'utf8') : undefined
  return { ...window, stage, path, grid, active, onDisk }
}

describe.each(transportsFrom('desktop window, MessagePort'))('%s', (transport) => {
  test('directories are entered and left, names found and files deleted by keys alone', async () => {
    const { page, grid, active, onDisk } = await openFiles(transport)
    await grid.focus()
    expect(await active()).toBe('Norway')
    await page.keyboard.press('Enter')
    await grid.getByText('raw', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await grid.getByText('2.dng', { exact: true }).waitFor()
    await page.keyboard.press('Backspace')
    await grid.getByText('raw', { exact: true }).waitFor()
    await page.keyboard.press('Backspace')
    await grid.getByText('notes.md', { exact: true }).waitFor()

    await page.keyboard.press('Control+f')
    await page.keyboard.type('DNG')
    await page.getByText('2 matches').waitFor()
    await grid.getByText('Norway/raw', { exact: true }).first().waitFor()
    await page.keyboard.press('Escape')
    await grid.getByText('notes.md', { exact: true }).waitFor()

    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('b')
    await page.keyboard.press('Delete')
    const question = page.getByRole('alertdialog')
    await question.getByText(/parked as a version/).waitFor()
    expect(onDisk('b.txt')).toBeDefined()
    await pressOn(question.getByRole('button', { name: 'Delete' }))
    await grid.getByText('b.txt', { exact: true }).waitFor({ state: 'detached' })
    expect(onDisk('b.txt')).toBeUndefined()
    expect(await active()).toBe('c.txt')
    await untilFocused(grid)
  })

  test('a directory goes only with its contents counted, and everything in it goes', async () => {
    const { page, grid, onDisk } = await openFiles(transport)
    await grid.getByText('Norway', { exact: true }).click()
    await page.keyboard.press('Delete')
    const question = page.getByRole('alertdialog')
    await question.getByText('With 3 entries inside.').waitFor()
    await question.getByRole('button', { name: 'Delete' }).click()
    await grid.getByText('Norway', { exact: true }).waitFor({ state: 'detached' })
    expect(onDisk('Norway')).toBeUndefined()
    expect(onDisk('a.txt')).toBeDefined()
  })

  test('a dropped directory arrives with everything in it', async () => {
    const { grid, stage, onDisk } = await openFiles(transport)
    const outside = stage.make('outside')
    mkdirSync(join(outside, 'trip/day 1'), { recursive: true })
    writeFileSync(join(outside, 'trip/day 1/ä #1.txt'), 'first\n')
    writeFileSync(join(outside, 'trip/plan.txt'), 'second\n')
    await dropFiles(grid, [join(outside, 'trip')])
    await grid.getByText('trip', { exact: true }).waitFor({ timeout: PATIENCE_MS })
    await eventually(PATIENCE_MS, 'both files are there', () =>
      ['trip/plan.txt', 'trip/day 1/ä #1.txt'].every((name) => onDisk(name)?.endsWith('\n')),
    )
    expect(onDisk('trip/plan.txt')).toBe('second\n')
    expect(onDisk('trip/day 1/ä #1.txt')).toBe('first\n')
  })
})

test('in a browser a name that is taken is replaced only by a person, and the others are sent', async () => {
  const { page, onDisk } = await openFiles('browser, WebSocket')
  const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
  const add = page.getByTestId('add-files')
  const question = page.getByRole('alertdialog')

  await add.setInputFiles([file('a.txt', 'mine'), file('new.txt', 'new')])
  await question.getByText('a.txt').waitFor()
  await question.getByRole('button', { name: 'Keep and add the others' }).click()
  await page.getByText('1 file added').first().waitFor()
  expect(onDisk('new.txt')).toBe('new')
  expect(onDisk('a.txt')).toBe('what a.txt holds\n')

  await add.setInputFiles([file('a.txt', 'mine')])
  await question.getByRole('button', { name: 'Replace' }).click()
  await page.getByText('2 files added').first().waitFor()
  expect(onDisk('a.txt')).toBe('mine')
})

test('in a browser a file that was stopped on its way goes on where it was', async () => {
  const { page, grid, stage, path } = await openFiles('browser, WebSocket')
  const film = join(stage.make('outside'), 'film.mp4')
  writeFileSync(film, '')
  truncateSync(film, FILM_BYTES)
  const offsets: number[] = []
  page.on('request', (request) => {
    if (request.method() === 'PUT') offsets.push(Number(new URL(request.url()).searchParams.get('offset')))
  })
  await dropFiles(grid, [film])
  const arrived = (): number =>
    Math.max(0, ...readdirSync(path).map((name) => (OURS.test(name) ? statSync(join(path, name)).size : 0)))
  await eventually(PATIENCE_MS, 'a part has arrived', () => arrived() > 1_000_000)
  await page.getByRole('button', { name: 'Cancel film.mp4' }).click()
  await page.getByRole('button', { name: 'Send film.mp4 again' }).click()
  await eventually(
    PATIENCE_MS,
    'the film is there',
    () => statSync(join(path, 'film.mp4'), { throwIfNoEntry: false })?.size === FILM_BYTES,
  )
  expect(offsets[0]).toBe(0)
  expect(offsets.at(-1)).toBeGreaterThan(0)
})
