/**
 * Commands about the node itself: making a home, running, stopping, looking. Promises that "stop"
 * returns when the node is gone. Never knows how a node is built.
 */
import { codeOf, PeerfoldError } from '../../base/errors.ts'
import type { NodeStatus } from '../../api/node-port.ts'
import type { Command, Context, Input, Option, Result } from '../command.ts'
import { columns, shown, timeText } from '../output.ts'
import { statusText } from '../words.ts'
import { noticeLines } from './notices.ts'
import { serveUntilStopped } from '../serve.ts'
import type { Mode } from '../launch/mode.ts'
import { hadWindow } from '../launch/window.ts'

/** A node ends its work within seconds; a guess with room for a slow disk. */
const STOP_TIMEOUT_MS = 60_000
const STOP_LOOK_MS = 50

export const SERVE_OPTIONS: Readonly<Record<string, Option>> = {
  api: { value: 'HOST:PORT', text: 'Where the API listens; port 0 lets the system choose (127.0.0.1:8005)' },
  listen: {
    value: 'MULTIADDR',
    multiple: true,
    text: 'Where other devices connect, e.g. /ip4/0.0.0.0/tcp/22000',
  },
  'no-discovery': { text: 'No mDNS; dial only the addresses given by "device add"' },
  'log-level': { value: 'LEVEL', text: 'error, warn, info, debug or trace (info; on a terminal warn)' },
}

const init: Command = {
  words: 'init',
  summary: 'Make the home of a new node: its key and its configuration',
  options: { name: { value: 'NAME', text: 'Name of this device for people; the host name when absent' } },
  run: async (input, context) => {
    const offline = await context.offline()
    const made = await offline.initHome(context.home, input.value('name') ?? context.hostName)
    return {
      json: { id: made.id, name: made.name, home: context.home },
      text: `Made ${context.home} for "${shown(made.name)}".\nDevice id: ${made.id}`,
    }
  },
}

const id: Command = {
  words: 'id',
  summary: 'Print the id of this device',
  notes: ['Works with the node stopped.'],
  run: async (_input, context) => {
    const identity = await (await context.offline()).readIdentity(context.home)
    return { json: { id: identity.id }, text: identity.id }
  },
}

const serve: Command = {
  words: 'serve',
  summary: 'Run the node until it is stopped',
  options: SERVE_OPTIONS,
  notes: [
    'Prints where it is when it is ready: with --json as one line {"id", "url", "home", "pid", "listening", "signIn"}.',
    'The address for a browser carries a one-time code: whoever opens it first, within ten minutes, is signed in.',
    'Ctrl-C or "peerfold stop" ends it in good order; a second Ctrl-C ends it at once.',
  ],
  run: async (input, context) => {
    await serveUntilStopped(input, context)
    return undefined
  },
}

/** Said to a newcomer, who has a checkout and no "peerfold" on the path. */
const NEXT = [
  'Next, in another terminal in this directory (--help explains each):',
  '  npx peerfold device add ID                          the other device, and this one there',
  '  npx peerfold folder add PATH --id NAME --device ID  a directory, and its twin there',
  '  npx peerfold status                                 how it stands',
]

const start: Command = {
  words: 'start',
  summary: 'Make the home if there is none, then open the window, or run the node for a browser',
  notes: [
    'PEERFOLD_UI=auto opens a desktop window where Electron and a display are, otherwise a browser.',
    'PEERFOLD_UI=electron, =browser: that or nothing; =none prints where the interface is, as --json does.',
    'Electron may be fetched once, never with PEERFOLD_NO_DOWNLOAD=1, in CI, as root or without a display.',
  ],
  options: {
    ...SERVE_OPTIONS,
    name: { value: 'NAME', text: 'Name of this device for people, when the home is made now' },
    demo: { text: 'Two nodes on this machine, paired, with a sample to watch' },
  },
  run: async (input, context) => {
    if (input.flag('demo')) {
      const { runDemo } = await import('../demo.ts')
      await runDemo(context)
      return undefined
    }
    const mode = modeFor(input, context)
    const ending = context.interrupted()
    // The window's node makes a home like this one would, but knows no --name.
    if (input.value('name') !== undefined) await initIfNeeded(input, context)
    if (await hadWindow(context, mode, ending)) return undefined
    await initIfNeeded(input, context)
    const open = mode !== 'none' && context.screens.hasDisplay ? context.screens.openBrowser : undefined
    try {
      await serveUntilStopped(input, context, { ending, next: NEXT, open })
      return undefined
    } catch (error) {
      if (codeOf(error) !== 'ALREADY_RUNNING' || mode === 'none') throw error
      return showRunning(error, context, open)
    }
  },
}

const stop: Command = {
  words: 'stop',
  summary: 'Stop the running node and wait until it is gone',
  run: async (_input, context) => {
    const { pid } = await context.apiFile()
    const { calls } = await context.connect()
    await calls.node.stop().catch((error: unknown) => {
      // The line may go down before the answer comes.
      if (codeOf(error) !== 'DAEMON_UNREACHABLE') throw error
    })
    await waitUntilGone(pid, context)
    return { json: { stopped: true, pid }, text: 'Stopped.' }
  },
}

const status: Command = {
  words: 'status',
  summary: 'Show devices and folders at a glance',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const now = await calls.status.get()
    return { json: now, text: statusLines(now) }
  },
}

