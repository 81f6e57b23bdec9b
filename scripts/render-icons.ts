/**
 * Renders assets/icon.svg in every size and format that the packages want, below assets/icons.
 * Promises that assets/icons/made-from names the drawing they were made from, and is written last.
 * Never runs in a build: what it makes is committed.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium as playwright } from '@playwright/test'
import { findChromium } from '../test/ui/support/chromium.ts'
import { icnsOf, icoOf, type Picture } from './icon-files.ts'

const SVG = new URL('../assets/icon.svg', import.meta.url)
const ICONS = new URL('../assets/icons/', import.meta.url)

/** Linux takes each as a file; the names are those that electron-builder looks for. */
const PNG_SIZES = [16, 24, 32, 48, 64, 128, 256, 512]
const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256]
const ICNS_SIZES = [32, 64, 128, 256, 512, 1024]

const svg = readFileSync(SVG, 'utf8')
const pictures = await render([...new Set([...PNG_SIZES, ...ICNS_SIZES])])
rmSync(ICONS, { recursive: true, force: true })
mkdirSync(ICONS, { recursive: true })
for (const { size, png } of chosen(PNG_SIZES)) write(`${size}x${size}.png`, png)
write('icon.ico', icoOf(chosen(ICO_SIZES)))
write('icon.icns', icnsOf(chosen(ICNS_SIZES)))
write('made-from', createHash('sha256').update(svg).digest('hex'))

function chosen(sizes: readonly number[]): Picture[] {
  return pictures.filter(({ size }) => sizes.includes(size))
}

function write(name: string, content: Uint8Array | string): void {
  writeFileSync(fileURLToPath(new URL(name, ICONS)), content)
}

async function render(sizes: readonly number[]): Promise<Picture[]> {
  const { executablePath, environment } = findChromium()
  // The flags of a container: our own drawing is all that it loads.
  const browser = await playwright.launch({
    executablePath,
    env: { ...(process.env as Record<string, string>), ...environment },
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  const made: Picture[] = []
  try {
    for (const size of sizes) {
      const page = await browser.newPage({ viewport: { width: size, height: size } })
      const url = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
      await page.setContent(
        `<style>html,body{margin:0;background:transparent}img{display:block;width:100vw;height:100vh}</style><img src="${url}">`,
      )
      made.push({ size, png: await page.screenshot({ omitBackground: true }) })
      await page.close()
    }
  } finally {
    await browser.close()
  }
  return made
}
