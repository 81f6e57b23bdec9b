/** The node under its supervisor, with processes and time that a test moves. */
import { describe, expect, test } from 'vitest'
import type { PortMain } from '../../../src/main/electron-port.ts'
import { type NodeListeners, Supervisor } from '../../../src/main/supervisor.ts'
import type { NodeReport } from '../../../src/node/api/desktop-bridge.ts'
import type { HostMessage } from '../../../src/node/api/host-messages.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { FakePort } from '../../support/fake-electron.ts'

interface Child extends NodeListeners {
  readonly heard: { message: HostMessage; ports: readonly PortMain[] }[]
  killed: boolean
}

function supervised({ forkFails = (): boolean => false } = {}) {
  const clock = createFakeClock()
  const children: Child[] = []
  const reports: NodeReport[] = []
  const supervisor = new Supervisor(
    {
      clock,
      log: silentLog(),
      fork: (listeners) => {
        if (forkFails()) throw new Error('no process')
        const child: Child = { ...listeners, heard: [], killed: false }
        children.push(child)
        return {
          send: (message, ports = []) => void child.heard.push({ message, ports }),
          kill: () => void (child.killed = true),
        }
      },
    },
    { logPath: '/logs/peerfold.log' },
  )
  supervisor.onReport((report) => reports.push(report))
  supervisor.start()
  const newest = (): Child => children.at(-1) ?? expect.unreachable()
  const ready = (): void => newest().onMessage({ kind: 'ready', id: 'x', home: '/h' })
  return { supervisor, clock, children, reports, newest, ready }
}

const CONNECT = { kind: 'connect', user: { name: 'anna', role: 'owner' } } as const

test('a node that dies is started again after a pause, and windows hear of every state', async () => {
  const { clock, children, reports, newest, ready } = supervised()
  ready()
  newest().onExit(1)
  expect(children).toHaveLength(1)
  await clock.advance(999)
  expect(children).toHaveLength(1)
  await clock.advance(1)
  expect(children).toHaveLength(2)
  ready()
  expect(reports.map(({ state }) => state)).toEqual(['running', 'gone', 'starting', 'running'])
})

test('five deaths in ten minutes are the end, told with the log, until a person wants another try', async () => {
  const { supervisor, clock, children, reports, newest, ready } = supervised()
  for (let death = 0; death < 5; death++) {
    newest().onExit(1)
    await clock.advance(30_000)
  }
  expect(children).toHaveLength(5)
  expect(supervisor.report()).toEqual({ state: 'failed', code: 'INTERNAL', logPath: '/logs/peerfold.log' })
  await clock.advance(86_400_000)
  expect(children).toHaveLength(5)
  supervisor.retry()
  expect(children).toHaveLength(6)
  ready()
  expect(reports.at(-1)).toEqual({ state: 'running' })
})

test('a process that cannot even be made counts as a death', async () => {
  let broken = true
  const { clock, children, supervisor, ready } = supervised({ forkFails: () => broken })
  expect(supervisor.report()).toEqual({ state: 'gone' })
  broken = false
  await clock.advance(1_000)
  expect(children).toHaveLength(1)
  ready()
  expect(supervisor.report()).toEqual({ state: 'running' })
})

test('a node that says it cannot start is not started again', async () => {
  const { supervisor, clock, children, newest } = supervised()
  newest().onMessage({ kind: 'failed', code: 'ALREADY_RUNNING', message: 'a node runs' })
  newest().onExit(4)
  await clock.advance(60_000)
  expect(children).toHaveLength(1)
  expect(supervisor.report()).toMatchObject({ state: 'failed', code: 'ALREADY_RUNNING' })
})

test('what a dead node still says is not taken for its successor', async () => {
  const { supervisor, clock, children, newest } = supervised()
  const first = newest()
  first.onExit(1)
  await clock.advance(1_000)
  first.onMessage({ kind: 'ready', id: 'x', home: '/h' })
  first.onExit(1)
  expect(supervisor.report()).toEqual({ state: 'starting' })
  expect(children).toHaveLength(2)
})

test.each([null, 'ready', {}, { kind: 'else' }, { kind: 'failed' }, { kind: 'folder', request: '1' }])(
  'the message %j is ignored',
  (message) => {
    const { supervisor, newest } = supervised()
    newest().onMessage(message)
    expect(supervisor.report()).toEqual({ state: 'starting' })
  },
)

describe('quitting', () => {
  test('asks, and is done when the node is gone', async () => {
    const { supervisor, clock, newest, ready } = supervised()
    ready()
    const gone = supervisor.quit()
    expect(newest().heard.at(-1)?.message).toEqual({ kind: 'stop' })
    await clock.advance(9_999)
    newest().onExit(0)
    await gone
    expect(newest().killed).toBe(false)
  })

  test('kills after ten seconds', async () => {
    const { supervisor, clock, newest, ready } = supervised()
    ready()
    const gone = supervisor.quit()
    await clock.advance(10_000)
    expect(newest().killed).toBe(true)
    newest().onExit(-1)
    await gone
  })

  test('does not hang with a process that outlives its kill', async () => {
    const { supervisor, clock, newest, ready } = supervised()
    ready()
    const gone = supervisor.quit()
    await clock.advance(20_000)
    await gone
    expect(newest().killed).toBe(true)
  })

  test('during a pause ends at once and starts nothing', async () => {
    const { supervisor, clock, children, newest } = supervised()
    newest().onExit(1)
    await supervisor.quit()
    await clock.advance(60_000)
    expect(children).toHaveLength(1)
  })

  test('of one that was never started ends at once', async () => {
    const idle = new Supervisor(
      { clock: createFakeClock(), log: silentLog(), fork: () => expect.unreachable() },
      { logPath: '' },
    )
    expect(await idle.quit()).toBe(await idle.quit())
  })
})

describe('a port', () => {
  test('goes to the running node with the user it acts for', () => {
    const { supervisor, newest, ready } = supervised()
    const port = new FakePort()
    expect(supervisor.connect(CONNECT, port)).toBe(false)
    ready()
    expect(supervisor.connect(CONNECT, port)).toBe(true)
    expect(newest().heard).toEqual([{ message: CONNECT, ports: [port] }])
  })
})

describe('the root of a folder', () => {
  test('is asked of the node', async () => {
    const { supervisor, newest, ready } = supervised()
    ready()
    const both = [supervisor.findFolder('photos'), supervisor.findFolder('gone')]
    expect(newest().heard.map(({ message }) => message)).toEqual([
      { kind: 'find-folder', request: 1, folder: 'photos' },
      { kind: 'find-folder', request: 2, folder: 'gone' },
    ])
    newest().onMessage({ kind: 'folder', request: 2 })
    newest().onMessage({ kind: 'folder', request: 1, path: '/home/anna/Photos' })
    expect(await Promise.all(both)).toEqual(['/home/anna/Photos', undefined])
  })

  test('is not known without a node, nor without an answer', async () => {
    const { supervisor, clock, ready } = supervised()
    await expect(supervisor.findFolder('photos')).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    ready()
    const late = supervisor.findFolder('photos').catch((error: unknown) => error)
    await clock.advance(5_000)
    expect(await late).toMatchObject({ code: 'TIMEOUT' })
  })
})
