/**
 * The people of the simulated world: what they do to their folders, and what they wrote. Promises
 * that every content is unique, that what a person overwrote or deleted where they could see it is
 * remembered as theirs to lose, and the same deeds for the same seed.
 */
import { createHash } from 'node:crypto'
import { codeOf } from '../../src/node/base/errors.ts'
import type { Random } from '../../src/node/base/random.ts'
import type { TreeEntry } from '../../src/node/fs/memory-file-system.ts'
import { keyOf } from '../../src/node/fs/memory-state.ts'
import { FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'

const NAMES = ['a', 'b', 'c', 'a-b', 'd', 'é', 'note.txt']
/** What a disk answers a person whose deed it does not take: a full one, one that knows no such name or link. */
const REFUSALS = ['DISK_FULL', 'IO_ERROR', 'PERMISSION_DENIED']

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export class People {
  /** Hash of every content ever written, and where. */
  readonly written = new Map<string, string>()
  /** Hashes that a person overwrote or deleted where they saw them. */
  readonly displaced = new Set<string>()
  /** Of those, what somebody took away on the disk itself, not by a decision in the app. */
  readonly taken = new Set<string>()
  readonly #random: Random
  readonly #count: (event: string) => void
  #contents = 0
  /** Paths touched last, by anybody. */
  readonly #recent: string[] = []
  /** Of the content just written, for the trace. */
  #last = ''

  constructor(random: Random, count: (event: string) => void) {
    this.#random = random
    this.#count = count
    // What a save that the disk refused may leave behind.
    const empty = hashOf(new Uint8Array())
    this.written.set(empty, 'nothing')
    this.displaced.add(empty)
  }

  /** One deed on one device; returns what it was. */
  act(device: SimDevice): string {
    if (device.isUnmounted) return `${device.name}: nothing`
    const deeds = [
      ...[this.#save, this.#save, this.#save, this.#saveAtomically, this.#overwriteInPlace],
      ...[this.#remove, this.#rename, this.#makeDirectory, this.#link, this.#chmod, this.#touch],
      ...[this.#replaceByDirectory, this.#replaceByFile],
    ]
    const deed = this.#pick(deeds)
    const done = this.unlessRefused(() => deed.call(this, device))
    this.#count(`deed: ${done.split(' ')[0]}`)
    return `${device.name}: ${done}${this.#last}`
  }

  /** What was done; of what the disk refused people were told that it was not saved. */
  unlessRefused(deed: () => string): string {
    this.#last = ''
    const written = this.written.size
    try {
      return deed()
    } catch (error) {
      if (!REFUSALS.includes(codeOf(error))) throw error
      // It may be there all the same, beside the name that was refused.
      for (const hash of [...this.written.keys()].slice(written)) this.displaced.add(hash)
      return 'refused'
    }
  }

  /** One deed at the very path that the engine is about to touch; undefined when it cannot be done. */
  interfere(device: SimDevice, path: string): string {
    const done = this.unlessRefused(() => this.#interfere(device, path))
    this.#count(`deed at the moment of a disk call: ${done.split(' ')[0]}`)
    return `${device.name}, just then: ${done}${this.#last}`
  }

  #interfere(device: SimDevice, path: string): string {
    const there = find(device, path)
    if (!this.#hasParent(device, path) || there?.kind === 'directory') return 'nothing'
    const deed =
      there?.kind === 'symlink' ? 'remove' : this.#pick(['save', 'save', 'save-atomically', 'remove'])
    const beside = `${path}~`
    if (find(device, beside)) return 'nothing'
    this.losing(device, path)
    if (deed === 'remove') device.disk.user.remove(this.#absolute(path))
    else if (deed === 'save') device.disk.user.write(this.#absolute(path), this.content(device, path))
    else {
      device.disk.user.write(this.#absolute(beside), this.content(device, path))
      device.disk.user.rename(this.#absolute(beside), this.#absolute(path))
    }
    return `${deed} ${path}`
  }

  #save(device: SimDevice): string {
    const path = this.#freeOrFile(device)
    if (path === undefined) return 'nothing'
    this.losing(device, path)
    device.disk.user.write(this.#absolute(path), this.content(device, path), {
      mode: this.#pick([0o644, 0o600]),
    })
    return `save ${path}`
  }

  #saveAtomically(device: SimDevice): string {
    const path = this.#freeOrFile(device)
    if (path === undefined) return 'nothing'
    const { user } = device.disk
    const beside = `${path}~`
    if (find(device, beside)) return 'nothing'
    this.losing(device, path)
    user.write(this.#absolute(beside), this.content(device, path))
    user.rename(this.#absolute(beside), this.#absolute(path))
    return `save-atomically ${path}`
  }

  #overwriteInPlace(device: SimDevice): string {
    const file = this.#pickEntry(device, 'file')
    if (!file?.content?.length) return 'nothing'
    const before = file.content
    this.displaced.add(hashOf(before))
    const bytes = Uint8Array.from(before)
    const token = Buffer.from(`<${device.name} ${++this.#contents}>`)
    bytes.set(token.subarray(0, bytes.length), this.#random.below(Math.max(1, bytes.length - token.length)))
    this.#remember(bytes, `${device.name}:${file.path} in place`)
    device.disk.user.writeAt(this.#absolute(file.path), bytes, 0)
    return `overwrite ${file.path}`
  }

  #remove(device: SimDevice): string {
    const entry = this.#pickEntry(device)
    if (!entry) return 'nothing'
    this.losing(device, entry.path)
    device.disk.user.remove(this.#absolute(entry.path))
    return `remove ${entry.kind} ${entry.path}`
  }

  #rename(device: SimDevice): string {
    const entry = this.#pickEntry(device)
    const to = this.#anyPath(device)
    if (!entry || to === entry.path || isWithin(device, to, entry.path)) return 'nothing'
    const target = find(device, to)
    if (target && (target.kind === 'directory' || entry.kind === 'directory')) return 'nothing'
    if (target) this.losing(device, to)
    device.disk.user.rename(this.#absolute(entry.path), this.#absolute(to))
    return `rename ${entry.kind} ${entry.path} to ${to}`
  }

  #makeDirectory(device: SimDevice): string {
    const path = this.#anyPath(device)
    if (find(device, path)) return 'nothing'
    device.disk.user.mkdir(this.#absolute(path), this.#pick([0o755, 0o700]))
    return `mkdir ${path}`
  }

  #link(device: SimDevice): string {
    const path = this.#anyPath(device)
    if (find(device, path)) return 'nothing'
    device.disk.user.symlink(this.#pick(['a', '../b', '/outside', 'nowhere']), this.#absolute(path))
    return `link ${path}`
  }

  #chmod(device: SimDevice): string {
    const entry = this.#pickEntry(device)
    if (!entry || entry.kind === 'symlink') return 'nothing'
    const modes = entry.kind === 'file' ? [0o644, 0o755, 0o600] : [0o755, 0o700]
    device.disk.user.chmod(this.#absolute(entry.path), this.#pick(modes))
    return `chmod ${entry.path}`
  }

  #touch(device: SimDevice): string {
    const file = this.#pickEntry(device, 'file')
    if (!file) return 'nothing'
    device.disk.user.setMtime(this.#absolute(file.path), BigInt(this.#random.below(2 ** 31)) * 1_000_000_123n)
    return `touch ${file.path}`
  }

  #replaceByDirectory(device: SimDevice): string {
    const file = this.#pickEntry(device, 'file')
    if (!file) return 'nothing'
    this.losing(device, file.path)
    device.disk.user.remove(this.#absolute(file.path))
    device.disk.user.mkdir(this.#absolute(file.path))
    return `file-to-directory ${file.path}`
  }

  #replaceByFile(device: SimDevice): string {
    const directory = this.#pickEntry(device, 'directory')
    if (!directory) return 'nothing'
    this.losing(device, directory.path)
    device.disk.user.remove(this.#absolute(directory.path))
    device.disk.user.write(this.#absolute(directory.path), this.content(device, directory.path))
    return `directory-to-file ${directory.path}`
  }

  /** Everything at and below the path is about to go, by the hand of somebody who sees it. */
  losing(device: SimDevice, path: string): void {
    for (const entry of entries(device))
      if (isWithin(device, entry.path, path) && entry.content) this.lost(entry.content)
  }

  /** It is gone, by the hand of somebody who saw it. */
  lost(content: Uint8Array): void {
    this.displaced.add(hashOf(content))
    this.taken.add(hashOf(content))
  }

  content(device: SimDevice, path: string): Uint8Array {
    const text = `${device.name} ${++this.#contents} ${path}\n`
    const sizes = [0, 0, 100, 1_000, 17_000, 150_000]
    const filler = this.#random.bytes(this.#pick(sizes))
    const bytes = Buffer.concat([Buffer.from(text), filler])
    this.#remember(bytes, `${device.name}:${path}`)
    return new Uint8Array(bytes)
  }

  #remember(bytes: Uint8Array, what: string): void {
    const hash = hashOf(bytes)
    this.#last = ` = ${hash.slice(0, 8)}`
    this.written.set(hash, `${what} #${this.#contents}`)
  }

  #freeOrFile(device: SimDevice): string | undefined {
    const path = this.#anyPath(device)
    const there = find(device, path)
    return !there || there.kind === 'file' ? path : undefined
  }

  /** A name in some existing directory. */
  #anyPath(device: SimDevice): string {
    // People work on the same things: often one of the last few paths, wherever it was touched.
    const recent = this.#recent.filter((path) => this.#hasParent(device, path))
    if (recent.length > 0 && this.#random.below(3) === 0) return this.#pick(recent)
    return this.#keep(this.#newPath(device))
  }

  #keep(path: string): string {
    this.#recent.unshift(path)
    this.#recent.length = Math.min(this.#recent.length, 4)
    return path
  }

  #hasParent(device: SimDevice, path: string): boolean {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    return parent === '' || find(device, parent)?.kind === 'directory'
  }

  #newPath(device: SimDevice): string {
    const directories = entries(device).filter(
      ({ kind, path }) => kind === 'directory' && path.split('/').length < 4,
    )
    const parent = this.#pick(['', ...directories.map(({ path }) => `${path}/`)])
    return parent + this.#pick(NAMES)
  }

  #pickEntry(device: SimDevice, kind?: TreeEntry['kind']): TreeEntry | undefined {
    const all = entries(device).filter((entry) => kind === undefined || entry.kind === kind)
    const recent = all.filter(({ path }) => this.#recent.includes(path))
    if (recent.length > 0 && this.#random.below(2) === 0) return this.#pick(recent)
    if (all.length === 0) return undefined
    const entry = this.#pick(all)
    this.#keep(entry.path)
    return entry
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!
  }

  #absolute(path: string): string {
    return `${FOLDER_PATH}/${path}`
  }
}

/** What people see: everything but the engine's own directory and temporaries. */
export function entries(device: SimDevice): TreeEntry[] {
  return device.disk
    .tree(device.filesAt)
    .filter(({ path }) => !path.startsWith('.peerfold') && !/(^|\/)\.peerfold-[0-9a-f]{32}\.tmp$/.test(path))
}

/** What has the path, as the device's disk takes names. */
export function find(device: SimDevice, path: string): TreeEntry | undefined {
  const key = pathKey(device, path)
  return entries(device).find((entry) => pathKey(device, entry.path) === key)
}

/** Whether the device's disk takes `path` for `above` or something in it. */
function isWithin(device: SimDevice, path: string, above: string): boolean {
  return `${pathKey(device, path)}/`.startsWith(`${pathKey(device, above)}/`)
}

function pathKey({ disk: { settings } }: SimDevice, path: string): string {
  const { caseInsensitive, normalizing, windowsNames } = settings
  if (!caseInsensitive && !normalizing && !windowsNames) return path
  return path
    .split('/')
    .map((name) => keyOf(settings, name))
    .join('/')
}
