/**
 * What is wrong in a folder, by path. Promises that an error stays until its cause is gone: a
 * stage replaces what it reported itself, nobody else's; and that every path with an error counts
 * once, also where there are too many to keep more of them than a trace. Never stops the other paths.
 */
import type { ErrorCode } from '../base/errors.ts'
import { hashBlock } from '../codec/hash.ts'
import { parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { isWithin } from './path-order.ts'

export interface FolderError {
  readonly path: RelativePath
  readonly code: ErrorCode
  readonly message: string
}

/** The stages that report; 'left-out' is what a scan met of a kind that is never synced: said, no error. */
export type ErrorSource = 'scan' | 'place' | 'left-out'

/** Errors of one source kept with path and words, about 2 MB; of the rest only 48 bits of a hash of the path. */
export const DETAILED = 10_000

export class FolderErrors {
  readonly #bySource: Record<ErrorSource, SourceErrors> = {
    scan: new SourceErrors(),
    place: new SourceErrors(),
    'left-out': new SourceErrors(),
  }

  /** Paths with an error; one that two stages report counts for both. */
  get count(): number {
    return this.#bySource.scan.count + this.#bySource.place.count
  }

  /** The first of those whose words are kept. */
  list(limit = DETAILED): FolderError[] {
    const [scan, place] = [this.#bySource.scan.named, this.#bySource.place.named]
    return [...firstOf(scan, limit), ...firstOf(place, limit)].slice(0, limit)
  }

  get leftOutCount(): number {
    return this.#bySource['left-out'].count
  }

  leftOut(limit = DETAILED): FolderError[] {
    return firstOf(this.#bySource['left-out'].named, limit)
  }

  report(source: ErrorSource, error: FolderError): void {
    this.#bySource[source].report(error)
  }

  clear(source: ErrorSource, path: RelativePath): void {
    this.#bySource[source].clear(path)
  }

  /** Forgets what `source` reported of other paths than these. */
  keepOnly(source: ErrorSource, paths: ReadonlySet<RelativePath>): void {
    this.#bySource[source].keepOnly(paths)
  }

  /** Whether `source` reported the path, or what lies above it. */
  concerns(source: ErrorSource, path: RelativePath): boolean {
    return this.#bySource[source].concerns(path)
  }

  /** The nearest path, this one or above it, of which `source` reported `code`. */
  nearest(source: ErrorSource, path: RelativePath, code: ErrorCode): RelativePath | undefined {
    const { named } = this.#bySource[source]
    let at: RelativePath = path
    while (at !== '' && named.get(at)?.code !== code) at = parentOf(at)
    return named.get(at)?.code === code ? at : undefined
  }

  /** Whether `source` reported anything. */
  has(source: ErrorSource): boolean {
    return this.#bySource[source].count > 0
  }

  /**
   * To be called before a look at all that lies at and below `path`: the function returned forgets,
   * after it, what was not reported again, where `wasSeen` says of a path that it was looked at.
   */
  lookingAt(
    source: ErrorSource,
    path: RelativePath,
  ): (wasSeen: (path: RelativePath) => Promise<boolean>) => Promise<void> {
    return this.#bySource[source].lookingAt(path)
  }
}

function firstOf(named: ReadonlyMap<RelativePath, FolderError>, limit: number): FolderError[] {
  const first: FolderError[] = []
  for (const error of named.values()) {
    if (first.length >= limit) break
    first.push(error)
  }
  return first
}

class SourceErrors {
  readonly named = new Map<RelativePath, FolderError>()
  /** Hash of each further path, and the look in which it was reported. */
  readonly #unnamed = new Map<number, number>()
  #look = 0

  get count(): number {
    return this.named.size + this.#unnamed.size
  }

  report(error: FolderError): void {
    if (this.named.size < DETAILED || this.named.has(error.path)) {
      this.#unnamed.delete(traceOf(error.path, this.#unnamed))
      this.named.set(error.path, error)
    } else this.#unnamed.set(traceOf(error.path), this.#look)
  }

  concerns(path: RelativePath): boolean {
    if (this.count === 0) return false
    for (let at = path; ; at = parentOf(at)) {
      if (this.named.has(at) || this.#unnamed.has(traceOf(at, this.#unnamed))) return true
      if (at === '') return false
    }
  }

  clear(path: RelativePath): void {
    if (!this.named.delete(path)) this.#unnamed.delete(traceOf(path, this.#unnamed))
  }

  keepOnly(paths: ReadonlySet<RelativePath>): void {
    for (const path of this.named.keys()) if (!paths.has(path)) this.named.delete(path)
    if (this.#unnamed.size === 0) return
    const kept = new Set([...paths].map((path) => traceOf(path)))
    for (const trace of this.#unnamed.keys()) if (!kept.has(trace)) this.#unnamed.delete(trace)
  }

  /** Of a part of the folder nothing can be said about what has no name any more: the next full look does. */
  lookingAt(at: RelativePath): (wasSeen: (path: RelativePath) => Promise<boolean>) => Promise<void> {
    const before = [...this.named.values()].filter(({ path }) => isWithin(path, at))
    const look = ++this.#look
    return async (wasSeen) => {
      for (const error of before)
        if (this.named.get(error.path) === error && (await wasSeen(error.path))) this.named.delete(error.path)
      if (at !== '') return
      for (const [trace, reported] of this.#unnamed) if (reported < look) this.#unnamed.delete(trace)
    }
  }
}

/** 48 bits: of a million paths two are taken for one in one folder of 500. Nothing is computed for an empty list. */
function traceOf(path: RelativePath, among?: ReadonlyMap<number, number>): number {
  return among?.size === 0 ? -1 : Buffer.from(hashBlock(Buffer.from(path))).readUIntBE(0, 6)
}
