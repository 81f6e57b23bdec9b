/**
 * A few simulated devices that share a folder, and no troubles but those a test makes. Promises the
 * real nodes on twins and virtual time: what waits takes no time.
 */
import { seededRandom } from '../../src/node/base/random.ts'
import { deviceIdOf, generateIdentity } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import { FOLDER, FOLDER_PATH, SimDevice } from './device.ts'
import { VirtualTime } from './virtual-time.ts'

export interface CalmSettings {
  /** How far each device's clock is off, ms; one entry per device. */
  readonly skewMs: readonly number[]
  /** As a device's own. */
  readonly unseenPercent?: number
  /** Receives the log lines of all devices. */
  readonly log?: (line: string) => void
}

export interface CalmDevice {
  readonly sim: SimDevice
  /** The running node. */
  readonly node: NonNullable<SimDevice['node']>
  /** What the device's clock shows, ms. */
  nowMs(): number
  write(path: string, content: string): void
  remove(path: string): void
  /** Contents by path, directories as "/", links as "-> target"; the engine's own left out. */
  tree(): Record<string, string>
}

export interface CalmWorld {
  readonly devices: readonly CalmDevice[]
  /** Lets time pass until the promise settles. */
  during<T>(work: Promise<T>): Promise<T>
  pass(ms: number): Promise<void>
  /** Time in which everything that was done arrives everywhere it can. */
  settle(): Promise<void>
  cut(one: CalmDevice, other: CalmDevice): void
  heal(one: CalmDevice, other: CalmDevice): void
  /** Whatever is sent from now on takes up to so long. */
  slowDown(maxDelayMs: number): void
  start(device: CalmDevice): Promise<void>
}

/** Longer than a redial and a transfer together. */
const SETTLE_MS = 60_000
const PATIENCE_MS = 30 * 60_000
const START_MS = Date.UTC(2026, 0, 1)

export async function calmWorld(seed: number, settings: CalmSettings): Promise<CalmWorld> {
  const time = new VirtualTime()
  const random = seededRandom(seed)
  const fork = () => seededRandom(random.below(2 ** 32))
  const lab = createMemoryLab({ clock: time.clock(), random: fork() })
  const sims = settings.skewMs.map((skewMs, i) => {
    const id = deviceIdOf(generateIdentity(fork()))
    const name = String.fromCodePoint(65 + i)
    const parts = { id, name, time, random: fork(), lab, diskDelayMs: 2, skewMs, count: () => {} }
    const { log, unseenPercent } = settings
    return new SimDevice({ ...parts, log, ...(unseenPercent !== undefined && { unseenPercent }) })
  })
  const pass = (ms: number): Promise<void> => time.advance(ms)
  async function during<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const over = work.finally(() => (isOver = true))
    over.catch(() => {})
    await time.advance(PATIENCE_MS, () => isOver)
    if (!isOver) throw new Error('what was waited for never ended')
    return over
  }
  const start = (sim: SimDevice, isFirst: boolean): Promise<void> =>
    during(
      sim.start(
        sims.filter((other) => other !== sim).map(({ id }) => id),
        isFirst,
      ),
    )
  for (const sim of sims) await start(sim, true)
  const devices = sims.map((sim, i) =>
    calmDevice(sim, () => START_MS + time.nowMs + (settings.skewMs[i] ?? 0)),
  )
  const world: CalmWorld = {
    devices,
    during,
    pass,
    settle: async () => {
      await pass(SETTLE_MS)
      // Watchers miss events now and then; what they miss is found by the hour otherwise.
      const running = sims.flatMap(({ node }) => node ?? [])
      await during(Promise.all(running.map((node) => node.rescanFolder(FOLDER, true))))
      await pass(SETTLE_MS)
    },
    cut: (one, other) => lab.cut(one.sim.id, other.sim.id),
    heal: (one, other) => lab.heal(one.sim.id, other.sim.id),
    slowDown: (maxDelayMs) => lab.slowDown(maxDelayMs),
    start: ({ sim }) => start(sim, false),
  }
  await world.settle()
  return world
}

function calmDevice(sim: SimDevice, nowMs: () => number): CalmDevice {
  const at = (path: string): string => `${FOLDER_PATH}/${path}`
  return {
    sim,
    get node() {
      if (!sim.node) throw new Error(`${sim.name} does not run`)
      return sim.node
    },
    nowMs,
    write(path, content) {
      const names = path.split('/')
      for (let depth = 1; depth < names.length; depth++) {
        const directory = at(names.slice(0, depth).join('/'))
        if (!sim.disk.tree(FOLDER_PATH).some((entry) => at(entry.path) === directory))
          sim.disk.user.mkdir(directory)
      }
      sim.disk.user.write(at(path), content)
    },
    remove: (path) => sim.disk.user.remove(at(path)),
    tree() {
      const entries = sim.disk.tree(FOLDER_PATH).filter(({ path }) => !path.startsWith('.peerfold'))
      return Object.fromEntries(
        entries.map(({ path, kind, content, target }) => {
          const text = kind === 'symlink' ? `-> ${target}` : Buffer.from(content ?? '').toString()
          return [path, kind === 'directory' ? '/' : text]
        }),
      )
    },
  }
}

export { FOLDER }
