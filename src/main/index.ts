/**
 * The desktop's entry, and the only file of main that loads electron. Promises to hand Electron
 * and the process to createMain before the first wait, and to decide nothing.
 */
import { userInfo } from 'node:os'
import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron'
import { systemClock } from '../node/base/clock.ts'
import { createMain } from './create-main.ts'

const BUILT = join(import.meta.dirname, '..')

// Whoever started us may be gone before we are; that is no reason to fall.
process.stdout.on('error', () => {})

createMain(
  {
    app,
    BrowserWindow,
    // createMain knows its windows by the few calls it uses; they are what BrowserWindow made.
    dialog: {
      showOpenDialog: (window, options) => dialog.showOpenDialog(window as BrowserWindow, options),
      showMessageBox: (window, options) => dialog.showMessageBox(window as BrowserWindow, options),
    },
    ipcMain,
    protocol,
    safeStorage,
    // Neither exists before the app is ready, and reading them earlier throws.
    get screen() {
      return screen
    },
    get session() {
      return session
    },
    shell,
    utilityProcess,
    setApplicationMenu: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
  },
  {
    argv: process.argv.slice(1),
    env: process.env,
    platform: process.platform,
    uid: process.getuid?.(),
    userName: userInfo().username,
    clock: systemClock(),
    paths: {
      preload: join(BUILT, 'preload', 'preload.cjs'),
      renderer: join(BUILT, 'renderer'),
      node: join(BUILT, 'node', 'desktop.js'),
      icon: join(BUILT, '..', 'assets', 'icons', '256x256.png'),
    },
    say: (line) => void process.stdout.write(`${line}\n`),
  },
)
