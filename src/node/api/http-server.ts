/**
 * The node's door for browsers and programs, on one port: REST at /api/v1, its OpenAPI document,
 * RPC over WebSocket at /rpc, and the interface itself. Promises that no call is answered before
 * the guard has passed, that every refusal is a problem document, and that no request, however
 * strange, ends the process. Never writes a file: where the token is kept is the caller's matter.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { SmartCoercionPlugin } from '@orpc/json-schema'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { BodyLimitPlugin } from '@orpc/server/node'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import type { SignIn } from '../access/sign-in.ts'
import type { Clock } from '../base/clock.ts'
import { codeOf, PeerfoldError, textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { contentTargetOf, serveContent } from './content.ts'
import { PAGE_HEADERS } from './content-security-policy.ts'
import { checkPlace, checkRequest } from './guard.ts'
import type { NodePort } from './node-port.ts'
import { toProblem } from './problem.ts'
import type { Api } from './router.ts'
import { createLines } from './rpc-line.ts'
import { serveSession } from './session.ts'
import { serveStatic, type StaticSource } from './static-files.ts'
import { serveSockets } from './web-socket.ts'

export interface ApiParts {
  readonly api: Api
  /** For contents, which never pass through the router. */
  readonly node: NodePort
  readonly signIn: SignIn
  /** The built interface; absent where there is none. */
  readonly interface?: StaticSource | undefined
  readonly clock: Clock
  readonly log: Log
}

export interface ApiSettings {
  /** Address to bind; it may also be used as Host. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** More names that a request may address this node by: lower case, without port. */
  readonly allowedHosts: readonly string[]
  readonly token: string
  /** Version of Peerfold, for the document. */
  readonly version: string
}

export interface ApiHandle {
  /** "http://127.0.0.1:8005", with the port that was really taken. */
  readonly url: string
  /** The same for a browser on this machine, which cannot open "0.0.0.0". */
  readonly browserUrl: string
  /** Ends sockets, lets running answers finish for a moment; idempotent. */
  close(): Promise<void>
}

const PREFIX = '/api/v1'
/** Largest JSON body. Ten thousand ignore rules of a hundred characters fit; contents never come here. */
const BODY_LIMIT_BYTES = 1 << 20
/** Time for the request line and headers; a guess, far above any honest client. */
const HEADERS_TIMEOUT_MS = 15_000
/** Lines at once, sockets among them; a guess, far above one person's programs. What is beyond is cut. */
const CONNECTION_LIMIT = 256
/** How long close() waits for running answers, the one to "stop" among them. */
const CLOSE_GRACE_MS = 500
/** How long what a refused client still sends is thrown away before the line is cut; a guess. */
const LINGER_MS = 1_000
const HEADERS = { ...PAGE_HEADERS, 'cache-control': 'no-store' }

/** Throws PORT_IN_USE, PERMISSION_DENIED or BAD_INPUT when it cannot listen. */
export async function serveApi(parts: ApiParts, settings: ApiSettings): Promise<ApiHandle> {
  const { api, signIn } = parts
  const allowedHosts = [...settings.allowedHosts, hostOf(settings.host)]
  const guard = { token: settings.token, allowedHosts, sessions: signIn }
  const rest = restHandler(api.router)

  async function answer(request: IncomingMessage, response: ServerResponse, goOn: () => void): Promise<void> {
    checkPlace(request.headers, guard)
    const url = request.url ?? '/'
    if (url === `${PREFIX}/session`) {
      goOn()
      return serveSession(parts, request, response)
    }
    if (!url.startsWith('/api/')) return serveStatic(parts.interface, request, response)
    checkRequest(request.headers, guard)
    const target = contentTargetOf(url)
    if (target) return serveContent(parts.node, target, request, response, goOn)
    goOn()
    if (url === `${PREFIX}/openapi.json` && request.method === 'GET') {
      const document = await documentOf(settings.version)
      response.writeHead(200, { 'content-type': 'application/json' }).end(document)
      return
    }
    const { matched } = await rest.handle(request, response, {
      prefix: PREFIX,
      context: { origin: 'network' },
    })
    if (!matched) throw new PeerfoldError('NO_SUCH_ROUTE', 'there is nothing at this address')
  }

  const busy = new WeakSet<Socket>()
  function listener(goOn: (response: ServerResponse) => void) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      const { socket } = request
      // Requests sent ahead of their answers would hold all of these in memory at once, and a few bytes
      // ask for much. No browser sends ahead, and whoever does must be ready to ask again.
      if (busy.has(socket)) return void socket.destroy()
      busy.add(socket)
      response.once('close', () => busy.delete(socket))
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
      answer(request, response, () => goOn(response)).catch((error: unknown) => {
        if (codeOf(error) === 'INTERNAL') parts.log.error('an API request failed unexpectedly', { error })
        sendProblem(response, error, parts.clock)
      })
    }
  }

  const server = createServer({ requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS })
  server.maxConnections = CONNECTION_LIMIT
  server.on(
    'request',
    listener(() => {}),
  )
  // An upload may ask before it sends: it is told to go on only when it is wanted.
  server.on(
    'checkContinue',
    listener((response) => response.writeContinue()),
  )
  server.on('clientError', (_error, socket) => socket.destroy())
  const sockets = serveSockets(server, createLines(api.router, parts.log), guard, parts)
  await listen(server, settings)
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    sockets.close()
    await closeServer(server, parts.clock)
  }
  const browserUrl = `http://${browserHostOf(settings.host)}:${port}`
  return { url: `http://${hostOf(settings.host)}:${port}`, browserUrl, close }
}

