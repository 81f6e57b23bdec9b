/**
 * Several devices that share one folder, as small as it can be: each holds records by path, hears
 * the others' and does what planPath says. Promises the vectors and rules of the engine (records of
 * user changes, copies, lost indexes) and none of its machinery: no disk, no time, no messages. It
 * keeps account of what users could see, so that a test can tell a lost write from an overwritten one.
 */
import { createHash } from 'node:crypto'
import { conflictCopyOf } from '../../../src/node/core/conflict-copy.ts'
import { planPath } from '../../../src/node/core/plan.ts'
import type { FileRecord, RecordKind } from '../../../src/node/core/record.ts'
import { compareVectors, replicaId, stampVector } from '../../../src/node/core/version-vector.ts'

type Records = Map<string, FileRecord>

export interface ModelDevice {
  readonly name: string
  epoch: number
  /** Greatest counter given out. */
  counter: number
  own: Records
  /** What it last heard from each neighbour, by the neighbour's number. */
  readonly heard: Map<number, { epoch: number; records: Records }>
}

export interface Model {
  readonly devices: readonly ModelDevice[]
  connected(a: number, b: number): boolean
  /** Content hashes that some user wrote, and those that a user who saw them replaced or deleted. */
  readonly written: Set<string>
  readonly replaced: Set<string>
  /** How often the rare things happened: a run that reaches none proves little. */
  readonly reached: Map<string, number>
}

export interface UserChange {
  readonly kind: RecordKind | 'deletion' | 'metadata'
  /** Chooses the content, or the mode of a change of metadata. */
  readonly value: number
}

export type Topology = 'all' | 'chain'

export function createModel(count: number, topology: Topology): Model {
  return {
    devices: Array.from({ length: count }, (_, i) => ({
      name: `device${i}`,
      epoch: 1,
      counter: 0,
      own: new Map(),
      heard: new Map(),
    })),
    connected: (a, b) => a !== b && (topology === 'all' || Math.abs(a - b) === 1),
    written: new Set(),
    replaced: new Set(),
    reached: new Map(),
  }
}

export function hashOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

/** A user of device `i` changes a path; what is there was seen. */
export function change(model: Model, i: number, path: string, { kind, value }: UserChange): void {
  const device = deviceAt(model, i)
  const before = device.own.get(path)
  const live = before && !before.deleted ? before : undefined
  if ((kind === 'deletion' || kind === 'metadata') && !live) return
  const contentHash = kind === 'file' || kind === 'symlink' ? hashOf(`${kind} ${value}`) : ''
  const replica = replicaId(device.name, device.epoch)
  // As the index does: a counter that this device never gave out before.
  const version = stampVector(before?.version ?? [], replica, ++device.counter)
  if (live && kind === 'metadata') {
    if (live.kind !== 'symlink') device.own.set(path, { ...live, mode: 0o600 + (value % 64), version })
    return
  }
  if (live && live.kind === kind && live.contentHash === contentHash) return
  if (live && live.contentHash !== '') model.replaced.add(live.contentHash)
  if (contentHash !== '') {
    model.written.add(contentHash)
    model.replaced.delete(contentHash)
  }
  device.own.set(path, {
    path,
    kind: kind === 'deletion' || kind === 'metadata' ? (live?.kind ?? 'file') : kind,
    deleted: kind === 'deletion',
    size: kind === 'file' ? 1 : 0,
    mode: kind === 'file' || kind === 'directory' ? 0o644 : 0,
    mtimeNs: kind === 'file' ? BigInt(value) : 0n,
    contentHash,
    replacedHash: live?.contentHash ?? '',
    linkTarget: kind === 'symlink' ? `to ${value}` : '',
    ...(kind === 'file' && { manifest: { chunker: 'whole', blockCount: 1, root: '' } }),
    author: { device: device.name, name: device.name },
    version,
    conflictOf: live?.conflictOf ?? '',
  })
  adopt(model, i, path)
}

/** Device `to` hears everything that `from` says now, or only one path of it. */
export function tell(model: Model, from: number, to: number, onlyPath?: string): boolean {
  if (!model.connected(from, to)) return false
  const source = deviceAt(model, from)
  const target = deviceAt(model, to)
  let heard = target.heard.get(from)
  const paths = new Set<string>()
  if (heard?.epoch !== source.epoch) {
    // A new life of the other device: what it said before is forgotten once the new index is whole.
    for (const path of heard?.records.keys() ?? []) paths.add(path)
    heard = { epoch: source.epoch, records: new Map() }
    target.heard.set(from, heard)
    onlyPath = undefined
  }
  for (const [path, record] of source.own) {
    if ((onlyPath !== undefined && path !== onlyPath) || heard.records.get(path) === record) continue
    heard.records.set(path, record)
    paths.add(path)
  }
  for (const path of paths) adopt(model, to, path)
  return paths.size > 0
}

