/**
 * Before the first test in a browser. Promises that Chromium is unpacked and that dist/renderer is
 * what the sources say. Never builds what is fresh.
 */
import type { TestProject } from 'vitest/node'
import { type Chromium, findChromium } from './chromium.ts'
import { buildWhatIsStale } from './build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    chromium: Chromium
  }
}

export function setup({ provide }: TestProject): void {
  buildWhatIsStale()
  provide('chromium', findChromium())
}
