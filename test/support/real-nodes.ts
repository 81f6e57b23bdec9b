/**
 * Real nodes as a user starts them: processes of the command line, each with a home of its own,
 * here or on a host of the network lab. Promises that everything is ended and removed when the test
 * is over, and that a failed test prints the end of every log and keeps the logs.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { NodeStatus } from '../../src/node/api/node-port.ts'
import { isBundleFresh } from '../../src/node/fs/bundle-stamp.js'
import { ROOT } from '../architecture/read-sources.ts'
import { eventually, within } from './deadline.ts'
import type { AgentAnswer, AgentRequest } from './host-agent.ts'
import type { Host } from './netlab.ts'

const ENTRY = join(ROOT, 'src/node/cli/peerfold.js')
/** What the desktop app starts; the sources of it where the bundle is not what they would be. */
export const DESKTOP_ENTRY = join(ROOT, isBundleFresh(ROOT) ? 'dist/node/desktop.js' : 'src/node/desktop.ts')
const AGENT = new URL('host-agent.ts', import.meta.url).pathname
/** A start takes a second; on two busy cores several. */
const START_DEADLINE_MS = 60_000
const COMMAND_DEADLINE_MS = 60_000
const LOG_TAIL_LINES = 40

/** The id of "nobody" on every Linux. */
const NOBODY = 65_534

export interface Ended {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

export interface Answer<Shape> {
  readonly status: number
  readonly body: Shape
}

export interface NodeSettings {
  readonly host?: Host
  /** Runs it as "nobody": root reads and writes everything. Needs root and setpriv. */
  readonly unprivileged?: boolean
  /** Does without --no-discovery. */
  readonly discovery?: boolean
  /** An existing home. */
  readonly home?: string
  /** Starts it as the desktop app does, with a channel for ports; here only. */
  readonly desktop?: boolean
}

export interface RealNode {
  readonly name: string
  readonly home: string
  readonly id: string
  /** Of the running process. */
  readonly pid: number
  /** The running process; it has a channel when it was started as the desktop app does. */
  readonly process: ChildProcess
  /** Where it listens for devices. */
  readonly address: string
  start(): Promise<void>
  /** Asks it to stop, as `peerfold stop` does; the exit code of the node itself. */
  stop(): Promise<number | null>
  kill(): Promise<void>
  readonly isRunning: boolean
  /** A command of the command line with this home; --json is added. */
  run(...args: string[]): Promise<Ended>
  /** A command that must succeed, and the JSON it printed. */
  ask<Shape = unknown>(...args: string[]): Promise<Shape>
  /** A request to the API, path below /api/v1. */
  request<Shape = unknown>(method: string, path: string, body?: object): Promise<Answer<Shape>>
  /** Resolves when the folder was looked at from now on, as "folder rescan --wait" does. */
  rescan(folder: string): Promise<void>
  status(): Promise<NodeStatus>
  folder(id: string): Promise<NodeStatus['folders'][number]>
  /** All that was written to the error stream, of every start. */
  log(): string
  /** The most memory it ever held, bytes (VmHWM). */
  peakBytes(): number
}

export interface Stage {
  /** A directory for the test, removed afterwards. */
  readonly directory: string
  /** A new directory in it. */
  make(name: string): string
  /** Makes a home and starts the node on it. */
  node(name: string, settings?: NodeSettings): Promise<RealNode>
}

/** Call it inside a test. */
export function openStage(): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-acceptance-'))
  chmodSync(directory, 0o755)
  const logs = mkdtempSync(join(tmpdir(), 'peerfold-logs-'))
  const endings: (() => Promise<unknown>)[] = []
  const nodes: RealNode[] = []
  onTestFinished(async ({ task }) => {
    await Promise.all(endings.map((end) => end()))
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    if (task.result?.state !== 'fail') return rmSync(logs, { recursive: true })
    for (const node of nodes) {
      const tail = node.log().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')
      process.stderr.write(`\n--- log of ${node.name}, whole in ${logs}/${node.name}.log\n${tail}\n`)
    }
  })
  const agents = new Map<Host, Agent>()
  const agentOf = (host: Host | undefined): Agent | undefined => {
    if (host === undefined) return undefined
    const agent = agents.get(host) ?? openAgent(host)
    agents.set(host, agent)
    return agent
  }
  return {
    directory,
    make(name) {
      const path = join(directory, name)
      mkdirSync(path)
      return path
    },
    async node(name, settings = {}) {
      const home = settings.home ?? join(directory, `${name}.home`)
      if (settings.unprivileged) makeForNobody(home)
      const node = createRealNode(
        { name, home, log: join(logs, `${name}.log`) },
        settings,
        agentOf(settings.host),
      )
      endings.push(() => node.kill())
      nodes.push(node)
      await node.prepare()
      await node.start()
      return node
    },
  }
}

