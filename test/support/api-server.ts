/** A served API over a fake node on a free port. Promises that it is closed after the test. */
import { request as httpRequest } from 'node:http'
import { onTestFinished } from 'vitest'
import { SignIn } from '../../src/node/access/sign-in.ts'
import { serveApi } from '../../src/node/api/http-server.ts'
import { type Api, createApi } from '../../src/node/api/router.ts'
import type { StaticSource } from '../../src/node/api/static-files.ts'
import { type Clock, systemClock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { systemRandom } from '../../src/node/base/random.ts'
import { type FakeNode, fakeNode, OWN_ID } from './fake-node.ts'

export const TOKEN = 'a-token-only-for-tests'

export interface Served {
  readonly node: FakeNode
  readonly api: Api
  readonly signIn: SignIn
  readonly url: string
  readonly browserUrl: string
  readonly host: string
  close(): Promise<void>
}

export interface ServedSettings {
  readonly allowedHosts?: string[]
  readonly clock?: Clock
  readonly port?: number
  /** Address to bind. */
  readonly bind?: string
  readonly interface?: StaticSource
  /** Id of the device, for the name of its cookie. */
  readonly device?: string
  /** Key of its sessions. */
  readonly webKey?: Uint8Array
}

export async function serveFake(settings: ServedSettings = {}): Promise<Served> {
  const node = fakeNode()
  const { clock = systemClock(), device = OWN_ID, webKey = new Uint8Array(32).fill(7) } = settings
  const log = silentLog()
  const signIn = new SignIn({ clock, random: systemRandom() }, { bytes: webKey, device })
  const invite = () => ({ ...signIn.invite(), url: 'http://127.0.0.1:8005/#code=' })
  const api = createApi({ node, clock, log, invite })
  const handle = await serveApi(
    { api, node, signIn, interface: settings.interface, clock, log },
    {
      host: settings.bind ?? '127.0.0.1',
      port: settings.port ?? 0,
      token: TOKEN,
      allowedHosts: settings.allowedHosts ?? [],
      version: '0.0.0',
    },
  )
  const close = async (): Promise<void> => {
    api.stop()
    await handle.close()
  }
  onTestFinished(close)
  const { url, browserUrl } = handle
  return { node, api, signIn, url, browserUrl, host: url.slice('http://'.length), close }
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
