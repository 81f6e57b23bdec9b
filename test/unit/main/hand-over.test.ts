/** Ports on their way from windows to the node. */
import { expect, test } from 'vitest'
import { HandOver } from '../../../src/main/hand-over.ts'
import type { PortMain } from '../../../src/main/electron-port.ts'
import type { NodeReport } from '../../../src/node/api/desktop-bridge.ts'
import { FakePort } from '../../support/fake-electron.ts'

const ANNA = { name: 'anna', role: 'owner' } as const

function handOver() {
  const sent: { port: PortMain; user: unknown }[] = []
  let running = false
  let tell: (report: NodeReport) => void = () => {}
  const ports = new HandOver(
    {
      connect: ({ user }, port) => running && sent.push({ port, user }) > 0,
      onReport: (listener) => (tell = listener),
    },
    ANNA,
  )
  const become = (state: NodeReport['state']): void => {
    running = state === 'running'
    tell({ state })
  }
  return { ports, sent, become }
}

test('a port goes to a running node at once, with its user', () => {
  const { ports, sent, become } = handOver()
  become('running')
  const port = new FakePort()
  ports.take(port, 1)
  expect(sent).toEqual([{ port, user: ANNA }])
})

test('a port that came before the node ran is sent once it runs, and only once', () => {
  const { ports, sent, become } = handOver()
  const port = new FakePort()
  ports.take(port, 1)
  become('starting')
  expect(sent).toEqual([])
  become('running')
  become('gone')
  become('running')
  expect(sent).toEqual([{ port, user: ANNA }])
})

test('only the newest waiting port of a window is kept, the older one is closed', () => {
  const { ports, sent, become } = handOver()
  const [old, fresh, other] = [new FakePort(), new FakePort(), new FakePort()]
  ports.take(old, 1)
  ports.take(fresh, 1)
  ports.take(other, 2)
  become('running')
  expect(old.closed).toBe(true)
  expect(sent.map(({ port }) => port)).toEqual([fresh, other])
  expect([fresh.closed, other.closed]).toEqual([false, false])
})

test('the waiting port of a window that is gone is closed and sent to nobody', () => {
  const { ports, sent, become } = handOver()
  const port = new FakePort()
  ports.take(port, 1)
  ports.forget(1)
  become('running')
  expect(port.closed).toBe(true)
  expect(sent).toEqual([])
})
