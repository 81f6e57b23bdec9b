/** The client against a served API: calls, errors, snapshots, contents. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ApiClient, connectClient } from '../../src/node/api/client.ts'
import { SNAPSHOT_INTERVAL_MS } from '../../src/node/api/feed.ts'
import { PeerfoldError } from '../../src/node/base/errors.ts'
import { serveFake, type Served, TOKEN } from '../support/api-server.ts'
import { LAPTOP_ID, OWN_ID } from '../support/fake-node.ts'
import { manualClock } from '../support/manual-clock.ts'

async function connected(
  settings: Parameters<typeof serveFake>[0] = {},
): Promise<Served & { client: ApiClient }> {
  const served = await serveFake(settings)
  const client = await connectClient({ url: served.url, token: TOKEN })
  onTestFinished(() => client.close())
  return { ...served, client }
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('calls', () => {
  test('answers come back typed', async () => {
    const { client } = await connected()
    expect((await client.calls.status.get()).device.id).toBe(OWN_ID)
    await client.calls.devices.add({ id: LAPTOP_ID, name: 'Laptop' })
    await client.calls.folders.add({ id: 'docs', path: '/docs', devices: [LAPTOP_ID] })
    expect(await client.calls.folders.rescan({ folder: 'docs', wait: true })).toEqual({ finished: true })
    expect(await client.calls.devices.remove({ device: LAPTOP_ID })).toBeUndefined()
  })

  test('an error of the node arrives with its code, message and facts', async () => {
    const { client } = await connected()
    const failed = client.calls.folders.pause({ folder: 'none' })
    await expect(failed).rejects.toBeInstanceOf(PeerfoldError)
    await expect(failed).rejects.toMatchObject({
      code: 'FOLDER_NOT_FOUND',
      message: 'there is no folder with this id',
      facts: { folder: 'none' },
    })
  })

  test('bad input and unexpected errors have their codes', async () => {
    const { client, node } = await connected()
    await expect(client.calls.folders.add({ id: '', path: 'x' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    node.nearby = () => Promise.reject(new Error('secret'))
    const failed = client.calls.node.nearby()
    await expect(failed).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('secret'),
    })
  })

  test('a node that stops during a call is unreachable', async () => {
    const { client, node, close } = await connected()
    await client.calls.folders.add({ id: 'docs', path: '/docs' })
    let scanning = (): void => {}
    const started = new Promise<void>((resolve) => (scanning = resolve))
    node.onRescan = () => {
      scanning()
      return new Promise(() => {})
    }
    const waiting = client.calls.folders.rescan({ folder: 'docs', wait: true })
    const failure = waiting.catch((error: unknown) => error)
    await started
    await close()
    expect(await failure).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
  })

  test('a call that is aborted reaches the node as an abort', async () => {
    const { client, node } = await connected()
    await client.calls.folders.add({ id: 'docs', path: '/docs' })
    const controller = new AbortController()
    let aborted = false
    node.onRescan = (signal) => {
      controller.abort()
      return new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          aborted = true
          reject(signal.reason)
        }),
      )
    }
    const call = client.calls.folders.rescan({ folder: 'docs', wait: true }, { signal: controller.signal })
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect.poll(() => aborted).toBe(true)
  })
})

describe('connecting', () => {
  test('nobody there is DAEMON_UNREACHABLE', async () => {
    const served = await serveFake()
    await served.close()
    const failed = connectClient({ url: served.url, token: TOKEN })
    await expect(failed).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE', facts: { url: served.url } })
  })

  test('another program at the port is DAEMON_UNREACHABLE', async () => {
    const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    await expect(connectClient({ url, token: TOKEN })).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
  })

  test('a wrong token is UNAUTHORIZED', async () => {
    const { url } = await serveFake()
    await expect(connectClient({ url, token: 'old' })).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })

  test.each(['', 'nonsense', 'http://', 'ftp://x', 'http://a b'])(
    'the address "%s" is DAEMON_UNREACHABLE',
    async (url) => {
      await expect(connectClient({ url, token: TOKEN })).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    },
  )
})

describe('snapshots', () => {
  test('come at once, then coalesced, and the node is left alone when nobody watches', async () => {
    const clock = manualClock()
    const { client, node } = await connected({ clock })
    const controller = new AbortController()
    const snapshots = client.watchStatus(controller.signal)[Symbol.asyncIterator]()
    expect((await snapshots.next()).value?.device.id).toBe(OWN_ID)
    expect(node.listeners.size).toBe(1)
    const asked = node.calls.length
    await node.addDevice({ id: LAPTOP_ID, name: 'Laptop' })
    for (let time = 0; time < 100; time++) node.change()
    clock.advance(SNAPSHOT_INTERVAL_MS)
    expect((await snapshots.next()).value?.devices).toHaveLength(1)
    expect(node.calls.length).toBe(asked + 1)
    controller.abort()
    await snapshots.next()
    await expect.poll(() => node.listeners.size).toBe(0)
  })

  test('may be ended at the very moment when the connection is', async () => {
    const { client, node } = await connected()
    const controller = new AbortController()
    const snapshots = client.watchStatus(controller.signal)[Symbol.asyncIterator]()
    await snapshots.next()
    controller.abort()
    client.close()
    expect((await snapshots.next()).done).toBe(true)
    await expect.poll(() => node.listeners.size).toBe(0)
    await expect(client.calls.status.get()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
  })

  test('end with the connection', async () => {
    const { client, node } = await connected()
    const snapshots = client.watchStatus(new AbortController().signal)[Symbol.asyncIterator]()
    await snapshots.next()
    client.close()
    await expect(snapshots.next()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    await expect.poll(() => node.listeners.size).toBe(0)
  })
})

describe('contents', () => {
  test('go there and come back', async () => {
    const { client, node } = await connected()
    await node.addFolder({ id: 'docs', path: '/docs', devices: [] })
    const path = 'a b/ç#?%.txt'
    const entry = await client.content.upload('docs', path, pieces('hel', 'lo'), {
      mtimeNs: 5n,
      mode: 0o600,
      sizeBytes: 5,
    })
    expect(entry).toMatchObject({ path, size: 5 })
    const { sizeBytes, mtimeNs, content } = await client.content.download('docs', path)
    expect([sizeBytes, mtimeNs, await textOf(content)]).toEqual([5, 1_700_000_000_123_456_789n, 'hello'])
  })

  test('a refused upload throws the code before the content is read', async () => {
    const { client } = await connected()
    let read = false
    async function* content() {
      read = true
      yield new Uint8Array(1)
    }
    await expect(client.content.upload('none', 'a', content())).rejects.toMatchObject({
      code: 'FOLDER_NOT_FOUND',
    })
    expect(read).toBe(false)
  })

  test('an upload refused midway throws the code, although more is being sent', async () => {
    const { client, node } = await connected()
    node.uploadFile = async (_folder, _path, content) => {
      for await (const _ of content) break
      throw new PeerfoldError('DISK_FULL', 'no space left')
    }
    async function* endless() {
      for (;;) yield new Uint8Array(65_536)
    }
    await expect(client.content.upload('docs', 'a', endless())).rejects.toMatchObject({ code: 'DISK_FULL' })
  })

  test('a source that fails midway throws its own error, and the node keeps nothing', async () => {
    const { client, node } = await connected()
    await node.addFolder({ id: 'docs', path: '/docs', devices: [] })
    async function* content() {
      yield new Uint8Array(10)
      throw new PeerfoldError('IO_ERROR', 'the disk failed')
    }
    await expect(client.content.upload('docs', 'a', content())).rejects.toMatchObject({ code: 'IO_ERROR' })
    await expect.poll(() => node.uploadError).toBeInstanceOf(Error)
    expect(node.files.size).toBe(0)
  })

  test('a download cut short throws', async () => {
    const { client, node } = await connected()
    node.downloadFile = async () => ({
      sizeBytes: 100,
      mtimeNs: 0n,
      hash: '',
      content: (async function* () {
        yield new Uint8Array(10)
        throw new Error('gone')
      })(),
    })
    const { content } = await client.content.download('docs', 'a')
    await expect(textOf(content)).rejects.toThrow(/aborted|reset/)
  })

  test('nobody there is DAEMON_UNREACHABLE', async () => {
    const { client, close } = await connected()
    await close()
    await expect(client.content.upload('a', 'b', pieces('x'))).rejects.toMatchObject({
      code: 'DAEMON_UNREACHABLE',
    })
    await expect(client.content.download('a', 'b')).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
  })
})
