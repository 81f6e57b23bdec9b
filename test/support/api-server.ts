/** A served API over a fake node on a free port. Promises that it is closed after the test. */
import { request as httpRequest } from 'node:http'
import { onTestFinished } from 'vitest'
import { serveApi } from '../../src/node/api/http-server.ts'
import { type Clock, systemClock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { type FakeNode, fakeNode } from './fake-node.ts'

export const TOKEN = 'a-token-only-for-tests'

export interface Served {
  readonly node: FakeNode
  readonly url: string
  readonly host: string
  close(): Promise<void>
}

export async function serveFake(
  settings: { allowedHosts?: string[]; clock?: Clock; port?: number } = {},
): Promise<Served> {
  const node = fakeNode()
  const api = await serveApi(
    { node, clock: settings.clock ?? systemClock(), log: silentLog() },
    {
      host: '127.0.0.1',
      port: settings.port ?? 0,
      token: TOKEN,
      allowedHosts: settings.allowedHosts ?? [],
      version: '0.0.0',
    },
  )
  onTestFinished(() => api.close())
  return { node, url: api.url, host: api.url.slice('http://'.length), close: () => api.close() }
}

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
  /** Of the shape that the test expects; the expectation checks it. */
  json<Shape = unknown>(): Shape
}

/** Raw HTTP, because fetch may not set Host and tidies paths. Sends the token unless told not to. */
export function send(
  served: Served,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | Uint8Array; token?: string | false } = {},
): Promise<Answer> {
  const token = options.token ?? TOKEN
  const headers = { ...(token === false ? {} : { authorization: `Bearer ${token}` }), ...options.headers }
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(served.url)
    const sent = httpRequest({ hostname, port, method, path, headers, agent: false }, async (response) => {
      const parts: Buffer[] = []
      try {
        for await (const part of response) parts.push(part as Buffer)
      } catch (error) {
        return reject(error)
      }
      const text = Buffer.concat(parts).toString()
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: <Shape>() => JSON.parse(text) as Shape,
      })
    })
    sent.once('error', reject)
    sent.end(options.body)
  })
}

export function sendJson(served: Served, method: string, path: string, body: unknown): Promise<Answer> {
  return send(served, method, path, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
