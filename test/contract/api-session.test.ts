/** A browser at the door: signing in, the session in its cookie, and what it may ask for. */
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { CODE_LIFE_MS } from '../../src/node/access/one-time-codes.ts'
import { SESSION_LIFE_MS } from '../../src/node/access/web-session.ts'
import { nextTurn } from '../../src/node/base/event-loop-turn.ts'
import { type Answer, send, serveFake, type Served, TOKEN } from '../support/api-server.ts'
import { eventually } from '../support/deadline.ts'
import { LAPTOP_ID } from '../support/fake-node.ts'
import { manualClock } from '../support/manual-clock.ts'

const SESSION = '/api/v1/session'

function signInWith(served: Served, code: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(served, 'POST', SESSION, {
    token: false,
    headers: { 'content-type': 'application/json', origin: served.url, ...headers },
    body: JSON.stringify({ code }),
  })
}

/** "name=value", as a browser sends it back. */
function cookieIn(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0]!
}

async function signedIn(
  settings: Parameters<typeof serveFake>[0] = {},
): Promise<Served & { cookie: string }> {
  const served = await serveFake(settings)
  await served.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
  return { ...served, cookie: cookieIn(await signInWith(served, served.signIn.invite().code)) }
}

/** A request as our own page makes it. */
function ask(served: Served, cookie: string, path = '/api/v1/status'): Promise<Answer> {
  return send(served, 'GET', path, { token: false, headers: { cookie, 'sec-fetch-site': 'same-origin' } })
}