function makeForNobody(home: string): void {
  mkdirSync(home, { mode: 0o777 })
  chmodSync(home, 0o777)
}

/** Why no node can be run as "nobody" here; undefined when it can. */
export async function unprivilegedObstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'running as another user needs root'
  const [command, ...args] = asNobody([process.execPath, ENTRY, '--version'])
  const ended = await ending(spawn(command ?? '', args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  return ended.exit === 0 ? undefined : `"nobody" cannot run this checkout: ${ended.err.split('\n')[0]}`
}

function asNobody(command: readonly string[]): string[] {
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--', ...command]
}

interface Places {
  readonly name: string
  readonly home: string
  readonly log: string
}

function createRealNode(
  places: Places,
  settings: NodeSettings,
  agent: Agent | undefined,
): RealNode & { prepare(): Promise<void> } {
  const { name, home } = places
  let child: ChildProcess | undefined
  let gone: Promise<unknown> = Promise.resolve()
  let api = { url: '', token: '' }
  let id = ''
  // The same port after every start: the others were told this address.
  let listen = `/ip4/${settings.host?.address ?? '127.0.0.1'}/tcp/0`
  // The first start makes the home as well: one process less than "init" and "serve".
  let makesHome = settings.home === undefined && !settings.desktop

  const launch = (args: readonly string[]): ChildProcess => {
    const plain = [process.execPath, ENTRY, ...args]
    const [command = '', ...rest] = settings.unprivileged ? asNobody(plain) : plain
    const options = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
    return settings.host ? settings.host.spawn(command, rest, options) : spawn(command, rest, options)
  }
  const run = (...args: string[]): Promise<Ended> =>
    within(
      COMMAND_DEADLINE_MS,
      `peerfold ${args.join(' ')}`,
      ending(launch([...args, '--home', home, '--json'])),
    )

  async function ask<Shape>(...args: string[]): Promise<Shape> {
    const { exit, out, err } = await run(...args)
    if (exit !== 0) throw new Error(`peerfold ${args.join(' ')} ended with ${exit}: ${err}`)
    return JSON.parse(out) as Shape
  }

  async function start(): Promise<void> {
    const network = settings.discovery ? [] : ['--no-discovery', '--listen', listen]
    // The same port after every start: a browser holds this address.
    const door = api.url === '' ? '127.0.0.1:0' : new URL(api.url).host
    const options = ['--api', door, ...network, '--home', home]
    const words = makesHome ? ['start', '--name', name] : ['serve']
    const started = settings.desktop ? launchDesktop(options) : launch([...words, ...options, '--json'])
    makesHome = false
    child = started
    gone = new Promise((resolve) => started.once('exit', resolve))
    started.stderr?.pipe(createWriteStream(places.log, { flags: 'a' }))
    const ready = settings.desktop ? firstMessage(started) : firstLine(started)
    const said = await within(START_DEADLINE_MS, `${name} starts`, ready)
    if (said === undefined) throw new Error(`${name} did not start: ${readLog(places.log)}`)
    const { listening, ...own } = JSON.parse(said) as { id: string; listening?: string[] }
    id = own.id
    api = JSON.parse(readFileSync(join(home, 'api.json'), 'utf8')) as typeof api
    const [address = ''] = listening ?? (await status()).device.addresses
    if (!settings.discovery) listen = address.replace(/\/tls$/, '')
  }

  async function request<Shape>(method: string, path: string, body?: object): Promise<Answer<Shape>> {
    const headers = {
      authorization: `Bearer ${api.token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const sent = { url: `${api.url}/api/v1${path}`, method, headers, ...content }
    const { status, text } = agent ? await agent.send(sent) : await sendHere(sent)
    return { status, body: (text === '' ? undefined : JSON.parse(text)) as Shape }
  }

  async function status(): Promise<NodeStatus> {
    return (await request<NodeStatus>('GET', '/status')).body
  }

  return {
    name,
    home,
    get id() {
      return id
    },
    get pid() {
      return child?.pid ?? 0
    },
    get process() {
      if (!child) throw new Error(`${name} was never started`)
      return child
    },
    get address() {
      return listen
    },
    get isRunning() {
      return child !== undefined && child.exitCode === null && child.signalCode === null
    },
    prepare: async () => {
      if (settings.home === undefined && settings.desktop) await ask('init', '--name', name)
    },
    start,
    async stop() {
      await request('POST', '/stop')
      await within(COMMAND_DEADLINE_MS, `${name} is gone`, gone)
      return child?.exitCode ?? null
    },
    async kill() {
      child?.kill('SIGKILL')
      await within(COMMAND_DEADLINE_MS, `${name} is killed`, gone)
    },
    run,
    ask,
    request,
    async rescan(folder) {
      const { status: code, body } = await request('POST', `/folders/${folder}/rescan`, { wait: true })
      if (code !== 200) throw new Error(`${name} did not look at ${folder}: ${JSON.stringify(body)}`)
    },
    status,
    async folder(folder) {
      const found = (await status()).folders.find((one) => one.id === folder)
      if (!found) throw new Error(`${name} has no folder ${folder}`)
      return found
    },
    log: () => readLog(places.log),
    peakBytes() {
      const text = readFileSync(`/proc/${child?.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) * 1_024
    },
  }
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // It never said anything.
  }
}

