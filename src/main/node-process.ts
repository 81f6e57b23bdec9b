/**
 * The node as Electron's utility process. Promises that it gets no switch of Node by our
 * environment, that its log lines reach the log, and that it is forked only from the path it is
 * given. Never passes secrets: neither arguments nor environment are private.
 */
import type { Log } from '../node/base/log.ts'
import type { ElectronPort, UtilityPort } from './electron-port.ts'
import type { NodeListeners, NodeProcess } from './supervisor.ts'

export interface ForkSettings {
  /** Absolute path of the bundled entry. */
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ForkParts {
  readonly utilityProcess: ElectronPort['utilityProcess']
  readonly log: Log
  /** Takes the node's output as it comes. */
  writeLog(text: string): void
}

/** They would change what the node runs, or how. */
const DROPPED = /^(?:NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_PATH|NODE_REPL_\w+|ELECTRON_\w+)$/i

export function forkNode(
  { utilityProcess, log, writeLog }: ForkParts,
  { entry, env }: ForkSettings,
  listeners: NodeListeners,
): NodeProcess {
  const child = utilityProcess.fork(entry, [], {
    serviceName: 'Peerfold node',
    stdio: 'pipe',
    env: cleanEnvironment(env),
  })
  for (const output of [child.stdout, child.stderr])
    output?.on('data', (bytes: Buffer | string) => writeLog(bytes.toString()))
  child.on('message', (message) => listeners.onMessage(message))
  child.on('error', (type, location) => log.error('the node process broke', { type, location }))
  child.on('exit', (code) => listeners.onExit(code))
  return {
    send: (message, ports = []) => child.postMessage(message, [...ports]),
    kill: () => kill(child),
  }
}

function cleanEnvironment(env: ForkSettings['env']): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !DROPPED.test(name))
  return Object.fromEntries(kept) as Record<string, string>
}

/** The node takes Electron's kill for a wish to end in order, which is what it did not manage. */
function kill(child: UtilityPort): void {
  if (child.pid === undefined) return void child.kill()
  try {
    process.kill(child.pid, 'SIGKILL')
  } catch {
    // It is gone already; its exit is on the way.
  }
}
