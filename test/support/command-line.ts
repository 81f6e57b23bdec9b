/**
 * The command line in one process, against a served fake node. Promises what a shell would see:
 * both streams and the exit code.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectClient } from '../../src/node/api/client.ts'
import { systemClock } from '../../src/node/base/clock.ts'
import { PeerfoldError } from '../../src/node/base/errors.ts'
import type { Launched } from '../../src/node/cli/launch/launch.ts'
import type { Mode } from '../../src/node/cli/launch/mode.ts'
import type { Offline, ServeOptions } from '../../src/node/cli/offline.ts'
import { runCommandLine, type Surroundings } from '../../src/node/cli/run.ts'
import { serveFake, type Served, TOKEN } from './api-server.ts'
import { OWN_ID } from './fake-node.ts'

export interface Ran {
  readonly exit: number
  readonly out: string
  readonly err: string
  /** The one line of JSON on the output stream. */
  json<Shape = unknown>(): Shape
}

export interface Shell extends Served {
  readonly cwd: string
  /** Addresses that were shown in a browser. */
  readonly opened: string[]
  /** Homes that a window was asked for. */
  readonly launches: string[]
  readonly served: { home: string; options: ServeOptions }[]
  /** What the next served node does; it stops by itself when this resolves. */
  interrupt(): void
  run(...args: string[]): Promise<Ran>
}

/** The offline operations of a home that exists when `initialised`. */
function fakeOffline(served: Shell['served'], state: { initialised: boolean; running: boolean }): Offline {
  return {
    initHome: async (home, name) => {
      if (state.initialised)
        throw new PeerfoldError('ALREADY_INITIALISED', `${home} has an identity`, { home })
      state.initialised = true
      return { id: OWN_ID, name }
    },
    readIdentity: async (home) => {
      if (!state.initialised) throw new PeerfoldError('NOT_INITIALISED', `${home} has no identity`, { home })
      return { id: OWN_ID }
    },
    serve: async (home, options) => {
      served.push({ home, options })
      if (state.running) throw new PeerfoldError('ALREADY_RUNNING', 'a node runs on this home')
      if (options.api?.port === 1) throw new PeerfoldError('PORT_IN_USE', 'port 1 is in use')
      let stopped = (): void => {}
      const done = new Promise<void>((resolve) => (stopped = resolve))
      const listening = ['/ip4/127.0.0.1/tcp/22000']
      return {
        url: 'http://127.0.0.1:8005',
        id: OWN_ID,
        listening,
        invite: () => ({
          code: 'c0de',
          expiresMs: 1_700_000_600_000,
          url: 'http://127.0.0.1:8005/#code=c0de',
        }),
        stop: async () => stopped(),
        stopped: done,
      }
    },
    exportVersions: async (request, onProgress) => {
      if (request.folder === 'none') throw new PeerfoldError('FOLDER_NOT_FOUND', 'there is no such folder')
      if (request.folder === 'gone')
        throw new PeerfoldError('FOLDER_PATH_MISSING', 'the disk refused it', { path: '/gone' })
      onProgress({ files: 1, total: 2 })
      const problems = [{ path: 'a/b', code: 'NAME_UNUSABLE', message: 'the disk refused it' } as const]
      return { files: 2, bytes: 2_500_000, problems: request.folder === 'odd' ? problems : [] }
    },
  }
}

export interface ShellSettings {
  readonly draws?: boolean
  readonly initialised?: boolean
  /** Another process serves the home. */
  readonly running?: boolean
  /** What HOME/api.json leads to; the fake node when absent. */
  readonly unreachable?: boolean
  /** PEERFOLD_UI. */
  readonly ui?: Mode
  readonly hasDisplay?: boolean
  /** What becomes of the desktop window. */
  readonly launched?: Launched
}

export async function openShell(settings: ShellSettings = {}): Promise<Shell> {
  const api = await serveFake()
  const cwd = mkdtempSync(join(tmpdir(), 'peerfold-cli-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const served: Shell['served'] = []
  const opened: string[] = []
  const launches: string[] = []
  const interruption = new AbortController()
  const offline = fakeOffline(served, {
    initialised: settings.initialised ?? true,
    running: settings.running ?? false,
  })
  const missing = new PeerfoldError('DAEMON_UNREACHABLE', 'no node runs on this home')

  const run = async (...args: string[]): Promise<Ran> => {
    let out = ''
    let err = ''
    const around: Surroundings = {
      cwd,
      version: '1.2.3',
      hostName: 'this-host',
      program: '/nowhere/peerfold.js',
      terminal: {
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        draws: settings.draws ?? false,
      },
      clock: systemClock(),
      screens: {
        mode: () => settings.ui ?? 'none',
        hasDisplay: settings.hasDisplay ?? false,
        launch: async (home) => {
          launches.push(home)
          return settings.launched ?? { kind: 'unavailable', why: 'nobody has one' }
        },
        openBrowser: (url) => void opened.push(url),
      },
      offline: async () => offline,
      isAlive: () => !api.node.calls.includes('stop'),
      interrupted: () => interruption.signal,
      homeOf: (given) => given ?? join(cwd, 'home'),
      connectTo: async () => {
        if (settings.unreachable) throw missing
        return connectClient({ url: api.url, token: TOKEN })
      },
      apiFileOf: async () => {
        if (settings.unreachable) throw missing
        return { url: api.url, token: TOKEN, pid: 4711 }
      },
    }
    const exit = await runCommandLine(args, around)
    return { exit, out, err, json: <Shape>() => JSON.parse(out) as Shape }
  }
  return { ...api, cwd, opened, launches, served, interrupt: () => interruption.abort(), run }
}
