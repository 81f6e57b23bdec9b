/**
 * Addresses and device ids as people type them. Promises one spelling for each address, because
 * libp2p takes `/tcp/P` and `/tcp/P/tls` for two places. Never resolves or dials anything.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { PeerfoldError, textOf } from '../base/errors.ts'

const DIALLED = /^(\/ip6zone\/[^/]+)?\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d+(\/tls)?(\/p2p\/[^/]+)?$/
const LISTENED = /^\/(ip4|ip6)\/[^/]+\/tcp\/\d+(\/tls)?$/
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i
/** Far above any sensible address; keeps a hostile one out of error texts. */
const MAX_LENGTH = 400

/**
 * The canonical form `/…/tcp/P/tls` of an address to dial; a device id at its end is dropped,
 * because the caller knows which device it means. Throws BAD_ADDRESS.
 */
export function checkAddress(text: string): string {
  const parts = parse(text, DIALLED)
  if (parts.port === 0) throw badAddress(text, 'port 0 cannot be dialled')
  return parts.canonical
}

/** Whether `checkAddress` would take it. */
export function isAddress(text: string): boolean {
  try {
    return checkAddress(text) !== ''
  } catch {
    return false // saying so is the answer
  }
}

/** The same for an address to listen on: no names, and port 0 means any free port. */
export function checkListenAddress(text: string): string {
  return parse(text, LISTENED).canonical
}

/** The id as it is, when it is the peer id of an Ed25519 key. Throws BAD_DEVICE_ID. */
export function checkDeviceId(text: string): string {
  try {
    const id = peerIdFromString(text)
    if (id.type === 'Ed25519' && id.toString() === text) return text
  } catch (error) {
    throw new PeerfoldError('BAD_DEVICE_ID', 'not a device id', { id: text.slice(0, MAX_LENGTH) }, error)
  }
  throw new PeerfoldError('BAD_DEVICE_ID', 'not a device id', { id: text.slice(0, MAX_LENGTH) })
}

/** Where a canonical listening address binds. */
export function bindingOf(canonical: string): { host: string; port: number; ip6: boolean } {
  const [family, host, , port] = canonical.split('/').slice(1)
  return { host: host ?? '', port: Number(port), ip6: family === 'ip6' }
}

/** The canonical address of a numeric host; `::ffff:1.2.3.4` is IPv4. */
export function addressOf(host: string, port: number): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return `/${plain.includes(':') ? 'ip6' : 'ip4'}/${plain}/tcp/${port}/tls`
}

function parse(text: string, shape: RegExp): { canonical: string; port: number } {
  const typed = text.trim()
  if (typed.length > MAX_LENGTH) throw badAddress(typed.slice(0, MAX_LENGTH), 'too long')
  let canonical: string
  try {
    canonical = multiaddr(typed).toString()
  } catch (error) {
    throw badAddress(typed, textOf(error), error)
  }
  if (!shape.test(canonical)) throw badAddress(typed, 'not an address of this kind')
  const [name] = /(?<=\/dns[46]?\/)[^/]+/.exec(canonical) ?? []
  if (name !== undefined && !HOST_NAME.test(name)) throw badAddress(typed, 'not a host name')
  const port = Number(/\/tcp\/(\d+)/.exec(canonical)?.[1])
  return { canonical: canonical.replace(/(\/tcp\/\d+).*$/, '$1/tls'), port }
}

function badAddress(address: string, reason: string, cause?: unknown): PeerfoldError {
  return new PeerfoldError('BAD_ADDRESS', 'not an address that can be used', { address, reason }, cause)
}
