/**
 * One lasting connection over links that come and go. Promises that a call under way is rejected
 * at once when its link is lost, that a new one waits for the next link (for a while), that
 * subscriptions begin anew on every link, and that a link which says nothing is found out. Knows
 * no transport: a link is whatever `openLink` makes.
 *
 * Links are not believed: a DOM MessagePort never says that its other end is gone, so only the
 * heartbeat tells. Snapshots are whole, so a new link needs no word about where the old one ended.
 */
import { CallError, toCallError } from './call-error.ts'

/** Between two heartbeats, ms. */
export const HEARTBEAT_MS = 5_000
/** Unanswered heartbeats after which a link counts as lost. */
export const MISSED_LIMIT = 2
/** A link that neither opens nor fails in this time is given up, ms. */
export const OPEN_LIMIT_MS = 10_000
/** Longest time a call waits for a link, ms: nobody wants the press of a button to work an hour later. */
export const QUEUE_LIMIT_MS = 20_000
/** First and longest pause before another try, ms; doubled in between, cut by chance to half at most. */
export const FIRST_PAUSE_MS = 500
export const LONGEST_PAUSE_MS = 15_000

export type Phase =
  /** The first try. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `retryAtMs` is absent while a try is under way. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly retryAtMs?: number }
  /** The node wants a person to sign in; nothing is tried before `retry()`. */
  | { readonly kind: 'signed-out' }
  /** The node answers and refuses; nothing is tried before `retry()`. */
  | { readonly kind: 'refused'; readonly code: string }

export interface LinkEvents<Link> {
  opened(link: Link): void
  /** Once, before or after `opened`. DAEMON_UNREACHABLE is tried again, every other code is final. */
  closed(code: string): void
}

export interface ConnectionPorts<Link> {
  /** Begins to open a link; returns what ends it, silently, at any time. */
  openLink(events: LinkEvents<Link>): () => void
  /** Asks something small; any answer, an error included, is a sign of life. */
  ping(link: Link): Promise<unknown>
  nowMs(): number
  /** Runs later, once; returns what prevents it. */
  after(delayMs: number, run: () => void): () => void
  /** From 0 to 1. */
  random(): number
  onPhase(phase: Phase): void
}

interface Waiting<Link> {
  run(link: Link): void
  reject(error: CallError): void
}

interface Subscription<Link> {
  start(link: Link): void
  stop(): void
}

const UNREACHABLE = 'DAEMON_UNREACHABLE'
const SIGNED_OUT = 'UNAUTHORIZED'

export class Connection<Link> {
  readonly #ports: ConnectionPorts<Link>
  #phase: Phase = { kind: 'connecting' }
  #link: Link | undefined
  #closeLink: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  #tries = 0
  readonly #pending = new Set<(error: CallError) => void>()
  readonly #queue = new Set<Waiting<Link>>()
  readonly #subscriptions = new Set<Subscription<Link>>()

  constructor(ports: ConnectionPorts<Link>) {
    this.#ports = ports
  }

  get phase(): Phase {
    return this.#phase
  }

