/**
 * The node as a process of the desktop app: started by Electron, or by any program that forks it
 * with a channel. Promises to say 'ready' or 'failed', to end in good order when it is told to or
 * its parent is gone, and to end at once on what nobody expected: its supervisor starts it again.
 * Never listens for browsers unless it is told to, and never speaks to anybody but its parent.
 */
import { homedir, hostname } from 'node:os'
import { CODES, codeOf, textOf } from './base/errors.ts'
import type { RpcPort } from './api/message-port.ts'
import { channelParent, electronParent, type ElectronParentPort, type Parent } from './api/parent-process.ts'
import type { HostMessage } from './api/host-messages.ts'
import { SERVE_OPTIONS } from './cli/commands/node.ts'
import { homeOf } from './cli/home.ts'
import { parseCommandLine } from './cli/parse.ts'
import { serveOptionsOf } from './cli/serve.ts'
import { offline, type RunningNode, type RunOptions, runNode } from './host.ts'

/** What the parent said before the node could answer. */
type Waiting = (node: RunningNode) => void

const parent = parentOf()
if (parent) await run(parent)
else {
  process.stderr.write('peerfold: this file is started by the desktop app; use "peerfold serve"\n')
  process.exitCode = CODES.BAD_INPUT.exit
}

function parentOf(): Parent | undefined {
  const { parentPort } = process as unknown as { parentPort?: ElectronParentPort }
  if (parentPort) return electronParent(parentPort)
  return process.send ? channelParent(process) : undefined
}

async function run(up: Parent): Promise<void> {
  endOnTheUnexpected()
  const waiting: Waiting[] = []
  let node: RunningNode | undefined
  const whenRunning = (work: Waiting): void => {
    if (node) work(node)
    else waiting.push(work)
  }
  const stop = (): void => whenRunning((running) => void running.stop())
  up.onMessage((message, port) => whenRunning((running) => answer(up, running, message, port)))
  up.onGone(stop)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  try {
    const { home, options } = settingsOf(process.argv.slice(2))
    await initIfNeeded(home)
    node = await runNode(home, options)
    await up.say({ kind: 'ready', id: node.id, home })
    for (const work of waiting) work(node)
  } catch (error) {
    const code = codeOf(error)
    await up.say({ kind: 'failed', code, message: textOf(error), hint: CODES[code].hint })
    process.exit(CODES[code].exit)
  }
  process.exit(await exitOf(node))
}

function answer(up: Parent, node: RunningNode, message: HostMessage, port: RpcPort | undefined): void {
  if (message.kind === 'stop') void node.stop()
  else if (message.kind === 'connect' && port) node.connect(port)
  else if (message.kind === 'find-folder')
    void up.say({ kind: 'folder', request: message.request, path: node.findFolderPath(message.folder) })
}

/** The exit code of a node that ran: why it failed is in its log. */
function exitOf(node: RunningNode): Promise<number> {
  return node.stopped.then(
    () => 0,
    (error: unknown) => CODES[codeOf(error)].exit,
  )
}

/** The options of "peerfold serve"; without --api there is no door. */
function settingsOf(args: readonly string[]): { home: string; options: RunOptions } {
  const command = { words: 'desktop', summary: '', options: SERVE_OPTIONS, run: async () => undefined }
  const { input, home } = parseCommandLine([command], ['desktop', ...args])
  const { env, platform } = process
  const facts = { platform, env, userHome: homedir(), cwd: process.cwd() }
  const options = serveOptionsOf(input)
  return { home: homeOf(home, facts), options: { ...options, door: options.api !== undefined } }
}

/** The first start makes the home, named as the machine is. */
async function initIfNeeded(home: string): Promise<void> {
  try {
    await offline.initHome(home, hostname())
  } catch (error) {
    if (codeOf(error) !== 'ALREADY_INITIALISED') throw error
  }
}

/**
 * A utility process of Electron only warns of an unhandled rejection and lives on, in a state
 * nobody thought of; a node survives being killed at any moment, so it ends.
 */
function endOnTheUnexpected(): void {
  process.on('unhandledRejection', (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: 'error', msg: 'unhandled rejection', error: textOf(error) })}\n`,
    )
    process.exit(CODES.INTERNAL.exit)
  })
  // A parent that is gone reads nothing: that must not keep the node from ending in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
