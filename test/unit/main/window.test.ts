/** The one way a window is made. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createWindow } from '../../../src/main/window.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { createFakeElectron } from '../../support/fake-electron.ts'

function opened({ isPackaged = true, route = undefined as string | undefined, saved = '' } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-window-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const placeFile = join(directory, 'window.json')
  if (saved) writeFileSync(placeFile, saved)
  const { electron, windows } = createFakeElectron(directory)
  const clock = createFakeClock()
  let ready = 0
  createWindow(
    { ...electron, clock },
    { preload: '/app/preload.cjs', version: '1.2.3', isPackaged, placeFile, route, onReady: () => ready++ },
  )
  const window = windows[0] ?? expect.unreachable()
  const place = (): unknown => JSON.parse(readFileSync(placeFile, 'utf8'))
  return { window, clock, place, ready: () => ready }
}

test('isolation, sandbox and web security are on, Node is off, and nothing else is said', () => {
  expect(opened().window.options.webPreferences).toEqual({
    preload: '/app/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    webSecurity: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    devTools: false,
    spellcheck: false,
    additionalArguments: ['--peerfold-version=1.2.3'],
  })
})

test('developer tools exist in development only', () => {
  expect(opened({ isPackaged: false }).window.options.webPreferences.devTools).toBe(true)
})

test('it shows our page, at its route, and itself only when there is something to see', () => {
  const { window, ready } = opened({ route: '/folders/photos' })
  expect(window.urls).toEqual(['app://bundle/index.html#/folders/photos'])
  expect(window.options.show).toBe(false)
  expect(ready()).toBe(0)
  window.emit('ready-to-show')
  expect(window.calls).toEqual(['show'])
  expect(ready()).toBe(1)
  expect(opened().window.urls).toEqual(['app://bundle/index.html'])
})

test('it opens where it was, and maximized if it was', () => {
  const { window } = opened({ saved: '{"x":30,"y":40,"width":800,"height":600,"maximized":true}' })
  expect(window.options).toMatchObject({ x: 30, y: 40, width: 800, height: 600 })
  expect(window.maximized).toBe(true)
})

test('its place is remembered a moment after it moved, and when it closes', async () => {
  const { window, clock, place } = opened()
  window.emit('move')
  window.emit('resize')
  expect(place).toThrow('ENOENT')
  await clock.advance(1_000)
  expect(place()).toEqual({ x: 10, y: 20, width: 900, height: 700, maximized: false })
  window.bounds = { x: 1, y: 2, width: 500, height: 600 }
  window.emit('move')
  window.close()
  expect(place()).toMatchObject({ x: 1, y: 2 })
  window.bounds = { x: 3, y: 4, width: 500, height: 600 }
  window.emit('move')
  await clock.advance(1_000)
  expect(place()).toMatchObject({ x: 1, y: 2 })
})
