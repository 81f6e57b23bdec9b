/**
 * A few whole nodes on twins of disk, network and time, led step by step by a test: started, stopped,
 * cut off from each other, set back to an older state, or copied to a second machine. Promises the
 * real node with nothing stubbed, the same run for the same calls, and to count what crosses the wire.
 */
import { openInlineJob } from '../../src/node/base/job-hosts.ts'
import { silentLog } from '../../src/node/base/log.ts'
import type { Log } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { encodeConfig, initialConfig } from '../../src/node/config/config-file.ts'
import { createConfigStore } from '../../src/node/config/config-store.ts'
import { openConnection } from '../../src/node/db/connection.ts'
import type { Connection } from '../../src/node/db/connection.ts'
import { homeFile } from '../../src/node/fs/home-files.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import { createMemoryWatcher } from '../../src/node/fs/memory-watcher.ts'
import { indexOperations } from '../../src/node/index/index-job.ts'
import { INDEX_STEPS } from '../../src/node/index/schema.ts'
import { deviceIdOf } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { MemoryLab } from '../../src/node/net/memory-network.ts'
import { createNode } from '../../src/node/node.ts'
import type { PeerfoldNode } from '../../src/node/node.ts'
import { openNotices } from '../../src/node/observe/notices.ts'
import { open as openBlockJob } from '../../src/node/store/block-job.ts'
import type { BlockJob } from '../../src/node/store/block-job.ts'
import { walkOperations } from '../../src/node/sync/walk-job.ts'
import { VirtualTime } from '../simulation/virtual-time.ts'
import { identityOf } from './loopback-networks.ts'
import { machineNetwork } from './machine-network.ts'
import type { WireCount } from './machine-network.ts'

const FOLDER = 'shared'
const ROOT = '/sync'
const HOME = '/home'
/** Virtual; everything in a test happens within seconds or does not happen. */
const PATIENCE_MS = 10 * 60_000

type DiskEntry = ReturnType<MemoryDisk['tree']>[number]

/** What a home holds beside the index: name to bytes. */
export interface State {
  readonly index: Buffer | undefined
  readonly files: ReadonlyMap<string, Uint8Array>
}

export interface Machine {
  /** Of the machine: two machines may be one device. */
  readonly name: string
  readonly id: string
  readonly disk: MemoryDisk
  readonly wire: WireCount
  readonly node: PeerfoldNode
  /** The job of the node that started last. */
  readonly blocks: BlockJob
  start(): Promise<void>
  stop(): Promise<void>
  /** The process is killed: nothing is tidied up. */
  kill(): void
  /** Index and home as they are on the disk; the node does not run. */
  state: State
  /** The folder with everything of ours in it, as a backup has it; setting it leaves nothing else. */
  files: readonly DiskEntry[]
  /** What tells this home from a copy of it. */
  place: string
  /** Paths are below the folder. */
  write(path: string, content: string | Uint8Array): void
  read(path: string): string | undefined
  remove(path: string): void
  rename(from: string, to: string): void
  /** Path to content, or "/" for a directory, of what a person sees in the folder. */
  tree(): Record<string, string>
}

export interface Household {
  readonly time: VirtualTime
  /** A machine with a node on it, whose devices and folder are added with the first start of all. */
  machine(name: string): Machine
  /** A second machine with the identity of `of`, started by the test; what it holds is up to the test. */
  twin(of: Machine, name: string): Machine
  /** Starts the machines, which trust each other and share the folder. */
  begin(...machines: readonly Machine[]): Promise<void>
  /** As `begin`, but all share with the first one only, and know nobody else. */
  beginAround(hub: Machine, ...spokes: readonly Machine[]): Promise<void>
  cut(one: Machine, other: Machine): void
  heal(one: Machine, other: Machine): void
  /** Runs virtual time until the promise has settled. */
  during<Result>(work: Promise<Result>): Promise<Result>
  /** Runs until every node is connected and idle and nobody lacks anything; throws with what they say otherwise. */
  rest(...machines: readonly Machine[]): Promise<void>
  /** Runs until `holds`. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>
}

export interface HouseholdSettings {
  readonly log?: Log
  readonly seed?: number
  /** How long a call to a disk takes at most; at once when absent, so that no death comes between two. */
  readonly diskDelayMs?: number
}

