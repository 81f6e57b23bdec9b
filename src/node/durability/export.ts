/**
 * Writes every recoverable old content as a plain file into another directory. Promises that
 * nothing there is ever overwritten, that what could not be written is named with its reason, and
 * that a second run adds only what is missing. Needs no database and no daemon. Never changes
 * what is parked.
 */
import { createHash } from 'node:crypto'
import { codeOf, isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { joinPath } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { Packs } from '../store/packs.ts'
import { contentOf, hashVersion, keptBytes, openVersion, packsOf, walkVersions } from './catalogue.ts'
import type { CatalogueProblem, Version } from './catalogue.ts'
import { createDurable, hashHandle, hashTarget, placeExclusively, removeQuietly } from './content.ts'
import type { Hashed } from './content.ts'
import { makeUnlessThere } from './directories.ts'
import { exportDirectory, exportName, nextName } from './export-names.ts'

/** Names tried for one version before it is reported; a guess far above what two runs leave. */
const NAME_ATTEMPTS = 10_000

export interface ExportProblem {
  /** Original path of the content, or its place in the store when its description is gone. */
  readonly path: string
  readonly version: string | undefined
  readonly code: ErrorCode
  readonly message: string
}

export interface ExportResult {
  /** Files and links written by this run. */
  readonly exported: number
  /** Bytes of content written by this run. */
  readonly bytes: number
  /** Versions whose content was there already, from an earlier run. */
  readonly alreadyThere: number
  /** Of all found: content that a program wrote after it was parked; exported as it is now. */
  readonly changedAfterParking: number
  /** Of all found: content whose description is gone, exported into "of unknown origin". */
  readonly ofUnknownOrigin: number
  readonly problems: readonly ExportProblem[]
}

export interface ExportProgress {
  /** Versions done so far, with those that failed. */
  readonly done: number
  readonly total: number
  readonly path: string
}

export interface ExportOptions {
  readonly onProgress?: (progress: ExportProgress) => void
  readonly signal?: AbortSignal
}

/**
 * `from` is the folder's root, `to` an existing directory outside it. Throws DISK_FULL before
 * anything is written when the free space cannot hold what is missing, and CANCELLED-like abort
 * reasons; everything else is a problem of one version.
 */
export async function exportVersions(
  from: FolderRoot,
  to: FolderRoot,
  { onProgress, signal }: ExportOptions = {},
): Promise<ExportResult> {
  const total = await measure(from, to, signal)
  const tally = new Tally()
  const touched = new Set<RelativePath>()
  const packs = packsOf(from)
  let done = 0
  try {
    for await (const version of walkVersions(from, { onProblem: (problem) => tally.unreadable(problem) })) {
      signal?.throwIfAborted()
      await exportOne({ from, to, packs, touched, signal }, version, tally)
      onProgress?.({ done: ++done, total, path: shownPath(version) })
    }
  } finally {
    await packs.close()
  }
  for (const directory of touched) await to.syncDirectory(directory)
  return tally.result()
}

interface Route {
  readonly from: FolderRoot
  readonly to: FolderRoot
  /** Of the folder exported from; opened once for all versions. */
  readonly packs: Packs
  /** Directories of `to` that got new names. */
  readonly touched: Set<RelativePath>
  readonly signal: AbortSignal | undefined
}

/** Counts what is to come and refuses when it cannot fit. */
async function measure(from: FolderRoot, to: FolderRoot, signal: AbortSignal | undefined): Promise<number> {
  let total = 0
  let neededBytes = 0
  for await (const version of walkVersions(from, { onProblem: () => undefined })) {
    signal?.throwIfAborted()
    total++
    neededBytes += await missingBytes(to, version)
  }
  const freeBytes = await to.freeBytes()
  if (neededBytes <= freeBytes) return total
  throw new PeerfoldError('DISK_FULL', 'the versions do not fit there', { neededBytes, freeBytes })
}

/** A file of the same name and size is most likely the one from an earlier run. */
async function missingBytes(to: FolderRoot, version: Version): Promise<number> {
  try {
    const size = keptBytes(version)
    const there = await to.lstat(joinPath(exportDirectory(version), exportName(version, 1)))
    return there?.size === size ? 0 : size
  } catch {
    return 0 // reported when its turn comes
  }
}

async function exportOne(route: Route, version: Version, tally: Tally): Promise<void> {
  try {
    const outcome = await writeOut(route, version)
    tally.written(version, outcome)
  } catch (error) {
    route.signal?.throwIfAborted()
    tally.failed(shownPath(version), version.id, error)
  }
}

interface Outcome extends Hashed {
  readonly isNew: boolean
}

async function writeOut(route: Route, version: Version): Promise<Outcome> {
  const directory = await ensureTree(route, exportDirectory(version))
  let ours: Hashed | undefined
  for (let attempt = 1; attempt <= NAME_ATTEMPTS; attempt++) {
    const path = joinPath(directory, exportName(version, attempt))
    if ((await route.to.lstat(path)) === undefined) {
      const written = await placeNew(route, version, directory, path)
      if (written !== undefined) {
        route.touched.add(directory)
        return { isNew: true, ...written }
      }
    }
    ours ??= await hashVersion(route.from, version, route.signal, route.packs)
    if ((await hashAt(route, path, version.kind)) === ours.contentHash) return { isNew: false, ...ours }
  }
  throw new PeerfoldError('FILE_EXISTS', 'every name for this version is taken', { version: version.id })
}

/** Undefined when somebody took the name meanwhile. */
async function placeNew(
  route: Route,
  version: Version,
  directory: RelativePath,
  path: RelativePath,
): Promise<Hashed | undefined> {
  try {
    if (version.kind === 'symlink') return await placeLink(route, version, path)
    return await placeFile(route, version, directory, path)
  } catch (error) {
    if (isPeerfoldError(error) && error.code === 'FILE_EXISTS') return undefined
    throw error
  }
}

async function placeLink({ from, to, signal }: Route, version: Version, path: RelativePath): Promise<Hashed> {
  await to.makeSymlink(path, await from.readLink(contentOf(version)))
  await to.setMtime(path, version.mtimeNs)
  return hashVersion(from, version, signal)
}

async function placeFile(
  { from, to, packs, signal }: Route,
  version: Version,
  directory: RelativePath,
  path: RelativePath,
): Promise<Hashed> {
  const temporary = await freeTemporary(to, directory, version.id)
  const written = await createDurable(to, temporary, 0o600, async (out) => {
    const content = await openVersion(from, version, packs)
    const hashed = await hashHandle(content, out, signal).finally(() => content.close())
    // Exported files are for people: their owner can always read and write them.
    await out.setMode((version.mode & 0o777) | 0o600)
    await out.setMtime(version.mtimeNs)
    return hashed
  })
  try {
    await placeExclusively(to, temporary, path)
  } catch (error) {
    await removeQuietly(to, temporary)
    throw error
  }
  return written
}

/** The temporary of an interrupted run may still be there, and another run may be under way. */
async function freeTemporary(to: FolderRoot, directory: RelativePath, id: string): Promise<RelativePath> {
  for (let attempt = 1; ; attempt++) {
    const hash = createHash('sha256').update(`${id} ${attempt}`).digest('hex').slice(0, 32)
    const path = joinPath(directory, `.peerfold-${hash}.tmp`)
    if ((await to.lstat(path)) === undefined) return path
  }
}

/** Undefined when it is of another kind: a link's target may read like a file's content. */
async function hashAt(
  { to, signal }: Route,
  path: RelativePath,
  kind: Version['kind'],
): Promise<string | undefined> {
  const stat = await to.lstat(path)
  if (stat?.kind !== kind) return undefined
  if (kind === 'symlink') return hashTarget(await to.readLink(path)).contentHash
  try {
    const handle = await to.openRead(path)
    return (await hashHandle(handle, undefined, signal).finally(() => handle.close())).contentHash
  } catch (error) {
    signal?.throwIfAborted()
    if (isPeerfoldError(error)) return undefined // somebody else's unreadable file: try the next name
    throw error
  }
}

/** Makes the directories of a path, each under the first name that is free or a directory. */
async function ensureTree(route: Route, path: RelativePath): Promise<RelativePath> {
  let made: RelativePath = ''
  for (const name of path === '' ? [] : path.split('/')) made = await ensureDirectory(route, made, name)
  return made
}

async function ensureDirectory(route: Route, parent: RelativePath, name: string): Promise<RelativePath> {
  for (let attempt = 1; attempt <= NAME_ATTEMPTS; attempt++) {
    const path = joinPath(parent, nextName(name, attempt))
    try {
      if (await makeUnlessThere(route.to, path, 0o755)) route.touched.add(parent)
      return path
    } catch (error) {
      if (!isPeerfoldError(error) || error.code !== 'FILE_EXISTS') throw error
    }
  }
  throw new PeerfoldError('FILE_EXISTS', 'every name for this directory is taken', { path: name })
}

function shownPath(version: Version): string {
  return version.origin === 'known' ? version.path : contentOf(version)
}

class Tally {
  #exported = 0
  #bytes = 0
  #alreadyThere = 0
  #changedAfterParking = 0
  #ofUnknownOrigin = 0
  readonly #problems: ExportProblem[] = []

  written(version: Version, { isNew, contentHash, size }: Outcome): void {
    if (isNew) this.#exported++
    else this.#alreadyThere++
    if (isNew) this.#bytes += size
    if (version.origin === 'unknown') this.#ofUnknownOrigin++
    // A version that was never hashed claims nothing.
    else if (version.contentHash !== '' && version.contentHash !== contentHash) this.#changedAfterParking++
  }

  unreadable({ path, error }: CatalogueProblem): void {
    this.failed(path, undefined, error)
  }

  failed(path: string, version: string | undefined, error: unknown): void {
    this.#problems.push({ path, version, code: codeOf(error), message: textOf(error) })
  }

  result(): ExportResult {
    return {
      exported: this.#exported,
      bytes: this.#bytes,
      alreadyThere: this.#alreadyThere,
      changedAfterParking: this.#changedAfterParking,
      ofUnknownOrigin: this.#ofUnknownOrigin,
      problems: this.#problems,
    }
  }
}
