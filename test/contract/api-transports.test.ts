/** One table for all transports: REST, WebSocket and MessagePort must be the same API. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type ApiCalls, connectClient } from '../../src/node/api/client.ts'
import { SNAPSHOT_INTERVAL_MS } from '../../src/node/api/feed.ts'
import { servePorts } from '../../src/node/api/message-port.ts'
import { toPeerfoldError } from '../../src/node/api/problem.ts'
import { createLines } from '../../src/node/api/rpc-line.ts'
import { PeerfoldError } from '../../src/node/base/errors.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { serveFake, type Served, type ServedSettings, TOKEN } from '../support/api-server.ts'
import { LAPTOP_ID, OWN_ID } from '../support/fake-node.ts'
import { manualClock } from '../support/manual-clock.ts'
import { restCalls } from '../support/rest-calls.ts'

interface Connected extends Served {
  readonly calls: ApiCalls
}

function openPort(served: Served): { port: MessagePort; calls: ApiCalls; close(): void } {
  const { port1, port2 } = new MessageChannel()
  const ports = servePorts(createLines(served.api.router, silentLog()))
  ports.serve(port2)
  onTestFinished(() => ports.close())
  const link = new RPCLink({
    port: port1,
    interceptors: [({ next }) => next().catch((error: unknown) => Promise.reject(toPeerfoldError(error)))],
  })
  port1.start()
  return { port: port1, calls: createORPCClient(link), close: ports.close }
}

const TRANSPORTS = [
  {
    name: 'REST',
    origin: 'network',
    connect: async ({ url }: Served): Promise<ApiCalls> => restCalls(url),
  },
  {
    name: 'WebSocket',
    origin: 'network',
    connect: async ({ url }: Served): Promise<ApiCalls> => {
      const client = await connectClient({ url, token: TOKEN })
      onTestFinished(() => client.close())
      return client.calls
    },
  },
  {
    name: 'MessagePort',
    origin: 'desktop',
    connect: async (served: Served): Promise<ApiCalls> => openPort(served).calls,
  },
]

describe.each(TRANSPORTS)('over $name', ({ origin, connect }) => {
  async function connected(settings: ServedSettings = {}): Promise<Connected> {
    const served = await serveFake(settings)
    await served.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
    return { ...served, calls: await connect(served) }
  }

  test('a call answers with what the node says', async () => {
    const { calls } = await connected()
    const status = await calls.status.get()
    expect(status.device.id).toBe(OWN_ID)
    expect(status.nearby).toMatchObject([{ id: LAPTOP_ID }])
    expect(await calls.devices.add({ id: LAPTOP_ID, name: 'Ça ☃' })).toMatchObject({ name: 'Ça ☃' })
    expect(await calls.folders.list()).toMatchObject([{ id: 'docs', revision: 0 }])
  })

  test('a call without an answer answers with nothing', async () => {
    const { calls, node } = await connected()
    node.files.set('docs/copy', new Uint8Array())
    expect(await calls.conflicts.resolve({ folder: 'docs', path: 'copy', keep: 'both' })).toBeUndefined()
    expect(node.calls).toContain('resolve docs copy both')
  })

  test('a path keeps every character', async () => {
    const { calls, node } = await connected()
    const path = 'a b/ç#?%2F&=+.txt'
    node.files.set(`docs/${path}`, new Uint8Array())
    await calls.files.delete({ folder: 'docs', path })
    expect(node.files.size).toBe(0)
  })

  test('numbers and defaults arrive as the node wants them', async () => {
    const { calls, node } = await connected()
    for (const name of ['c', 'A', 'b', 'sub/a']) node.files.set(`docs/${name}`, new Uint8Array(1))
    const page = await calls.files.browse({ folder: 'docs', offset: 1, limit: 2 })
    expect(page).toMatchObject({ total: 4, offset: 1, entries: [{ path: 'b' }, { path: 'c' }] })
    const found = await calls.files.browse({ folder: 'docs', search: 'A' })
    expect(found.entries.map(({ path }) => path)).toEqual(['A', 'sub/a'])
    expect(found.entries[0]?.copies).toEqual([{ device: OWN_ID, state: 'has' }])
  })

  test('sizes below 2^53 and times to the microsecond arrive exactly', async () => {
    const { calls, node } = await connected()
    const bytes = Number.MAX_SAFE_INTEGER
    node.moving = { ...node.moving, in: { rate: 1, items: 1, bytes, etaMs: 2 ** 41 } }
    expect((await calls.transfers.get()).in).toEqual({ rate: 1, items: 1, bytes, etaMs: 2 ** 41 })
    node.files.set('docs/a', new Uint8Array(3))
    const [file] = (await calls.files.list({ folder: 'docs' })).files
    expect(file?.mtimeMs).toBe(1_700_000_000_000.123)
  })

  test('an error of the node arrives with its code and facts', async () => {
    const { calls } = await connected()
    await expect(calls.folders.pause({ folder: 'none' })).rejects.toMatchObject({
      code: 'FOLDER_NOT_FOUND',
      message: 'there is no folder with this id',
      facts: { folder: 'none' },
    })
  })

  test('an unexpected error arrives without a word of itself', async () => {
    const { calls, node } = await connected()
    node.nearby = () => Promise.reject(new Error('secret'))
    await expect(calls.node.nearby()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('secret'),
    })
  })

  test.each([
    {
      rule: 'a field of the wrong kind',
      ask: (calls: ApiCalls) => calls.folders.add({ id: 5 as never, path: 'x' }),
    },
    { rule: 'an empty id', ask: (calls: ApiCalls) => calls.folders.add({ id: '', path: 'x' }) },
    {
      rule: 'a number below its range',
      ask: (calls: ApiCalls) => calls.files.browse({ folder: 'docs', offset: -1 }),
    },
    {
      rule: 'a page that is too large',
      ask: (calls: ApiCalls) => calls.files.browse({ folder: 'docs', limit: 1_001 }),
    },
    {
      rule: 'a word that is not in the list',
      ask: (calls: ApiCalls) => calls.conflicts.resolve({ folder: 'docs', path: 'a', keep: 'mine' as never }),
    },
  ])('$rule is BAD_INPUT', async ({ ask }) => {
    const { calls } = await connected()
    await expect(ask(calls)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  test('snapshots come at once, then coalesced, and the node is left alone when nobody watches', async () => {
    const clock = manualClock()
    const { calls, node } = await connected({ clock })
    const controller = new AbortController()
    const snapshots = (await calls.transfers.watch(undefined, { signal: controller.signal }))[
      Symbol.asyncIterator
    ]()
    expect((await snapshots.next()).value).toMatchObject({ activeCount: 0 })
    const asked = node.calls.length
    node.moving = { ...node.moving, activeCount: 3 }
    for (let time = 0; time < 100; time++) for (const listener of node.transferListeners) listener()
    clock.advance(SNAPSHOT_INTERVAL_MS)
    expect((await snapshots.next()).value).toMatchObject({ activeCount: 3 })
    expect(node.calls.length).toBe(asked + 1)
    const ended = snapshots.next().catch(() => undefined)
    controller.abort()
    await ended
    await expect.poll(() => node.transferListeners.size).toBe(0)
  })

  test('a stream that fails midway fails with its code', async () => {
    const clock = manualClock()
    const { calls, node } = await connected({ clock })
    const snapshots = (await calls.transfers.watch())[Symbol.asyncIterator]()
    await snapshots.next()
    node.transfers = () => Promise.reject(new PeerfoldError('DATABASE_DAMAGED', 'the index is gone'))
    for (const listener of node.transferListeners) listener()
    clock.advance(SNAPSHOT_INTERVAL_MS)
    await expect(snapshots.next()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' })
    await expect.poll(() => node.transferListeners.size).toBe(0)
  })

  test('a call that is aborted reaches the node as an abort', async () => {
    const { calls, node } = await connected()
    const controller = new AbortController()
    const aborted = Promise.withResolvers<void>()
    node.onRescan = (signal) => {
      signal?.addEventListener('abort', () => aborted.resolve())
      controller.abort()
      return new Promise(() => {})
    }
    const call = calls.folders.rescan({ folder: 'docs', wait: true }, { signal: controller.signal })
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await aborted.promise
  })

  test('a one-time code comes with the address to open', async () => {
    const { calls } = await connected()
    const { code, expiresMs, url } = await calls.session.invite()
    expect(code).toMatch(/^[0-9a-f]{32}$/)
    expect(expiresMs).toBeGreaterThan(0)
    expect(url).toContain('/#code=')
  })

  test('files of this machine are imported for the desktop window only', async () => {
    const { calls, node } = await connected()
    const request = { folder: 'docs', directory: 'in', paths: ['/home/a/x', '/home/a/y'] }
    if (origin === 'network') {
      await expect(calls.files.import(request)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(node.files.size).toBe(0)
      return
    }
    const steps: unknown[] = []
    for await (const step of await calls.files.import(request)) steps.push(step)
    expect(steps).toMatchObject([{ path: 'in/x' }, { path: 'in/y' }, { files: 2, finished: true }])
    const again = (await calls.files.import(request))[Symbol.asyncIterator]()
    await expect(again.next()).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      data: { facts: { path: 'in/x' } },
    })
  })
})

describe('a port', () => {
  test('that is aborted in the middle of an import ends it at the node', async () => {
    const served = await serveFake()
    await served.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
    const { calls } = openPort(served)
    const controller = new AbortController()
    const steps = (
      await calls.files.import({ folder: 'docs', paths: ['endless'] }, { signal: controller.signal })
    )[Symbol.asyncIterator]()
    await steps.next()
    controller.abort()
    await steps.next().catch(() => undefined)
    await expect.poll(() => served.node.calls).toContain('import ended')
  })

  test('that closes ends its streams', async () => {
    const served = await serveFake()
    const { port, calls } = openPort(served)
    const snapshots = (await calls.status.watch())[Symbol.asyncIterator]()
    await snapshots.next()
    expect(served.node.listeners.size).toBe(1)
    port.close()
    await expect.poll(() => served.node.listeners.size).toBe(0)
  })

  test('is closed when the node stops serving', async () => {
    const { port, close } = openPort(await serveFake())
    const closed = new Promise((resolve) => port.once('close', () => resolve('closed')))
    close()
    expect(await closed).toBe('closed')
  })

  test.each([
    'nonsense',
    '{}',
    '[]',
    'null',
    '{"i":1,"p":{"u":5}}',
    '{"i":1,"p":{"u":"/nothing"}}',
    '{"i":{},"t":3,"p":{}}',
    7,
    undefined,
    { i: 1 },
    new Uint8Array([255, 255]),
  ])('that carries %j leaves the node standing', async (message) => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const { port, calls } = openPort(await serveFake())
    port.postMessage(message)
    expect((await calls.status.get()).device.id).toBe(OWN_ID)
    expect(unhandled).toEqual([])
  })
})

describe('a socket', () => {
  test.each(['nonsense', '{}', 'null', '{"i":1,"p":{"u":5}}'])(
    'that carries %s leaves the node standing',
    async (message) => {
      const served = await serveFake()
      const socket = new WebSocket(`ws://${served.host}/rpc`, ['rpc', `token.${TOKEN}`])
      onTestFinished(() => socket.terminate())
      await new Promise((resolve) => socket.once('open', resolve))
      socket.send(message)
      expect((await restCalls(served.url).status.get()).device.id).toBe(OWN_ID)
      expect(socket.readyState).toBe(WebSocket.OPEN)
    },
  )

  test('that carries binary messages is closed: contents never ride here', async () => {
    const served = await serveFake()
    const socket = new WebSocket(`ws://${served.host}/rpc`, ['rpc', `token.${TOKEN}`])
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.send(new Uint8Array([1]))
    expect(await closed).toBe(1003)
  })
})

test('no number of the API needs more than 53 bits: none is a bigint', async () => {
  const { readFileSync } = await import('node:fs')
  const document = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
  expect(document).not.toContain('int64')
  expect(document).toContain('"integer"')
})