/** Carries out what the plan of a path says, when its content can be had. */
export function act(model: Model, i: number, path: string): boolean {
  const device = deviceAt(model, i)
  const plan = planOf(device, path)
  if (plan.kind === 'nothing') return false
  if (plan.kind === 'place' && !canFetch(model, i, plan.record)) return false
  if (plan.kind === 'place' && plan.keepCopy) {
    count(model, 'copies')
    keepCopy(device, device.own.get(path) as FileRecord, plan.keepCopy)
    adopt(model, i, plan.keepCopy.path)
  }
  count(model, plan.kind)
  device.own.set(path, plan.record)
  count(model, `then ${planOf(device, path).kind}`)
  return true
}

/** The device loses its index: it states what is on its disk anew, in a new epoch. */
export function loseIndex(model: Model, i: number): void {
  const device = deviceAt(model, i)
  count(model, 'lost indexes')
  device.epoch++
  device.heard.clear()
  const version = [[replicaId(device.name, device.epoch), ++device.counter]] as const
  const author = { device: device.name, name: device.name }
  const found = [...device.own].filter(([, record]) => !record.deleted)
  device.own = new Map(
    found.map(([path, record]) => [path, { ...record, version, author, replacedHash: '', conflictOf: '' }]),
  )
}

/** Everybody hears everything and does everything until nothing changes; the number of rounds. */
export function settle(model: Model, order: readonly number[] = [0]): number {
  for (let round = 1; round < 200; round++) {
    let busy = false
    const count = model.devices.length
    const turn = order[round % order.length] ?? 0
    for (let step = 0; step < count * count; step++) {
      const at = (step + turn) % (count * count)
      if (tell(model, at % count, Math.floor(at / count))) busy = true
    }
    for (let step = 0; step < count; step++) {
      const i = (step + turn) % count
      for (const path of allPaths(model)) if (act(model, i, path)) busy = true
    }
    if (!busy) return round
  }
  throw new Error('the devices do not come to rest')
}

/** Every path that anybody ever spoke of, sorted. */
export function allPaths(model: Model): string[] {
  return [...new Set(model.devices.flatMap(({ own }) => [...own.keys()]))].sort()
}

/** Content hashes of the live files and links of one device. */
export function liveContents(device: ModelDevice): Set<string> {
  const live = [...device.own.values()].filter(({ deleted, contentHash }) => !deleted && contentHash !== '')
  return new Set(live.map(({ contentHash }) => contentHash))
}

export function planOf(device: ModelDevice, path: string) {
  const others = [...device.heard.values()].flatMap(({ records }) => records.get(path) ?? [])
  return planPath(device.own.get(path), others)
}

export function deviceAt(model: Model, i: number): ModelDevice {
  const device = model.devices[i]
  if (!device) throw new Error(`no device ${i}`)
  return device
}

/** What needs no disk happens at once, as in the index. */
function adopt(model: Model, i: number, path: string): void {
  const device = deviceAt(model, i)
  const plan = planOf(device, path)
  if (plan.kind === 'adopt') device.own.set(path, plan.record)
}

function canFetch(model: Model, i: number, { kind, contentHash }: FileRecord): boolean {
  if (kind !== 'file') return true
  return model.devices.some(
    (other, j) => (j === i || model.connected(i, j)) && liveContents(other).has(contentHash),
  )
}

/** As the engine does it: a copy that is known is not made again, one in the way gets more digits. */
function keepCopy(device: ModelDevice, loser: FileRecord, copy: FileRecord): void {
  for (const hexDigits of [8, 16, 32, 64]) {
    const { path } = hexDigits === 8 ? copy : conflictCopyOf({ ...copy, path: loser.path }, hexDigits)
    const known = device.own.get(path)
    if (known && !known.deleted && known.contentHash === copy.contentHash) return
    if (known && ['before', 'equal'].includes(compareVectors(copy.version, known.version))) return
    if (known && !known.deleted) continue
    device.own.set(path, { ...copy, path })
    return
  }
}

function count(model: Model, what: string): void {
  model.reached.set(what, (model.reached.get(what) ?? 0) + 1)
}
