/**
 * How a start comes to the eyes of a person, on the real machine. Promises to read the environment
 * once, and to look for Electron only when a command asks. Never decides: see window.ts.
 */
import { createRequire } from 'node:module'
import { PeerfoldError } from '../../base/errors.ts'
import { systemClock } from '../../base/clock.ts'
import { directoryWith } from '../../fs/plain-directory.ts'
import { openPlainFile, readPlainFile } from '../../fs/plain-file.ts'
import type { Screens, Terminal } from '../command.ts'
import type { ElectronDisk } from './find-electron.ts'
import { launchDesktop } from './launch.ts'
import { hasDisplay, type Machine, modeOf } from './mode.ts'
import { openBrowser } from './open-browser.ts'

/** A manifest and a version number. */
const TEXT_LIMIT_BYTES = 1 << 20

export function screensOf(machine: Machine, terminal: Terminal): Screens {
  return {
    mode: () => modeOf(machine.env['PEERFOLD_UI']),
    hasDisplay: hasDisplay(machine),
    launch: async (home, signal) =>
      launchDesktop({
        machine,
        disk: electronDisk,
        directory: await ownDirectory(),
        node: process.execPath,
        home,
        clock: systemClock({ keepsAlive: true }),
        signal,
        out: terminal.out,
        err: terminal.err,
      }),
    openBrowser: (url) => openBrowser(machine.platform, url),
  }
}

/** Of the checkout, from the sources as from the bundle. */
async function ownDirectory(): Promise<string> {
  const directory = await directoryWith('package.json', import.meta.dirname)
  if (directory !== undefined) return directory
  throw new PeerfoldError('INTERNAL', 'the package that this command line belongs to is not there')
}

const electronDisk: ElectronDisk = {
  resolve: (specifier) => {
    try {
      return createRequire(import.meta.url).resolve(specifier)
    } catch {
      // Not installed: the caller says so.
      return undefined
    }
  },
  readText: async (path) => {
    const bytes = await readPlainFile(path, TEXT_LIMIT_BYTES)
    return bytes && new TextDecoder().decode(bytes)
  },
  exists: async (path) => {
    try {
      await openPlainFile(path)
      return true
    } catch {
      // What cannot be opened cannot be run.
      return false
    }
  },
}
