/**
 * The worker host of a job: its module runs in a thread of its own. Promises that every call
 * settles, also when the thread dies, and that a death nobody asked for is reported once. Never
 * restarts a thread: what a restart needs (a rescan, a reopened file) only the owner knows.
 */
import { Worker } from 'node:worker_threads'
import type { ResourceLimits } from 'node:worker_threads'
import { PeerfoldError } from './errors.ts'
import type { Job } from './job.ts'
import { jobClosed } from './operation-runner.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'

export interface WorkerJobOptions {
  /** Shown by debuggers and in error facts, e.g. "blocks". */
  readonly name?: string
  /** Limits of the thread's heap, MB; buffers outside the heap do not count. */
  readonly resourceLimits?: ResourceLimits
  /** Called once when the thread ends without having been closed, after its calls were rejected. */
  readonly onDeath?: (error: PeerfoldError) => void
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * Starts a thread that opens the module at `moduleUrl` (it exports `open(settings)`). Returns at
 * once; calls wait until the module is open. If it cannot be opened, that error is the death.
 */
export function openWorkerJob<Operations>(
  moduleUrl: URL | string,
  settings: unknown,
  options: WorkerJobOptions = {},
): Job<Operations> {
  const host = new WorkerHost({ moduleUrl: String(moduleUrl), settings }, options)
  return {
    call: ((name: string, argument: unknown, transfer?: readonly ArrayBuffer[]) =>
      host.call(name, argument, transfer)) as Job<Operations>['call'],
    close: () => host.close(),
  }
}

class WorkerHost {
  readonly #worker: Worker
  readonly #options: WorkerJobOptions
  readonly #pending = new Map<number, Pending>()
  /** Settles when the thread is gone, by whatever cause. */
  readonly #gone = Promise.withResolvers<void>()
  #lastId = 0
  #closing = false
  #closeError: PeerfoldError | undefined
  #deathError: PeerfoldError | undefined

  constructor(start: WorkerStart, options: WorkerJobOptions) {
    this.#options = options
    this.#worker = new Worker(new URL('./worker-entry.ts', import.meta.url), {
      workerData: start,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('messageerror', (error) => this.#die('a message of the worker cannot be read', error))
    this.#worker.on('error', (error) => this.#die('the worker failed', error))
    this.#worker.on('exit', (exitCode) => {
      this.#die('the worker ended', undefined, exitCode)
      this.#gone.resolve()
    })
  }

  call(name: string, argument: unknown, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#deathError !== undefined) return Promise.reject(this.#deathError)
    if (this.#closing) return Promise.reject(jobClosed(name))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      try {
        this.#post({ kind: 'call', id, name, argument }, transfer)
        this.#pending.set(id, { resolve, reject })
      } catch (error) {
        reject(fromPlainError(toPlainError(error))) // the argument cannot be cloned
      }
    })
  }

  async close(): Promise<void> {
    if (!this.#closing && this.#deathError === undefined) {
      this.#closing = true
      this.#post({ kind: 'close' })
    }
    await this.#gone.promise
    if (this.#closeError !== undefined) throw this.#closeError
  }

  #post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer])
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'openFailed') {
      const error = fromPlainError(message.error)
      this.#dieOf(error)
    } else if (message.kind === 'closed') {
      this.#closeError = message.error === undefined ? undefined : fromPlainError(message.error)
      this.#deathError = jobClosed('close')
      void this.#worker.terminate()
    } else {
      this.#settle(message)
    }
  }

  #settle(message: Extract<FromWorker, { kind: 'result' | 'error' }>): void {
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.kind === 'result') pending?.resolve(message.value)
    else pending?.reject(fromPlainError(message.error))
  }

  #die(text: string, cause: unknown, exitCode?: number): void {
    this.#dieOf(new PeerfoldError('INTERNAL', text, { worker: this.#options.name, exitCode }, cause))
  }

  /** The first cause counts: an error is followed by its exit. */
  #dieOf(error: PeerfoldError): void {
    if (this.#deathError !== undefined) return
    this.#deathError = error
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    void this.#worker.terminate()
    this.#options.onDeath?.(error)
  }
}
