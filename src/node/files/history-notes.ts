/**
 * Lines of the history on their way to the disk. Promises that they get there in the order in which they
 * were noted, that those noted while others are being written are synced together, and that what the disk
 * refuses is kept, up to a bounded number, and written before whatever comes next. Never fails whoever
 * notes. What a process could not write before it was killed is lost.
 */
import { textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { HistoryChange } from '../durability/history.ts'

export interface HistoryNotesParts {
  readonly log: Log
  /** Durable when it resolves. */
  append(lines: readonly HistoryChange[]): Promise<void>
  /** Whether there is a place for the log: where there is none, none is made for it. */
  hasPlace(): Promise<boolean>
}

/** Lines kept while the disk refuses them, some 20 MB; beyond, the oldest go. A guess. */
const UNWRITTEN_LIMIT = 50_000
const WRITTEN_AT_ONCE = 1_000

export class HistoryNotes {
  readonly #parts: HistoryNotesParts
  /** Oldest first. */
  readonly #unwritten: HistoryChange[] = []
  #writing: Promise<void> = Promise.resolve()
  /** The write that waits for the one under way: whatever is noted until it begins goes with it. */
  #next: Promise<void> | undefined
  #refusal: unknown
  /** What the call before noted, by path. */
  #last: ReadonlyMap<string, string> = new Map()

  constructor(parts: HistoryNotesParts) {
    this.#parts = parts
  }

  /** Why lines are waiting; undefined when all that was noted is written. */
  get refusal(): unknown {
    return this.#unwritten.length > 0 ? this.#refusal : undefined
  }

  /** Resolves when it is durable, or was refused. */
  note(lines: readonly HistoryChange[]): Promise<void> {
    if (lines.length > 0) this.#add(lines)
    return (this.#next ??= this.#queue())
  }

  #queue(): Promise<void> {
    this.#writing = this.#writing.then(() => {
      this.#next = undefined
      return this.#write()
    })
    return this.#writing
  }

  /** Whoever notes a change and then cannot record it tries again, for hours perhaps, with the same words. */
  #add(lines: readonly HistoryChange[]): void {
    const said = new Map(lines.map((line) => [line.path, wordsOf(line)]))
    this.#unwritten.push(...lines.filter(({ path }) => said.get(path) !== this.#last.get(path)))
    this.#last = said
  }

  async #write(): Promise<void> {
    const { append, hasPlace, log } = this.#parts
    if (this.#unwritten.length === 0) return
    try {
      if (!(await hasPlace())) return
      while (this.#unwritten.length > 0) {
        const lines = this.#unwritten.slice(0, WRITTEN_AT_ONCE)
        await append(lines)
        this.#unwritten.splice(0, lines.length)
      }
      this.#refusal = undefined
    } catch (error) {
      if (this.#refusal === undefined)
        log.warn('the history could not be written; it is tried again', { reason: textOf(error) })
      this.#refusal = error
    } finally {
      const { length } = this.#unwritten.splice(0, Math.max(0, this.#unwritten.length - UNWRITTEN_LIMIT))
      if (length > 0) log.error('the history lost changes that could not be written', { changes: length })
    }
  }
}

function wordsOf({ is, was, device, source }: HistoryChange): string {
  return JSON.stringify([is, was, device, source])
}
