/**
 * A world of devices, people, cuts and crashes under one seed. Promises the same trace for the same
 * seed, and a verdict on the invariants at the end: all devices agree, nothing a person wrote is
 * lost, nothing was invented, no temporary is left, and idle is idle.
 */
import { createHash } from 'node:crypto'
import { seededRandom } from '../../src/node/base/random.ts'
import { deviceIdOf, generateIdentity } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { Arrival } from '../../src/node/net/memory-network.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import { Arrivals } from './arrivals.ts'
import { Calamity, diskOf } from './calamity.ts'
import type { Feature } from './calamity.ts'
import { Decider } from './decider.ts'
import { playEpilogue } from './epilogue.ts'
import { FAIR, FOLDER, FOLDER_PATH, SimDevice } from './device.ts'
import { hasPacks, keptOn } from './kept.ts'
import { Keepers } from './keepers.ts'
import { Packers } from './packers.ts'
import { entries, hashOf, People } from './people.ts'
import { Rot } from './rot.ts'
import { mayLack, NAME_CODES, spellingDisk } from './spellings.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SimSettings {
  readonly seed: number
  readonly devices: number
  readonly steps: number
  /** What kind of world; drawn from the seed when absent. */
  readonly temper?: Temper | undefined
  /** People also decide conflicts in the app. */
  readonly decisions?: boolean | undefined
  /** Disks spoil some of what is at rest, at the end, and while life goes on where nothing else befalls them. */
  readonly rot?: boolean | undefined
  /**
   * Disks also spoil files while people write; with rot, and without features, decisions, packs or keepers.
   * What nobody has whole any more, because it was written over elsewhere, waits for a person: about one
   * such world in twelve does not come to rest.
   */
  readonly strikes?: boolean | undefined
  /** What befalls the devices besides; nothing when absent. */
  readonly features?: readonly Feature[] | undefined
  /** People also change what the folders send and take, and decide what is held back. */
  readonly keepers?: boolean | undefined
  /** Old contents are taken into packs at once, minutes pass now and then, and people make room. */
  readonly packs?: boolean | undefined
  /** Called with every line of the trace. */
  readonly onTrace?: (line: string) => void
  /** Called with every log line of a node. */
  readonly onLog?: (line: string) => void
}

export interface SimResult {
  /** What is wrong; empty when every invariant holds. */
  readonly problems: readonly string[]
  /** How often each rare thing happened. */
  readonly counts: ReadonlyMap<string, number>
  /** SHA-256 over the trace. */
  readonly traceHash: string
}

/** Virtual minutes for the devices to agree once all is well. */
const PATIENCE_MS = 10 * 60_000
/** Virtual time in which nothing may be written any more. */
const IDLE_MS = 5 * 60_000

/** Virtual time after which a clock that jumped is believed, and what it made old is gone. */
const UPKEEP_MS = 49 * 3_600_000

/** Of 100 steps: deeds of people, cuts and heals, deaths, restarts, changes of the disks' weather. */
const TEMPERS = {
  mixed: [58, 5, 5, 4, 4],
  deadly: [42, 10, 15, 14, 2],
  torn: [53, 22, 3, 4, 1],
  stormy: [52, 3, 4, 5, 20],
} as const
export type Temper = keyof typeof TEMPERS
export const TEMPER_NAMES = ['mixed', 'deadly', 'torn', 'stormy'] as const

export async function simulate(settings: SimSettings): Promise<SimResult> {
  const world = new World(settings)
  return world.run()
}

class World {
  readonly #settings: SimSettings
  readonly #time = new VirtualTime()
  readonly #random
  readonly #devices: SimDevice[] = []
  readonly #people: People
  readonly #counts = new Map<string, number>()
  readonly #trace = createHash('sha256')
  readonly #lab
  readonly #cuts = new Set<string>()
  readonly #temper: Temper
  readonly #decider: Decider | undefined
  readonly #calamity: Calamity | undefined
  readonly #keepers: Keepers | undefined
  readonly #packers: Packers | undefined
  readonly #strikes: Rot | undefined
  /** Traps that somebody walked into. */
  #sprung = 0

