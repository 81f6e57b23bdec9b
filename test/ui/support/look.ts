/**
 * Looking at a screen: how it is laid out, what axe says of it, and its picture. Promises the same
 * look in light and dark, in a wide window and a narrow one: the layout in each of both in the short tier
 * and all else in one, every pair in the long one and where pictures are wanted. Writes pictures only
 * when it is told where to.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { ROOT } from '../../architecture/read-sources.ts'
import { amount } from '../../support/tier.ts'
import type { Scheme } from './browser.ts'

const WIDE = { width: 1280, height: 800 } as const
const NARROW = { width: 400, height: 800 } as const
type Look = readonly [scheme: Scheme, size: { readonly width: number; readonly height: number }]
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** A picture of an empty window has fewer bytes. */
const PICTURE_BYTES = 6_000
/** Where `npm run screens` puts them. */
const TO = process.env.PEERFOLD_SCREENS
const USUAL: readonly Look[] = [
  ['light', WIDE],
  ['dark', NARROW],
]
const OTHERS: readonly Look[] = [
  ['dark', WIDE],
  ['light', NARROW],
]
/** Every screen in every look and as it is shown to people; else in one window for all, and each look once. */
export const IS_THOROUGH = TO !== undefined || amount({ short: 0, long: 1 }) === 1
const LOOKS = IS_THOROUGH ? [...USUAL, ...OTHERS] : USUAL

/** In the short tier one of the two usual looks, by the name of the screen. */
function looksFor(name: string): readonly Look[] {
  return IS_THOROUGH ? LOOKS : [USUAL[name.length % USUAL.length]!]
}

/**
 * What is wrong with the screen that the page shows now, and whether it shows anything. `hide` is a
 * path that says nothing to a reader.
 */
export async function photograph(page: Page, name: string, hide: string): Promise<string[]> {
  const found: string[] = []
  const pictured = looksFor(name)
  for (const look of LOOKS) {
    const [scheme, size] = look
    const what = `${name}-${scheme}-${size.width}`
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize(size)
    found.push(...(await layoutFaults(page)).map((fault) => `${what}: ${fault}`))
    // In the other usual look only the layout is: a picture costs more than that.
    if (!pictured.includes(look)) continue
    if (TO !== undefined) await readAsHome(page, hide)
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    if (picture.length < PICTURE_BYTES) found.push(`${what}: the picture is empty`)
    if (TO !== undefined) {
      mkdirSync(join(ROOT, TO), { recursive: true })
      writeFileSync(join(ROOT, TO, `${what}.png`), picture)
    }
  }
  await page.setViewportSize(WIDE)
  return found
}

/**
 * What axe finds in light and dark, and where the window is narrow: some names are hidden there.
 * There are no frames, so that one run in the page itself says all.
 */
export async function examine(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const [scheme, size] of looksFor(name)) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize(size)
    const { violations, passes } = await new AxeBuilder({ page })
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      .withTags(RULES)
      .analyze()
    if (passes.length === 0) found.push(`${name}: axe found nothing to examine`)
    for (const { id, help, nodes } of violations)
      found.push(
        `${name}, ${scheme}, ${size.width}: ${id}, ${help}\n    ${nodes.map(({ html }) => html).join('\n    ')}`,
      )
  }
  await page.setViewportSize(WIDE)
  return found
}

/** A page that scrolls sideways, and green where the node did not say "safe". */
function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const found = scrollWidth > clientWidth ? [`${scrollWidth} px wide in a window of ${clientWidth}`] : []
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const isGreen = (colour: string): boolean => {
      if (!canvas) throw new Error('there is no canvas to read a colour with')
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
      return alpha > 0 && green > red * 1.15 && green > blue * 1.1
    }
    const known = new Map<string, boolean>()
    for (const element of document.querySelectorAll('body *')) {
      if (element.closest('.state-safe')) continue
      const { color, backgroundColor, fill, stroke, borderTopColor } = getComputedStyle(element)
      for (const colour of new Set([color, backgroundColor, fill, stroke, borderTopColor])) {
        if (!known.has(colour)) known.set(colour, isGreen(colour))
        if (known.get(colour)) found.push(`${colour} is green: ${element.outerHTML.slice(0, 120)}`)
      }
    }
    return found
  })
}

/** A temporary directory would only puzzle a reader of the pictures. */
function readAsHome(page: Page, directory: string): Promise<void> {
  return page.evaluate((directory) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode())
      if (text.nodeValue?.includes(directory))
        text.nodeValue = text.nodeValue.replace(new RegExp(`${directory}/[^/]+`), '/home/mara')
  }, directory)
}
