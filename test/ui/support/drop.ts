/**
 * Files dragged in from outside, as the system drags them. Promises that the page sees real files
 * and directories of the disk, directories with their entries, and trusted events.
 */
import { basename } from 'node:path'
import type { Locator } from '@playwright/test'

/** The first bit of a drag's operations: copy. */
const COPY = 1

/** Drags files and directories of the disk over `target` and lets go. */
export async function dropFiles(target: Locator, paths: readonly string[]): Promise<void> {
  await target.scrollIntoViewIfNeeded()
  const box = await target.boundingBox()
  if (!box) throw new Error('there is nothing to drop on')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const page = target.page()
  // Electron knows where a dropped file lies; its imitation is told.
  await page.evaluate(
    (entries) => Object.assign(window, { pathsOfFiles: Object.fromEntries(entries) }),
    paths.map((path) => [basename(path), path]),
  )
  // Ends with the window: the page goes on reading what was dropped after the event.
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [...paths], dragOperationsMask: COPY }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x, y, data })
}
