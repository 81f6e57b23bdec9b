/**
 * What a person just changed through the app, until a scan has recorded it: nobody is asked again about
 * it. Promises to know a change by its path and by what it led to, so that whatever a program does there
 * meanwhile is another change; and that one which failed is none. Kept in memory alone: after a restart
 * the guard asks once more, which loses nothing.
 */
import type { FileRecord } from '../core/record.ts'
import type { RelativePath } from '../fs/relative-path.ts'

/** Beyond, the oldest are asked about like any other. Some tens of megabytes of paths. */
const MOST = 200_000

export class DecidedChanges {
  /** Content that the path is to have, "" when it is to be gone. */
  readonly #decided = new Map<RelativePath, string>()

  /** Known before the disk changes: a scan may be faster than the call. `contentHash` is "" when it deletes. */
  async during<T>(path: RelativePath, contentHash: string, work: () => Promise<T>): Promise<T> {
    this.#decided.delete(path)
    this.#decided.set(path, contentHash)
    const [oldest] = this.#decided.keys()
    if (this.#decided.size > MOST && oldest !== undefined) this.#decided.delete(oldest)
    try {
      return await work()
    } catch (error) {
      this.forget(path)
      throw error
    }
  }

  /** Whether the record says just what was decided. */
  has({ path, deleted, contentHash }: Pick<FileRecord, 'path' | 'deleted' | 'contentHash'>): boolean {
    return this.#decided.get(path) === (deleted ? '' : contentHash)
  }

  /** It is recorded, or it never happened. */
  forget(path: RelativePath): void {
    this.#decided.delete(path)
  }
}