/** Loaded when it is asked for: a node that never is need not carry the generator. */
async function documentOf(version: string): Promise<string> {
  const { openApiDocument } = await import('./openapi.ts')
  return JSON.stringify(await openApiDocument(version))
}

function restHandler(router: Api['router']) {
  return new OpenAPIHandler(router, {
    // Query texts become numbers and booleans where the schema wants them.
    plugins: [
      new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] }),
      new BodyLimitPlugin({ maxBodySize: BODY_LIMIT_BYTES }),
    ],
    customErrorResponseBodyEncoder: toProblem,
    rootInterceptors: [
      async ({ next }) => {
        const result = await next()
        if (!result.matched || result.response.status < 400) return result
        return { ...result, response: problemResponse(result.response.body) }
      },
    ],
  })
}

/** A stream keeps its content type; a plain object would be sent as application/json. */
function problemResponse(body: unknown): { status: number; headers: Record<string, string>; body: unknown } {
  const headers = { 'content-type': 'application/problem+json' }
  const { status } = body as { status: number }
  return { status, headers, body: new Blob([JSON.stringify(body)]).stream() }
}

function sendProblem(response: ServerResponse, error: unknown, clock: Clock): void {
  // Half an answer cannot be taken back: cutting the connection tells the client.
  if (response.headersSent) return void response.destroy()
  const problem = toProblem(error)
  if (problem.code === 'UNAUTHORIZED') response.setHeader('www-authenticate', 'Bearer')
  if (problem.code === 'TOO_MANY_TRIES') response.setHeader('retry-after', secondsOf(problem.facts['waitMs']))
  const { req: request, socket } = response
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify(problem))
  // A client in the middle of sending would lose the answer to a reset: it gets a moment to read it.
  if (!request.complete) clock.after(LINGER_MS, () => request.complete || socket?.destroy())
}

function listen(server: Server, { host, port }: ApiSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): PeerfoldError {
  const facts = { host, port, errno: error.code }
  if (error.code === 'EADDRINUSE')
    return new PeerfoldError('PORT_IN_USE', `port ${port} on ${host} is in use`, facts, error)
  if (error.code === 'EACCES')
    return new PeerfoldError('PERMISSION_DENIED', `port ${port} may not be used`, facts, error)
  return new PeerfoldError('BAD_INPUT', `cannot listen on ${host}: ${textOf(error)}`, facts, error)
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections())
  await closed
  timer.cancel()
}

/** As a URL and a Host header write it: IPv6 in brackets. */
function hostOf(host: string): string {
  return host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase()
}

/** "Every address" is no address to go to: a browser on this machine goes to loopback. */
function browserHostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return /^[0:]+$/.test(host) && host.includes(':') ? '[::1]' : hostOf(host)
}

function secondsOf(waitMs: unknown): number {
  return typeof waitMs === 'number' ? Math.ceil(waitMs / 1_000) : 1
}