  constructor(settings: SimSettings) {
    this.#settings = settings
    this.#random = seededRandom(settings.seed)
    const drawn = this.#pick(TEMPER_NAMES)
    this.#temper = settings.temper ?? drawn
    this.#count(`world: ${this.#temper}`)
    this.#people = new People(this.#fork(), (event) => this.#count(event))
    if (settings.decisions)
      this.#decider = new Decider(seededRandom(settings.seed), this.#people, (event) => this.#count(event))
    const arrivals = new Arrivals((event) => this.#count(event))
    const onArrival = (arrival: Arrival): void => {
      arrivals.look(arrival)
      this.#calamity?.onArrival(arrival)
    }
    this.#lab = createMemoryLab({ clock: this.#time.clock(), random: this.#fork(), onArrival })
    for (let i = 0; i < settings.devices; i++) {
      const id = deviceIdOf(generateIdentity(this.#fork()))
      const name = String.fromCodePoint(65 + i)
      const { onLog } = settings
      const log = onLog && ((line: string): void => onLog(`${this.#time.nowMs.toFixed(1)} ${line}`))
      const count = (event: string): void => this.#count(event)
      const parts = {
        id,
        name,
        time: this.#time,
        random: this.#fork(),
        lab: this.#lab,
        diskDelayMs: 2,
        count,
        log,
        ...(settings.packs && { settleMinutes: 0 }),
        diskSettings: this.#diskSettings(i),
      }
      this.#devices.push(new SimDevice(parts))
    }
    if (settings.keepers) this.#keepers = this.#newKeepers(settings.seed)
    if (settings.packs) this.#packers = this.#newPackers(settings)
    if (isSpoiledOnTheWay(settings)) this.#strikes = this.#newRot(settings.seed * 19 + 7)
    if (settings.features?.length) this.#calamity = this.#newCalamity(settings.seed, settings.features)
  }

  /** What is the matter with the device's disk. */
  #diskSettings(index: number): Partial<MemoryDiskSettings> {
    const { seed, devices } = this.#settings
    const disk = this.#has('disks') ? diskOf(seed, index) : {}
    if (this.#has('disks'))
      for (const [what, how] of Object.entries(disk)) this.#count(`disk: ${what} ${how}`)
    if (!this.#has('spellings')) return disk
    const [kind, spelling] = spellingDisk(seed, index, devices)
    this.#count(`disk: ${kind}`)
    return { ...disk, ...spelling }
  }

  #has(feature: Feature): boolean {
    return this.#settings.features?.includes(feature) === true
  }

  #newKeepers(seed: number): Keepers {
    const count = (event: string): void => this.#count(event)
    const note = (line: string): void => this.#note(line)
    const random = seededRandom(seed * 17 + 3)
    return new Keepers({ random, devices: this.#devices, people: this.#people, count, note })
  }

  #newPackers({ seed, decisions }: SimSettings): Packers {
    return new Packers({
      random: seededRandom(seed * 13 + 5),
      devices: this.#devices,
      count: (event) => this.#count(event),
      note: (line) => this.#note(line),
      pass: (ms) => this.#time.advance(ms),
      mayPrune: decisions !== true,
    })
  }

  #newRot(seed: number): Rot {
    return new Rot(seededRandom(seed), this.#people, (event) => this.#count(event))
  }

  #newCalamity(seed: number, features: readonly Feature[]): Calamity {
    return new Calamity(seed, features, {
      devices: this.#devices,
      people: this.#people,
      lab: this.#lab,
      count: (event) => this.#count(event),
      note: (line) => this.#note(line),
      whileStopped: (device, deed) => this.#whileStopped(device, deed),
    })
  }

  async run(): Promise<SimResult> {
    const crashed = { error: undefined as unknown }
    const onRejection = (error: unknown): void => void (crashed.error ??= error)
    process.on('unhandledRejection', onRejection)
    try {
      if (this.#random.below(3) === 0) this.#actBeforehand()
      await this.#startAll()
      for (let step = 0; step < this.#settings.steps; step++) await this.#step()
      const problems = await this.#finish()
      for (const device of this.#devices) problems.push(...device.invented)
      problems.push(...(this.#decider?.problems ?? []), ...(this.#calamity?.problems ?? []))
      problems.push(...(this.#keepers?.problems ?? []), ...(this.#packers?.problems ?? []))
      if (crashed.error) problems.push(`unhandled rejection: ${String((crashed.error as Error).stack)}`)
      return { problems, counts: this.#counts, traceHash: this.#trace.digest('hex') }
    } finally {
      process.off('unhandledRejection', onRejection)
    }
  }

  #fork() {
    return seededRandom(this.#random.below(2 ** 32))
  }

  #count(event: string): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1)
  }

  #note(line: string): void {
    const text = `${this.#time.nowMs.toFixed(3)} ${line}`
    this.#trace.update(`${text}\n`)
    this.#settings.onTrace?.(text)
  }

  /** Folders that are full before they meet. */
  #actBeforehand(): void {
    this.#count('folders filled before they met')
    for (const device of this.#devices) for (let i = 0; i < 5; i++) this.#note(this.#people.act(device))
  }

  async #startAll(): Promise<void> {
    for (const device of this.#devices) {
      const others = this.#devices.filter((other) => other !== device).map(({ id }) => id)
      await this.#during(device.start(others, true))
    }
  }

  /** Lets time pass until the promise settles. */
  async #during(work: Promise<void>): Promise<void> {
    const state = { done: false, error: undefined as unknown }
    work.then(
      () => (state.done = true),
      (error: unknown) => {
        state.done = true
        state.error = error
      },
    )
    await this.#time.advance(60_000, () => state.done)
    if (state.error) throw state.error
  }

  async #step(): Promise<void> {
    const device = this.#pick(this.#devices)
    const [deeds, cuts, deaths, restarts, weather] = TEMPERS[this.#temper]
    let dice = this.#random.below(100)
    const falls = (share: number): boolean => {
      dice -= share
      return dice < 0
    }
    if (falls(deeds)) this.#note(this.#deed(device, () => this.#people.act(device)))
    else if (falls(cuts)) this.#cutOrHeal()
    else if (falls(deaths)) this.#lightFuse(device)
    else if (falls(restarts)) await this.#restartOne()
    else if (falls(1)) await this.#restartOrderly(device)
    else if (falls(1)) this.#loseBlocks()
    else if (falls(8)) this.#setTrap(device)
    else if (falls(weather)) this.#changeWeather(device)
    // Otherwise time passes.
    this.#decider?.act(this.#devices, (line) => this.#note(line))
    await this.#calamity?.act()
    this.#keepers?.act()
    await this.#packers?.act()
    const struck = this.#strikes?.strike(this.#devices, this.#devices[0]!)
    if (struck) this.#note(`rot ${struck}`)
    // Around a third of a second a change arrives elsewhere: that is when deeds collide with placing.
    const waitMs = this.#pick([0, 0, 1, 20, 150, 300, 400, 500, 1_000, 3_000, 15_000])
    await this.#time.advance(this.#random.below(waitMs + 1))
    this.#note(`events ${this.#time.events}`)
  }

  #deed(device: SimDevice, deed: () => string): string {
    return this.#strikes ? this.#strikes.duringDeed(device, deed) : deed()
  }

  #pair(): [SimDevice, SimDevice] {
    const one = this.#pick(this.#devices)
    const other = this.#pick(this.#devices.filter((device) => device !== one))
    return one.id < other.id ? [one, other] : [other, one]
  }

  #cutOrHeal(): void {
    const [one, other] = this.#pair()
    const key = `${one.id} ${other.id}`
    if (this.#cuts.delete(key)) {
      this.#lab.heal(one.id, other.id)
      this.#note(`heal ${one.name} ${other.name}`)
    } else {
      this.#cuts.add(key)
      this.#lab.cut(one.id, other.id)
      this.#count('partition')
      this.#note(`cut ${one.name} ${other.name}`)
    }
  }

  #loseBlocks(): void {
    const [one, other] = this.#pair()
    const frames = this.#lab.loseBlocks(one.id, other.id)
    this.#count('block lanes lost')
    if (frames > 0) this.#count('block lanes lost with answers on their way')
    this.#note(`lose blocks ${one.name} ${other.name}`)
  }

  /** A person acts at the worst moment: between two calls that belong together. */
  #setTrap(device: SimDevice): void {
    device.interject(this.#random.below(80), (path) => {
      this.#sprung++
      this.#note(this.#deed(device, () => this.#people.interfere(device, path)))
    })
  }

