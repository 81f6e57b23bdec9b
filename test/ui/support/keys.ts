/** The keyboard of a person. Promises to reach things by Tab only, and to say where the focus is when it does not. */
import type { Locator, Page } from '@playwright/test'
import { eventually } from '../../support/deadline.ts'

const PATIENCE_MS = 60_000
/** Far more stops than one screen has. */
const STOPS_LIMIT = 60

/** Presses Tab until `target` has the focus. */
export async function tabTo(target: Locator): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < STOPS_LIMIT; stops++) {
    if (await isFocused(target)) return
    await target.page().keyboard.press('Tab')
  }
  throw new Error(`Tab never reaches ${String(target)}; it is at ${await focusedIn(target.page())}`)
}

/** Presses `key` on `target` once it takes presses: on a disabled button the key would go to whatever has the focus. */
export async function pressOn(target: Locator, key = 'Enter'): Promise<void> {
  await eventually(PATIENCE_MS, `${String(target)} takes a press`, () => target.isEnabled())
  await target.press(key)
}

export async function untilFocused(target: Locator): Promise<void> {
  await eventually(PATIENCE_MS, `${String(target)} has the focus`, () => isFocused(target))
}

function isFocused(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement)
}

function focusedIn(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? 'nothing')
}
