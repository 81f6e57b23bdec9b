/** The lasting connection over links that come and go, on a clock that stands still. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { CallError } from '../../../src/renderer/connection/call-error.ts'
import {
  Connection,
  FIRST_PAUSE_MS,
  HEARTBEAT_MS,
  type LinkEvents,
  LONGEST_PAUSE_MS,
  MISSED_LIMIT,
  OPEN_LIMIT_MS,
  type Phase,
  QUEUE_LIMIT_MS,
} from '../../../src/renderer/connection/connection.ts'

const START_MS = Date.UTC(2026, 0, 1)

class FakeLink {
  /** Heartbeats asked for; unanswered when `isDeaf`. */
  pings = 0
  isDeaf = false
  isClosed = false
}

/** A connection whose links the test opens and closes. */
function scene({ random = 1 } = {}) {
  const clock = createFakeClock(START_MS)
  const phases: Phase[] = []
  const tries: { readonly events: LinkEvents<FakeLink>; isEnded: boolean }[] = []
  const connection = new Connection<FakeLink>({
    openLink: (events) => {
      const one = { events, isEnded: false }
      tries.push(one)
      return () => (one.isEnded = true)
    },
    ping: (link) => {
      link.pings++
      return link.isDeaf ? new Promise(() => {}) : Promise.reject(new Error('an answer all the same'))
    },
    nowMs: () => clock.nowMs(),
    after: (delayMs, run) => {
      const timer = clock.after(delayMs, run)
      return () => timer.cancel()
    },
    random: () => random,
    onPhase: (phase) => phases.push(phase),
  })
  const open = (): FakeLink => {
    const link = new FakeLink()
    tries.at(-1)!.events.opened(link)
    return link
  }
  const close = (code = 'DAEMON_UNREACHABLE'): void => tries.at(-1)!.events.closed(code)
  return { clock, connection, phases, tries, open, close }
}

