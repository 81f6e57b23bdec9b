/**
 * The process around the command line: streams, signals, environment, exit code. Promises that
 * the node's own code is loaded only by commands that need it, and that a reader who goes away
 * ends the program quietly. Never contains a command.
 */
import { homedir, hostname } from 'node:os'
import { systemClock } from '../base/clock.ts'
import type { Terminal } from './command.ts'
import { connectDaemon, readApiFile } from './daemon.ts'
import { homeOf } from './home.ts'
import { screensOf } from './launch/screens.ts'
import type { Offline } from './offline.ts'
import { runCommandLine, type Surroundings } from './run.ts'

/** As a shell reports a program that was ended by Ctrl-C: 128 + SIGINT. */
const INTERRUPTED = 130

export async function main(args: readonly string[]): Promise<void> {
  endQuietlyWithoutReader()
  process.exitCode = await runCommandLine(args, await surroundings())
}

async function surroundings(): Promise<Surroundings> {
  const { env, platform } = process
  const cwd = process.cwd()
  const terminal = processTerminal()
  return {
    cwd,
    version: await packageVersion(),
    hostName: hostname(),
    program: process.argv[1] ?? '',
    terminal,
    clock: systemClock({ keepsAlive: true }),
    screens: screensOf({ platform, env, uid: process.getuid?.() }, terminal),
    offline: loadNode,
    isAlive,
    interrupted,
    homeOf: (given) => homeOf(given, { platform, env, userHome: homedir(), cwd }),
    connectTo: (home) => connectDaemon(home, isAlive),
    apiFileOf: readApiFile,
  }
}

async function loadNode(): Promise<Offline> {
  const { offline } = await import('../host.ts')
  return offline
}

function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    draws: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
  }
}

async function packageVersion(): Promise<string> {
  // An import, not a file that is read: the bundle has no package.json at this distance.
  return (await import('../../../package.json', { with: { type: 'json' } })).default.version
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as { code?: string }).code === 'EPERM'
  }
}

/**
 * One wish may arrive more than once: the terminal tells every process of its group, and npm passes
 * on what it is told. Nobody presses a key twice within this time and means it, ms (a guess).
 */
const SAME_WISH_MS = 300

/** The first wish to end is handed on; the second one, by then a matter of patience, ends it here. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  const clock = systemClock()
  let firstMs = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        firstMs = clock.monotonicMs()
        controller.abort()
      } else if (clock.monotonicMs() - firstMs > SAME_WISH_MS) process.exit(INTERRUPTED)
    })
  }
  return controller.signal
}

/** "peerfold files list ... | head" must not end in a stack trace. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
}
