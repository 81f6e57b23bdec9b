/**
 * The window. Promises the one way a window is made, with isolation, sandbox and web security on
 * and Node off, and that it opens where it was. Never shows anything but app://bundle.
 */
import type { Clock, Timer } from '../node/base/clock.ts'
import type { ElectronPort, WindowOptions, WindowPort } from './electron-port.ts'
import { START_PAGE } from './own-page.ts'
import { placeOn, readPlace, SMALLEST, type WindowPlace, writePlace } from './window-place.ts'

export interface WindowSettings {
  /** Absolute path of the bundled preload. */
  readonly preload: string
  /** Absolute path; absent: the system's own for the app. */
  readonly icon?: string | undefined
  readonly version: string
  readonly isPackaged: boolean
  /** File that remembers the place. */
  readonly placeFile: string
  /** Route of the screens to begin at; absent: where the page wants. */
  readonly route?: string | undefined
  /** Called once the first picture can be shown. */
  onReady(): void
}

export type WindowParts = Pick<ElectronPort, 'BrowserWindow' | 'screen'> & { readonly clock: Clock }

/** Moving a window sends an event per frame; the last one is worth a write. */
const SAVE_DELAY_MS = 1_000

export function createWindow(parts: WindowParts, settings: WindowSettings): WindowPort {
  const areas = parts.screen.getAllDisplays().map(({ workArea }) => workArea)
  const place = placeOn(readPlace(settings.placeFile), areas)
  const window = new parts.BrowserWindow(windowOptions(place, settings))
  if (place.maximized) window.maximize()
  rememberPlace(window, parts.clock, settings.placeFile)
  window.once('ready-to-show', () => {
    window.show()
    settings.onReady()
  })
  const fragment = settings.route === undefined ? '' : `#${settings.route}`
  // A page that fails to load is told by render-process-gone or stays white; it ends no process.
  window.loadURL(START_PAGE + fragment).catch(() => {})
  return window
}

function windowOptions(place: WindowPlace, settings: WindowSettings): WindowOptions {
  const { maximized: _, ...bounds } = place
  return {
    ...bounds,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Peerfold',
    ...(settings.icon === undefined ? {} : { icon: settings.icon }),
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: settings.preload,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      devTools: !settings.isPackaged,
      spellcheck: false,
      additionalArguments: [`--peerfold-version=${settings.version}`],
    },
  }
}

function rememberPlace(window: WindowPort, clock: Clock, file: string): void {
  let timer: Timer | undefined
  const save = (): void => {
    timer?.cancel()
    if (window.isDestroyed()) return
    writePlace(file, { ...boundsOf(window), maximized: window.isMaximized() })
  }
  const saveSoon = (): void => {
    timer?.cancel()
    timer = clock.after(SAVE_DELAY_MS, save)
  }
  window.on('resize', saveSoon)
  window.on('move', saveSoon)
  window.on('close', save)
}

function boundsOf(window: WindowPort) {
  const { x, y, width, height } = window.getNormalBounds()
  return { x, y, width, height }
}
