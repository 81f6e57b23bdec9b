/**
 * Hosts for tests: Linux network namespaces on one bridge. Promises names of its own per run,
 * no way out (the bridge has no address, nothing is forwarded), and that everything is removed,
 * whatever happened inside. Needs root and `ip`; `netlabObstacle` says what is missing.
 */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'

export interface Host {
  /** 1, 2, 3… */
  readonly number: number
  readonly address: string
  readonly namespace: string
  /** Runs a command inside and returns what it wrote; throws when it fails. */
  exec(command: string, ...args: string[]): string
  /** Starts a process inside; it is killed when the lab closes. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Pulls the cable: the host sees its carrier lost. */
  cut(): void
  heal(): void
  /** Loses every packet silently; the carrier stays. */
  drop(): void
  undrop(): void
  /** Limits what the host sends, e.g. '20mbit'; undefined lifts it. */
  rate(limit: string | undefined): void
  /** Takes the default route away, as on an isolated switch. */
  removeDefaultRoute(): void
}

export interface Netlab {
  readonly hosts: readonly Host[]
  close(): Promise<void>
}

/** Why no lab can be built here; undefined when it can. */
export function netlabObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    run('ip', 'netns', 'list')
    run('bridge', '-V')
  } catch {
    return 'network namespaces need the commands ip and bridge (package iproute2)'
  }
  const probe = `pf${randomBytes(3).toString('hex')}`
  try {
    run('ip', 'netns', 'add', probe)
    run('ip', 'netns', 'del', probe)
  } catch (error) {
    return `network namespaces cannot be made here: ${error instanceof Error ? error.message.split('\n').at(-2) : ''}`
  }
  return undefined
}

const SUBNET = '10.77.0'

/** Builds `count` hosts with the addresses 10.77.0.1, .2, …, each with a default route. */
export function createNetlab(count: number): Netlab {
  removeOrphans()
  // Names the process, for removeOrphans; an interface name ends at 15 characters.
  const name = `pf${process.pid.toString(36)}x${randomBytes(1).toString('hex')}`
  const children = new Set<ChildProcess>()
  try {
    // A querier is missing here, and snooping without one makes multicast vanish.
    run('ip', ...words(`link add ${name} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`))
    run('ip', ...words(`link set ${name} up`))
    const hosts = Array.from({ length: count }, (_, index) => createHost(name, index + 1, children))
    return { hosts, close: () => remove(name, count, children) }
  } catch (error) {
    void remove(name, count, children)
    throw error
  }
}

function createHost(lab: string, number: number, children: Set<ChildProcess>): Host {
  const namespace = `${lab}n${number}`
  const port = `${lab}p${number}`
  const address = `${SUBNET}.${number}`
  run('ip', 'netns', 'add', namespace)
  run('ip', ...words(`link add ${port} type veth peer name eth0 netns ${namespace}`))
  run('ip', ...words(`link set ${port} master ${lab} up`))
  const inside = (text: string): string => run('ip', '-n', namespace, ...words(text))
  inside('link set lo up')
  inside(`addr add ${address}/24 broadcast + dev eth0`)
  inside('link set eth0 up')
  const addDefaultRoute = (): string => inside(`route add default via ${SUBNET}.254 dev eth0`)
  addDefaultRoute()
  return {
    number,
    address,
    namespace,
    exec: (command, ...args) => run('ip', 'netns', 'exec', namespace, command, ...args),
    spawn(command, args, options = {}) {
      const child = spawn('ip', ['netns', 'exec', namespace, command, ...args], options)
      children.add(child)
      child.once('exit', () => children.delete(child))
      return child
    },
    cut: () => void run('ip', ...words(`link set ${port} down`)),
    heal: () => void run('ip', ...words(`link set ${port} up`)),
    drop: () => void run('bridge', ...words(`link set dev ${port} state 0`)),
    undrop: () => void run('bridge', ...words(`link set dev ${port} state 3`)),
    rate(limit) {
      const change =
        limit === undefined
          ? 'del dev eth0 root'
          : `replace dev eth0 root tbf rate ${limit} burst 128kb latency 100ms`
      run('ip', 'netns', 'exec', namespace, 'tc', 'qdisc', ...words(change))
    },
    removeDefaultRoute: () => void inside('route del default'),
  }
}

/** A run that was killed could not tidy up: what it left is removed by the next one. */
function removeOrphans(): void {
  const namespaces = run('ip', 'netns', 'list').split('\n')
  for (const line of namespaces) {
    const [namespace, lab, pid, number] = /^(pf([0-9a-z]+)x[0-9a-f]{2})n(\d+)\b/.exec(line) ?? []
    if (namespace === undefined || lab === undefined || isAlive(parseInt(pid ?? '', 36))) continue
    for (const inside of run('ip', 'netns', 'pids', `${lab}n${number}`).split('\n').filter(Boolean)) {
      attempt('kill', '-9', inside)
    }
    removeHost(lab, Number(number))
    attempt('ip', 'link', 'del', lab)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // there is no such process
  }
}

function removeHost(lab: string, number: number): void {
  attempt('ip', 'link', 'del', `${lab}p${number}`) // a namespace outlives its name while a socket lingers in it
  attempt('ip', 'netns', 'del', `${lab}n${number}`)
}

/** Goes on after every failure: what is half built must go as well. */
async function remove(name: string, count: number, children: Set<ChildProcess>): Promise<void> {
  const exits = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(exits)
  for (let number = 1; number <= count; number++) removeHost(name, number)
  attempt('ip', 'link', 'del', name)
}

function words(text: string): string[] {
  return text.split(' ')
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function attempt(command: string, ...args: string[]): void {
  try {
    run(command, ...args)
  } catch {
    // It was never built, or went with its namespace.
  }
}