function firstLine(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', () => resolve(undefined))
  })
}

function launchDesktop(options: readonly string[]): ChildProcess {
  return spawn(process.execPath, [DESKTOP_ENTRY, ...options], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
}

/** What it says through its channel, as text. */
function firstMessage(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(JSON.stringify(message)))
    child.once('exit', () => resolve(undefined))
  })
}

function ending(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve({ exit, out, err }))
  })
}

// ---- HTTP, here or inside a host -------------------------------------------------------------

type Sent = Omit<AgentRequest, 'key'>

interface Agent {
  send(request: Sent): Promise<{ status: number; text: string }>
}

async function sendHere({ url, method, headers, body }: Sent): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, text: await response.text() }
}

/** It ends with the lab that made the host. */
function openAgent(host: Host): Agent {
  const child = host.spawn(process.execPath, [AGENT], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, (answer: AgentAnswer) => void>()
  let keys = 0
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as AgentAnswer
      waiting.get(answer.key)?.(answer)
      waiting.delete(answer.key)
    })
  return {
    async send(request) {
      const key = ++keys
      const answered = new Promise<AgentAnswer>((resolve) => waiting.set(key, resolve))
      child.stdin?.write(`${JSON.stringify({ ...request, key })}\n`)
      const { status, body, failure } = await within(COMMAND_DEADLINE_MS, request.url, answered)
      if (status === undefined) throw new Error(failure)
      return { status, text: body ?? '' }
    },
  }
}

// ---- what tests do with several ---------------------------------------------------------------

/** Makes two nodes trust each other, by address unless they are to find each other. */
export async function pair(one: RealNode, other: RealNode): Promise<void> {
  const tell = (node: RealNode, peer: RealNode): Promise<unknown> =>
    succeed(node, 'POST', '/devices', {
      id: peer.id,
      name: peer.name,
      addresses: peer.address.endsWith('/tcp/0') ? [] : [peer.address],
    })
  await Promise.all([tell(one, other), tell(other, one)])
}

/** Adds `path` as folder `id`, shared with `devices`. */
export async function share(
  node: RealNode,
  id: string,
  path: string,
  devices: readonly RealNode[],
): Promise<void> {
  await succeed(node, 'POST', '/folders', { id, path, devices: devices.map((device) => device.id) })
}

/** A request that must succeed. */
async function succeed<Shape>(node: RealNode, method: string, path: string, body?: object): Promise<Shape> {
  const answer = await node.request<Shape>(method, path, body)
  if (answer.status >= 300)
    throw new Error(`${node.name}: ${method} ${path} gave ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** Whether a node says that it has nothing to do in the folder and that nobody lacks anything. */
export async function isAtRest(node: RealNode, folder: string): Promise<boolean> {
  const { state, need, devices } = await node.folder(folder)
  return state === 'idle' && need.items === 0 && devices.every((device) => device.need.items === 0)
}

/** Waits until both know each other as connected. */
export async function untilConnected(deadlineMs: number, ...nodes: RealNode[]): Promise<void> {
  await eventually(deadlineMs, `${nodes.map(({ name }) => name).join(' and ')} are connected`, async () => {
    const all = await Promise.all(nodes.map((node) => node.status()))
    return all.every(({ devices }) => devices.length > 0 && devices.every(({ connected }) => connected))
  })
}
