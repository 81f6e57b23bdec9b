/**
 * Where the window was, and whether it may be there again. Promises a window that can be seen and
 * grasped on the screens of today, whatever the file says. Never trusts the file: it is checked
 * like a stranger's.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Bounds } from './electron-port.ts'

/** Where a window opens. Without x and y the system places it in the middle. */
export interface WindowPlace {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
  readonly maximized: boolean
}

export const SMALLEST = { width: 400, height: 480 }
export const DEFAULT_PLACE: WindowPlace = { width: 1120, height: 760, maximized: false }
/** So much of the window's upper edge must lie on one screen, or nobody can drag it back. */
const GRASPABLE = { width: 120, height: 40 }
/** Beyond this no screen reaches; a larger number is damage. */
const PIXELS_LIMIT = 100_000

/** What a saved place becomes on the screens there are now. */
export function placeOn(saved: unknown, screens: readonly Bounds[]): WindowPlace {
  const place = parsePlace(saved)
  if (!place) return DEFAULT_PLACE
  const { x, y, maximized } = place
  for (const screen of screens) {
    const size = fitted(place, screen)
    if (canBeGrasped({ x, y, ...size }, screen)) return { x, y, ...size, maximized }
  }
  return { ...fitted(place, screens[0]), maximized }
}

function parsePlace(saved: unknown): (Bounds & { maximized: boolean }) | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined
  const { x, y, width, height, maximized } = saved as Record<string, unknown>
  if (!isPixels(x) || !isPixels(y) || !isPixels(width) || !isPixels(height)) return undefined
  return { x, y, width, height, maximized: maximized === true }
}

function isPixels(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= PIXELS_LIMIT
}

function canBeGrasped(window: Bounds, area: Bounds): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const isTitleInside = window.y >= area.y && window.y + GRASPABLE.height <= area.y + area.height
  return width >= GRASPABLE.width && isTitleInside
}

function fitted({ width, height }: { width: number; height: number }, screen: Bounds | undefined) {
  const largest = screen ?? { width: PIXELS_LIMIT, height: PIXELS_LIMIT }
  return {
    width: Math.max(SMALLEST.width, Math.min(width, largest.width)),
    height: Math.max(SMALLEST.height, Math.min(height, largest.height)),
  }
}

/** undefined when there is no such file, or no JSON in it: a lost window size is not worth a word. */
export function readPlace(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch {
    // First start, or damage: both mean the default place.
    return undefined
  }
}

/** Synchronous, because it runs while the window closes. Never throws: nothing depends on it. */
export function writePlace(file: string, place: Bounds & { readonly maximized: boolean }): boolean {
  const { x, y, width, height, maximized } = place
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify({ x, y, width, height, maximized })}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return true
  } catch {
    // A full or read-only disk: the window opens at its default place next time.
    return false
  }
}
