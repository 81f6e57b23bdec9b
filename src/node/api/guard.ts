/**
 * Who may speak to the API. Promises that a web page cannot: the Host must be a known name (so a
 * rebound DNS name is refused), an Origin must be our own, and the token is always required.
 * Pure functions over header texts; a strange header is a refusal, never an exception.
 */
import { isToken } from '../access/token.ts'
import { PeerfoldError } from '../base/errors.ts'

export interface GuardSettings {
  readonly token: string
  /** Names and addresses, lower case, without port, besides the loopback ones. */
  readonly allowedHosts: readonly string[]
}

export interface RequestHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly authorization?: string | undefined
  readonly 'sec-websocket-protocol'?: string | undefined
}

/** Names that only this machine answers to, whatever a DNS server says. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const BEARER = /^Bearer +(\S+)$/i
const TOKEN_PROTOCOL = 'token.'

/** Throws FORBIDDEN for host and origin, UNAUTHORIZED for the token. */
export function checkRequest(headers: RequestHeaders, settings: GuardSettings): void {
  const host = hostNameOf(headers.host)
  if (host === undefined || ![...LOOPBACK, ...settings.allowedHosts].includes(host))
    throw new PeerfoldError('FORBIDDEN', 'this host name may not be used to reach the API')
  if (headers.origin !== undefined && originHost(headers.origin) !== headers.host?.toLowerCase())
    throw new PeerfoldError('FORBIDDEN', 'this origin may not use the API')
  if (!isToken(BEARER.exec(headers.authorization ?? '')?.[1], settings.token))
    throw new PeerfoldError('UNAUTHORIZED', 'the token is missing or wrong')
}

/** The same for a WebSocket, where a browser can send the token only as a subprotocol. */
export function checkUpgrade(headers: RequestHeaders, settings: GuardSettings): void {
  const offered = protocolsOf(headers)
  const token = offered.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
  const authorization = token === undefined ? headers.authorization : `Bearer ${token}`
  checkRequest({ ...headers, authorization }, settings)
  if (!offered.includes('rpc')) throw new PeerfoldError('BAD_INPUT', 'the subprotocol "rpc" was not offered')
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