  #changeWeather(device: SimDevice): void {
    const { settings } = device.disk
    settings.capacityBytes = Number.MAX_SAFE_INTEGER
    const kind = this.#pick(['fair', 'errors', 'unreadable', 'full'])
    device.weather = FAIR
    if (kind === 'errors') device.weather = { errorsPerMille: this.#pick([1, 5, 20]) }
    if (kind === 'unreadable') {
      const directories = entries(device).filter((entry) => entry.kind === 'directory')
      const chosen = directories.length > 0 ? `/${this.#pick(directories).path}` : ''
      device.weather = { unreadable: FOLDER_PATH + chosen, errorsPerMille: 0 }
    }
    if (kind === 'full') settings.capacityBytes = device.disk.usedBytes() + this.#pick([0, 1_000, 100_000])
    this.#count(`weather: ${kind}`)
    this.#note(`weather ${device.name} ${kind} ${device.weather.unreadable ?? ''}`)
  }

  #lightFuse(device: SimDevice): void {
    if (!device.running) return
    const kind = this.#pick(['crash', 'kill'] as const)
    device.light(this.#random.below(60), kind)
    this.#note(`fuse ${device.name} ${kind}`)
  }

  async #restartOne(): Promise<void> {
    const device = this.#devices.find((one) => !one.running)
    if (!device) return
    if (this.#random.below(10) === 0) {
      this.#count('database deleted')
      this.#strikes?.forgotten(device)
      device.dropDatabase()
    }
    await this.#restart(device)
  }

  async #restart(device: SimDevice): Promise<void> {
    this.#note(`restart ${device.name}`)
    if (device.diedOf === 'crash') this.#strikes?.powerWasCut(device)
    const others = this.#devices.filter((other) => other !== device).map(({ id }) => id)
    // The first start may have died before the user's settings were saved.
    await this.#during(device.start(others, true)).catch(() => {})
    if (!device.running) return
    this.#count('restart')
  }

  async #restartOrderly(device: SimDevice): Promise<void> {
    if (!device.running) return
    await this.#stop(device)
    if (!device.running) await this.#restart(device)
  }

  async #stop(device: SimDevice): Promise<void> {
    this.#count('orderly stop')
    this.#note(`stop ${device.name}`)
    await this.#during(device.stop())
  }

  async #whileStopped(device: SimDevice, deed: () => void): Promise<void> {
    if (device.running) await this.#stop(device)
    if (device.running) return
    deed()
    await this.#restart(device)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!
  }

  // ---- the end -----------------------------------------------------------------------------

  async #finish(): Promise<string[]> {
    this.#note('quiet')
    this.#calamity?.end()
    for (const device of this.#devices) {
      device.putOut()
      device.weather = FAIR
      device.disk.settings.capacityBytes = Number.MAX_SAFE_INTEGER
    }
    for (const key of this.#cuts) {
      const [one = '', other = ''] = key.split(' ')
      this.#lab.heal(one, other)
    }
    for (const device of this.#devices) if (!device.running) await this.#restart(device)
    await this.#time.advance(60_000)
    await this.#during(this.#calamity?.forgetRules() ?? Promise.resolve())
    const busy = (await this.#restDecided()) ?? (this.#settings.rot ? await this.#rot() : undefined)
    if (!busy) {
      await this.#packers?.end()
      const problems = [...(await this.#checkTrees()), ...(await this.#checkIdle())]
      if (problems.length > 0 || !this.#calamity) return problems
      return this.#has('spellings') ? this.#restartBare() : this.#epilogue()
    }
    const needed = this.#devices.flatMap((device) =>
      device.needed().flatMap((path) => this.#devices.flatMap((d) => d.statements(path))),
    )
    return [`did not come to rest: ${busy}`, ...needed, ...(await this.#checkTrees())]
  }

  /** Rest once nothing is held: whoever writes over what is being undone, just then, is asked about it again. */
  async #restDecided(): Promise<string | undefined> {
    const sprung = this.#sprung
    await this.#decideAll()
    for (const device of this.#devices) await device.node?.rescanFolder(FOLDER, false)
    const busy = await this.#rest()
    if (!busy || this.#sprung === sprung || (await this.#decideAll()) === 0) return busy
    this.#count('held: asked again at the end')
    return this.#rest()
  }

  /** How many groups passed. */
  async #decideAll(): Promise<number> {
    let passed = 0
    await this.#during(this.#keepers?.end().then((groups) => void (passed = groups)) ?? Promise.resolve())
    return passed
  }

  /** Waits until nobody has anything to do; why that does not come. */
  async #rest(): Promise<string | undefined> {
    const start = this.#time.nowMs
    for (;;) {
      await this.#time.advance(20_000)
      const busy = await this.#busy()
      this.#note(`busy: ${busy ?? 'no'}`)
      if (!busy || this.#time.nowMs - start >= PATIENCE_MS) return busy
    }
  }

  /** What a disk lacks, and has instead, must be the same when nothing is known of either any more. */
  async #restartBare(): Promise<string[]> {
    for (const device of this.#devices) device.forgetInterjection()
    const bare = this.#devices[this.#settings.seed % this.#devices.length]!
    this.#note(`${bare.name} starts without its database`)
    const before = this.#shapes()
    await this.#whileStopped(bare, () => bare.dropDatabase())
    const busy = await this.#restAfterAll()
    const problems = [...(busy ? [busy] : []), ...(await this.#checkTrees())]
    for (const [i, shape] of this.#shapes().entries())
      for (const path of new Set([...shape.keys(), ...before[i]!.keys()]))
        if (shape.get(path) !== before[i]!.get(path))
          problems.push(`${this.#devices[i]!.name} has another ${path} than before`)
    return problems.map((problem) => `after ${bare.name} started without its database: ${problem}`)
  }

  async #restAfterAll(): Promise<string | undefined> {
    // A node that just started opens its folders first.
    await this.#time.advance(60_000)
    const rescan = async (): Promise<void> => {
      for (const device of this.#devices) await device.node?.rescanFolder(FOLDER, false)
    }
    await this.#during(rescan())
    return this.#rest()
  }

  #epilogue(): Promise<string[]> {
    // From here on it is known what everybody must end with.
    for (const device of this.#devices) device.forgetInterjection()
    return playEpilogue({
      random: seededRandom(this.#settings.seed + 1),
      devices: this.#devices,
      people: this.#people,
      shapes: () => this.#shapes(),
      rest: () => this.#restAfterAll(),
      restartBare: (device) => this.#whileStopped(device, () => device.dropDatabase()),
      note: (line) => this.#note(line),
    })
  }

  /** Disks spoil some of what is at rest, and all is scrubbed, with deaths in the middle of repairs. */
  async #rot(): Promise<string | undefined> {
    const rot = this.#newRot(this.#settings.seed)
    for (let round = 0; round < 2; round++) {
      for (const device of this.#devices) await device.node?.rescanFolder(FOLDER, false)
      await this.#time.advance(5_000)
      for (const spoiled of rot.spoil(this.#devices)) this.#note(`rot ${spoiled}`)
      if (rot.below(2) === 0)
        for (const device of this.#devices) await device.node?.rescanFolder(FOLDER, false)
      if (round === 0) this.#pick(this.#devices).light(rot.below(200), this.#pick(['crash', 'kill'] as const))
      await this.#scrubAll()
      for (const device of this.#devices) {
        device.putOut()
        if (!device.running) await this.#restart(device)
      }
      await this.#time.advance(60_000)
      await this.#scrubAll()
      const busy = await this.#rest()
      if (busy) return busy
    }
    return undefined
  }

  async #scrubAll(): Promise<void> {
    // Whoever dies meanwhile never answers.
    for (const { node } of this.#devices) if (node) await this.#during(node.startScrub(FOLDER).then(() => {}))
    for (let waits = 0; waits < 20 && (await this.#isScrubbing()); waits++) await this.#time.advance(30_000)
  }

  /** Whoever died is done. */
  async #isScrubbing(): Promise<boolean> {
    await this.#time.advance(30_000)
    let is = false
    const ask = async (device: SimDevice): Promise<void> => {
      for (const { state } of (await device.node?.listScrubs()) ?? [])
        is ||= state === 'running' || state === 'waiting'
    }
    for (const device of this.#devices) if (device.running) await this.#during(ask(device))
    return is
  }

  /** Why the devices are not done yet. */
  async #busy(): Promise<string | undefined> {
    for (const device of this.#devices) {
      const status = await this.#statusOf(device)
      const folder = status?.folders[0]
      if (!folder) return `${device.name} has no folder`
      if (folder.state !== 'idle') return `${device.name} is ${folder.state} ${JSON.stringify(folder.status)}`
      if (folder.need.items > 0) return `${device.name} needs ${folder.need.items}`
      const lacking = folder.devices.find(({ need }) => need.items > 0)
      if (lacking) return `${device.name} says ${lacking.id} needs ${lacking.need.items}`
      const errors = folder.errors.filter(({ code }) => !this.#has('spellings') || !NAME_CODES.includes(code))
      if (errors.length > 0) return `${device.name} has errors ${JSON.stringify(errors)}`
    }
    return undefined
  }

  async #statusOf(device: SimDevice) {
    const asked = device.node?.status()
    if (!asked) return undefined
    const answer = { value: undefined as Awaited<typeof asked> | undefined }
    await this.#during(asked.then((value) => void (answer.value = value)))
    return answer.value
  }

  /**
   * A clock that jumped makes old what is kept, a day of running later: that goes first, once. A name that
   * a disk does not take is tried after every full scan: a file is made under it, and taken away.
   */
  async #checkIdle(): Promise<string[]> {
    if (this.#has('clocks')) {
      await this.#time.advance(UPKEEP_MS)
      // So may go what a person decided against: it was checked before.
      this.#decider?.parked.clear()
    }
    const tries: number[] = []
    for (const device of this.#devices) tries.push(2 * (await this.#namesRefused(device)))
    const before = this.#devices.map(({ disk }) => disk.writeCount())
    await this.#time.advance(IDLE_MS)
    return this.#devices.flatMap((device, i) => {
      const writes = device.disk.writeCount() - before[i]!
      return writes > tries[i]! ? [`${device.name} wrote ${writes} times while idle`] : []
    })
  }

  async #namesRefused(device: SimDevice): Promise<number> {
    const [folder] = (await this.#statusOf(device))?.folders ?? []
    return folder?.errors.filter(({ code }) => NAME_CODES.includes(code)).length ?? 0
  }

  /** Times as the coarsest of the disks keeps them. */
  #shapes(): Map<string, string>[] {
    const coarsest = this.#devices
      .map(({ disk }) => disk.settings.granularityNs)
      .toSorted((a, b) => Number(b - a))[0]
    const unitNs = coarsest && coarsest > 1_000n ? coarsest : 1_000n
    return this.#devices.map((device) => shapeOf(device, unitNs))
  }

  /** The devices whose disk cannot have the path. */
  #lackRightly(path: string, seen: readonly string[]): readonly SimDevice[] {
    if (!this.#has('spellings')) return []
    return this.#devices.filter((device, i) => seen[i] === 'nothing' && mayLack(device, path))
  }

  /** What a device cannot place is an error there, and everybody knows. */
  async #checkSaid(device: SimDevice, path: string): Promise<string[]> {
    this.#count('cannot be placed at the end')
    const errors = (await this.#statusOf(device))?.folders[0]?.errors ?? []
    const code = errors.find((error) => error.path === path)?.code ?? 'nothing'
    const problems = NAME_CODES.includes(code) ? [] : [`${device.name} says ${code} of ${path}`]
    for (const other of this.#devices) {
      const stance = other.stanceOf(path, device.id)
      if (stance !== 'unplaceable') problems.push(`to ${other.name}, ${device.name} ${stance} ${path}`)
    }
    return problems
  }

  async #checkTrees(): Promise<string[]> {
    const problems: string[] = []
    const shapes = this.#shapes()
    const all = new Set(shapes.flatMap((shape) => [...shape.keys()]))
    for (const path of [...all].toSorted()) {
      const seen = shapes.map((shape) => shape.get(path) ?? 'nothing')
      const lacking = this.#lackRightly(path, seen)
      for (const device of lacking) problems.push(...(await this.#checkSaid(device, path)))
      if (new Set(seen.filter((_, i) => !lacking.includes(this.#devices[i]!))).size > 1) {
        const said = seen.map((what, i) => `${this.#devices[i]!.name}: ${what}`).join(' | ')
        problems.push(`devices disagree on ${path}: ${said}`)
        for (const device of this.#devices) problems.push(...device.statements(path))
      }
    }
    const kept = new Set<string>()
    for (const device of this.#devices) for (const hash of await contentsOf(device)) kept.add(hash)
    const live = new Set(
      this.#devices.flatMap((device) => entries(device)).map(({ content }) => content && hashOf(content)),
    )
    for (const hash of this.#decider?.parked ?? [])
      if (!kept.has(hash)) problems.push(`lost after it was decided against: ${hash.slice(0, 8)}`)
    for (const [hash, what] of this.#people.written) {
      if (this.#people.displaced.has(hash)) continue
      if (!kept.has(hash)) problems.push(`lost: ${what} ${hash.slice(0, 8)}`)
      else if (!live.has(hash)) problems.push(`only in the versions: ${what} ${hash.slice(0, 8)}`)
    }
    for (const device of this.#devices) {
      for (const entry of device.disk.tree(FOLDER_PATH))
        if (/(^|\/)\.peerfold-[^/]*\.tmp$/.test(entry.path))
          problems.push(`${device.name} left ${entry.path}`)
      for (const entry of entries(device))
        if (entry.content && !this.#people.written.has(hashOf(entry.content)))
          problems.push(`invented content at ${device.name}:${entry.path}`)
    }
    for (const device of this.#devices)
      for (const { path } of entries(device))
        if (path.includes('(conflict ')) this.#count('conflict copies at the end')
    return problems
  }
}

/** What else people and calamities do there, with what is spoiled, would be hard to tell from their own edits. */
function isSpoiledOnTheWay({ strikes, rot, decisions, features, keepers, packs }: SimSettings): boolean {
  return strikes === true && rot === true && !decisions && !features?.length && !keepers && !packs
}

/** Path to everything that must be the same everywhere. */
function shapeOf(device: SimDevice, unitNs: bigint): Map<string, string> {
  return new Map(
    entries(device).map(({ path, kind, content, mode, mtimeNs, target }) => {
      if (kind === 'directory') return [path, `directory ${mode.toString(8)}`]
      if (kind === 'symlink') return [path, `symlink ${target} ${mtimeNs / unitNs}`]
      const bytes = content ?? new Uint8Array()
      return [
        path,
        `file ${hashOf(bytes).slice(0, 8)} ${bytes.length} ${mode.toString(8)} ${mtimeNs / unitNs}`,
      ]
    }),
  )
}

/** Hashes of every content on the device, versions included. */
async function contentsOf(device: SimDevice): Promise<Set<string>> {
  const hashes = new Set(hasPacks(device) ? (await keptOn(device)).all.values() : [])
  for (const { content } of device.disk.tree(FOLDER_PATH)) if (content) hashes.add(hashOf(content))
  return hashes
}
