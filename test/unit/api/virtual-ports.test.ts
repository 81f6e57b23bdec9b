/** Ports inside a channel, and the parent process that hands them over. */
import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { HostMessage } from '../../../src/node/api/host-messages.ts'
import type { EmittingPort, RpcPort } from '../../../src/node/api/message-port.ts'
import {
  channelParent,
  type ChannelProcess,
  electronParent,
  type ElectronParentPort,
} from '../../../src/node/api/parent-process.ts'
import { VirtualPorts } from '../../../src/node/api/virtual-ports.ts'

/** Two ends of a channel that carries what JSON carries. */
function pair() {
  const opened: { message: unknown; port: EmittingPort }[] = []
  const sent: unknown[] = []
  const carry = (to: () => VirtualPorts) => (message: unknown) => {
    sent.push(message)
    to().take(JSON.parse(JSON.stringify(message)))
  }
  const here: VirtualPorts = new VirtualPorts({ send: carry(() => there) })
  const there: VirtualPorts = new VirtualPorts({
    send: carry(() => here),
    onOpen: (message, port) => void opened.push({ message, port }),
  })
  return { here, there, opened, sent }
}

function heardBy(port: EmittingPort): string[] {
  const heard: string[] = []
  port.on('message', ({ data }) => void heard.push(String(data)))
  port.on('close', () => void heard.push('closed'))
  return heard
}

describe('a virtual port', () => {
  test('arrives beside its message, and carries texts both ways', () => {
    const { here, opened } = pair()
    const near = here.open({ kind: 'connect' })
    const far = opened[0]!
    expect(far.message).toEqual({ kind: 'connect' })
    const [nearHeard, farHeard] = [heardBy(near), heardBy(far.port)]
    near.start?.()
    far.port.start?.()
    near.postMessage('ping')
    far.port.postMessage('pong')
    expect([nearHeard, farHeard]).toEqual([['pong'], ['ping']])
  })

  test('keeps what arrives until it is started, in order', () => {
    const { here, opened } = pair()
    const near = here.open(undefined)
    for (const text of ['a', 'b', 'c']) near.postMessage(text)
    const heard = heardBy(opened[0]!.port)
    expect(heard).toEqual([])
    opened[0]!.port.start?.()
    near.postMessage('d')
    expect(heard).toEqual(['a', 'b', 'c', 'd'])
  })

  test('hears only what is its own', () => {
    const { here, opened } = pair()
    const [one, other] = [here.open(1), here.open(2)]
    const heard = opened.map(({ port }) => heardBy(port))
    for (const { port } of opened) port.start?.()
    one.postMessage('to one')
    other.postMessage('to the other')
    expect(heard).toEqual([['to one'], ['to the other']])
  })

  test('closes on both ends, once, and says nothing afterwards', () => {
    const { here, opened, sent } = pair()
    const near = here.open(undefined)
    const heard = [heardBy(near), heardBy(opened[0]!.port)]
    near.close()
    opened[0]!.port.close()
    near.close()
    expect(heard).toEqual([['closed'], ['closed']])
    const count = sent.length
    near.postMessage('late')
    expect(sent.length).toBe(count)
  })

  test('closes with its channel', () => {
    const { here, there, opened } = pair()
    const heard = [heardBy(here.open(1)), heardBy(opened[0]!.port)]
    here.end()
    there.end()
    expect(heard).toEqual([['closed'], ['closed']])
  })

  test.each([undefined, null, 'port', 5, {}, { kind: 'port' }, { kind: 'port', port: 1, event: 'data' }])(
    'is not taken for %j',
    (message) => {
      expect(pair().there.take(message)).toBe(false)
    },
  )
})

interface Heard {
  readonly message: HostMessage
  readonly port: RpcPort | undefined
}

describe('a parent', () => {
  const user = { name: 'anna', role: 'owner' as const }

  test('with a channel hands over ports inside of it, and is gone with it', async () => {
    const channel = Object.assign(new EventEmitter(), {
      said: [] as unknown[],
      send(message: unknown, done: (error: Error | null) => void) {
        this.said.push(message)
        done(null)
      },
    })
    const parent = channelParent(channel as ChannelProcess & typeof channel)
    const heard: Heard[] = []
    let gone = 0
    parent.onMessage((message, port) => void heard.push({ message, port }))
    parent.onGone(() => gone++)
    channel.emit('message', { kind: 'stop' })
    channel.emit('message', { kind: 'port', port: 1, event: 'open', message: { kind: 'connect', user } })
    expect(heard.map(({ message }) => message.kind)).toEqual(['stop', 'connect'])
    expect(heard[0]?.port).toBeUndefined()
    await parent.say({ kind: 'ready', id: 'x', home: '/h' })
    heard[1]?.port?.postMessage('hello')
    expect(channel.said).toEqual([
      { kind: 'ready', id: 'x', home: '/h' },
      { kind: 'port', port: 1, event: 'data', data: 'hello' },
    ])
    const closed = heardBy(heard[1]?.port as EmittingPort)
    channel.emit('disconnect')
    expect([closed, gone]).toEqual([['closed'], 1])
  })

  test('that is Electron hands over ports beside its messages', async () => {
    const said: unknown[] = []
    const parentPort = Object.assign(new EventEmitter(), { postMessage: (m: unknown) => void said.push(m) })
    const parent = electronParent(parentPort as ElectronParentPort & EventEmitter)
    const heard: Heard[] = []
    parent.onMessage((message, port) => void heard.push({ message, port }))
    const port = { close: () => {} } as EmittingPort
    parentPort.emit('message', { data: { kind: 'connect', user }, ports: [port] })
    parentPort.emit('message', { data: { kind: 'find-folder', request: 1, folder: 'docs' }, ports: [] })
    await parent.say({ kind: 'folder', request: 1, path: '/docs' })
    expect(heard.map(({ message, port: along }) => [message.kind, along])).toEqual([
      ['connect', port],
      ['find-folder', undefined],
    ])
    expect(said).toEqual([{ kind: 'folder', request: 1, path: '/docs' }])
  })

  test.each([undefined, 'stop', { kind: 'go' }, { kind: 'find-folder', request: 'x', folder: 'y' }])(
    'is not heard saying %j, and a port beside it is closed',
    (data) => {
      const parentPort = new EventEmitter()
      const heard: unknown[] = []
      electronParent(parentPort as unknown as ElectronParentPort).onMessage((m) => void heard.push(m))
      let closed = 0
      parentPort.emit('message', { data, ports: [{ close: () => closed++ }] })
      expect([heard, closed]).toEqual([[], 1])
    },
  )
})