export function openHousehold(settings: HouseholdSettings = {}): Household {
  const { log = silentLog(), seed = 7, diskDelayMs } = settings
  const time = new VirtualTime()
  const random = seededRandom(seed)
  const lab = createMemoryLab({ clock: time.clock(), random }, { maxLinkDelayMs: 2_000 })
  const machines: Machine[] = []
  const newcomerListeners: (() => void)[] = []

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = time.nowMs + PATIENCE_MS; time.nowMs < end;) {
      await time.advance(500)
      if (await holds()) return
    }
    throw new Error(`did not happen: ${what}`)
  }

  async function during<Result>(work: Promise<Result>): Promise<Result> {
    let settled = false
    const done = (): void => void (settled = true)
    work.then(done, done)
    await time.advance(PATIENCE_MS, () => settled)
    return work
  }

  async function rest(...which: readonly Machine[]): Promise<void> {
    let said: unknown
    let calm = 0
    const isCalm = async (): Promise<boolean> => {
      const all = await during(Promise.all(which.map(({ node }) => node.status())))
      said = all.map(({ folders }) => folders[0])
      const idle = all.every(({ devices, folders: [folder] }) => {
        if (!devices.some(({ connected }) => connected)) return false
        if (folder?.state !== 'idle' || folder.need.items > 0) return false
        return folder.devices.every(({ need }) => need.items === 0)
      })
      calm = idle ? calm + 1 : 0
      // Watchers and quiet times take part of a second each.
      return calm === 6
    }
    await until('everybody is at rest', isCalm).catch((cause: unknown) => {
      throw new Error(`${String(cause)}: ${JSON.stringify(said)}`, { cause })
    })
  }

  async function share(
    which: readonly Machine[],
    othersOf: (one: Machine) => readonly Machine[],
  ): Promise<void> {
    for (const machine of which) await during(machine.start())
    for (const machine of which) {
      const others = othersOf(machine)
      for (const { id, name } of others) await during(machine.node.addDevice({ id, name }))
      const devices = others.map(({ id }) => id)
      await during(machine.node.addFolder({ id: FOLDER, path: ROOT, devices }))
    }
    await rest(...which)
  }

  const onNewcomer = (listener: () => void): void => void newcomerListeners.push(listener)
  const create = (name: string, id: string): Machine => {
    const all = { time, lab, log, diskDelayMs, machines: () => machines, onNewcomer }
    const created = createMachine({ name, id, ...all })
    machines.push(created)
    for (const listener of newcomerListeners) listener()
    return created
  }

  return {
    time,
    machine: (name) => create(name, deviceIdOf(identityOf(name))),
    twin: (of, name) => create(name, of.id),
    begin: (...which) => share(which, (one) => which.filter(({ id }) => id !== one.id)),
    beginAround: (hub, ...spokes) => share([hub, ...spokes], (one) => (one === hub ? spokes : [hub])),
    cut: (one, other) => lab.cut(one.name, other.name),
    heal: (one, other) => lab.heal(one.name, other.name),
    during,
    rest,
    until,
  }
}

interface MachineParts {
  readonly name: string
  readonly id: string
  readonly time: VirtualTime
  readonly lab: MemoryLab
  readonly log: Log
  readonly diskDelayMs: number | undefined
  machines(): readonly Machine[]
  onNewcomer(listener: () => void): void
}

