/**
 * When the node is started, told to stop, killed and started again. Promises never two nodes at
 * once, growing pauses between starts, an end to them when it dies too often, and none after the
 * wish to quit. Pure: a state, what happened and the time give a state and what to do.
 */
import type { NodeReport } from '../node/api/desktop-bridge.ts'

export type SupervisorState = {
  /** Monotonic times of unasked-for deaths within the last ten minutes, oldest first. */
  readonly deathsMs: readonly number[]
} & (
  | { readonly phase: 'starting' | 'running' | 'waiting' | 'stopping' | 'killed' | 'stopped' }
  /** It said that it cannot start; it is still there and about to exit. */
  | { readonly phase: 'refusing'; readonly code: string }
  | { readonly phase: 'failed'; readonly code: string }
)

export type SupervisorEvent =
  | { readonly kind: 'ready' }
  /** The node says why it cannot start. */
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'exited' }
  | { readonly kind: 'pause-over' }
  /** A person wants another try. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'patience-over' }

export type SupervisorEffect =
  | { readonly kind: 'fork' }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'ask-to-stop' }
  | { readonly kind: 'patience'; readonly ms: number }
  | { readonly kind: 'kill' }
  | { readonly kind: 'tell'; readonly report: Omit<NodeReport, 'logPath'> }
  /** The node is gone and stays so: the app may end. */
  | { readonly kind: 'stopped' }

export interface Step {
  readonly state: SupervisorState
  /** In this order; a fork comes last, because a fork that fails is the next event at once. */
  readonly effects: readonly SupervisorEffect[]
}

/** After the first, second… death in ten minutes. Guesses: a moment for a hiccup, half a minute for a busy disk. */
export const PAUSES_MS: readonly number[] = [1_000, 3_000, 10_000, 30_000]
/** So many deaths within DEATHS_WITHIN_MS, and starting again would only wear out the disk. */
export const DEATHS_LIMIT = PAUSES_MS.length + 1
export const DEATHS_WITHIN_MS = 600_000
/** A node ends its work within seconds; a kill is safe at any time, so nobody waits longer. */
export const PATIENCE_MS = 10_000
const PATIENCE: SupervisorEffect = { kind: 'patience', ms: PATIENCE_MS }

export const FIRST_STEP: Step = { state: { phase: 'starting', deathsMs: [] }, effects: [{ kind: 'fork' }] }

export function nextStep(state: SupervisorState, event: SupervisorEvent, nowMs: number): Step {
  switch (event.kind) {
    case 'ready':
      return state.phase === 'starting' ? to(state, 'running', tell('running')) : stay(state)
    case 'failed':
      return state.phase === 'starting' && mustBeMended(event.code)
        ? refusing(state, event.code)
        : stay(state)
    case 'exited':
      return exited(state, nowMs)
    case 'pause-over':
      return state.phase === 'waiting'
        ? to(state, 'starting', tell('starting'), { kind: 'fork' })
        : stay(state)
    case 'retry':
      return state.phase === 'failed' || state.phase === 'waiting' ? afresh() : stay(state)
    case 'quit':
      return quit(state)
    case 'patience-over':
      return impatient(state)
  }
}

/** What an unexpected failure is called may pass; every other code names something a person must mend. */
function mustBeMended(code: string): boolean {
  return code !== 'INTERNAL' && code !== 'TIMEOUT'
}

function refusing({ deathsMs }: SupervisorState, code: string): Step {
  return { state: { phase: 'refusing', code, deathsMs }, effects: [PATIENCE] }
}

function exited(state: SupervisorState, nowMs: number): Step {
  switch (state.phase) {
    case 'stopping':
    case 'killed':
      return to(state, 'stopped', { kind: 'stopped' })
    case 'refusing':
      return failed(state, state.code)
    case 'starting':
    case 'running':
      return died(state, nowMs)
    default:
      return stay(state)
  }
}

function died(state: SupervisorState, nowMs: number): Step {
  const deathsMs = [...state.deathsMs.filter((atMs) => nowMs - atMs < DEATHS_WITHIN_MS), nowMs]
  const pauseMs = PAUSES_MS[deathsMs.length - 1]
  if (pauseMs === undefined) return failed({ ...state, deathsMs }, 'INTERNAL')
  return { state: { phase: 'waiting', deathsMs }, effects: [tell('gone'), { kind: 'pause', ms: pauseMs }] }
}

function failed({ deathsMs }: SupervisorState, code: string): Step {
  return {
    state: { phase: 'failed', code, deathsMs },
    effects: [{ kind: 'tell', report: { state: 'failed', code } }],
  }
}

/** A process that outlives its kill hangs in the system: the app does not hang with it. */
function impatient(state: SupervisorState): Step {
  switch (state.phase) {
    case 'refusing':
      return { state, effects: [{ kind: 'kill' }] }
    case 'stopping':
      return to(state, 'killed', { kind: 'kill' }, PATIENCE)
    case 'killed':
      return to(state, 'stopped', { kind: 'stopped' })
    default:
      return stay(state)
  }
}

function afresh(): Step {
  return { state: { phase: 'starting', deathsMs: [] }, effects: [tell('starting'), { kind: 'fork' }] }
}

function quit(state: SupervisorState): Step {
  switch (state.phase) {
    case 'starting':
    case 'running':
    case 'refusing':
      return to(state, 'stopping', { kind: 'ask-to-stop' }, PATIENCE)
    case 'waiting':
    case 'failed':
    case 'stopped':
      return to(state, 'stopped', { kind: 'stopped' })
    default:
      return stay(state)
  }
}

function to(
  { deathsMs }: SupervisorState,
  phase: 'starting' | 'running' | 'waiting' | 'stopping' | 'killed' | 'stopped',
  ...effects: SupervisorEffect[]
): Step {
  return { state: { phase, deathsMs }, effects }
}

function stay(state: SupervisorState): Step {
  return { state, effects: [] }
}

function tell(state: 'starting' | 'running' | 'gone'): SupervisorEffect {
  return { kind: 'tell', report: { state } }
}
