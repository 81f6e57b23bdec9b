/** Where the window opens, whatever its file and the screens say. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DEFAULT_PLACE, placeOn, readPlace, SMALLEST, writePlace } from '../../../src/main/window-place.ts'

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 }
const LEFT = { x: -1280, y: 0, width: 1280, height: 1024 }

test.each([
  { what: 'inside the screen', saved: { x: 100, y: 50, width: 900, height: 700 }, kept: true },
  { what: 'on the second screen', saved: { x: -1200, y: 50, width: 900, height: 700 }, kept: true },
  { what: 'hanging out at the right', saved: { x: 1780, y: 50, width: 900, height: 700 }, kept: true },
  { what: 'out at the right', saved: { x: 1900, y: 50, width: 900, height: 700 }, kept: false },
  { what: 'above the screen', saved: { x: 100, y: -300, width: 900, height: 700 }, kept: false },
  { what: 'below the screen', saved: { x: 100, y: 1070, width: 900, height: 700 }, kept: false },
  { what: 'on a screen that is gone', saved: { x: 4000, y: 50, width: 900, height: 700 }, kept: false },
])('a window $what keeps its position: $kept', ({ saved, kept }) => {
  const place = placeOn({ ...saved, maximized: false }, [SCREEN, LEFT])
  expect(place).toEqual(
    kept ? { ...saved, maximized: false } : { width: saved.width, height: saved.height, maximized: false },
  )
})

test('a window larger than its screen is made to fit, a tiny one grows', () => {
  expect(placeOn({ x: 0, y: 0, width: 5000, height: 3000, maximized: true }, [SCREEN])).toEqual({
    ...SCREEN,
    maximized: true,
  })
  expect(placeOn({ x: 0, y: 0, width: 130, height: 50, maximized: false }, [SCREEN])).toMatchObject(SMALLEST)
})

test.each([
  undefined,
  null,
  [],
  'large',
  {},
  { x: 1, y: 2 },
  { x: '1', y: 2, width: 900, height: 700 },
  { x: 1.5, y: 2, width: 900, height: 700 },
  { x: Number.NaN, y: 2, width: 900, height: 700 },
  { x: 1, y: 2, width: 1e9, height: 700 },
])('%j is damage and gives the default place', (saved) => {
  expect(placeOn(saved, [SCREEN])).toEqual(DEFAULT_PLACE)
})

test('a position is kept only where a person can grasp the window', () => {
  const pixels = fc.integer({ min: -4000, max: 4000 })
  const size = fc.integer({ min: 1, max: 4000 })
  const area = fc.record({
    x: pixels,
    y: pixels,
    width: fc.integer({ min: 640, max: 4000 }),
    height: fc.integer({ min: 480, max: 3000 }),
  })
  let kept = 0
  fc.assert(
    fc.property(
      fc.record({ x: pixels, y: pixels, width: size, height: size, maximized: fc.boolean() }),
      fc.array(area, { maxLength: 3 }),
      (saved, screens) => {
        const { x, y, width, height } = placeOn(saved, screens)
        expect(width).toBeGreaterThanOrEqual(SMALLEST.width)
        expect(height).toBeGreaterThanOrEqual(SMALLEST.height)
        if (x === undefined || y === undefined) return
        kept++
        expect(
          screens.some((screen) => {
            const seen = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x)
            return seen >= 120 && y >= screen.y && y < screen.y + screen.height
          }),
        ).toBe(true)
      },
    ),
    { seed: 7, numRuns: 2_000 },
  )
  expect(kept).toBeGreaterThan(100)
})

describe('the file', () => {
  function file() {
    const directory = mkdtempSync(join(tmpdir(), 'peerfold-place-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    return join(directory, 'window.json')
  }

  test('gives back what was written, and nothing of a stranger can read it', () => {
    const path = file()
    const place = { x: 1, y: 2, width: 900, height: 700, maximized: true }
    expect(writePlace(path, place)).toBe(true)
    expect(readPlace(path)).toEqual(place)
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true)
  })

  test('that is missing or broken reads as nothing', () => {
    const path = file()
    expect(readPlace(path)).toBeUndefined()
    writeFileSync(path, '{"x":')
    expect(readPlace(path)).toBeUndefined()
  })

  test('that cannot be written is said, not thrown', () => {
    expect(writePlace(join(file(), 'below'), { ...SCREEN, maximized: false })).toBe(false)
  })
})
