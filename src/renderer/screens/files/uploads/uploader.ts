/**
 * Sends files to the node, two at a time. Promises that every file ends as done, failed or
 * cancelled, that one failure stops no other file, and that progress is told at most four times a
 * second. Never reads a file into memory: the browser streams it.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Chosen } from './dropped.ts'

/** Two keep the line busy while one file is being finished; more would only share it. */
const AT_ONCE = 2
const TELL_INTERVAL_MS = 250

export type UploadState = 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled'

export interface Upload {
  readonly id: number
  readonly folder: string
  /** Path in the folder. */
  readonly path: string
  readonly size: number
  /** Bytes that have left. */
  readonly sent: number
  readonly state: UploadState
  /** Why it failed; a code of the error table. */
  readonly code?: string
}

export interface UploaderState {
  /** In the order they were added; kept until dismissed. */
  readonly uploads: readonly Upload[]
}

/** One sending of a file among possibly several. */
export interface Try {
  /** The same for every try of one file: 32 hex digits, by chance. */
  readonly id: string
  /** It was begun before, and part of it may be there. */
  readonly isAgain: boolean
}

export interface UploadPorts {
  newId(): string
  /** Sends one file; rejects with an error that has a code. */
  send(
    folder: string,
    file: Chosen,
    attempt: Try,
    onSent: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void>
  after(delayMs: number, run: () => void): () => void
  codeOf(error: unknown): string
}

interface Job {
  readonly upload: Upload
  readonly file: Chosen
  readonly attempt: Try
  readonly control: AbortController
  sent: number
  state: UploadState
  code?: string
}

export class Uploader {
  readonly store: StoreApi<UploaderState> = createStore(() => ({ uploads: [] }))
  readonly #ports: UploadPorts
  #jobs: Job[] = []
  #lastId = 0
  #cancelTimer: (() => void) | undefined

  constructor(ports: UploadPorts) {
    this.#ports = ports
  }

  add(folder: string, files: readonly Chosen[]): void {
    for (const file of files) {
      const id = ++this.#lastId
      const { path } = file
      const upload: Upload = { id, folder, path, size: file.file.size, sent: 0, state: 'waiting' }
      const attempt = { id: this.#ports.newId(), isAgain: false }
      this.#jobs.push({ upload, file, attempt, control: new AbortController(), sent: 0, state: 'waiting' })
    }
    this.#next()
    this.#tell()
  }

  cancel(id: number): void {
    const job = this.#jobs.find(({ upload }) => upload.id === id)
    if (job) this.#end(job)
    this.#tell()
  }

  cancelAll(): void {
    for (const job of this.#jobs) this.#end(job)
    this.#tell()
  }

  /** Sends a failed or cancelled file again: what the node has kept of it is not sent twice. */
  retry(id: number): void {
    const place = this.#jobs.findIndex(({ upload }) => upload.id === id)
    const job = this.#jobs[place]
    if (!job || (job.state !== 'failed' && job.state !== 'cancelled')) return
    this.#jobs[place] = {
      upload: job.upload,
      file: job.file,
      attempt: { ...job.attempt, isAgain: true },
      control: new AbortController(),
      sent: 0,
      state: 'waiting',
    }
    this.#next()
    this.#tell()
  }

  /** Forgets what has ended. */
  dismiss(): void {
    this.#jobs = this.#jobs.filter(({ state }) => state === 'waiting' || state === 'sending')
    this.#tell()
  }

  #end(job: Job): void {
    if (job.state === 'waiting') job.state = 'cancelled'
    job.control.abort()
  }

  #next(): void {
    const sending = this.#jobs.filter(({ state }) => state === 'sending').length
    const waiting = this.#jobs.filter(({ state }) => state === 'waiting')
    for (const job of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void this.#send(job)
  }

  async #send(job: Job): Promise<void> {
    job.state = 'sending'
    const { folder } = job.upload
    const onSent = (bytes: number): void => {
      job.sent = bytes
      this.#tellSoon()
    }
    try {
      await this.#ports.send(folder, job.file, job.attempt, onSent, job.control.signal)
      job.sent = job.upload.size
      job.state = 'done'
    } catch (error) {
      job.state = job.control.signal.aborted ? 'cancelled' : 'failed'
      job.code = this.#ports.codeOf(error)
    }
    this.#tellSoon()
    this.#next()
  }

  #tellSoon(): void {
    this.#cancelTimer ??= this.#ports.after(TELL_INTERVAL_MS, () => this.#tell())
  }

  #tell(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const before = new Map(this.store.getState().uploads.map((upload) => [upload.id, upload]))
    const uploads = this.#jobs.map((job) => told(job, before.get(job.upload.id)))
    this.store.setState({ uploads })
  }
}

/** The same object when nothing changed, so that only rows that move render again. */
function told({ upload, sent, state, code }: Job, before: Upload | undefined): Upload {
  if (before && before.sent === sent && before.state === state) return before
  return { ...upload, sent, state, ...(state === 'failed' && code !== undefined ? { code } : {}) }
}

export interface UploadSums {
  readonly files: number
  readonly ended: number
  readonly failed: number
  readonly bytes: number
  readonly sent: number
  readonly busy: boolean
}

/** Everything that was added, in figures; cancelled files do not count. */
export function sumsOf(uploads: readonly Upload[]): UploadSums {
  const counted = uploads.filter(({ state }) => state !== 'cancelled')
  const of = (...states: UploadState[]): number =>
    counted.filter(({ state }) => states.includes(state)).length
  return {
    files: counted.length,
    ended: of('done'),
    failed: of('failed'),
    bytes: counted.reduce((sum, { size }) => sum + size, 0),
    sent: counted.reduce((sum, { sent }) => sum + sent, 0),
    busy: of('waiting', 'sending') > 0,
  }
}