  start(): void {
    if (!this.#closeLink) this.#open()
  }

  /** Tries now, whatever was waited for; does nothing while a link is there or being opened. */
  retry(): void {
    if (this.#closeLink) return
    this.#clearTimer()
    this.#tries = 0
    this.#open()
  }

  /** Somebody who knows says that the node is gone. */
  lose(): void {
    if (this.#closeLink) this.#onClosed(UNREACHABLE)
  }

  /** Ends what is there and begins anew, for example after signing out. */
  restart(): void {
    this.#dropLink(UNREACHABLE)
    this.retry()
  }

  /** Ends everything; calls are rejected. */
  stop(): void {
    this.#dropLink(UNREACHABLE)
    this.#clearTimer()
    this.#rejectQueue(UNREACHABLE)
  }

  /** Runs on the link that is there, or on the next one. Every failure is a CallError. */
  call<T>(run: (link: Link) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const link = this.#link
    if (link !== undefined) return this.#run(link, run)
    if (this.#phase.kind === 'signed-out') return Promise.reject(new CallError(SIGNED_OUT))
    if (this.#phase.kind === 'refused') return Promise.reject(new CallError(this.#phase.code))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.delete(waiting)
        cancel()
        signal?.removeEventListener('abort', abort)
      }
      const waiting: Waiting<Link> = {
        run: (link) => {
          leave()
          this.#run(link, run).then(resolve, reject)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const abort = (): void => waiting.reject(new CallError('CANCELLED'))
      const cancel = this.#ports.after(QUEUE_LIMIT_MS, () => waiting.reject(new CallError(UNREACHABLE)))
      this.#queue.add(waiting)
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
    })
  }

  /**
   * Takes what `open` yields, on this link and every later one, until the returned function is
   * called. A stream that ends or fails while its link is there is opened again after a pause;
   * `fail` hears why. That a link is lost is no failure of a stream.
   */
  subscribe<T>(
    open: (link: Link, signal: AbortSignal) => Promise<AsyncIterable<T>>,
    take: (value: T) => void,
    fail: (error: CallError) => void = () => {},
  ): () => void {
    let controller: AbortController | undefined
    let cancelPause: (() => void) | undefined
    const stop = (): void => {
      controller?.abort()
      cancelPause?.()
    }
    const start = (link: Link): void => {
      stop()
      const current = new AbortController()
      controller = current
      const { signal } = current
      const again = (): void => {
        if (!signal.aborted) cancelPause = this.#ports.after(FIRST_PAUSE_MS * 2, () => start(link))
      }
      drain(open, take, link, signal).then(again, (error: unknown) => {
        if (!signal.aborted) fail(toCallError(error))
        again()
      })
    }
    const subscription: Subscription<Link> = { start, stop }
    this.#subscriptions.add(subscription)
    if (this.#link !== undefined) start(this.#link)
    return () => {
      this.#subscriptions.delete(subscription)
      stop()
    }
  }

  #open(): void {
    if (this.#phase.kind === 'lost') this.#setPhase({ kind: 'lost', sinceMs: this.#phase.sinceMs })
    else this.#setPhase({ kind: 'connecting' })
    // What a link says after it was given up is not heard.
    const attempt: { isOver: boolean; close?: () => void } = { isOver: false }
    this.#closeLink = () => {
      attempt.isOver = true
      attempt.close?.()
    }
    this.#cancelTimer = this.#ports.after(OPEN_LIMIT_MS, () => this.#onClosed(UNREACHABLE))
    attempt.close = this.#ports.openLink({
      opened: (link) => attempt.isOver || this.#onOpened(link),
      closed: (code) => attempt.isOver || this.#onClosed(code),
    })
    if (attempt.isOver) attempt.close()
  }

  #onOpened(link: Link): void {
    this.#clearTimer()
    this.#link = link
    this.#setPhase({ kind: 'live' })
    this.#beat(link, { missed: 0 })
    for (const subscription of this.#subscriptions) subscription.start(link)
    for (const waiting of [...this.#queue]) waiting.run(link)
  }

  #beat(link: Link, state: { missed: number }): void {
    this.#cancelTimer = this.#ports.after(HEARTBEAT_MS, () => {
      if (state.missed >= MISSED_LIMIT) return this.#onClosed(UNREACHABLE)
      state.missed++
      const alive = (): void => {
        state.missed = 0
        // Only a link that has proved itself resets the pauses: one that dies at once must not.
        if (this.#link === link) this.#tries = 0
      }
      this.#ports.ping(link).then(alive, alive)
      this.#beat(link, state)
    })
  }

  #onClosed(code: string): void {
    this.#dropLink(code)
    if (code === UNREACHABLE) return this.#waitAndRetry()
    this.#setPhase(code === SIGNED_OUT ? { kind: 'signed-out' } : { kind: 'refused', code })
    this.#rejectQueue(code)
  }

  #waitAndRetry(): void {
    const now = this.#ports.nowMs()
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries++)
    const pause = longest * (0.5 + this.#ports.random() / 2)
    const sinceMs = this.#phase.kind === 'lost' ? this.#phase.sinceMs : now
    this.#cancelTimer = this.#ports.after(pause, () => this.#open())
    this.#setPhase({ kind: 'lost', sinceMs, retryAtMs: now + pause })
  }

  #dropLink(code: string): void {
    this.#clearTimer()
    const close = this.#closeLink
    this.#closeLink = undefined
    this.#link = undefined
    for (const subscription of this.#subscriptions) subscription.stop()
    close?.()
    for (const reject of [...this.#pending]) reject(new CallError(code))
  }

  #run<T>(link: Link, run: (link: Link) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      run(link)
        .then(resolve, (error: unknown) => reject(toCallError(error)))
        .finally(() => this.#pending.delete(reject))
    })
  }

  #rejectQueue(code: string): void {
    for (const waiting of [...this.#queue]) waiting.reject(new CallError(code))
  }

  #clearTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase
    this.#ports.onPhase(phase)
  }
}

async function drain<Link, T>(
  open: (link: Link, signal: AbortSignal) => Promise<AsyncIterable<T>>,
  take: (value: T) => void,
  link: Link,
  signal: AbortSignal,
): Promise<void> {
  for await (const value of await open(link, signal)) {
    if (signal.aborted) return
    take(value)
  }
}
