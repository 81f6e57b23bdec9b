/** The app without a mouse: what a person does with keys alone, from the first start to a shared folder. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, share } from '../support/real-nodes.ts'
import { openApp, settingsFor, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { tabTo, untilFocused } from './support/keys.ts'

useBrowser()

const PATIENCE_MS = 60_000

describe.each(transportsFrom('browser, WebSocket'))('%s', (transport) => {
  test('a device and a folder are added by keys alone, and the folder becomes safe', async () => {
    const stage = openStage()
    const settings = settingsFor(transport)
    const [laptop, desktop] = await Promise.all([
      stage.node('laptop', settings),
      stage.node('desktop', settings),
    ])
    await desktop.request('POST', '/devices', { id: laptop.id, name: 'laptop', addresses: [laptop.address] })
    const [letters, copies] = [stage.make('letters'), stage.make('copies')]
    writeFileSync(join(letters, 'to-anna.md'), '# Dear Anna\n')
    const { page } = await openApp(laptop, transport)

    await tabTo(page.getByRole('link', { name: 'Devices' }))
    await page.keyboard.press('Enter')
    const addDevice = page.getByRole('main').getByRole('button', { name: 'Add device' })
    await tabTo(addDevice)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await untilFocused(addDevice)
    await page.keyboard.press('Enter')
    await untilFocused(page.getByRole('textbox', { name: 'Device id' }))
    await page.keyboard.type(desktop.id)
    await tabTo(page.getByRole('textbox', { name: 'Name' }))
    await page.keyboard.type('Studio desktop')
    await tabTo(page.getByRole('textbox', { name: 'Address' }))
    await page.keyboard.type(desktop.address)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Studio desktop' }).waitFor()
    await page.getByText('Connected', { exact: true }).waitFor()

    await page.keyboard.press('Control+1')
    await tabTo(page.getByRole('main').getByRole('button', { name: 'Add folder' }))
    await page.keyboard.press('Enter')
    await untilFocused(page.getByRole('textbox', { name: 'Directory' }))
    await page.keyboard.type(letters)
    await tabTo(page.getByRole('checkbox', { name: 'Studio desktop' }))
    await page.keyboard.press('Space')
    await tabTo(page.getByRole('dialog').getByRole('button', { name: 'Add folder' }))
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const [folder] = await eventually(PATIENCE_MS, 'the folder is there', async () => {
      const { folders } = await laptop.status()
      return folders.length === 1 && folders
    })
    await share(desktop, folder?.id ?? '', copies, [laptop])
    await page.getByRole('main').getByText('Safe', { exact: true }).waitFor({ timeout: PATIENCE_MS })

    await tabTo(page.getByRole('main').getByRole('link', { name: 'letters' }))
    await page.keyboard.press('Enter')
    await tabTo(page.getByRole('grid'))
    await page.getByRole('row', { name: /to-anna\.md/ }).waitFor()
    expect(readdirSync(copies)).toContain('to-anna.md')
  })

  test('what the node refuses is said at the field, and the field has the focus', async () => {
    const stage = openStage()
    const laptop = await stage.node('laptop', settingsFor(transport))
    const { page } = await openApp(laptop, transport)
    await page.keyboard.press('Control+1')
    await tabTo(page.getByRole('main').getByRole('button', { name: 'Add folder' }))
    await page.keyboard.press('Enter')
    const path = page.getByRole('textbox', { name: 'Directory' })
    await untilFocused(path)
    await page.keyboard.type(join(stage.directory, 'nothing-here'))
    await page.keyboard.press('Enter')
    await page.getByText('There is no such directory.').waitFor()
    await untilFocused(path)
    expect(await path.getAttribute('aria-invalid')).toBe('true')
    expect((await laptop.status()).folders).toEqual([])
  })
})
