/**
 * Every screen, filled, empty and cut off, in light and dark, wide and narrow: laid out, clean to
 * axe, and photographed. `npm run screens` writes the pictures to docs/screens.
 */
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, type RealNode, share } from '../support/real-nodes.ts'
import { type AppWindow, openApp } from './support/app.ts'
import { openWindow, useBrowser } from './support/browser.ts'
import { examine, IS_THOROUGH, photograph } from './support/look.ts'
import { setScene } from './support/scene.ts'
import { signInLink } from './support/sign-in.ts'

useBrowser()

/** Three nodes, two windows, a hundred looks. */
const DEADLINE_MS = 240_000
const PATIENCE_MS = 60_000

/**
 * One window under the policy for pictures, and one that lets axe bring its styles. In the short tier the
 * second does for both: other tests show that screens keep to the policy.
 */
interface Windows {
  readonly shown: AppWindow
  readonly examined: AppWindow
}

interface Shot {
  readonly name: string
  readonly route: string
  /** What comes before the look, such as opening a dialog; returns when it can be seen. */
  readonly prepare?: (page: Page) => Promise<unknown>
  readonly after?: (page: Page) => Promise<unknown>
  /** Examined only: a picture of it would tell nobody anything. */
  readonly isUnpictured?: true
}

const closeDialog = async (page: Page): Promise<void> => {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

const FILLED: readonly Shot[] = [
  {
    name: 'folders',
    route: '/folders',
    prepare: (page) => page.getByText('Holiday films').first().waitFor(),
  },
  {
    name: 'files',
    route: '/folders/photos-2026',
    prepare: async (page) => {
      await page.getByRole('row', { name: /Harbour at dawn/ }).click()
      await page.getByRole('row', { name: /Harbour at dawn/, selected: true }).waitFor()
    },
  },
  {
    name: 'earlier-versions',
    route: '/folders/thesis',
    prepare: async (page) => {
      await page.getByRole('row', { name: /^chapter-3\.md/ }).click()
      await page.getByRole('button', { name: 'Earlier versions…' }).click()
      await page.getByText('What it is now').waitFor()
    },
    after: closeDialog,
  },
  { name: 'devices', route: '/devices', prepare: (page) => page.getByText('Attic server').first().waitFor() },
  {
    name: 'attention',
    route: '/attention',
    prepare: (page) => page.getByText('never read it').first().waitFor(),
  },
  {
    name: 'add-folder',
    route: '/folders',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Add folder' }).click()
      await page.getByRole('textbox', { name: 'Directory' }).fill('/home/mara/Recipes')
      await page.getByRole('checkbox', { name: 'Studio desktop' }).press('Space')
    },
    after: closeDialog,
  },
  {
    name: 'add-device',
    route: '/devices',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Add device' }).click()
      await page.getByRole('textbox', { name: 'Device id' }).waitFor()
    },
    after: closeDialog,
  },
  {
    name: 'folder-menu',
    route: '/folders',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Actions for Thesis' }).click()
      await page.getByRole('menu').waitFor()
    },
    after: async (page) => {
      await page.keyboard.press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
    },
    isUnpictured: true,
  },
  {
    name: 'qr-code',
    route: '/devices',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Show QR code' }).click()
      await page.getByRole('img', { name: 'QR code of the device id' }).waitFor()
    },
    isUnpictured: true,
  },
]

const BROKEN: readonly Shot[] = [
  {
    name: 'broken-folder',
    route: '/attention',
    prepare: (page) => page.getByText('Folders that cannot be used').first().waitFor(),
  },
  { name: 'broken-folder-files', route: '/folders/scans', isUnpictured: true },
]

const EMPTY: readonly Shot[] = [
  {
    name: 'first-start',
    route: '/folders',
    prepare: (page) => page.getByRole('button', { name: 'Add folder' }).waitFor(),
  },
  {
    name: 'no-devices',
    route: '/devices',
    prepare: (page) => page.getByText(/No other device is known/).waitFor(),
  },
  { name: 'no-transfers', route: '/transfers' },
  {
    name: 'nothing-needed',
    route: '/attention',
    prepare: (page) => page.getByText('Nothing needs you').waitFor(),
  },
]

