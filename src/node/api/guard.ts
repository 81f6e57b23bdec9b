/**
 * Who may speak to the API. Promises that a foreign web page cannot: the Host must be a known name
 * (so a rebound DNS name is refused), an Origin must be our own, and the token or the session of
 * our own page is always required. Pure functions over header texts; a strange header is a refusal,
 * never an exception.
 */
import { isToken } from '../access/token.ts'
import { PeerfoldError } from '../base/errors.ts'

export interface GuardSettings {
  readonly token: string
  /** Names and addresses, lower case, without port, besides the loopback ones. */
  readonly allowedHosts: readonly string[]
  readonly sessions: SessionCheck
}

/** What the guard needs of signing in. */
export interface SessionCheck {
  readonly cookieName: string
  /** The end of a session that is good now; undefined for any other text. */
  endOf(value: string | undefined): number | undefined
}

export interface RequestHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
  readonly 'sec-websocket-protocol'?: string | undefined
}

/** Names that only this machine answers to, whatever a DNS server says. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const BEARER = /^Bearer +(\S+)$/i
const TOKEN_PROTOCOL = 'token.'

/** For everything, the static files too: FORBIDDEN unless host and origin are ours. */
export function checkPlace({ host, origin }: RequestHeaders, settings: GuardSettings): void {
  const name = hostNameOf(host)
  if (name === undefined || ![...LOOPBACK, ...settings.allowedHosts].includes(name))
    throw new PeerfoldError('FORBIDDEN', 'this host name may not be used to reach the API')
  if (origin !== undefined && originHost(origin) !== host?.toLowerCase())
    throw new PeerfoldError('FORBIDDEN', 'this origin may not use the API')
}

/** Throws FORBIDDEN for host and origin, UNAUTHORIZED without a token and a session. */
export function checkRequest(headers: RequestHeaders, settings: GuardSettings): void {
  checkPlace(headers, settings)
  const token = BEARER.exec(headers.authorization ?? '')?.[1]
  // A token that is given is what counts: a wrong one is never made good by a cookie.
  if (token !== undefined ? isToken(token, settings.token) : isOurPage(headers, settings)) return
  throw new PeerfoldError('UNAUTHORIZED', 'the token is missing or wrong, and there is no session')
}

/** The same for a WebSocket, where a browser can send the token only as a subprotocol. */
export function checkUpgrade(headers: RequestHeaders, settings: GuardSettings): void {
  const offered = protocolsOf(headers)
  const token = offered.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
  const authorization = token === undefined ? headers.authorization : `Bearer ${token}`
  checkRequest({ ...headers, authorization }, settings)
  if (!offered.includes('rpc')) throw new PeerfoldError('BAD_INPUT', 'the subprotocol "rpc" was not offered')
}

/** The value of the session's cookie; a browser sends the cookies of every program on this host. */
export function sessionValueOf({ cookie }: RequestHeaders, { cookieName }: SessionCheck): string | undefined {
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1)
}

/**
 * A browser sends cookies by itself, so a cookie alone says nothing of who asks: the request must
 * also say that it comes from our own page. Host and Origin agree already (checkPlace).
 */
function isOurPage(headers: RequestHeaders, { sessions }: GuardSettings): boolean {
  if (sessions.endOf(sessionValueOf(headers, sessions)) === undefined) return false
  if (headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin') return true
  throw new PeerfoldError('FORBIDDEN', 'a session is good for requests of our own page only')
}

function protocolsOf(headers: RequestHeaders): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

/** "Example.org:8005" is "example.org"; "[::1]:8005" is "[::1]". */
function hostNameOf(host: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.exec(host?.toLowerCase() ?? '')?.[1]
}

/** Host and port of an origin; undefined for "null" and everything else that is no web page's. */
function originHost(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.host : undefined
}
