/**
 * Devices that share one small folder, with the rules of trees on top of planPath: a child keeps its
 * directory, a directory goes when nothing lives in it. Promises the records that a scan makes and
 * the copies that the engine makes, and a model cheap to copy, so that millions of histories can be
 * walked. Has no disk, no time and no messages: a device's live statements are its disk.
 */
import { createHash } from 'node:crypto'
import { conflictCopyOf } from '../../src/node/core/conflict-copy.ts'
import { planPath } from '../../src/node/core/plan.ts'
import type { PathPlan } from '../../src/node/core/plan.ts'
import type { Announced, FileRecord, RecordKind } from '../../src/node/core/record.ts'
import { sameState } from '../../src/node/core/resolve.ts'
import { compareVectors, mergeVectors, replicaId, stampVector } from '../../src/node/core/version-vector.ts'
import type { VersionVector } from '../../src/node/core/version-vector.ts'
import type { FileStat } from '../../src/node/fs/file-system.ts'
import { recordOfDeletion, recordOfFound } from '../../src/node/sync/local-record.ts'

/** What a person does to one folder. Contents and targets are texts; a move takes along what is below. */
export type Deed =
  | { readonly do: 'nothing' }
  | { readonly do: 'write'; readonly path: string; readonly content: string }
  | { readonly do: 'link'; readonly path: string; readonly target: string }
  | { readonly do: 'mkdir'; readonly path: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'move'; readonly path: string; readonly to: string }

type Records = ReadonlyMap<string, FileRecord>

export interface TreeDevice {
  readonly name: string
  epoch: number
  /** Greatest counter given out, in any life. */
  counter: number
  own: Map<string, FileRecord>
  /** What each of the others said last. */
  heard: Map<number, Records>
}

export interface TreeModel {
  readonly devices: readonly TreeDevice[]
  /** Contents that somebody wrote, and those that somebody who saw them overwrote or removed. */
  readonly written: Set<string>
  readonly replaced: Set<string>
}

interface Entry {
  readonly kind: RecordKind
  readonly mode: number
  readonly contentHash: string
  readonly linkTarget: string
}
type Tree = Map<string, Entry>

export function createTreeModel(names: readonly string[]): TreeModel {
  const devices = names.map((name) => ({ name, epoch: 1, counter: 0, own: new Map(), heard: new Map() }))
  return { devices, written: new Set(), replaced: new Set() }
}

export function copyModel({ devices, written, replaced }: TreeModel): TreeModel {
  return {
    devices: devices.map((one) => ({ ...one, own: new Map(one.own), heard: new Map(one.heard) })),
    written: new Set(written),
    replaced: new Set(replaced),
  }
}

const hashes = new Map<string, string>()

export function hashOf(text: string): string {
  let hash = hashes.get(text)
  if (hash === undefined) {
    hash = `sha256:${createHash('sha256').update(text).digest('hex')}`
    hashes.set(text, hash)
  }
  return hash
}

export function deviceAt(model: TreeModel, i: number): TreeDevice {
  const device = model.devices[i]
  if (!device) throw new Error(`no device ${i}`)
  return device
}

// ---- people ----------------------------------------------------------------------------------

/** Whether a person could do this on device `i` now. */
export function canDo(model: TreeModel, i: number, deed: Deed): boolean {
  if (deed.do === 'nothing') return true
  const { own } = deviceAt(model, i)
  const there = live(own, deed.path)
  switch (deed.do) {
    case 'remove':
      return there !== undefined
    case 'chmod':
      return there !== undefined && there.kind !== 'symlink' && there.mode !== deed.mode
    case 'mkdir':
      return there?.kind !== 'directory' && hasParent(own, deed.path)
    case 'write':
    case 'link':
      return hasParent(own, deed.path)
    case 'move': {
      const target = live(own, deed.to)
      const fits = !target || (target.kind !== 'directory' && there?.kind !== 'directory')
      return (
        there !== undefined && fits && !`${deed.to}/`.startsWith(`${deed.path}/`) && hasParent(own, deed.to)
      )
    }
  }
}

/** A person does it, and the device looks at its disk. */
export function act(model: TreeModel, i: number, deed: Deed): void {
  const device = deviceAt(model, i)
  const tree = treeOf(device)
  const before = new Map(tree)
  change(tree, deed)
  for (const [path, { contentHash }] of before) {
    const isMoved = deed.do === 'move' && path !== deed.to
    if (contentHash !== '' && !isMoved && tree.get(path)?.contentHash !== contentHash)
      model.replaced.add(contentHash)
  }
  const seen = contentsOf(before)
  for (const hash of contentsOf(tree)) if (!seen.has(hash)) model.written.add(hash)
  scan(device, tree)
}

