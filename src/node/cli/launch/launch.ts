/**
 * Opens the desktop app where a binary and a display are, in the order that costs least: what rules
 * a window out comes before any look at the disk, and a download is the last thing tried. Promises
 * an answer in words when there is no window. Never loads Electron, never runs a node.
 */
import type { Clock } from '../../base/clock.ts'
import { PeerfoldError } from '../../base/errors.ts'
import { type AppEnd, runDesktopApp } from './desktop-app.ts'
import { downloadElectron } from './download-electron.ts'
import { type Electron, type ElectronDisk, findElectron } from './find-electron.ts'
import { downloadBanOf, type Machine, obstacleOn } from './mode.ts'

/** A download on a slow line takes longer; then the next start finds it cached or tries again. */
export const DOWNLOAD_LIMIT_MS = 90_000

export interface Launch {
  readonly machine: Machine
  readonly disk: ElectronDisk
  /** Directory of package.json and dist/. */
  readonly directory: string
  /** A Node that runs scripts. */
  readonly node: string
  /** The home that the app's node is for. */
  readonly home: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly downloadLimitMs?: number
  out(text: string): void
  err(text: string): void
}

export type Launched =
  /** There was a window, and it is closed. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'unavailable'; readonly why: string; readonly lastWords?: string }

/** INTERNAL when the app dies under its window. */
export async function launchDesktop(launch: Launch): Promise<Launched> {
  const { machine, disk, directory } = launch
  const obstacle = obstacleOn(machine)
  if (obstacle !== undefined) return unavailable(obstacle)
  if (!(await disk.exists(`${directory}/dist/main/index.js`)))
    return unavailable('the desktop app is not built: "npm run build" builds it')
  const electron = await electronFor(launch)
  if (electron.kind === 'missing') return unavailable(electron.why)
  const end = await runDesktopApp({
    executable: electron.executable,
    directory,
    env: appEnvironment(launch),
    signal: launch.signal,
    out: launch.out,
    err: launch.err,
  })
  return resultOf(end, electron.version)
}

async function electronFor(launch: Launch): Promise<Electron> {
  const { machine, disk, clock, node, signal, err, downloadLimitMs = DOWNLOAD_LIMIT_MS } = launch
  const question = { platform: machine.platform, override: machine.env['ELECTRON_OVERRIDE_DIST_PATH'] }
  const found = await findElectron(disk, question)
  if (found.kind === 'found' || found.installer === undefined) return found
  const ban = downloadBanOf(machine)
  if (ban !== undefined) return { kind: 'missing', why: `${found.why}; ${ban}` }
  err(
    `Fetching Electron, once (at most ${downloadLimitMs / 1000} s; PEERFOLD_NO_DOWNLOAD=1 never does) ...\n`,
  )
  const failure = await downloadElectron({
    node,
    installer: found.installer,
    env: machine.env,
    limitMs: downloadLimitMs,
    clock,
    signal,
  })
  return failure === undefined
    ? findElectron(disk, question)
    : { kind: 'missing', why: `${found.why}; ${failure}` }
}

/** ELECTRON_RUN_AS_NODE, set by editors' terminals, would make a Node of the app. */
function appEnvironment({ machine, home }: Launch): Launch['machine']['env'] {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = machine.env
  return { ...env, PEERFOLD_HOME: home }
}

function resultOf(end: AppEnd, version: string): Launched {
  if (end.kind === 'no-window')
    return {
      ...unavailable(`Electron ${version} ended before its window was there: ${end.how}`),
      lastWords: end.lastWords,
    }
  if (end.how !== undefined)
    throw new PeerfoldError('INTERNAL', `the desktop app ended: ${end.how}`, { electron: version })
  return { kind: 'closed' }
}

function unavailable(why: string): Extract<Launched, { kind: 'unavailable' }> {
  return { kind: 'unavailable', why }
}
