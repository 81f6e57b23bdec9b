/**
 * What a scan may say of a path that it meets for the first time. Promises that it is called new only
 * where everything was looked at before: after a whole scan in this life of the index, by the rules of
 * now, in a place that could be read. Never looks at a disk.
 */
import type { FolderId } from '../core/record.ts'
import type { Job } from '../base/job.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { IndexOperations, LocalRow } from '../index/index-port.ts'
import type { FolderErrors } from './folder-errors.ts'
import type { IgnoreRules } from './ignore-rules.ts'

export interface SightParts {
  readonly folder: FolderId
  readonly index: Job<IndexOperations>
  readonly errors: FolderErrors
  rules(): IgnoreRules
}

/** Paths remembered that did not hold still; of more than these a few may be called new. */
const RESTLESS_LIMIT = 10_000

export class Sight {
  readonly #parts: SightParts
  /** Met before all had been looked at, and not recorded yet because they changed while being read. */
  readonly #restless = new Set<RelativePath>()
  /** By which rules all has been looked at, as the index says; asked once for each scan. */
  #seenBy: Promise<string> | undefined

  constructor(parts: SightParts) {
    this.#parts = parts
  }

  /** A new life of the index may have begun since. */
  scanBegins(): void {
    this.#seenBy = undefined
  }

  /** Whether nothing was at the path before, of which we held nothing: `row` is our statement of it. */
  async isNew(path: RelativePath, row: LocalRow | undefined): Promise<boolean> {
    if (this.#restless.delete(path)) return false
    // What we did not want, or could not place, may have lain there all the time.
    if (row && (!row.announced.record.deleted || row.disk)) return false
    return !this.#parts.errors.concerns('scan', path) && (await this.#hasSeenAll())
  }

  /** It is looked at again: what is there then need not be what was there before all had been looked at. */
  async changesWhileRead(path: RelativePath): Promise<void> {
    if (this.#restless.size < RESTLESS_LIMIT && !(await this.#hasSeenAll())) this.#restless.add(path)
  }

  /** All of the folder was looked at by these rules. */
  async seenAll(rules: IgnoreRules): Promise<void> {
    const { index, folder } = this.#parts
    if (rules.id !== this.#parts.rules().id || (await this.#hasSeenAll())) return
    await index.call('setSeenBy', { folder, rules: rules.id })
    this.#seenBy = undefined
  }

  async #hasSeenAll(): Promise<boolean> {
    const { index, folder, rules } = this.#parts
    this.#seenBy ??= index.call('seenBy', { folder })
    return (await this.#seenBy) === rules().id
  }
}