function change(tree: Tree, deed: Deed): void {
  if (deed.do === 'nothing') return
  const { path } = deed
  const there = tree.get(path)
  if (deed.do === 'chmod') {
    if (there) tree.set(path, { ...there, mode: deed.mode })
    return
  }
  const moved = [...tree].filter(([at]) => at === path || at.startsWith(`${path}/`))
  for (const [at] of moved) tree.delete(at)
  if (deed.do === 'move') for (const [at, entry] of moved) tree.set(deed.to + at.slice(path.length), entry)
  const made = { mode: 0o644, contentHash: '', linkTarget: '' }
  if (deed.do === 'write') tree.set(path, { ...made, kind: 'file', contentHash: hashOf(deed.content) })
  if (deed.do === 'mkdir') tree.set(path, { ...made, kind: 'directory', mode: 0o755 })
  if (deed.do === 'link') {
    const contentHash = hashOf(deed.target)
    tree.set(path, { kind: 'symlink', mode: 0, contentHash, linkTarget: deed.target })
  }
}

// ---- what a device says and hears ----------------------------------------------------------------

/** Device `to` hears all that `from` says now, or what it says of one path and all below it. */
export function tell(model: TreeModel, from: number, to: number, top?: string): void {
  const source = deviceAt(model, from)
  const target = deviceAt(model, to)
  const before = target.heard.get(from)
  const heard = top === undefined ? new Map(source.own) : withPart(before, source.own, top)
  target.heard.set(from, heard)
  const paths = new Set([...heard.keys(), ...(before?.keys() ?? [])])
  for (const path of paths) if (heard.get(path) !== before?.get(path)) adopt(target, path)
}

function withPart(before: Records | undefined, own: Records, top: string): Records {
  const part = [...own].filter(([path]) => path === top || path.startsWith(`${top}/`))
  return new Map([...(before ?? []), ...part])
}

function planOf(device: TreeDevice, path: string): PathPlan {
  const others: FileRecord[] = []
  for (const records of device.heard.values()) {
    const record = records.get(path)
    if (record) others.push(record)
  }
  const local = device.own.get(path)
  const [other] = others
  if (!local || !other || others.length > 1) return planPath(local, others)
  // Most paths of most histories are as they were: the pure answer is remembered.
  const answers = plans.get(local) ?? new WeakMap<FileRecord, PathPlan>()
  plans.set(local, answers)
  const plan = answers.get(other) ?? planPath(local, others)
  answers.set(other, plan)
  return plan
}

const plans = new WeakMap<FileRecord, WeakMap<FileRecord, PathPlan>>()

/** What needs no disk happens at once. */
function adopt(device: TreeDevice, path: string): void {
  const plan = planOf(device, path)
  if (plan.kind === 'adopt') device.own.set(path, plan.record)
}

// ---- the disk --------------------------------------------------------------------------------------

/** States what is on the disk and differs from what was said, children before their directories. */
function scan(device: TreeDevice, tree: Tree): void {
  for (const path of new Set([...device.own.keys(), ...tree.keys()])) {
    const held = device.own.get(path)
    const entry = tree.get(path)
    if (entry && isStated(held, entry)) continue
    if (!entry && (!held || held.deleted)) continue
    const author = { device: device.name, name: device.name }
    const announced: Announced | undefined = held && {
      record: held,
      stance: 'holds',
      reason: '',
      sequence: 0,
    }
    const found = entry
      ? recordOfFound(foundOf(path, entry), announced && { announced, disk: undefined }, author).record
      : recordOfDeletion(held as FileRecord, author)
    const plan = planOf(device, path)
    const isSaid = plan.kind !== 'nothing' && plan.kind !== 'adopt' && sameState(plan.record, found)
    state(device, isSaid ? plan.record : stamped(device, found))
  }
}

function isStated(held: FileRecord | undefined, { kind, mode, contentHash }: Entry): boolean {
  return (
    held?.deleted === false && held.kind === kind && held.mode === mode && held.contentHash === contentHash
  )
}