function openSocket(
  served: Served,
  headers: Record<string, string>,
  protocols = ['rpc'],
): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${served.host}/rpc`, protocols, { headers })
    socket.once('open', () => {
      resolve(socket.protocol)
      socket.terminate()
    })
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    socket.on('error', reject)
  })
}

describe('signing in', () => {
  test('turns a code into a cookie that no script can read and no other page can use', async () => {
    const served = await serveFake()
    const answer = await signInWith(served, served.signIn.invite().code)
    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({ signedIn: true, expiresMs: expect.any(Number) })
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^peerfold-\w{12}=1\.\d+\.[0-9a-f]{64}; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/,
      ),
    ])
    expect(answer.text).not.toContain(cookieIn(answer).split('=')[1])
  })

  test('needs no token, and says whether there is a session without calling it an error', async () => {
    const { cookie, ...served } = await signedIn()
    expect((await send(served, 'GET', SESSION, { token: false })).json()).toEqual({ signedIn: false })
    const known = await send(served, 'GET', SESSION, { token: false, headers: { cookie } })
    expect(known.json()).toMatchObject({ signedIn: true })
  })

  test('takes a code once', async () => {
    const served = await serveFake()
    const { code } = served.signIn.invite()
    expect((await signInWith(served, code)).status).toBe(200)
    const again = await signInWith(served, code)
    expect(again.json()).toMatchObject({ status: 401, code: 'SIGN_IN_CODE_INVALID' })
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  test('takes a code for ten minutes', async () => {
    const clock = manualClock()
    const served = await serveFake({ clock })
    const { code } = served.signIn.invite()
    clock.advance(CODE_LIFE_MS)
    expect((await signInWith(served, code)).status).toBe(401)
  })

  test('makes whoever is wrong too often wait, and says how long', async () => {
    const served = await serveFake({ clock: manualClock() })
    for (let time = 0; time < 10; time++) expect((await signInWith(served, 'wrong')).status).toBe(401)
    const answer = await signInWith(served, served.signIn.invite().code)
    expect(answer.json()).toMatchObject({ status: 429, code: 'TOO_MANY_TRIES' })
    expect(answer.headers['retry-after']).toBe('60')
    expect((await send(served, 'GET', '/api/v1/status')).status).toBe(200)
  })

  test.each([
    { rule: 'a number', body: '{"code":5}', code: 'BAD_INPUT' },
    { rule: 'null', body: 'null', code: 'BAD_INPUT' },
    { rule: 'a list', body: '[]', code: 'BAD_INPUT' },
    { rule: 'no JSON', body: 'code=x', code: 'BAD_INPUT' },
    { rule: 'nothing', body: '', code: 'BAD_INPUT' },
    { rule: 'too much', body: `{"code":"${'a'.repeat(2_000)}"}`, code: 'LIMIT_EXCEEDED' },
  ])('with $rule is $code', async ({ body, code }) => {
    const served = await serveFake()
    expect((await send(served, 'POST', SESSION, { token: false, body })).json()).toMatchObject({ code })
    expect((await send(served, 'PUT', SESSION, { token: false, body })).json()).toMatchObject({
      code: 'NO_SUCH_ROUTE',
    })
  })

  test('with a body that never comes is given up', async () => {
    const clock = manualClock()
    const served = await serveFake({ clock })
    const line = connect(Number(new URL(served.url).port), '127.0.0.1')
    onTestFinished(() => void line.destroy())
    let answer = ''
    line.on('data', (bytes: Buffer) => (answer += bytes.toString()))
    line.on('error', () => {})
    const closed = new Promise((resolve) => line.once('close', () => resolve(true)))
    line.write(`POST ${SESSION} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 40\r\n\r\n{"code":`)
    await eventually(5_000, 'the line is cut', () => {
      clock.advance(15_000)
      return Promise.race([closed, nextTurn()])
    })
    expect(answer).toContain('"code":"TIMEOUT"')
  })

  test.each(['null', 'http://evil.example', 'http://127.0.0.1:1'])(
    'from origin %s is refused, uses up no code, and the server lives on',
    async (origin) => {
      const served = await serveFake()
      const { code } = served.signIn.invite()
      expect((await signInWith(served, code, { origin })).status).toBe(403)
      expect((await signInWith(served, code)).status).toBe(200)
    },
  )

  test('under a rebound name is refused', async () => {
    const served = await serveFake()
    const headers = { host: 'evil.example', origin: 'http://evil.example' }
    expect((await signInWith(served, served.signIn.invite().code, headers)).status).toBe(403)
  })

  test('a code in a query signs nobody in', async () => {
    const served = await serveFake()
    const { code } = served.signIn.invite()
    const answer = await send(served, 'POST', `${SESSION}?code=${code}`, { token: false })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
})

describe('signing out', () => {
  test('takes the cookie back', async () => {
    const { cookie, ...served } = await signedIn()
    const answer = await send(served, 'DELETE', SESSION, {
      token: false,
      headers: { cookie, origin: served.url },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^peerfold-\w{12}=; Path=\/; Expires=Thu, 01 Jan 1970 .*; HttpOnly; SameSite=Strict$/,
      ),
    ])
    expect((await ask(served, cookieIn(answer))).status).toBe(401)
  })

  test('cannot be done by another page', async () => {
    const { cookie, ...served } = await signedIn()
    const headers = { cookie, origin: 'http://evil.example' }
    const answer = await send(served, 'DELETE', SESSION, { token: false, headers })
    expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined])
  })
})

describe('a session', () => {
  test('opens REST to our own page, by Origin or by Sec-Fetch-Site', async () => {
    const { cookie, ...served } = await signedIn()
    for (const proof of [{ origin: served.url }, { 'sec-fetch-site': 'same-origin' }]) {
      const headers = { cookie, ...proof } as Record<string, string>
      expect((await send(served, 'GET', '/api/v1/status', { token: false, headers })).status).toBe(200)
    }
  })

  test.each([
    { rule: 'without either', headers: {} },
    { rule: 'from another site', headers: { 'sec-fetch-site': 'cross-site' } },
    { rule: 'from another port of this host', headers: { 'sec-fetch-site': 'same-site' } },
    { rule: 'typed into the address bar', headers: { 'sec-fetch-site': 'none' } },
    { rule: 'from a foreign origin', headers: { origin: 'http://evil.example' } },
    { rule: 'from origin null', headers: { origin: 'null', 'sec-fetch-site': 'same-origin' } },
    { rule: 'under a rebound name', headers: { host: 'evil.example', origin: 'http://evil.example' } },
  ])('is refused $rule, and the server still answers its owner', async ({ headers }) => {
    const { cookie, ...served } = await signedIn()
    const answer = await send(served, 'GET', '/api/v1/status', {
      token: false,
      headers: { cookie, ...headers } as Record<string, string>,
    })
    expect(answer.json()).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect((await ask(served, cookie)).status).toBe(200)
  })

  test('opens a socket of our own page, and no other one', async () => {
    const { cookie, ...served } = await signedIn()
    expect(await openSocket(served, { cookie, origin: served.url })).toBe('rpc')
    expect(await openSocket(served, { cookie, origin: served.url }, ['x', 'rpc'])).toBe('rpc')
    for (const origin of ['null', 'http://evil.example', 'http://127.0.0.1:1'])
      expect(await openSocket(served, { cookie, origin })).toBe(403)
    expect(await openSocket(served, { cookie })).toBe(403)
    expect(await openSocket(served, { cookie: '', origin: served.url })).toBe(401)
    expect((await ask(served, cookie)).status).toBe(200)
  })

  test('never makes a wrong token good', async () => {
    const { cookie, ...served } = await signedIn()
    const headers = { cookie, origin: served.url }
    expect((await send(served, 'GET', '/api/v1/status', { token: 'wrong', headers })).status).toBe(401)
    expect(await openSocket(served, headers, ['rpc', 'token.wrong'])).toBe(401)
  })

  test('of another node on the same host is not taken, though the browser sends it along', async () => {
    const one = await signedIn()
    const other = await signedIn({ device: LAPTOP_ID, webKey: new Uint8Array(32).fill(8) })
    const both = `${one.cookie}; theme=dark; ${other.cookie}`
    expect((await ask(one, other.cookie)).status).toBe(401)
    expect((await ask(other, one.cookie)).status).toBe(401)
    expect([(await ask(one, both)).status, (await ask(other, both)).status]).toEqual([200, 200])
    const [name] = other.cookie.split('=')
    const renamed = `${name}=${one.cookie.split('=')[1]}`
    expect((await ask(other, renamed)).status).toBe(401)
  })

  test('outlives a restart of the node, and ends after a month', async () => {
    const clock = manualClock()
    const { cookie } = await signedIn({ clock })
    const restarted = await serveFake({ clock })
    expect((await ask(restarted, cookie)).status).toBe(200)
    clock.advance(SESSION_LIFE_MS)
    expect((await ask(restarted, cookie)).status).toBe(401)
  })

  test('uploads and downloads contents of any kind', async () => {
    const { cookie, ...served } = await signedIn()
    const path = '/api/v1/folders/docs/content/a%20b.txt'
    const put = await send(served, 'PUT', path, {
      token: false,
      headers: { cookie, origin: served.url },
      body: 'hello',
    })
    expect(put.json()).toMatchObject({ path: 'a b.txt', size: 5 })
    const got = await ask(served, cookie, path)
    expect(got.text).toBe('hello')
    // What a peer wrote is never a page of ours.
    expect(got.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    })
    const foreign = await send(served, 'PUT', path, {
      token: false,
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
      body: 'evil',
    })
    expect(foreign.status).toBe(403)
    expect(Buffer.from(served.node.files.get('docs/a b.txt')!).toString()).toBe('hello')
  })

  test('follows snapshots over HTTP', async () => {
    const { cookie, ...served } = await signedIn()
    const controller = new AbortController()
    const answer = await fetch(`${served.url}/api/v1/status/stream`, {
      headers: { cookie, origin: served.url },
      signal: controller.signal,
    })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    await answer.body?.getReader().read()
    expect(served.node.listeners.size).toBe(1)
    controller.abort()
    await expect.poll(() => served.node.listeners.size).toBe(0)
  })

  test('may make a code for another browser, but not import files of this machine', async () => {
    const { cookie, ...served } = await signedIn()
    const headers = { cookie, origin: served.url, 'content-type': 'application/json' }
    const made = await send(served, 'POST', '/api/v1/session/codes', { token: false, headers })
    expect(made.json()).toMatchObject({ code: expect.any(String), url: expect.stringContaining('#code=') })
    const refused = await send(served, 'POST', '/api/v1/folders/docs/import', {
      token: false,
      headers,
      body: JSON.stringify({ paths: ['/etc/passwd'] }),
    })
    expect(refused.json()).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect(served.node.files.size).toBe(0)
  })
})

test('neither a token nor a session is taken from a query, and none is echoed', async () => {
  const { cookie, ...served } = await signedIn()
  const value = cookie.split('=')[1]!
  for (const query of [`token=${TOKEN}`, `access_token=${TOKEN}`, `session=${value}`, cookie]) {
    const answer = await send(served, 'GET', `/api/v1/status?${query}`, {
      token: false,
      headers: { origin: served.url },
    })
    expect(answer.status).toBe(401)
    expect(JSON.stringify([answer.headers, answer.text])).not.toMatch(new RegExp(`${TOKEN}|${value}`))
  }
})

test.each([
  { bind: '127.0.0.1', host: '127.0.0.1' },
  { bind: 'localhost', host: 'localhost' },
  { bind: '0.0.0.0', host: '127.0.0.1' },
])('a door on $bind is opened on this machine at $host', async ({ bind, host }) => {
  const served = await serveFake({ bind })
  expect(new URL(served.browserUrl).hostname).toBe(host)
  const answer = await fetch(`${served.browserUrl}/api/v1/session`)
  expect(await answer.json()).toEqual({ signedIn: false })
})
