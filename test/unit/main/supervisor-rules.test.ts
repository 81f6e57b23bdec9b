/** When a node is started, killed and left alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEATHS_LIMIT,
  DEATHS_WITHIN_MS,
  FIRST_STEP,
  nextStep,
  PATIENCE_MS,
  PAUSES_MS,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
} from '../../../src/main/supervisor-rules.ts'

const happens = (kind: Exclude<SupervisorEvent['kind'], 'failed'>): SupervisorEvent => ({ kind })
const kinds = (effects: readonly SupervisorEffect[]): string[] =>
  effects.map((effect) => (effect.kind === 'tell' ? `tell ${effect.report.state}` : effect.kind))

/** What all these events at this moment lead to. */
function after(events: readonly SupervisorEvent[], nowMs = 0) {
  let { state, effects } = FIRST_STEP
  for (const event of events) ({ state, effects } = nextStep(state, event, nowMs))
  return { state, effects: kinds(effects) }
}

const READY = happens('ready')
const EXITED = happens('exited')
const OVER = happens('pause-over')

test.each<{ what: string; events: SupervisorEvent[]; phase: string; effects: string[] }>([
  { what: 'the start', events: [], phase: 'starting', effects: ['fork'] },
  { what: 'ready', events: [READY], phase: 'running', effects: ['tell running'] },
  { what: 'a death', events: [READY, EXITED], phase: 'waiting', effects: ['tell gone', 'pause'] },
  {
    what: 'a death before it was ready',
    events: [EXITED],
    phase: 'waiting',
    effects: ['tell gone', 'pause'],
  },
  { what: 'the pause over', events: [EXITED, OVER], phase: 'starting', effects: ['tell starting', 'fork'] },
  {
    what: 'a start that a person must mend',
    events: [{ kind: 'failed', code: 'CONFIG_DAMAGED' }, EXITED],
    phase: 'failed',
    effects: ['tell failed'],
  },
  {
    what: 'a start that fails and does not exit',
    events: [{ kind: 'failed', code: 'CONFIG_DAMAGED' }, happens('patience-over')],
    phase: 'refusing',
    effects: ['kill'],
  },
  {
    what: 'an unexpected failure',
    events: [{ kind: 'failed', code: 'INTERNAL' }, EXITED],
    phase: 'waiting',
    effects: ['tell gone', 'pause'],
  },
  {
    what: 'another try after a failure',
    events: [{ kind: 'failed', code: 'CONFIG_DAMAGED' }, EXITED, happens('retry')],
    phase: 'starting',
    effects: ['tell starting', 'fork'],
  },
  { what: 'another try while it runs', events: [READY, happens('retry')], phase: 'running', effects: [] },
  { what: 'quit', events: [READY, happens('quit')], phase: 'stopping', effects: ['ask-to-stop', 'patience'] },
  { what: 'quit again', events: [READY, happens('quit'), happens('quit')], phase: 'stopping', effects: [] },
  { what: 'stopped', events: [READY, happens('quit'), EXITED], phase: 'stopped', effects: ['stopped'] },
  {
    what: 'no end within its time',
    events: [READY, happens('quit'), happens('patience-over')],
    phase: 'killed',
    effects: ['kill', 'patience'],
  },
  {
    what: 'no end of a killed one',
    events: [READY, happens('quit'), happens('patience-over'), happens('patience-over')],
    phase: 'stopped',
    effects: ['stopped'],
  },
  { what: 'quit while it waits', events: [EXITED, happens('quit')], phase: 'stopped', effects: ['stopped'] },
  { what: 'a late pause after quit', events: [EXITED, happens('quit'), OVER], phase: 'stopped', effects: [] },
])('$what: $phase', ({ events, phase, effects }) => {
  expect(after(events)).toMatchObject({ state: { phase }, effects })
})

describe('a node that keeps dying', () => {
  /** Dies at these times, with the pauses it gets. */
  function deaths(timesMs: readonly number[]) {
    let state: SupervisorState = FIRST_STEP.state
    const pauses: (number | string | undefined)[] = []
    for (const atMs of timesMs) {
      const step = nextStep(nextStep(state, READY, atMs).state, EXITED, atMs)
      const pause = step.effects.find((effect) => effect.kind === 'pause')
      pauses.push(pause?.ms ?? step.state.phase)
      state = nextStep(step.state, OVER, atMs).state
    }
    return pauses
  }

  test('waits from one to thirty seconds, and is left alone at its fifth death in ten minutes', () => {
    expect(deaths([0, 1, 2, 3, 4])).toEqual([1_000, 3_000, 10_000, 30_000, 'failed'])
    expect(deaths([0, 1, 2, 3, DEATHS_WITHIN_MS - 1])).toEqual([1_000, 3_000, 10_000, 30_000, 'failed'])
  })

  test('is started again as long as its deaths are far enough apart', () => {
    const far = Array.from({ length: 50 }, (_, number) => number * (DEATHS_WITHIN_MS / 4))
    expect(deaths(far)).not.toContain('failed')
    expect(deaths([0, DEATHS_WITHIN_MS])).toEqual([1_000, 1_000])
  })

  test('that failed says the code of what nobody expected', () => {
    const all = Array.from({ length: DEATHS_LIMIT }, () => [EXITED, OVER]).flat()
    expect(after(all).state).toMatchObject({ phase: 'failed', code: 'INTERNAL' })
  })
})

test('whatever happens: one node at most, none after quit, every pause within its bounds', () => {
  const event = fc.oneof(
    fc.constantFrom<SupervisorEvent>(
      READY,
      OVER,
      happens('retry'),
      happens('patience-over'),
      { kind: 'failed', code: 'INTERNAL' },
      { kind: 'failed', code: 'ALREADY_RUNNING' },
    ),
    { arbitrary: fc.constant(EXITED), weight: 2 },
    { arbitrary: fc.constant(happens('quit')), weight: 1 },
  )
  const reached = new Set<string>()
  fc.assert(
    fc.property(
      fc.array(fc.tuple(event, fc.integer({ min: 0, max: 200_000 })), { maxLength: 60 }),
      (events) => {
        let { state } = FIRST_STEP
        let alive = true
        let quit = false
        let nowMs = 0
        for (const [happened, tookMs] of events) {
          nowMs += tookMs
          // A process that is not there neither speaks nor ends.
          if (!alive && ['exited', 'ready', 'failed'].includes(happened.kind)) continue
          if (happened.kind === 'exited') alive = false
          if (happened.kind === 'quit') quit = true
          const step = nextStep(state, happened, nowMs)
          state = step.state
          reached.add(state.phase)
          for (const effect of step.effects) {
            if (effect.kind === 'fork') {
              expect({ alive, quit }).toEqual({ alive: false, quit: false })
              alive = true
            }
            if (effect.kind === 'pause') expect(PAUSES_MS).toContain(effect.ms)
            if (effect.kind === 'patience') expect(effect.ms).toBe(PATIENCE_MS)
            if (effect.kind === 'stopped') expect(quit).toBe(true)
          }
          if (quit) expect(['stopping', 'killed', 'stopped']).toContain(state.phase)
          // Nobody waits for what cannot come: without a process, a pause, a person or the end is next.
          if (!alive) expect(['waiting', 'failed', 'stopped']).toContain(state.phase)
        }
      },
    ),
    { seed: 3, numRuns: 3_000 },
  )
  expect([...reached].sort()).toEqual(
    ['failed', 'killed', 'refusing', 'running', 'starting', 'stopped', 'stopping', 'waiting'].sort(),
  )
})