/** The code that a promise is rejected with, or what it resolved to. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => (error instanceof CallError ? error.code : error))
}

const never = (): Promise<never> => new Promise(() => {})

test('a call waits for the first link and runs on it', async () => {
  const { connection, open, phases } = scene()
  connection.start()
  const called = connection.call(async (link) => link)
  const link = open()
  expect(await called).toBe(link)
  expect(phases).toEqual([{ kind: 'connecting' }, { kind: 'live' }])
})

test('when a link is lost, calls under way are rejected at once and new ones wait for the next link', async () => {
  const { clock, connection, open, close, tries } = scene()
  connection.start()
  open()
  const underWay = outcome(connection.call(never))
  close()
  expect(await underWay).toBe('DAEMON_UNREACHABLE')
  const later = connection.call(async (link) => link)
  await clock.advance(FIRST_PAUSE_MS)
  expect(tries).toHaveLength(2)
  const next = open()
  expect(await later).toBe(next)
})

test('a call does not wait for ever', async () => {
  const { clock, connection } = scene()
  connection.start()
  const called = outcome(connection.call(never))
  await clock.advance(QUEUE_LIMIT_MS)
  expect(await called).toBe('DAEMON_UNREACHABLE')
})

test('a waiting call that is aborted never runs', async () => {
  const { connection, open } = scene()
  connection.start()
  const controller = new AbortController()
  let hasRun = false
  const called = outcome(
    connection.call(async () => {
      hasRun = true
    }, controller.signal),
  )
  controller.abort()
  expect(await called).toBe('CANCELLED')
  open()
  expect(hasRun).toBe(false)
})

test('a link that answers no heartbeat is lost after two missed ones, though it never closes', async () => {
  const { clock, connection, open, tries } = scene()
  connection.start()
  const link = open()
  link.isDeaf = true
  const underWay = outcome(connection.call(never))
  await clock.advance(HEARTBEAT_MS * MISSED_LIMIT)
  expect([link.pings, connection.phase.kind]).toEqual([MISSED_LIMIT, 'live'])
  await clock.advance(HEARTBEAT_MS)
  expect(connection.phase.kind).toBe('lost')
  expect(await underWay).toBe('DAEMON_UNREACHABLE')
  expect(tries[0]?.isEnded).toBe(true)
})

test('any answer is a sign of life, an error too', async () => {
  const { clock, connection, open } = scene()
  connection.start()
  const link = open()
  await clock.advance(HEARTBEAT_MS * 20)
  expect([link.pings, connection.phase.kind]).toEqual([20, 'live'])
})

test('a link that neither opens nor fails is given up, and is not heard when it opens after all', async () => {
  const { clock, connection, tries } = scene()
  connection.start()
  await clock.advance(OPEN_LIMIT_MS)
  expect(connection.phase.kind).toBe('lost')
  expect(tries[0]?.isEnded).toBe(true)
  tries[0]?.events.opened(new FakeLink())
  expect(connection.phase.kind).toBe('lost')
})

test('pauses double up to the longest, and chance takes off half at most', async () => {
  const pausesWith = async (random: number): Promise<number[]> => {
    const { clock, connection, close, phases } = scene({ random })
    connection.start()
    const pauses: number[] = []
    for (let round = 0; round < 7; round++) {
      close()
      const phase = phases.at(-1)
      if (phase?.kind !== 'lost' || phase.retryAtMs === undefined) throw new Error('it does not wait')
      pauses.push(phase.retryAtMs - clock.nowMs())
      await clock.advance(phase.retryAtMs - clock.nowMs())
    }
    return pauses
  }
  const longest = [500, 1_000, 2_000, 4_000, 8_000, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]
  expect(await pausesWith(1)).toEqual(longest)
  expect(await pausesWith(0)).toEqual(longest.map((pause) => pause / 2))
})

test('a link that dies at once does not make the pauses short again, one that has proved itself does', async () => {
  const { clock, connection, open, close, phases } = scene()
  const pause = (): number => {
    const phase = phases.at(-1)
    return phase?.kind === 'lost' ? (phase.retryAtMs ?? 0) - clock.nowMs() : 0
  }
  connection.start()
  open()
  close()
  expect(pause()).toBe(FIRST_PAUSE_MS)
  await clock.advance(pause())
  open()
  close()
  expect(pause()).toBe(FIRST_PAUSE_MS * 2)
  await clock.advance(pause())
  open()
  await clock.advance(HEARTBEAT_MS)
  close()
  expect(pause()).toBe(FIRST_PAUSE_MS)
})

test('"since" is the moment of the loss, whatever was tried in between', async () => {
  const { clock, connection, open, close, phases } = scene()
  connection.start()
  open()
  await clock.advance(3_000)
  close()
  await clock.advance(FIRST_PAUSE_MS)
  close()
  expect(phases.at(-1)).toMatchObject({ kind: 'lost', sinceMs: START_MS + 3_000 })
})

test('whoever is told that the node is gone need not wait for the heartbeat', async () => {
  const { connection, open, tries } = scene()
  connection.start()
  open()
  const underWay = outcome(connection.call(never))
  connection.lose()
  expect(await underWay).toBe('DAEMON_UNREACHABLE')
  connection.retry()
  expect(tries).toHaveLength(2)
})

test.each([
  { code: 'UNAUTHORIZED', phase: { kind: 'signed-out' } },
  { code: 'FORBIDDEN', phase: { kind: 'refused', code: 'FORBIDDEN' } },
])(
  '$code ends the trying and rejects everything with its code, until a person tries again',
  async ({ code, phase }) => {
    const { clock, connection, close, open, tries } = scene()
    connection.start()
    const waiting = outcome(connection.call(never))
    close(code)
    expect(await waiting).toBe(code)
    expect(await outcome(connection.call(never))).toBe(code)
    await clock.advance(LONGEST_PAUSE_MS * 10)
    expect([connection.phase, tries.length]).toEqual([phase, 1])
    connection.restart()
    const link = open()
    expect(await connection.call(async (one) => one)).toBe(link)
  },
)

test('a subscription begins anew on every link and takes nothing more from the one before', async () => {
  const { clock, connection, open, close } = scene()
  const taken: string[] = []
  const streams: { push(value: string): void; signal: AbortSignal }[] = []
  connection.subscribe(
    async (_link, signal) => {
      const values: string[] = []
      let wake: (() => void) | undefined
      streams.push({ push: (value) => (values.push(value), wake?.()), signal })
      return (async function* () {
        for (;;) {
          const value = values.shift()
          if (value !== undefined) yield value
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      })()
    },
    (value) => taken.push(value),
  )
  connection.start()
  open()
  await clock.advance(0)
  streams[0]?.push('whole picture, first link')
  await clock.advance(0)
  close()
  expect(streams[0]?.signal.aborted).toBe(true)
  await clock.advance(FIRST_PAUSE_MS)
  open()
  await clock.advance(0)
  streams[0]?.push('late word of the first link')
  streams[1]?.push('whole picture, second link')
  await clock.advance(0)
  expect(taken).toEqual(['whole picture, first link', 'whole picture, second link'])
})

test('a stream that fails says why, and a lost link is no failure of it', async () => {
  const { clock, connection, open, close } = scene()
  const failures: string[] = []
  let isBroken = true
  connection.subscribe(
    async () => {
      if (isBroken) throw new CallError('INTERNAL')
      return (async function* () {
        yield await never()
      })()
    },
    () => {},
    ({ code }) => failures.push(code),
  )
  connection.start()
  open()
  await clock.advance(0)
  expect(failures).toEqual(['INTERNAL'])
  isBroken = false
  await clock.advance(FIRST_PAUSE_MS * 2)
  close()
  await clock.advance(0)
  expect(failures).toEqual(['INTERNAL'])
})

test('a stream that ends while its link is there is opened again after a pause', async () => {
  const { clock, connection, open } = scene()
  let opened = 0
  const end = connection.subscribe(
    async () => {
      opened++
      return (async function* () {})()
    },
    () => {},
  )
  connection.start()
  open()
  await clock.advance(0)
  expect(opened).toBe(1)
  await clock.advance(FIRST_PAUSE_MS * 2)
  expect(opened).toBe(2)
  end()
  await clock.advance(FIRST_PAUSE_MS * 10)
  expect(opened).toBe(2)
})

test('after the end nothing is opened, and what waits is rejected', async () => {
  const { clock, connection, close, tries } = scene()
  connection.start()
  const waiting = outcome(connection.call(never))
  close()
  connection.stop()
  expect(await waiting).toBe('DAEMON_UNREACHABLE')
  await clock.advance(LONGEST_PAUSE_MS * 2)
  expect(tries).toHaveLength(1)
})