test(
  'a household with one of every state',
  async () => {
    const stage = openStage()
    const { laptop, whileAFilmTravels } = await setScene(stage)
    const windows = await openBoth(laptop)
    const found: string[] = []
    for (const shot of FILLED) found.push(...(await lookAt(windows, shot, stage.directory)))
    const film = /Crossing to the island/
    await Promise.all([...each(windows)].map((window) => window.goTo('/transfers')))
    await whileAFilmTravels(async () => {
      await Promise.all([...each(windows)].map(({ page }) => page.getByText(film).first().waitFor()))
      found.push(...(await photograph(windows.shown.page, 'transfers', stage.directory)))
      found.push(...(await examine(windows.examined.page, 'transfers')))
    })

    await laptop.kill()
    for (const { page } of each(windows))
      await page
        .getByText(/Node not reachable since/)
        .first()
        .waitFor()
    const away: Shot = {
      name: 'node-away',
      route: '/folders',
      prepare: (page) => page.getByText('Thesis').first().waitFor(),
    }
    found.push(...(await lookAt(windows, away, stage.directory)))
    for (const window of each(windows)) window.expectComplaint(/ERR_CONNECTION_REFUSED/)
    expect(found).toEqual([])
  },
  DEADLINE_MS,
)

test(
  'a first start, and what leads to it',
  async () => {
    const stage = openStage()
    const laptop = await stage.node('Mara’s laptop')
    const windows = await openBoth(laptop)
    const found: string[] = []
    for (const shot of EMPTY) found.push(...(await lookAt(windows, shot, stage.directory)))

    const scans = join(stage.make(laptop.name), 'Scans')
    mkdirSync(scans)
    await share(laptop, 'scans', scans, [])
    await laptop.request('PATCH', '/folders/scans', { name: 'Scans' })
    await eventually(PATIENCE_MS, 'the folder is open', async () => {
      return (await laptop.folder('scans')).status.reason === 'no-devices'
    })
    renameSync(scans, join(stage.directory, 'Old scans'))
    await laptop.request('POST', '/folders/scans/rescan')
    for (const shot of BROKEN) found.push(...(await lookAt(windows, shot, stage.directory)))

    const origin = new URL((await signInLink(laptop)).url).origin
    for (const bypassCSP of [false, true]) {
      const { page, expectComplaint } = await openWindow({ bypassCSP })
      await page.goto(origin)
      const code = page.getByRole('textbox')
      await code.waitFor()
      if (bypassCSP) found.push(...(await examine(page, 'sign-in')))
      else found.push(...(await photograph(page, 'sign-in', stage.directory)))
      await code.fill('not-a-code')
      await page.keyboard.press('Enter')
      await page.getByText(/used up, too old or mistyped/).waitFor()
      if (bypassCSP) found.push(...(await examine(page, 'sign-in, refused')))
      expectComplaint(/status of 401/)
    }
    expect(found).toEqual([])
  },
  DEADLINE_MS,
)

async function openBoth(node: RealNode): Promise<Windows> {
  const examined = await openApp(node, 'browser, WebSocket', { bypassCSP: true })
  return { examined, shown: IS_THOROUGH ? await openApp(node, 'browser, WebSocket') : examined }
}

function each({ shown, examined }: Windows): ReadonlySet<AppWindow> {
  return new Set([shown, examined])
}

async function lookAt(windows: Windows, shot: Shot, directory: string): Promise<string[]> {
  const { shown, examined } = windows
  const found: string[] = []
  for (const window of each(windows)) {
    await window.goTo(shot.route)
    await window.page.getByRole('heading', { level: 1 }).waitFor()
    await shot.prepare?.(window.page)
    if (window === shown && !shot.isUnpictured)
      found.push(...(await photograph(window.page, shot.name, directory)))
    if (window === examined) found.push(...(await examine(window.page, shot.name)))
    await shot.after?.(window.page)
  }
  return found
}