function foundOf(path: string, { kind, mode, contentHash, linkTarget }: Entry) {
  const stat: FileStat = {
    kind,
    size: kind === 'directory' ? 0 : 1,
    mode,
    mtimeNs: 0n,
    ctimeNs: 0n,
    inode: 1n,
    links: 1,
    device: 1n,
  }
  const manifest = kind === 'file' ? { chunker: 'whole', blockCount: 1, root: '' } : undefined
  return { path, stat, contentHash, linkTarget, manifest }
}

function stamped(device: TreeDevice, record: FileRecord): FileRecord {
  const version = stampVector(record.version, replicaId(device.name, device.epoch), ++device.counter)
  return { ...record, version }
}

function state(device: TreeDevice, record: FileRecord): void {
  device.own.set(record.path, record)
  adopt(device, record.path)
}

/**
 * The power fails: what the database did since `before` is lost, what the disk did is not. The device
 * begins a new life and looks at its disk.
 */
export function loseCommits(model: TreeModel, i: number, before: TreeDevice): void {
  const device = deviceAt(model, i)
  const tree = treeOf(device)
  device.own = new Map(before.own)
  device.heard = new Map(before.heard)
  device.epoch++
  scan(device, tree)
}

// ---- carrying plans out ----------------------------------------------------------------------------

/** One round over all paths, parents first, deletions last; whether anything was done. */
export function carryOut(model: TreeModel, i: number): boolean {
  const device = deviceAt(model, i)
  let busy = false
  const paths = pathsOf(device)
  for (const path of paths)
    if (planOf(device, path).kind !== 'delete' && carryOutOne(model, device, path)) busy = true
  for (const path of paths.toReversed()) if (carryOutOne(model, device, path)) busy = true
  return busy
}

function carryOutOne(model: TreeModel, device: TreeDevice, path: string): boolean {
  const plan = planOf(device, path)
  if (plan.kind === 'nothing') return false
  if (plan.kind === 'delete') return removeOne(device, plan.record)
  if (plan.kind !== 'place') {
    device.own.set(path, plan.record)
    return true
  }
  if (!canFetch(model, plan.record)) return false
  const parent = ensureParent(device, path)
  if (parent !== 'there') return parent === 'made'
  const held = live(device.own, path)
  if (held?.kind === 'directory' && plan.record.kind !== 'directory') {
    const left = whatIsLeft(device, path)
    if (left === 'later') return false
    if (left === 'kept') return revive(device, path, undefined)
  }
  if (plan.keepCopy) keepCopy(device, held as FileRecord, plan.keepCopy)
  device.own.set(path, plan.record)
  return true
}

function removeOne(device: TreeDevice, record: FileRecord): boolean {
  const left = live(device.own, record.path)?.kind === 'directory' ? whatIsLeft(device, record.path) : 'empty'
  if (left === 'later') return false
  if (left === 'kept') return revive(device, record.path, record)
  device.own.set(record.path, record)
  return true
}

/** 'later': waiting may empty it. 'kept': something in it lives on, or is to come. */
function whatIsLeft(device: TreeDevice, path: string): 'empty' | 'later' | 'kept' {
  const below = pathsOf(device).filter((one) => one.startsWith(`${path}/`))
  const held = below.filter((one) => live(device.own, one))
  if (held.length === 0 && !below.some((one) => planOf(device, one).kind === 'place')) return 'empty'
  const going = held.some((one) => planOf(device, one).kind === 'delete')
  const staying = held.some(
    (one) => planOf(device, one).kind !== 'delete' && live(device.own, one)?.kind !== 'directory',
  )
  return going && !staying ? 'later' : 'kept'
}

/** A parent that is gone comes back for its child; a file in its place becomes a conflict copy. */
function ensureParent(device: TreeDevice, path: string): 'there' | 'made' | 'later' {
  const parent = parentOf(path)
  if (parent === '') return 'there'
  const held = live(device.own, parent)
  if (held?.kind === 'directory') return 'there'
  const plan = planOf(device, parent)
  if (plan.kind === 'place' && plan.record.kind === 'directory') return 'later'
  const above = ensureParent(device, parent)
  if (above !== 'there') return above
  if (held) keepCopy(device, held, conflictCopyOf(held))
  revive(device, parent, plan.kind === 'delete' || plan.kind === 'adopt' ? plan.record : undefined)
  return 'made'
}

