/**
 * A few whole nodes on twins and one short history, told deed by deed: who does what, who dies where,
 * when they meet. Promises the same end for the same history, and a verdict on the invariants there.
 * Chance decides only how long calls take.
 */
import { seededRandom } from '../../src/node/base/random.ts'
import { deviceIdOf, generateIdentity } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { Deed } from '../support/tree-model.ts'
import { FOLDER, FOLDER_PATH, SimDevice } from './device.ts'
import { entries, hashOf } from './people.ts'
import { VirtualTime } from './virtual-time.ts'

/** Virtual ms for the devices to agree once all is well. */
const PATIENCE_MS = 10 * 60_000

export class SmallWorld {
  readonly devices: readonly SimDevice[]
  readonly #time = new VirtualTime()
  readonly #lab
  /** Contents that somebody wrote, and those that somebody who saw them overwrote or removed. */
  readonly #written = new Set<string>()
  readonly #replaced = new Set<string>()
  #hasForgotten = false

  constructor(names: readonly string[], seed: number) {
    const random = seededRandom(seed)
    const fork = () => seededRandom(random.below(2 ** 32))
    this.#lab = createMemoryLab({ clock: this.#time.clock(), random: fork() })
    const count = (event: string): void => {
      if (event === 'database commits dropped') this.#hasForgotten = true
    }
    const quiet = { count, log: () => {} }
    this.devices = names.map((name) => {
      const id = deviceIdOf(generateIdentity(fork()))
      const parts = { id, name, time: this.#time, random: fork(), lab: this.#lab, diskDelayMs: 2, ...quiet }
      return new SimDevice(parts)
    })
  }

  /** Starts every device that does not run. */
  async start(): Promise<void> {
    for (const device of this.devices) {
      if (device.running) continue
      const others = this.devices.filter((other) => other !== device).map(({ id }) => id)
      // A start that dies itself is tried again by the caller.
      await this.#during(device.start(others, true)).catch(() => {})
    }
  }

  /** A power cut took commits of a database along: what it forgot of deletions may come back. */
  get hasForgotten(): boolean {
    return this.#hasForgotten
  }

  async pass(ms: number): Promise<void> {
    await this.#time.advance(ms)
  }

  /** Nobody hears anybody, or everybody everybody. */
  connect(yes: boolean): void {
    for (const one of this.devices)
      for (const other of this.devices)
        if (one.id < other.id) this.#lab[yes ? 'heal' : 'cut'](one.id, other.id)
  }

  at(i: number): SimDevice {
    const device = this.devices[i]
    if (!device) throw new Error(`no device ${i}`)
    return device
  }

  canDo(i: number, deed: Deed): boolean {
    if (deed.do === 'nothing') return true
    const there = find(this.at(i), deed.path)
    if (deed.do === 'remove') return there !== undefined
    if (deed.do === 'chmod') return there !== undefined && there.kind !== 'symlink'
    if (deed.do === 'mkdir') return there?.kind !== 'directory' && hasParent(this.at(i), deed.path)
    if (deed.do !== 'move') return hasParent(this.at(i), deed.path)
    const target = find(this.at(i), deed.to)
    const fits = !target || (target.kind !== 'directory' && there?.kind !== 'directory')
    const inside = `${deed.to}/`.startsWith(`${deed.path}/`)
    return there !== undefined && fits && !inside && hasParent(this.at(i), deed.to)
  }

  /** A person does it; the deed must be possible. */
  act(i: number, deed: Deed): void {
    const before = contentsOf(this.at(i))
    change(this.at(i), deed)
    const after = contentsOf(this.at(i))
    for (const hash of before) if (!after.has(hash)) this.#replaced.add(hash)
    for (const hash of after) if (!before.has(hash)) this.#written.add(hash)
  }

  /**
   * Everybody looks once (a watcher may miss something), and time passes until all is done; what is
   * wrong then, empty when nothing is.
   */
  async rest(): Promise<string[]> {
    await this.#time.advance(1_000)
    for (const { node } of this.devices) if (node) await this.#during(node.rescanFolder(FOLDER, false))
    const start = this.#time.nowMs
    while (this.#time.nowMs - start < PATIENCE_MS) {
      await this.#time.advance(2_000)
      if ((await this.#busy()) === undefined) return this.#problems()
    }
    return [`not at rest: ${await this.#busy()}`, ...this.#problems()]
  }

  async #busy(): Promise<string | undefined> {
    for (const device of this.devices) {
      const answer = { folder: undefined as unknown as Folder | undefined }
      // An answer that a planned failure took is asked for again.
      const asked = device.node?.status().then(
        ({ folders }) => void (answer.folder = folders[0]),
        () => undefined,
      )
      if (asked) await this.#during(asked)
      const { folder } = answer
      if (!folder) return `${device.name} has no folder`
      if (folder.state !== 'idle') return `${device.name} is ${folder.state}`
      if (folder.need.items > 0) return `${device.name} needs ${folder.need.items}`
      if (folder.devices.some(({ need }) => need.items > 0)) return `${device.name} knows of needs`
      if (folder.errors.length > 0) return `${device.name} has errors ${JSON.stringify(folder.errors)}`
    }
    return undefined
  }

  #problems(): string[] {
    const shapes = this.devices.map((device) => shapeOf(device))
    const problems = this.devices.flatMap(({ invented }) => invented)
    const first = shapes[0]?.join('\n') ?? ''
    if (shapes.some((shape) => shape.join('\n') !== first))
      problems.push(`the devices disagree: ${JSON.stringify(shapes)}`)
    const everywhere = this.devices.map((device) => contentsOf(device))
    for (const hash of this.#written)
      if (!this.#replaced.has(hash) && !everywhere.some((kept) => kept.has(hash)))
        problems.push(`lost: ${hash.slice(0, 8)}`)
    for (const hash of everywhere.flatMap((kept) => [...kept]))
      if (!this.#written.has(hash)) problems.push(`nobody wrote ${hash.slice(0, 8)}`)
    for (const device of this.devices)
      for (const { path } of device.disk.tree(FOLDER_PATH))
        if (/(^|\/)\.peerfold-[^/]*\.tmp$/.test(path)) problems.push(`${device.name} left ${path}`)
    return problems
  }

  /** Lets time pass until the promise settles, or its program is dead and it never will. */
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
}

interface Folder {
  readonly state: string
  readonly need: { readonly items: number }
  readonly devices: readonly { readonly need: { readonly items: number } }[]
  readonly errors: readonly unknown[]
}

function change(device: SimDevice, deed: Deed): void {
  const { user } = device.disk
  if (deed.do === 'nothing') return
  const path = `${FOLDER_PATH}/${deed.path}`
  if (deed.do === 'chmod') user.chmod(path, deed.mode)
  else if (deed.do === 'move') user.rename(path, `${FOLDER_PATH}/${deed.to}`)
  else if (deed.do === 'write') {
    // A file is saved in place, anything else is replaced.
    if (find(device, deed.path)?.kind !== 'file') user.remove(path)
    user.write(path, deed.content, { mode: 0o644 })
  } else {
    user.remove(path)
    if (deed.do === 'mkdir') user.mkdir(path)
    if (deed.do === 'link') user.symlink(deed.target, path)
  }
}

function find(device: SimDevice, path: string) {
  return entries(device).find((entry) => entry.path === path)
}

function hasParent(device: SimDevice, path: string): boolean {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  return parent === '' || find(device, parent)?.kind === 'directory'
}

/** Every entry in one line, sorted: path, kind, content or target, mode. */
export function shapeOf(device: SimDevice): string[] {
  return entries(device)
    .map(({ path, kind, content, target, mode }) => {
      const what = kind === 'file' ? hashOf(content ?? new Uint8Array()) : kind === 'symlink' ? target : ''
      return [path, kind, what, kind === 'symlink' ? 0 : mode].join('|')
    })
    .toSorted()
}

function contentsOf(device: SimDevice): Set<string> {
  return new Set(entries(device).flatMap(({ content }) => (content ? [hashOf(content)] : [])))
}
