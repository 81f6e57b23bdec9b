/**
 * The places that wanted contents can be had from. Promises a bounded number of them for each content, and
 * none that was tried in vain. Never looks for any.
 */
import type { KeptVersion, PathContent } from '../core/history.ts'
import type { FileRecord, RelativePath } from '../core/record.ts'
import type { HistorySource } from '../sync/ports.ts'

/** A place that a content can be had from. */
export type Holder =
  | { readonly kind: 'live'; readonly record: FileRecord }
  | { readonly kind: 'kept'; readonly source: HistorySource; readonly version: KeptVersion }

/** Remembered of one content: the next one is tried when the first cannot give it. */
export const HOLDERS_LIMIT = 8

/** A link and a file whose bytes are its target have one hash. */
export function contentKey({ kind, contentHash }: PathContent): string {
  return `${kind} ${contentHash}`
}

export function pathOf(holder: Holder): RelativePath {
  return heldBy(holder).path
}

export class Holders {
  readonly #wanted: ReadonlyMap<string, PathContent>
  readonly #tried: readonly Holder[]
  readonly #found = new Map<string, Holder[]>()

  /** What was `tried` counts as no holder. */
  constructor(wanted: readonly PathContent[], tried: readonly Holder[]) {
    this.#wanted = new Map(wanted.map((content) => [contentKey(content), content]))
    this.#tried = tried
  }

  /** Unless nobody asked for its content. */
  add(holder: Holder): void {
    const key = contentKey(heldBy(holder))
    if (!this.#wanted.has(key) || this.#tried.some((one) => isSame(one, holder))) return
    const known = this.#found.get(key)
    if (!known) this.#found.set(key, [holder])
    else if (known.length < HOLDERS_LIMIT) known.push(holder)
  }

  addAll(other: Holders): void {
    for (const holders of other.#found.values()) for (const holder of holders) this.add(holder)
  }

  /** In the order in which they were added. */
  of(content: PathContent): readonly Holder[] {
    return this.#found.get(contentKey(content)) ?? []
  }

  /** Whether every content has one. */
  get isComplete(): boolean {
    return this.#found.size === this.#wanted.size
  }

  lacking(): PathContent[] {
    return [...this.#wanted].flatMap(([key, content]) => (this.#found.has(key) ? [] : content))
  }
}

function heldBy(holder: Holder): FileRecord | KeptVersion {
  return holder.kind === 'live' ? holder.record : holder.version
}

function isSame(a: Holder, b: Holder): boolean {
  if (a.kind === 'live') return b.kind === 'live' && a.record.path === b.record.path
  return b.kind === 'kept' && a.source.device === b.source.device && a.version.id === b.version.id
}