/** The directory as a change of ours, covering the tombstone `seen`. */
function revive(device: TreeDevice, path: string, seen: FileRecord | undefined): boolean {
  const before = device.own.get(path)
  const version: VersionVector = mergeVectors(before?.version ?? [], seen?.version ?? [])
  const mode = live(device.own, path)?.kind === 'directory' ? (before?.mode ?? 0o755) : 0o755
  const entry: Entry = { kind: 'directory', mode, contentHash: '', linkTarget: '' }
  const author = { device: device.name, name: device.name }
  const { record } = recordOfFound(foundOf(path, entry), undefined, author)
  state(device, stamped(device, { ...record, version }))
  return true
}

/** A copy that is known is not made again; one in the way gives the new one more digits. */
function keepCopy(device: TreeDevice, loser: FileRecord, copy: FileRecord): void {
  for (const hexDigits of [8, 16, 32, 64]) {
    const named =
      hexDigits === 8
        ? copy
        : conflictCopyOf({ ...copy, path: loser.path, conflictOf: loser.conflictOf }, hexDigits)
    const known = device.own.get(named.path)
    const isSame = known?.deleted === false && known.contentHash === named.contentHash
    const seen = known && compareVectors(named.version, known.version)
    if (isSame || seen === 'before') return
    if (known && !known.deleted) continue
    state(device, named)
    return
  }
}

function canFetch({ devices }: TreeModel, { kind, contentHash }: FileRecord): boolean {
  if (kind !== 'file') return true
  return devices.some(({ own }) =>
    [...own.values()].some((one) => !one.deleted && one.contentHash === contentHash),
  )
}

// ---- the end ---------------------------------------------------------------------------------------

/** Everybody hears everything and does everything until nothing changes. */
export function settle(model: TreeModel): void {
  const all = model.devices.map((_, i) => i)
  for (let round = 0; round < 60; round++) {
    let busy = false
    for (const from of all) for (const to of all) if (from !== to) tell(model, from, to)
    for (const i of all) if (carryOut(model, i)) busy = true
    if (!busy && agree(model)) return
  }
  throw new Error('the devices do not come to rest')
}

/** Every device has heard what the others say now. */
function agree({ devices }: TreeModel): boolean {
  return devices.every(({ heard }) =>
    [...heard].every(([from, records]) => {
      const own = devices[from]?.own
      return own?.size === records.size && [...records].every(([path, record]) => own.get(path) === record)
    }),
  )
}

/** What is wrong with the model at rest; empty when nothing is. */
export function problemsOf(model: TreeModel): string[] {
  const problems: string[] = []
  const [first, ...rest] = model.devices
  const expected = recordsText(first as TreeDevice)
  for (const device of rest)
    if (recordsText(device) !== expected)
      problems.push(`${first?.name} and ${device.name} say different things`)
  for (const device of model.devices) {
    for (const path of pathsOf(device)) {
      if (planOf(device, path).kind !== 'nothing') problems.push(`${device.name} still plans ${path}`)
      if (live(device.own, path) && !hasParent(device.own, path)) problems.push(`${path} has no directory`)
    }
  }
  const kept = contentsOf(treeOf(first as TreeDevice))
  for (const hash of model.written)
    if (!kept.has(hash) && !model.replaced.has(hash)) problems.push(`lost: ${hash.slice(0, 15)}`)
  return problems
}

function recordsText({ own }: TreeDevice): string {
  const said = [...own].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
}

/** Live paths of a device with their records, sorted. */
export function liveRecords(device: TreeDevice): FileRecord[] {
  return pathsOf(device).flatMap((path) => live(device.own, path) ?? [])
}

function treeOf(device: TreeDevice): Tree {
  return new Map([...device.own].filter(([, { deleted }]) => !deleted))
}

function contentsOf(tree: Tree): Set<string> {
  return new Set([...tree.values()].flatMap(({ contentHash }) => (contentHash === '' ? [] : [contentHash])))
}

/** Every path that the device knows of, parents first. */
export function pathsOf({ own, heard }: TreeDevice): string[] {
  return [
    ...new Set([...own.keys(), ...[...heard.values()].flatMap((records) => [...records.keys()])]),
  ].sort()
}

function live(own: Records, path: string): FileRecord | undefined {
  const record = own.get(path)
  return record?.deleted === false ? record : undefined
}

function hasParent(own: Records, path: string): boolean {
  const parent = parentOf(path)
  return parent === '' || live(own, parent)?.kind === 'directory'
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