const ui: Command = {
  words: 'ui',
  summary: 'Print an address that signs one browser in',
  notes: ['It is good once and for ten minutes. The browser then stays signed in for 30 days.'],
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const { url, code, expiresMs } = await calls.session.invite()
    return { json: { url, code, expiresMs }, text: url }
  },
}

const nearby: Command = {
  words: 'nearby',
  summary: 'Show devices heard on the network that are not known here',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const devices = await calls.node.nearby()
    const rows = devices.map((device) => [device.id, timeText(device.lastSeenMs), device.addresses.join(' ')])
    return { json: { devices }, text: rows.length > 0 ? columns(rows) : 'Nobody was heard yet.' }
  },
}

export const NODE_COMMANDS: readonly Command[] = [init, id, start, serve, stop, status, ui, nearby]

/** Whoever starts it twice wants to see it: the node that runs has an address, too. */
async function showRunning(
  error: unknown,
  { connect }: Context,
  open: ((url: string) => void) | undefined,
): Promise<Result> {
  const { calls } = await connect().catch(() => {
    // It serves a window only, or is just starting or ending.
    throw error
  })
  const { url } = await calls.session.invite()
  open?.((await calls.session.invite()).url)
  return { json: { url }, text: `Peerfold runs already.\n  browser  ${url}  (good once, for ten minutes)` }
}

/** Whoever says how the node shall listen, or reads JSON, wants this process to be the node. */
function modeFor(input: Input, { json, screens }: Context): Mode {
  const mode = screens.mode()
  if (json) return 'none'
  const isNodeMeant =
    input.values('listen') !== undefined ||
    input.flag('no-discovery') ||
    ['api', 'log-level'].some((option) => input.value(option) !== undefined)
  return isNodeMeant && mode === 'auto' ? 'browser' : mode
}

async function initIfNeeded(
  input: Input,
  { offline, home, hostName, terminal, json }: Context,
): Promise<void> {
  const port = await offline()
  try {
    const made = await port.initHome(home, input.value('name') ?? hostName)
    if (!json) terminal.out(`Made ${home} for "${shown(made.name)}".\n`)
  } catch (error) {
    if (codeOf(error) !== 'ALREADY_INITIALISED') throw error
  }
}

async function waitUntilGone(pid: number, { clock, isAlive }: Context): Promise<void> {
  const startMs = clock.monotonicMs()
  while (isAlive(pid)) {
    if (clock.monotonicMs() - startMs > STOP_TIMEOUT_MS)
      throw new PeerfoldError('TIMEOUT', `the node (process ${pid}) has not ended yet`, { pid })
    await new Promise<void>((resolve) => clock.after(STOP_LOOK_MS, resolve))
  }
}

function statusLines({ device, devices, folders, notices }: NodeStatus): string {
  const parts = [`${shown(device.name)}  ${device.id}`]
  if (devices.length > 0)
    parts.push(
      '',
      'Devices',
      columns(devices.map(deviceRow).map(([name, ...rest]) => [`  ${name}`, ...rest])),
    )
  for (const folder of folders) {
    parts.push('', `Folder ${folder.id}  ${shown(folder.path)}`, `  ${statusText(folder.status)}`)
    parts.push(...nextSteps(folder), ...problemLines(folder))
  }
  if (folders.length === 0)
    parts.push('', 'No folders yet. Share one with "peerfold folder add PATH --id ID".')
  if (notices.length > 0)
    parts.push(
      '',
      'Notices, until "peerfold notices dismiss"',
      ...noticeLines({ notices, folders }).map((line) => `  ${line}`),
    )
  return parts.join('\n')
}

/** What a person can do about it, where a command of its own decides. */
const STEPS: Partial<Record<string, (folder: string) => string>> = {
  held: (id) => `"peerfold held list ${id}" shows them, "held approve" and "held reject" decide`,
  'local-changes': (id) => `"peerfold folder revert ${id}" takes them back`,
  'remote-changes': (id) => `"peerfold folder override ${id}" puts yours in their place`,
}

function nextSteps({ id, status }: NodeStatus['folders'][number]): string[] {
  const steps = [status, status.also].map((phrase) => phrase && STEPS[phrase.reason]?.(id))
  return steps.flatMap((step) => (step === undefined ? [] : [`  ${step}`]))
}

/** FIFOs and sockets are no problem: a few names tell what they are. */
const LEFT_OUT_SHOWN = 5

function problemLines(folder: NodeStatus['folders'][number]): string[] {
  const { errors, errorCount, conflicts, conflictCount, leftOut, leftOutCount } = folder
  const unlisted = errorCount - errors.length + conflictCount - conflicts.length
  return [
    ...errors.map(
      ({ path, code, message }) => `  ${shown(path || folder.path)}: ${shown(message)} (${code})`,
    ),
    ...conflicts.map(({ path }) => `  ${shown(path)}: compare with the original, then delete or rename one`),
    ...(unlisted > 0 ? [`  and ${unlisted} more`] : []),
    ...leftOut.slice(0, LEFT_OUT_SHOWN).map(({ path }) => `  not synced, no file: ${shown(path)}`),
    ...(leftOutCount > LEFT_OUT_SHOWN ? [`  and ${leftOutCount - LEFT_OUT_SHOWN} more of that kind`] : []),
  ]
}

export function deviceRow(device: NodeStatus['devices'][number]): string[] {
  const seen = device.connected
    ? 'connected'
    : device.lastSeenMs === 0
      ? 'never seen'
      : `last seen ${timeText(device.lastSeenMs)}`
  return [shown(device.name), seen, device.id, device.address ?? device.addresses.join(' ')]
}
