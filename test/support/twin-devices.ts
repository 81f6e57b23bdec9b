/**
 * Two or more whole nodes on memory disks, in virtual time, sharing one folder. Promises the real node
 * on twins: what a test does to a disk is found, told and placed as in production, within virtual
 * time that a test lets pass. Call it inside a test.
 */
import { onTestFinished } from 'vitest'
import type { NodeStatus } from '../../src/node/api/node-port.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import { deviceIdOf, generateIdentity } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import { FOLDER, FOLDER_PATH, SimDevice } from '../simulation/device.ts'
import { VirtualTime } from '../simulation/virtual-time.ts'

const MINUTE_MS = 60_000
/** Virtual time within which everything must have come to rest. */
const PATIENCE_MS = 20 * MINUTE_MS

export interface TwinDevice {
  readonly device: SimDevice
  /** The people at it; paths inside the folder. */
  write(path: string, text: string): void
  read(path: string): string
  remove(path: string): void
  rename(from: string, to: string): void
  mkdir(path: string): void
  deleteInApp(path: string): Promise<unknown>
  openInApp(path: string): Promise<unknown>
  saveInApp(path: string, text: string): Promise<unknown>
  /** Names in the folder as they stand, without ours; directories end in "/". */
  names(): string[]
  /** What the node says of the folder. */
  folder(): Promise<NodeStatus['folders'][number]>
  /** The state of each device's copy of a path, by device. */
  copies(path: string): Promise<Record<string, string>>
}

export interface TwinDevices {
  readonly devices: readonly TwinDevice[]
  readonly time: VirtualTime
  /** Lets time pass until every node is idle and lacks nothing; throws when that takes too long. */
  rest(): Promise<void>
  pass(ms: number): Promise<void>
  rescan(): Promise<void>
  /** Ends the program, unless it died already, and starts it again. */
  restart(device: TwinDevice, meanwhile?: () => void): Promise<void>
  cut(a: TwinDevice, b: TwinDevice): void
  heal(a: TwinDevice, b: TwinDevice): void
  /** Everything that a node logged, by message. */
  readonly counts: ReadonlyMap<string, number>
}

export interface TwinSettings extends Partial<MemoryDiskSettings> {
  /** How far its clock is off, ms. */
  readonly skewMs?: number
  /** Longest delay of one call to its disk, ms. */
  readonly diskDelayMs?: number
}

/** One device for each of `settings`, which say what its disk and clock are like. */
export async function twinDevices(...settings: TwinSettings[]): Promise<TwinDevices> {
  const time = new VirtualTime()
  const random = seededRandom(7)
  const counts = new Map<string, number>()
  const lab = createMemoryLab({ clock: time.clock(), random: seededRandom(8) })
  const count = (event: string): void => void counts.set(event, (counts.get(event) ?? 0) + 1)
  const sims = settings.map(({ skewMs = 0, diskDelayMs = 0.1, ...disk }, index) => {
    const id = deviceIdOf(generateIdentity(seededRandom(100 + index)))
    const name = String.fromCodePoint(65 + index)
    const chance = { unseenPercent: 0, diskDelayMs, skewMs }
    const parts = { id, name, time, random, lab, ...chance, count, log: () => {} }
    const device = new SimDevice(parts)
    Object.assign(device.disk.settings, disk)
    return device
  })
  const during = async <T>(work: Promise<T>): Promise<T> => {
    const ended = { yes: false }
    const done = work.finally(() => void (ended.yes = true))
    done.catch(() => {})
    await time.advance(PATIENCE_MS, () => ended.yes)
    return done
  }
  const statusOf = async (device: SimDevice): Promise<NodeStatus> => {
    if (!device.node) throw new Error(`${device.name} does not run`)
    return during(device.node.status())
  }
  const folderOf = async (device: SimDevice) => {
    const [folder] = (await statusOf(device)).folders
    if (!folder) throw new Error(`${device.name} has no folder`)
    return folder
  }
  const twin = (device: SimDevice): TwinDevice => {
    const { user } = device.disk
    const at = (path: string): string => `${FOLDER_PATH}/${path}`
    return {
      device,
      write: (path, text) => user.write(at(path), text),
      read: (path) => Buffer.from(user.read(at(path))).toString('utf8'),
      remove: (path) => user.remove(at(path)),
      rename: (from, to) => user.rename(at(from), at(to)),
      mkdir: (path) => user.mkdir(at(path)),
      deleteInApp: (path) => during(device.node!.deleteFile(FOLDER, path)),
      openInApp: (path) => during(device.node!.downloadFile(FOLDER, path)),
      saveInApp: (path, text) => during(device.node!.uploadFile(FOLDER, path, piecesOf(text), {})),
      names: () =>
        device.disk
          .tree(FOLDER_PATH)
          .filter(({ path }) => path.split('/')[0] !== '.peerfold' && !path.endsWith('.tmp'))
          .map(({ path, kind }) => (kind === 'directory' ? `${path}/` : path)),
      folder: () => folderOf(device),
      copies: async (path) => {
        const slash = path.lastIndexOf('/')
        const directory = path.slice(0, Math.max(0, slash))
        const query = { directory, offset: 0, limit: 1_000 }
        const { entries } = await during(device.node!.browseFiles(FOLDER, query))
        const found = entries.find((entry) => entry.path === path)
        const nameOf = (id: string): string => sims.find((sim) => sim.id === id)?.name ?? id
        return Object.fromEntries((found?.copies ?? []).map((copy) => [nameOf(copy.device), copy.state]))
      },
    }
  }
  const others = (device: SimDevice): string[] => sims.filter((sim) => sim !== device).map(({ id }) => id)
  const busy = async (): Promise<string | undefined> => {
    for (const device of sims.filter(({ running }) => running)) {
      const { state, need, devices } = await folderOf(device)
      const lacking = devices.some((other) => other.need.items > 0)
      if (state !== 'idle' || need.items > 0 || lacking)
        return `${device.name}: ${state} ${JSON.stringify({ need, devices })}`
    }
    return undefined
  }
  for (const device of sims) await during(device.start(others(device), true))
  onTestFinished(async () => {
    for (const device of sims) if (device.running) await during(device.stop())
  })
  const world: TwinDevices = {
    devices: sims.map(twin),
    time,
    counts,
    pass: (ms) => time.advance(ms),
    async rest() {
      const start = time.nowMs
      await time.advance(3_000)
      let why = await busy()
      while (why !== undefined && time.nowMs - start < PATIENCE_MS) {
        await time.advance(5_000)
        why = await busy()
      }
      if (why !== undefined) throw new Error(`no rest: ${why}`)
    },
    async rescan() {
      for (const { node } of sims) if (node) await during(node.rescanFolder(FOLDER, true))
    },
    async restart({ device }, meanwhile = () => undefined) {
      if (device.running) await during(device.stop())
      meanwhile()
      await during(device.start(others(device), false))
    },
    cut: (a, b) => lab.cut(a.device.id, b.device.id),
    heal: (a, b) => lab.heal(a.device.id, b.device.id),
  }
  await world.rest()
  return world
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

/** Of the first two devices, as most tests want them. */
export async function pairOf(...settings: Parameters<typeof twinDevices>): Promise<{
  world: TwinDevices
  a: TwinDevice
  b: TwinDevice
}> {
  const world = await twinDevices(...settings)
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  return { world, a, b }
}
