/**
 * Copies files and directories of this machine into a folder. Promises that every name is checked before
 * anything is copied, that a file arrives whole with its mode and time or not at all, that links are
 * copied as links and never followed, and that what cannot be read stops nothing else. Never changes a
 * source, and never records anything: the caller scans the targets afterwards.
 */
import { isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { Timer } from '../base/clock.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { FileStat, FileSystem, FolderRoot } from '../fs/file-system.ts'
import { joinHostPath, liesWithin, splitHostPath } from '../fs/host-path.ts'
import { joinPath, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { FolderContext } from '../sync/ports.ts'
import { sameFile } from '../sync/stat-compare.ts'
import { checkUserPath, makeParents, writeFile } from './write-file.ts'

export interface ImportProgress {
  /** Files and links that have arrived, and bytes that were written. */
  readonly files: number
  readonly bytes: number
  /** The last one, in the folder. */
  readonly path: RelativePath
  readonly finished: boolean
}

export interface ImportRequest {
  /** Where to, in the folder; "" is its root. */
  readonly directory: RelativePath
  /** Absolute paths on this machine. */
  readonly paths: readonly string[]
}

export interface ImportParts {
  readonly context: FolderContext
  readonly fileSystem: FileSystem
  /** Something may have been made at or below this path. */
  arrived(target: RelativePath): void
}

/** Bytes read at once. */
const READ_BYTES = 256 << 10
/** Between two tellings of progress, ms: four a second are smooth for eyes and nothing for the disk. */
const TELL_MS = 250
/** One entry's own trouble: told at the end, and no reason to leave the others. */
const ENTRY_TROUBLES: readonly ErrorCode[] = [
  ...(['NAME_NOT_UTF8', 'NAME_UNUSABLE', 'BAD_PATH', 'KIND_UNSUPPORTED', 'FILE_UNREADABLE'] as const),
  ...(['PERMISSION_DENIED', 'FILE_CHANGED', 'FILE_NOT_FOUND', 'FILE_EXISTS'] as const),
]

/**
 * Yields the newest progress, the first at once and others at most four times a second; the last is
 * `finished`. Who stops taking it stops the import. Before anything is copied: BAD_PATH, FILE_NOT_FOUND,
 * KIND_UNSUPPORTED, SOURCE_IN_FOLDER, and FILE_EXISTS when a name is taken. Afterwards, when all others
 * are there, the first entry's trouble.
 */
export async function* importFiles(
  parts: ImportParts,
  request: ImportRequest,
  signal?: AbortSignal,
): AsyncGenerator<ImportProgress> {
  const stop = new AbortController()
  const run = new Import(parts, AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]))
  const running = run.all(request)
  // Awaited below; until then a failure must not count as unhandled.
  running.catch(() => {})
  try {
    for (;;) {
      await run.next()
      if (run.isOver) break
      yield { ...run.progress, finished: false }
    }
    await running
    yield { ...run.progress, finished: true }
  } finally {
    stop.abort(new DOMException('nobody waits for the import', 'AbortError'))
    await running.catch(() => {})
  }
}

interface Source {
  readonly root: FolderRoot
  readonly name: RelativePath
  readonly target: RelativePath
}

class Import {
  readonly progress = { files: 0, bytes: 0, path: '' }
  readonly #parts: ImportParts
  readonly #signal: AbortSignal
  readonly #roots = new Map<string, FolderRoot>()
  readonly #troubles: PeerfoldError[] = []
  #moved = Promise.withResolvers<void>()
  #toldMs = Number.NEGATIVE_INFINITY
  #telling: Timer | undefined
  #isOver = false

