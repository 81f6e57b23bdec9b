/**
 * Our rows at and below a path, beside a walk of the disk. Promises the order of paths, page by page, and
 * that what was skipped is not read. Never changes anything.
 */
import type { RelativePath } from '../fs/relative-path.ts'
import type { LocalRow } from '../index/index-port.ts'
import { comparePaths } from './path-order.ts'
import type { FolderContext } from './ports.ts'

/** Rows read at once. */
const PAGE = 1_000

export class RowCursor {
  readonly #context: FolderContext
  readonly #under: RelativePath
  #page: LocalRow[] = []
  #after = ''
  #started = false
  #ended = false

  constructor(context: FolderContext, under: RelativePath) {
    this.#context = context
    this.#under = under
  }

  async peek(): Promise<LocalRow | undefined> {
    if (this.#page.length === 0 && !this.#ended) await this.#load()
    return this.#page[0]
  }

  async take(): Promise<LocalRow | undefined> {
    await this.peek()
    return this.#page.shift()
  }

  /** Goes on behind everything at and below `above` ("name/" means only below it). */
  async skipPast(above: string): Promise<void> {
    if (above === '') {
      this.#page = []
      this.#ended = true
      return
    }
    const inside = (path: string): boolean => path === above || path.startsWith(above.replace(/\/?$/, '/'))
    while (this.#page.length > 0 && inside(this.#page[0]?.announced.record.path ?? '')) this.#page.shift()
    if (this.#page.length > 0 || this.#ended) return
    const end = above.replace(/\/?$/, '0')
    if (comparePaths(this.#after, end) < 0) this.#after = `${above.replace(/\/$/, '')}/\u{10ffff}`
  }

  async #load(): Promise<void> {
    const { index, folder } = this.#context
    if (!this.#started && this.#under !== '') {
      this.#started = true
      const [own] = await index.call('local', { folder, paths: [this.#under] })
      if (own) {
        this.#page = [own]
        return
      }
    }
    this.#started = true
    const query = { folder, under: this.#under, after: this.#after, limit: PAGE }
    this.#page = await index.call('localUnder', query)
    this.#ended = this.#page.length < PAGE
    this.#after = this.#page.at(-1)?.announced.record.path ?? this.#after
  }
}
