/**
 * One Chromium for a test file, and windows in it. Promises that every window is closed with its
 * test, and that the test fails for whatever a window complained about: an error on the console, an
 * exception of the page, a report of the content security policy. What a test expects of these it
 * names, and then it must happen.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type Page, chromium } from '@playwright/test'
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest'

/** What one look at the page, or one action in it, may take; most take milliseconds. */
const ACTION_DEADLINE_MS = 15_000

export type Scheme = 'light' | 'dark'

export interface WindowSettings {
  readonly scheme?: Scheme
  readonly width?: number
  readonly height?: number
  /** Only for axe, which brings styles of its own. */
  readonly bypassCSP?: boolean
  /** For what comes before the page, as a preload does. */
  readonly prepare?: (context: BrowserContext, page: Page) => Promise<void>
}

export interface Opened {
  readonly page: Page
  readonly complaints: Complaints
  /** From now on complaints like this are expected, and the test fails when none comes. */
  expectComplaint(pattern: RegExp): void
}

const SWITCHES = [
  // In a container there is neither a sandbox for root nor room in /dev/shm. Tests only.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
  // There is no graphics card, and imitating one costs more than drawing without.
  '--disable-gpu',
  '--disable-software-rasterizer',
]

let browser: Browser | undefined

/** Call it at the top of a test file. `switches` are Chromium's own. */
export function useBrowser(switches: readonly string[] = []): void {
  beforeAll(async () => {
    const { executablePath, environment } = inject('chromium')
    browser = await chromium.launch({
      executablePath,
      env: { ...(process.env as Record<string, string>), ...environment },
      args: [...SWITCHES, ...switches],
    })
  })
  afterAll(async () => {
    await browser?.close()
    browser = undefined
  })
}

/** An empty window; call it inside a test. */
export async function openWindow(settings: WindowSettings = {}): Promise<Opened> {
  if (!browser) throw new Error('useBrowser() was not called at the top of the file')
  const context = await browser.newContext({
    colorScheme: settings.scheme ?? 'light',
    viewport: { width: settings.width ?? 1280, height: settings.height ?? 800 },
    bypassCSP: settings.bypassCSP ?? false,
    // Drawn without a graphics card: what moves would cost more than what is tested.
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  })
  context.setDefaultTimeout(ACTION_DEADLINE_MS)
  const page = await context.newPage()
  const complaints = new Complaints()
  await complaints.listen(page)
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await keepPicture(page)
    await context.close()
    complaints.check()
  })
  await settings.prepare?.(context, page)
  return { page, complaints, expectComplaint: (pattern) => complaints.expect(pattern) }
}

async function keepPicture(page: Page): Promise<void> {
  if (page.isClosed()) return
  const path = join(mkdtempSync(join(tmpdir(), 'peerfold-window-')), 'window.png')
  const kept = await page.screenshot({ path, timeout: ACTION_DEADLINE_MS }).then(
    () => path,
    (error: unknown) => `not to be had: ${String(error)}`,
  )
  process.stderr.write(`\n--- the window at ${page.url()} when the test failed: ${kept}\n`)
}

/** What a window complained about, and what of it was expected. */
export class Complaints {
  readonly heard: string[] = []
  readonly #expected: RegExp[] = []

  async listen(page: Page): Promise<void> {
    page.on('console', (message) => {
      if (message.type() === 'error') this.heard.push(`console: ${message.text()} ${message.location().url}`)
    })
    page.on('pageerror', (error) => this.heard.push(`exception: ${error.stack ?? error.message}`))
    page.on('crash', () => this.heard.push('the page crashed'))
    // Chromium prints most reports by itself, but not every one as an error.
    await page.exposeBinding('reportOfPolicy', (_source, report: string) => {
      this.heard.push(`policy: ${report}`)
    })
    await page.addInitScript(() => {
      const { reportOfPolicy } = window as never as { reportOfPolicy: (text: string) => void }
      document.addEventListener('securitypolicyviolation', (event) =>
        reportOfPolicy(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`),
      )
    })
  }

  expect(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** Throws for what nobody expected, and for what was expected in vain. */
  check(): void {
    const isExpected = (text: string): boolean => this.#expected.some((pattern) => pattern.test(text))
    const strange = this.heard.filter((text) => !isExpected(text))
    const missing = this.#expected.filter((pattern) => !this.heard.some((text) => pattern.test(text)))
    if (strange.length > 0) throw new Error(`the window complained:\n${strange.join('\n')}`)
    if (missing.length > 0) throw new Error(`complaints that did not come: ${missing.join(', ')}`)
  }
}