  constructor(parts: ImportParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** Done, or failed: there is no more progress. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves when there is progress that was not told yet, or none will come. */
  async next(): Promise<void> {
    await this.#moved.promise
    this.#moved = Promise.withResolvers()
  }

  async all(request: ImportRequest): Promise<void> {
    try {
      await this.#all(request)
    } finally {
      this.#isOver = true
      this.#telling?.cancel()
      this.#moved.resolve()
    }
  }

  async #all(request: ImportRequest): Promise<void> {
    try {
      const sources = await this.#check(request)
      if (sources[0]) await makeParents(this.#parts.context, sources[0].target)
      for (const { root, name, target } of sources) {
        await this.#tryEntry(root, name, target).finally(() => this.#parts.arrived(target))
      }
    } finally {
      for (const root of this.#roots.values()) await root.close()
    }
    const [first] = this.#troubles
    if (!first) return
    const count = this.#troubles.length
    const message = count === 1 ? first.message : `${first.message}; so do ${count - 1} others`
    throw new PeerfoldError(first.code, message, { ...first.facts, count }, first)
  }

  async #check({ directory, paths }: ImportRequest): Promise<Source[]> {
    const sources: Source[] = []
    const taken = new Set<RelativePath>()
    for (const path of paths) {
      this.#signal.throwIfAborted()
      const source = await this.#source(path, directory)
      if (taken.has(source.target) || (await this.#parts.context.root.lstat(source.target)) !== undefined)
        throw new PeerfoldError('FILE_EXISTS', 'this name is taken', { path: source.target })
      taken.add(source.target)
      sources.push(source)
    }
    return sources
  }

  async #source(path: string, into: RelativePath): Promise<Source> {
    const { directory, name } = splitHostPath(path)
    const target = checkUserPath(joinPath(into, name))
    const root = await this.#open(directory)
    const stat = await root.lstat(name)
    if (!stat) throw new PeerfoldError('FILE_NOT_FOUND', 'there is no such file', { path })
    if (stat.kind === 'other') throw new PeerfoldError('KIND_UNSUPPORTED', 'this is no file', { path })
    const { context, fileSystem } = this.#parts
    const folder = await fileSystem.realPath(context.root.path)
    const place = joinHostPath(root.path, name)
    if (liesWithin(place, folder) || (stat.kind === 'directory' && liesWithin(folder, place)))
      throw new PeerfoldError('SOURCE_IN_FOLDER', 'this lies in the folder, or around it', { path })
    return { root, name, target }
  }

  async #open(directory: string): Promise<FolderRoot> {
    const path = await this.#parts.fileSystem.realPath(directory).catch((error: unknown) => {
      if (!isPeerfoldError(error) || error.code !== 'FOLDER_PATH_MISSING') throw error
      throw new PeerfoldError('FILE_NOT_FOUND', 'there is no such directory', { path: directory }, error)
    })
    const root = this.#roots.get(path) ?? (await this.#parts.fileSystem.openRoot(path))
    this.#roots.set(path, root)
    return root
  }

  async #tryEntry(root: FolderRoot, from: RelativePath, to: RelativePath): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      await this.#entry(root, from, to)
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!isPeerfoldError(error) || !ENTRY_TROUBLES.includes(error.code)) throw error
      this.#troubles.push(error)
    }
  }

  async #entry(root: FolderRoot, from: RelativePath, to: RelativePath): Promise<void> {
    checkUserPath(to)
    const stat = await root.lstat(from)
    if (!stat) throw new PeerfoldError('FILE_NOT_FOUND', 'the file was removed meanwhile', { path: from })
    if (stat.kind === 'other') throw new PeerfoldError('KIND_UNSUPPORTED', 'this is no file', { path: from })
    if (stat.kind === 'directory') return this.#directory(root, from, to, stat)
    if (stat.kind === 'symlink') await this.#link(root, from, to, stat)
    else await this.#file(root, from, to, stat)
    this.progress.files++
    this.#tell(to)
  }

  /** Its own mode comes last: one that forbids writing would forbid the children. */
  async #directory(root: FolderRoot, from: RelativePath, to: RelativePath, stat: FileStat): Promise<void> {
    const folder = this.#parts.context.root
    await folder.makeDirectory(to, 0o755)
    await folder.syncDirectory(parentOf(to))
    for (const { name, shown } of await root.list(from)) {
      if (name === undefined)
        this.#troubles.push(new PeerfoldError('NAME_NOT_UTF8', `${shown} is not valid UTF-8`, { path: from }))
      else await this.#tryEntry(root, joinPath(from, name), joinPath(to, name))
    }
    await folder.setMode(to, stat.mode & 0o777)
  }

  async #link(root: FolderRoot, from: RelativePath, to: RelativePath, stat: FileStat): Promise<void> {
    const folder = this.#parts.context.root
    await folder.makeSymlink(to, await root.readLink(from))
    await folder.setMtime(to, stat.mtimeNs)
    await folder.syncDirectory(parentOf(to))
  }

  async #file(root: FolderRoot, from: RelativePath, to: RelativePath, stat: FileStat): Promise<void> {
    const { mtimeNs, size } = stat
    const attributes = { mtimeNs, mode: stat.mode & 0o777, sizeBytes: size, mustBeNew: true }
    await writeFile(this.#parts.context, to, this.#content(root, from, to), attributes, this.#signal)
  }

  async *#content(root: FolderRoot, from: RelativePath, to: RelativePath): AsyncGenerator<Uint8Array> {
    const handle = await root.openRead(from)
    try {
      const before = await handle.stat()
      for (let position = 0; ;) {
        const bytes = new Uint8Array(READ_BYTES)
        const length = await handle.read(bytes, position)
        if (length === 0) break
        yield bytes.subarray(0, length)
        position += length
        this.progress.bytes += length
        this.#tell(to)
      }
      if (sameFile(await handle.stat(), before)) return
      throw new PeerfoldError('FILE_CHANGED', 'the file changed while it was copied', { path: from })
    } finally {
      await handle.close()
    }
  }

  #tell(path: RelativePath): void {
    this.progress.path = path
    if (this.#telling) return
    const { clock } = this.#parts.context
    const dueMs = this.#toldMs + TELL_MS - clock.monotonicMs()
    if (dueMs <= 0) return this.#tellNow()
    this.#telling = clock.after(dueMs, () => this.#tellNow())
  }

  #tellNow(): void {
    this.#telling = undefined
    this.#toldMs = this.#parts.context.clock.monotonicMs()
    this.#moved.resolve()
  }
}
