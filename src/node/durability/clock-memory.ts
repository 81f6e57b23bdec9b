/**
 * What the clock showed in the last day of running, kept beside the contents that it stamped. Promises
 * that no content is stamped before a durable file covers the stamp, so that a program that dies and a
 * clock that is set right meanwhile do not make it old; and that an ordinary start and a machine that
 * runs on write next to nothing. Never decides what goes: core/running-day.ts says what time it is.
 *
 * A file that is lost or damaged is made up for by the newest content: ages count from there.
 * Running that no file tells of counts as none, and what waits for it waits longer.
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { DAY_MS, isWithin } from '../core/retention.ts'
import type { RetentionTime } from '../core/retention.ts'
import { believedTime, seeClock, SPANS_LIMIT } from '../core/running-day.ts'
import type { Span, Spans } from '../core/running-day.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import { walkVersions } from './catalogue.ts'
import { createDurable, readSmallFile, removeQuietly } from './content.ts'
import { makeDurably } from './directories.ts'
import { CLOCK, CLOCK_NEXT, VERSIONS } from './layout.ts'

/** The file covers stamps of so much later than now: it is written once in that time. */
const AHEAD_MS = DAY_MS
/** Retention is late by so much: running counts then, and is written down often. A guess: no weekend. */
const LATE_MS = 7 * DAY_MS
const OFTEN_MS = 10 * 60_000
const SPAN_BYTES = 200

export interface ClockMemoryParts {
  readonly root: FolderRoot
  readonly clock: Clock
  readonly log: Log
}

interface Written {
  readonly ranMs: number
  readonly spans: Spans
}

export class ClockMemory {
  readonly #parts: ClockMemoryParts
  readonly #startedMs: number
  #spans: Spans = []
  /** Of runs before this one, as far as anybody knows. */
  #ranBeforeMs = 0
  #written: Written | undefined
  #reading: Promise<void> | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: ClockMemoryParts) {
    this.#parts = parts
    this.#startedMs = parts.clock.monotonicMs()
  }

  /** What retention goes by now. */
  async time(): Promise<RetentionTime> {
    await this.#read()
    const { ranMs, nowMs } = this.#see()
    return believedTime(this.#spans, ranMs, nowMs)
  }

  /** To be called every few minutes. */
  async look(): Promise<void> {
    await this.#read()
    const { ranMs, nowMs } = this.#see()
    const isLate = nowMs - believedTime(this.#spans, ranMs, nowMs).nowMs > LATE_MS
    const isDue =
      this.#written === undefined
        ? // Of nothing that is kept nothing can be taken for older.
          (await newestOf(this.#parts.root, Infinity)) !== undefined
        : !this.#isCovered(nowMs) || ranMs - this.#written.ranMs >= (isLate ? OFTEN_MS : DAY_MS)
    // A full disk must not keep retention from making room.
    if (isDue) await this.#write().catch((error: unknown) => this.#tell(error))
  }

  /** What is stamped right after this is known as of the last day, whatever comes. */
  async beforeStamp(): Promise<void> {
    try {
      await this.#read()
      while (!this.#isCovered(this.#see().nowMs)) await this.#write()
    } catch (error) {
      // RACE: the power may fail and the clock be set before this is tried again, in ten minutes or less.
      // Worst case: what is parked meanwhile goes before its time. Accepted: else nothing is displaced.
      this.#tell(error)
    }
  }

  /** By what the file says the clock showed last. */
  #isCovered(atMs: number): boolean {
    const { ranMs, spans } = this.#written ?? { ranMs: 0, spans: [] }
    return isWithin(
      spans.filter(({ untilMs }) => untilMs === ranMs),
      atMs,
    )
  }

  #tell(error: unknown): void {
    const facts = { code: codeOf(error), reason: textOf(error) }
    this.#parts.log.warn('what the clock showed could not be written down', facts)
  }

  #see(): { ranMs: number; nowMs: number } {
    const { clock } = this.#parts
    const ranMs = this.#ranBeforeMs + clock.monotonicMs() - this.#startedMs
    const nowMs = clock.nowMs()
    this.#spans = seeClock(this.#spans, ranMs, nowMs)
    return { ranMs, nowMs }
  }

  #read(): Promise<void> {
    const reading = (this.#reading ??= this.#readOnce())
    reading.catch(() => (this.#reading = undefined)) // whoever asked hears of it
    return reading
  }

  async #readOnce(): Promise<void> {
    const { root, clock } = this.#parts
    const stat = await root.lstat(CLOCK)
    const limit = SPANS_LIMIT * SPAN_BYTES
    if (stat?.kind === 'file' && stat.size <= limit)
      this.#written = decode(await readSmallFile(root, CLOCK, limit))
    if (this.#written !== undefined) {
      this.#spans = this.#written.spans
      this.#ranBeforeMs = this.#written.ranMs
      return
    }
    const newestMs = await newestOf(root, clock.nowMs())
    if (newestMs === undefined) return
    this.#spans = [{ sinceMs: -DAY_MS, untilMs: 0, fromMs: newestMs - DAY_MS, toMs: newestMs }]
  }

  #write(): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow())
    this.#writing = written.catch(() => undefined) // whoever asked hears of it
    return written
  }

  async #writeNow(): Promise<void> {
    const { root } = this.#parts
    const { ranMs, nowMs } = this.#see()
    const spans = this.#spans.map((span) =>
      span.untilMs === ranMs ? { ...span, toMs: Math.max(span.toMs, nowMs + AHEAD_MS) } : span,
    )
    const written = { ranMs, spans }
    await makeDurably(root, VERSIONS, 0o700)
    await removeQuietly(root, CLOCK_NEXT)
    await createDurable(root, CLOCK_NEXT, 0o600, (next) => next.write(encode(written), 0))
    await root.rename(CLOCK_NEXT, CLOCK)
    await root.syncDirectory(VERSIONS)
    this.#written = written
  }
}

async function newestOf(root: FolderRoot, nowMs: number): Promise<number | undefined> {
  for await (const version of walkVersions(root, { onProblem: () => undefined }))
    if (version.origin === 'known' && version.displacedAtMs <= nowMs) return version.displacedAtMs
  return undefined
}

function encode({ ranMs, spans }: Written): Uint8Array {
  const lines = spans.map(({ sinceMs, untilMs, fromMs, toMs }) => ({ sinceMs, untilMs, fromMs, toMs }))
  return Buffer.from(`${JSON.stringify({ format: 1, ranMs, spans: lines })}\n`)
}

/** Undefined when it is nothing of ours. */
function decode(bytes: Uint8Array): Written | undefined {
  try {
    const { format, ranMs, spans } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<
      string,
      unknown
    >
    if (format !== 1 || !Number.isFinite(ranMs) || !Array.isArray(spans)) return undefined
    return spans.length <= SPANS_LIMIT && spans.every(isSpan) ? { ranMs: ranMs as number, spans } : undefined
  } catch {
    return undefined // damaged: the newest content says as much
  }
}

function isSpan(value: Partial<Span> | null): value is Span {
  const figures = [value?.sinceMs, value?.untilMs, value?.fromMs, value?.toMs]
  return figures.every((figure) => Number.isFinite(figure))
}
