/**
 * Which interface a start is for, as far as that can be told without looking at the disk. Promises
 * that whatever rules a window out is known before anybody thinks of a download. Never reads the
 * environment itself.
 */
import { PeerfoldError } from '../../base/errors.ts'

/** auto: a window where there can be one, else the browser; none: only say where the interface is. */
const MODES = ['auto', 'electron', 'browser', 'none'] as const
export type Mode = (typeof MODES)[number]

export interface Machine {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** User id; undefined where there are none (Windows). */
  readonly uid: number | undefined
}

/** PEERFOLD_UI. BAD_INPUT. */
export function modeOf(asked: string | undefined): Mode {
  const mode = MODES.find((known) => known === (asked || 'auto'))
  if (mode) return mode
  throw new PeerfoldError('BAD_INPUT', `PEERFOLD_UI is one of ${MODES.join(', ')}`, { PEERFOLD_UI: asked })
}

/** macOS and Windows show windows to whoever is logged in. */
export function hasDisplay({ platform, env }: Machine): boolean {
  return platform === 'darwin' || platform === 'win32' || !!env['DISPLAY'] || !!env['WAYLAND_DISPLAY']
}

/** Why this machine shows no Electron window, whether or not Electron is there. */
export function obstacleOn(machine: Machine): string | undefined {
  if (!hasDisplay(machine)) return 'no display: DISPLAY and WAYLAND_DISPLAY are unset'
  // Chromium's sandbox does not run as root, and we never switch it off.
  if (machine.uid === 0) return 'Electron does not run as root'
  return undefined
}

/** Why nothing may be downloaded here. */
export function downloadBanOf({ env }: Machine): string | undefined {
  if (env['PEERFOLD_NO_DOWNLOAD'] === '1') return 'PEERFOLD_NO_DOWNLOAD=1'
  if (env['CI']) return 'no download in CI'
  return undefined
}
