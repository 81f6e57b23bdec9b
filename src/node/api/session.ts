/**
 * Signing a browser in and out, over plain HTTP: only HTTP sets cookies that a page cannot read.
 * Promises that the session never reaches the page's scripts, and that asking whether there is one
 * is no error. Never called before host and origin have been checked.
 *
 * ACCEPTED: a browser sends a cookie to every port of a host. Worst case: another user of this machine
 * gets the owner to open a page of theirs on 127.0.0.1, or has taken the node's port while it is down,
 * and uses the session until it ends. Only TLS would tell the two apart; docs/runbook.md says it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SignIn } from '../access/sign-in.ts'
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import { sessionValueOf } from './guard.ts'

/** A code and its braces; more is no sign-in. */
const BODY_LIMIT_BYTES = 1_024
/** Who has no session may not hold a line for longer than this by sending half of a body; a guess. */
const BODY_TIME_MS = 10_000

export interface SessionParts {
  readonly signIn: SignIn
  readonly clock: Clock
}

/** GET: is there a session; POST `{code}`: open one; DELETE: sign out. */
export async function serveSession(
  { signIn, clock }: SessionParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET')
    return sendJson(response, sessionView(signIn.endOf(sessionValueOf(request.headers, signIn))))
  if (request.method === 'POST') {
    const { value, expiresMs } = signIn.open(await codeIn(request, clock), request.socket.remoteAddress ?? '')
    setCookie(response, signIn, value, new Date(expiresMs))
    return sendJson(response, sessionView(expiresMs))
  }
  if (request.method !== 'DELETE') throw new PeerfoldError('NO_SUCH_ROUTE', 'this method is not known here')
  setCookie(response, signIn, '', new Date(0))
  response.writeHead(204).end()
}

/** A page that asks before it signs in must not see an error: browsers print each on their console. */
function sessionView(expiresMs: number | undefined): { signedIn: boolean; expiresMs?: number } {
  return expiresMs === undefined ? { signedIn: false } : { signedIn: true, expiresMs }
}

/** Without Secure: the node speaks plain HTTP, on this machine unless its owner says otherwise. */
function setCookie(response: ServerResponse, { cookieName }: SignIn, value: string, end: Date): void {
  response.setHeader(
    'set-cookie',
    `${cookieName}=${value}; Path=/; Expires=${end.toUTCString()}; HttpOnly; SameSite=Strict`,
  )
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function codeIn(request: IncomingMessage, clock: Clock): Promise<string> {
  const { code } = parse(await soon(textOf(request), clock))
  if (typeof code === 'string') return code
  throw new PeerfoldError('BAD_INPUT', 'the body must be {"code": "..."}')
}

/** TIMEOUT. What is still read then ends with the line, which the refusal cuts. */
async function soon<Result>(reading: Promise<Result>, clock: Clock): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = clock.after(BODY_TIME_MS, () =>
    late.reject(new PeerfoldError('TIMEOUT', 'the body did not come')),
  )
  try {
    return await Promise.race([reading, late.promise])
  } finally {
    timer.cancel()
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += part.length
    if (sizeBytes > BODY_LIMIT_BYTES) throw new PeerfoldError('LIMIT_EXCEEDED', 'the body is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): { code?: unknown } {
  try {
    return (JSON.parse(text) as { code?: unknown } | null) ?? {}
  } catch {
    // Not JSON, so without a code: the caller says so.
    return {}
  }
}
