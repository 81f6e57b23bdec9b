/** What must not get past the API's door, and that the door still stands afterwards. */
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually, within } from '../support/deadline.ts'
import { manualClock } from '../support/manual-clock.ts'
import { send, serveFake, type Served, TOKEN } from '../support/api-server.ts'

async function stillAnswers(served: Served): Promise<void> {
  expect((await send(served, 'GET', '/api/v1/status')).status).toBe(200)
}

/** The outcome of opening a socket: its protocol, or the status of the refusal. */
function openSocket(
  served: Served,
  protocols: string[],
  headers: Record<string, string> = {},
): Promise<{ socket?: WebSocket; protocol?: string; status?: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${served.host}/rpc`, protocols, { headers })
    socket.once('open', () => resolve({ socket, protocol: socket.protocol }))
    socket.once('unexpected-response', (request, response) => {
      resolve({ status: response.statusCode! })
      request.destroy()
    })
    socket.on('error', reject)
  })
}

/** A connection on which nothing is said but `bytes`. A stubborn one does not hang up when the other end does. */
async function rawLine(served: Served, bytes = '', isStubborn = false): Promise<Socket> {
  const line = connect({
    port: Number(new URL(served.url).port),
    host: '127.0.0.1',
    allowHalfOpen: isStubborn,
  })
  // A reset is one way to be sent away.
  line.on('error', () => {})
  onTestFinished(() => void line.destroy())
  await new Promise((resolve) => line.once('connect', resolve))
  line.write(bytes)
  return line
}

const HURRY_MS = 5_000

const paths = ['/api/v1/status', '/api/v1/openapi.json', '/api/v1/folders/x/content/y', '/api/nothing']

describe('token', () => {
  test.each(paths)('nothing is said at %s without it', async (path) => {
    const served = await serveFake()
    const answer = await send(served, 'GET', path, { token: false })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(answer.json()).toMatchObject({ code: 'UNAUTHORIZED', hint: expect.stringContaining('api.json') })
  })

  test.each(['', 'wrong', TOKEN.slice(0, -1), `${TOKEN}x`])('"%s" is not it', async (token) => {
    const answer = await send(await serveFake(), 'GET', '/api/v1/status', { token })
    expect(answer.status).toBe(401)
  })

  test('it is not taken from a query', async () => {
    const served = await serveFake()
    const answer = await send(served, 'GET', `/api/v1/status?token=${TOKEN}&access_token=${TOKEN}`, {
      token: false,
    })
    expect(answer.status).toBe(401)
  })

  test('an upload without it is refused before the content is asked for', async () => {
    const served = await serveFake()
    await served.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
    const answer = await send(served, 'PUT', '/api/v1/folders/docs/content/a', {
      token: false,
      headers: { expect: '100-continue', 'content-length': '1000000' },
    })
    expect(answer.status).toBe(401)
    expect(served.node.files.size).toBe(0)
  })

  test('a socket takes it as a subprotocol and never sends it back', async () => {
    const served = await serveFake()
    for (const protocols of [
      ['rpc', `token.${TOKEN}`],
      [`token.${TOKEN}`, 'rpc'],
    ]) {
      const { socket, protocol } = await openSocket(served, protocols)
      expect(protocol).toBe('rpc')
      socket?.terminate()
    }
  })

  test.each([
    { protocols: ['rpc'], status: 401 },
    { protocols: ['rpc', 'token.wrong'], status: 401 },
    { protocols: [`token.${TOKEN}`], status: 400 },
    { protocols: [], status: 401 },
  ])('a socket with $protocols is refused with $status', async ({ protocols, status }) => {
    const served = await serveFake()
    expect(await openSocket(served, protocols)).toEqual({ status })
    await stillAnswers(served)
  })
})

describe('host and origin', () => {
  const hosts = [
    { host: 'localhost', status: 200 },
    { host: 'LOCALHOST:8005', status: 200 },
    { host: '127.0.0.1:1', status: 200 },
    { host: '[::1]:8005', status: 200 },
    { host: 'nas.example', status: 200 },
    { host: 'evil.example', status: 403 },
    { host: 'localhost.evil.example', status: 403 },
    { host: '127.0.0.1.evil.example', status: 403 },
    { host: 'localhost@evil.example', status: 403 },
    { host: '[::1', status: 403 },
    { host: ' ', status: 403 },
  ]
  test.each(hosts)('host $host gets $status', async ({ host, status }) => {
    const served = await serveFake({ allowedHosts: ['nas.example'] })
    expect((await send(served, 'GET', '/api/v1/status', { headers: { host } })).status).toBe(status)
    await stillAnswers(served)
  })

  test('a rebound name is refused although its origin agrees with it, also for sockets', async () => {
    const served = await serveFake()
    const headers = { host: 'evil.example', origin: 'http://evil.example' }
    expect((await send(served, 'GET', '/api/v1/status', { headers })).status).toBe(403)
    expect(await openSocket(served, ['rpc', `token.${TOKEN}`], headers)).toEqual({ status: 403 })
    await stillAnswers(served)
  })

  test.each([
    'null',
    'http://evil.example',
    'file://',
    'http://',
    'http://[',
    '',
    '://',
    'http://127.0.0.1:1',
  ])('origin "%s" is refused, also for sockets, and the server lives on', async (origin) => {
    const served = await serveFake()
    expect((await send(served, 'GET', '/api/v1/status', { headers: { origin } })).status).toBe(403)
    expect(await openSocket(served, ['rpc', `token.${TOKEN}`], { origin })).toEqual({ status: 403 })
    await stillAnswers(served)
  })

  test('our own origin passes', async () => {
    const served = await serveFake()
    const answer = await send(served, 'GET', '/api/v1/status', { headers: { origin: served.url } })
    expect(answer.status).toBe(200)
  })

  test('no other origin is ever allowed by a header', async () => {
    const served = await serveFake()
    for (const headers of [{}, { origin: 'http://evil.example', 'access-control-request-method': 'GET' }]) {
      const answer = await send(served, 'OPTIONS', '/api/v1/status', { headers })
      const allowing = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))
      expect(allowing).toEqual([])
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('strange input', () => {
  test.each([
    { rule: 'no HTTP at all', bytes: '\0\x01\x02\r\n\r\n' },
    { rule: 'an endless header', bytes: `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n` },
    { rule: 'no host', bytes: 'GET /api/v1/status HTTP/1.1\r\n\r\n' },
    {
      rule: 'two lengths',
      bytes: 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
    },
    {
      rule: 'an upgrade to nothing',
      bytes: 'GET /rpc HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    },
  ])('$rule leaves the server standing', async ({ bytes }) => {
    const served = await serveFake()
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(served.url).port), '127.0.0.1', () => socket.write(bytes))
      socket.on('data', () => socket.end())
      socket.on('error', () => {})
      socket.once('close', () => resolve())
    })
    await stillAnswers(served)
  })

  test('broken frames and nonsense end a socket and nothing else', async () => {
    const served = await serveFake()
    const { socket } = await openSocket(served, ['rpc', `token.${TOKEN}`])
    socket!.on('error', () => {})
    const closed = new Promise((resolve) => socket!.once('close', resolve))
    // A frame with reserved bits set, written past the library.
    ;(socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(
      Buffer.from([0xff, 0xff]),
    )
    await closed
    await stillAnswers(served)
  })

  test('a message over the limit ends the socket', async () => {
    const served = await serveFake()
    const { socket } = await openSocket(served, ['rpc', `token.${TOKEN}`])
    socket!.on('error', () => {})
    const closed = new Promise<number>((resolve) => socket!.once('close', resolve))
    socket!.send(Buffer.alloc((8 << 20) + 1))
    expect(await closed).toBe(1009)
    await stillAnswers(served)
  })

  test('a viewer that no longer answers is dropped after two heartbeats', async () => {
    const clock = manualClock()
    const served = await serveFake({ clock })
    const socket = new WebSocket(`ws://${served.host}/rpc`, ['rpc', `token.${TOKEN}`], { autoPong: false })
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    clock.advance(15_000)
    // 1006: the line went down without a word.
    expect(await closed).toBe(1006)
  })

  test('a viewer that answers stays', async () => {
    const clock = manualClock()
    const served = await serveFake({ clock })
    const { socket } = await openSocket(served, ['rpc', `token.${TOKEN}`])
    for (let beat = 0; beat < 5; beat++) {
      const pinged = new Promise((resolve) => socket!.once('ping', resolve))
      clock.advance(5_000)
      await pinged
      // The answer to this ping is on its way before the answer to a request that follows it.
      await stillAnswers(served)
    }
    expect(socket!.readyState).toBe(WebSocket.OPEN)
    socket!.terminate()
  })

  test('a port in use is said as such', async () => {
    const served = await serveFake()
    const port = Number(new URL(served.url).port)
    await expect(serveFake({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE', facts: { port } })
    await stillAnswers(served)
  })
})

describe('whoever has no token', () => {
  test('and never hangs up after a refused upgrade does not keep the node from stopping', async () => {
    const clock = manualClock()
    const served = await serveFake({ clock })
    const upgrade =
      'GET /rpc HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
    const line = await rawLine(served, upgrade, true)
    const [answer] = (await once(line, 'data')) as [Buffer]
    expect(String(answer)).toContain('401')
    const closed = served.close()
    clock.advance(1_000)
    await within(HURRY_MS, 'the API closes', closed)
  })

  test('gets one answer at a time: requests sent without waiting for it cost no memory', async () => {
    let reading = 0
    const read = async (): Promise<undefined> => {
      reading++
      await new Promise(() => {})
    }
    const served = await serveFake({ interface: { read } })
    const line = await rawLine(served, 'GET /assets/a.js HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100))
    line.resume()
    await within(HURRY_MS, 'the line is cut', once(line, 'close'))
    expect(reading).toBe(1)
    await stillAnswers(served)
  })

  test('may ask again on the same line once there was an answer', async () => {
    const served = await serveFake({ interface: { read: async () => Buffer.alloc(1 << 20) } })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const lines = new Set<unknown>()
    for (let time = 0; time < 20; time++)
      await new Promise<void>((resolve, reject) => {
        const sent = get(`${served.url}/assets/a.js`, { agent }, (answer) => {
          lines.add(sent.socket)
          expect(answer.statusCode).toBe(200)
          answer.resume().once('end', resolve)
        })
        sent.once('error', reject)
      })
    expect(lines.size).toBe(1)
  })

  test('cannot hold more than a bounded number of lines', async () => {
    const served = await serveFake()
    const lines: Socket[] = []
    for (let count = 0; count < 256; count++) lines.push(await rawLine(served))
    const tooMany = await rawLine(served)
    tooMany.resume()
    await within(HURRY_MS, 'the line is cut', once(tooMany, 'close'))
    lines[0]!.destroy()
    await eventually(HURRY_MS, 'the next one is let in', () => stillAnswers(served).then(() => true))
  })
})
