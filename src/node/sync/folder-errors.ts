/**
 * What is wrong in a folder, by path. Promises that an error stays until its cause is gone: a
 * stage replaces what it reported itself, nobody else's. Never stops the other paths.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { isWithin } from './path-order.ts'

export interface FolderError {
  readonly path: RelativePath
  readonly code: ErrorCode
  readonly message: string
}

/** The stages that report. */
export type ErrorSource = 'scan' | 'place'

/** Errors kept; beyond, only their number grows. */
const LIMIT = 10_000

export class FolderErrors {
  readonly #bySource: Record<ErrorSource, Map<RelativePath, FolderError>> = {
    scan: new Map(),
    place: new Map(),
  }

  list(): FolderError[] {
    return [...this.#bySource.scan.values(), ...this.#bySource.place.values()]
  }

  report(source: ErrorSource, error: FolderError): void {
    const errors = this.#bySource[source]
    if (errors.size < LIMIT || errors.has(error.path)) errors.set(error.path, error)
  }

  clear(source: ErrorSource, path: RelativePath): void {
    this.#bySource[source].delete(path)
  }

  /** Forgets what `source` reported of paths that no longer concern it. */
  keepOnly(source: ErrorSource, concerns: (path: RelativePath) => boolean): void {
    const errors = this.#bySource[source]
    for (const path of errors.keys()) if (!concerns(path)) errors.delete(path)
  }

  /** Whether `source` reported anything. */
  has(source: ErrorSource): boolean {
    return this.#bySource[source].size > 0
  }

  /** What `source` reported at and below `path`. */
  within(source: ErrorSource, path: RelativePath): FolderError[] {
    return [...this.#bySource[source].values()].filter((error) => isWithin(error.path, path))
  }

  /** Forgets `error` unless the same path was reported again. */
  clearUnlessRenewed(source: ErrorSource, error: FolderError): void {
    const errors = this.#bySource[source]
    if (errors.get(error.path) === error) errors.delete(error.path)
  }
}
