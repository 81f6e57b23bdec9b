/**
 * Keeps one node running as long as the app does. Promises what supervisor-rules.ts decides, and
 * nothing else; a message of a node that died is never taken for one of its successor. Never
 * looks into what the node does.
 */
import type { NodeReport } from '../node/api/desktop-bridge.ts'
import type { HostMessage, NodeMessage } from '../node/api/host-messages.ts'
import type { Clock, Timer } from '../node/base/clock.ts'
import { PeerfoldError } from '../node/base/errors.ts'
import type { Log } from '../node/base/log.ts'
import type { PortMain } from './electron-port.ts'
import {
  FIRST_STEP,
  nextStep,
  type Step,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
} from './supervisor-rules.ts'

/** A node process. Its listeners are set before it can say anything. */
export interface NodeProcess {
  send(message: HostMessage, ports?: readonly PortMain[]): void
  kill(): void
}

export interface NodeListeners {
  /** Unchecked: it comes from another process, though from our own. */
  onMessage(message: unknown): void
  onExit(code: number): void
}

export interface SupervisorParts {
  readonly clock: Clock
  readonly log: Log
  /** Starts a node; throws when it cannot, which counts as a death. */
  fork(listeners: NodeListeners): NodeProcess
}

export interface SupervisorSettings {
  /** Where the node's log goes; told to the person when it failed. */
  readonly logPath: string
}

/** A question to the node takes milliseconds; after this it is not coming back. */
const ANSWER_LIMIT_MS = 5_000

export class Supervisor {
  readonly #parts: SupervisorParts
  readonly #settings: SupervisorSettings
  readonly #listeners = new Set<(report: NodeReport) => void>()
  readonly #questions = new Map<number, (path: string | undefined) => void>()
  readonly #stopped = Promise.withResolvers<void>()
  #state: SupervisorState = { phase: 'stopped', deathsMs: [] }
  #report: NodeReport = { state: 'starting' }
  #child: NodeProcess | undefined
  #timer: Timer | undefined
  #asked = 0

  constructor(parts: SupervisorParts, settings: SupervisorSettings) {
    this.#parts = parts
    this.#settings = settings
  }

  start(): void {
    this.#take(FIRST_STEP)
  }

  /** What the windows are shown. */
  report(): NodeReport {
    return this.#report
  }

  onReport(listener: (report: NodeReport) => void): void {
    this.#listeners.add(listener)
  }

  /** Starts a node that failed, at once. */
  retry(): void {
    this.#happen({ kind: 'retry' })
  }

  /** Hands a port to the running node; false when there is none. */
  connect(message: HostMessage & { kind: 'connect' }, port: PortMain): boolean {
    if (this.#state.phase !== 'running' || this.#child === undefined) return false
    this.#child.send(message, [port])
    return true
  }

  /** Root of a folder, undefined for none. Throws DAEMON_UNREACHABLE without a node, TIMEOUT without an answer. */
  async findFolder(folder: string): Promise<string | undefined> {
    if (this.#state.phase !== 'running' || this.#child === undefined)
      throw new PeerfoldError('DAEMON_UNREACHABLE', 'the node does not run now')
    const request = ++this.#asked
    const answer = Promise.withResolvers<string | undefined>()
    this.#questions.set(request, answer.resolve)
    const timer = this.#parts.clock.after(ANSWER_LIMIT_MS, () =>
      answer.reject(new PeerfoldError('TIMEOUT', 'the node did not answer')),
    )
    this.#child.send({ kind: 'find-folder', request, folder })
    try {
      return await answer.promise
    } finally {
      timer.cancel()
      this.#questions.delete(request)
    }
  }

  /** Asks the node to stop, kills it when it does not; resolves when it is gone. Idempotent. */
  quit(): Promise<void> {
    this.#happen({ kind: 'quit' })
    return this.#stopped.promise
  }

  #happen(event: SupervisorEvent): void {
    this.#take(nextStep(this.#state, event, this.#parts.clock.monotonicMs()))
  }

  #take({ state, effects }: Step): void {
    this.#state = state
    for (const effect of effects) this.#do(effect)
  }

  #do(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'fork':
        return this.#fork()
      case 'pause':
        return this.#after(effect.ms, { kind: 'pause-over' })
      case 'patience':
        return this.#after(effect.ms, { kind: 'patience-over' })
      case 'ask-to-stop':
        return this.#child?.send({ kind: 'stop' })
      case 'kill':
        this.#parts.log.warn('the node does not stop and is killed')
        return this.#child?.kill()
      case 'tell':
        return this.#tell(effect.report)
      case 'stopped':
        return this.#stopped.resolve()
    }
  }

  /** One timer: what it would say later than the next state is of no interest to any state. */
  #after(ms: number, event: SupervisorEvent): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(ms, () => this.#happen(event))
  }

  #fork(): void {
    let alive = true
    const exited = (facts: Record<string, unknown>): void => {
      if (!alive) return
      alive = false
      this.#child = undefined
      this.#parts.log.info('the node process ended', facts)
      this.#happen({ kind: 'exited' })
    }
    try {
      this.#child = this.#parts.fork({
        onMessage: (message) => alive && this.#hear(message),
        onExit: (code) => exited({ code }),
      })
    } catch (error) {
      exited({ error })
    }
  }

  #hear(message: unknown): void {
    if (!isNodeMessage(message)) return this.#parts.log.warn('the node said something unknown')
    switch (message.kind) {
      case 'ready':
        return this.#happen({ kind: 'ready' })
      case 'failed':
        this.#parts.log.error('the node cannot start', { code: message.code, reason: message.message })
        return this.#happen({ kind: 'failed', code: message.code })
      case 'folder':
        return this.#questions.get(message.request)?.(message.path)
    }
  }

  #tell(report: NodeReport): void {
    const shown = report.state === 'failed' ? { ...report, logPath: this.#settings.logPath } : report
    this.#report = shown
    for (const listener of this.#listeners) listener(shown)
  }
}

function isNodeMessage(value: unknown): value is NodeMessage {
  if (typeof value !== 'object' || value === null) return false
  const { kind, code, message, request, path } = value as Record<string, unknown>
  if (kind === 'ready') return true
  if (kind === 'failed') return typeof code === 'string' && typeof message === 'string'
  return kind === 'folder' && typeof request === 'number' && (path === undefined || typeof path === 'string')
}
