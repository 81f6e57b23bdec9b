/**
 * Uploads that were cut and may go on. Promises that what has arrived stays for a while, that it goes
 * on exactly where it ended, and that one sender at a time writes it. Never takes up what another start
 * of the node, or another opening of the folder, left lying: the scan sweeps that.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { codeOf, isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { temporaryPath } from '../sync/own-names.ts'
import type { FolderContext } from '../sync/ports.ts'

/** How long a cut upload waits for its sender. A guess: a node that starts anew, a person who comes back. */
const KEPT_MS = 600_000
/** Cut uploads that are kept at once; the oldest goes first. A guess, far above one person's. */
const KEPT_LIMIT = 64

export interface UploadPart {
  /** The sender's name for it: 32 hex digits, by chance. */
  readonly id: string
  /** Bytes that are here already, by the sender's knowledge. */
  readonly offset: number
}

/** What writes the rest: begins at `offset`, and keeps `written` true. */
export type WriteRest<T> = (
  temporary: RelativePath,
  written: { bytes: number },
  signal: AbortSignal,
) => Promise<T>

interface Kept {
  readonly context: FolderContext
  readonly path: RelativePath
  readonly temporary: RelativePath
  readonly written: { bytes: number }
  /** Lets go of the temporary. */
  readonly release: () => void
  timer: Timer | undefined
  running: { readonly abort: AbortController; readonly done: Promise<unknown> } | undefined
}

export class CutUploads {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Bytes of the upload that are here; 0 when nothing is known of it. */
  bytesOf(context: FolderContext, path: RelativePath, id: string): number {
    return this.#find(context, path, id)?.written.bytes ?? 0
  }

  /** Runs `work`, alone. FILE_CHANGED when the upload does not stand at the offset. */
  async run<T>(
    context: FolderContext,
    path: RelativePath,
    { id, offset }: UploadPart,
    signal: AbortSignal | undefined,
    work: WriteRest<T>,
  ): Promise<T> {
    const running = this.#find(context, path, id)?.running
    // A line that is dead for the sender may still look alive here.
    running?.abort.abort(new PeerfoldError('CANCELLED', 'the upload goes on over another line'))
    await running?.done.catch(() => {})
    const kept = this.#find(context, path, id) ?? (await this.#begin(context, path, id))
    // It wrote on after the sender asked how far it had come: the same bytes are sent once more.
    if (running && !kept.running) kept.written.bytes = Math.min(kept.written.bytes, offset)
    if (kept.running || kept.written.bytes !== offset) {
      if (kept.written.bytes === 0 && !kept.running) await this.#drop(id, kept)
      throw new PeerfoldError('FILE_CHANGED', 'the upload does not stand there', { path, offset })
    }
    kept.timer?.cancel()
    const abort = new AbortController()
    const both = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal
    const done = work(kept.temporary, kept.written, both)
    kept.running = { abort, done }
    try {
      const result = await done
      await this.#drop(id, kept)
      return result
    } catch (error) {
      kept.running = undefined
      // Only a line that broke is worth going on with: what the disk refuses, it refuses again.
      const isCut = !isPeerfoldError(error) || codeOf(error) === 'CANCELLED'
      if (isCut && kept.written.bytes > 0) this.#keep(id, kept)
      else await this.#drop(id, kept)
      throw error
    }
  }

  #find(context: FolderContext, path: RelativePath, id: string): Kept | undefined {
    const kept = this.#kept.get(keyOf(context, id))
    return kept?.context === context && kept.path === path ? kept : undefined
  }

  async #begin(context: FolderContext, path: RelativePath, id: string): Promise<Kept> {
    const temporary = temporaryPath(context.marker.secret, path, `upload ${id}`)
    const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    // Held until it is whole or given up, or a scan would sweep it away.
    void context.locks.hold([temporary], () => {
      held.resolve()
      return released.promise
    })
    await held.promise
    try {
      if ((await context.root.lstat(temporary)) !== undefined) await context.root.unlink(temporary)
    } catch (error) {
      released.resolve()
      throw error
    }
    const kept: Kept = {
      context,
      path,
      temporary,
      written: { bytes: 0 },
      release: () => released.resolve(),
      timer: undefined,
      running: undefined,
    }
    this.#kept.set(keyOf(context, id), kept)
    return kept
  }

  #keep(id: string, kept: Kept): void {
    kept.timer = this.#clock.after(KEPT_MS, () => void this.#drop(id, kept))
    const idle = [...this.#kept].filter(([, one]) => one.timer !== undefined && !one.running)
    for (const [key, one] of idle.slice(0, Math.max(0, idle.length - KEPT_LIMIT)))
      void this.#drop(key.slice(key.indexOf(' ') + 1), one)
  }

  /** Nothing of it stays but what was put in its place. */
  async #drop(id: string, kept: Kept): Promise<void> {
    kept.timer?.cancel()
    const key = keyOf(kept.context, id)
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
    try {
      const { root } = kept.context
      if ((await root.lstat(kept.temporary)) !== undefined) await root.unlink(kept.temporary)
    } catch {
      // The folder was closed meanwhile: the scan of its next opening sweeps it.
    }
    kept.release()
  }
}

/** Folder ids have no spaces. */
function keyOf({ folder }: FolderContext, id: string): string {
  return `${folder} ${id}`
}