function createMachine(parts: MachineParts): Machine {
  const { name, id, time, lab, log, diskDelayMs, machines, onNewcomer } = parts
  let alive = { yes: false }
  const random = seededRandom([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 1))
  const yieldNow = (): Promise<void> =>
    diskDelayMs === undefined
      ? Promise.resolve()
      : new Promise((resolve) => time.at(random.below(1_000) * 0.001 * diskDelayMs, resolve))
  const disk = createMemoryDisk({ clock: time.clock(), random, yieldNow })
  disk.user.mkdir(HOME)
  disk.user.mkdir(ROOT)
  disk.user.write(`${HOME}/config.json`, encodeConfig(initialConfig(name)))
  let index: Buffer | undefined
  let connection: Connection | undefined
  let node: PeerfoldNode | undefined
  let blocks: BlockJob | undefined
  const wire: WireCount = { fetchedBytes: 0, controlFrames: 0 }

  const end = (): void => {
    index = connection?.serialize()
    connection?.close()
    connection = undefined
    alive.yes = false
    node = undefined
  }

  async function start(): Promise<void> {
    const life = (alive = { yes: true })
    const clock = time.clock(() => life.yes)
    const own = seededRandom(random.below(2 ** 32))
    const { fileSystem } = disk
    const home = await fileSystem.openRoot(HOME)
    connection = openConnection({ file: ':memory:', steps: INDEX_STEPS, ...(index && { image: index }) })
    const created = await createNode({
      fileSystem,
      watcher: createMemoryWatcher({ disk, clock, random: own }, { delayMs: 50 }),
      network: machineNetwork(lab, { name, id, wire, others: () => machines(), onNewcomer }),
      index: openInlineJob(indexOperations(connection, id)),
      walks: openInlineJob(walkOperations(fileSystem, () => clock.nowNs())),
      blocks: (blocks = openInlineJob(openBlockJob({ fileSystem }))),
      config: await createConfigStore(homeFile(home, 'config.json')),
      markFile: homeFile(home, 'sequences.json', { keepPrevious: false }),
      notices: await openNotices(homeFile(home, 'notices.json', { keepPrevious: false }), clock, log),
      place: machine.place,
      clock,
      random: own,
      log: log.with({ machine: name }),
      version: '0.0.0',
      requestStop: () => {},
    })
    node = created
    await created.start()
  }

  const inFolder = (path: string): string => `${ROOT}/${path}`
  const machine: Machine = {
    name,
    id,
    disk,
    wire,
    place: name,
    get node() {
      if (!node) throw new Error(`${name} does not run`)
      return node
    },
    get blocks() {
      if (!blocks) throw new Error(`${name} never ran`)
      return blocks
    },
    start,
    async stop() {
      await node?.close()
      end()
    },
    kill() {
      lab.kill(name)
      end()
      disk.kill()
    },
    get state() {
      const files = disk
        .tree(HOME)
        .flatMap(({ path, content }) => (content ? [[path, content] as const] : []))
      return { index, files: new Map(files) }
    },
    set state(state) {
      index = state.index
      for (const { path } of disk.tree(HOME)) disk.user.remove(`${HOME}/${path}`)
      for (const [path, bytes] of state.files) disk.user.write(`${HOME}/${path}`, bytes)
    },
    get files() {
      return disk.tree(ROOT)
    },
    set files(files) {
      for (const { path } of disk.tree(ROOT)) if (!path.includes('/')) disk.user.remove(inFolder(path))
      for (const { path, kind, content, mode, mtimeNs } of files) {
        if (kind === 'directory') disk.user.mkdir(inFolder(path), mode)
        else disk.user.write(inFolder(path), content ?? new Uint8Array(), { mode, mtimeNs })
      }
    },
    write(path, content) {
      const slash = path.lastIndexOf('/')
      if (slash > 0) disk.user.mkdir(inFolder(path.slice(0, slash)))
      disk.user.write(inFolder(path), content)
    },
    read: (path) => machine.tree()[path],
    remove: (path) => disk.user.remove(inFolder(path)),
    rename: (from, to) => disk.user.rename(inFolder(from), inFolder(to)),
    tree() {
      const seen = disk.tree(ROOT).filter(({ path }) => !/^\.peerfold(\/|$)/.test(path))
      return Object.fromEntries(
        seen.map(({ path, kind, content }) => [
          path,
          kind === 'directory' ? '/' : Buffer.from(content ?? []).toString(),
        ]),
      )
    },
  }
  return machine
}
