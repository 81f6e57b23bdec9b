/**
 * Addresses as text. Promises that what passes is a multiaddr over TCP that can be listened on
 * or dialled, and names the right device where it names one. Never resolves or dials anything.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { PeerfoldError } from '../base/errors.ts'

/** Longest host name in the DNS (RFC 1035). */
const HOST_LIMIT = 253
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
/** Scope of a link-local address: the name or number of an interface. */
const ZONE = /^\/ip6zone\/[^/]{1,64}(?=\/ip6\/)/

const HOSTS: Readonly<Record<string, (host: string) => boolean>> = {
  ip4: isIPv4,
  ip6: (host) => isIPv6(host) && !host.includes('%'),
  dns: isHostName,
  dns4: isHostName,
  dns6: isHostName,
}

/** An address of the device `id`, e.g. /ip4/192.168.1.5/tcp/22000. Throws BAD_ADDRESS. */
export function checkDialAddress(text: string, id: string): string {
  const { port, peer } = parse(text)
  if (port === 0) throw bad(text, 'port 0 cannot be dialled')
  if (peer !== undefined && peer !== id) throw bad(text, 'the address names another device')
  return text
}

/** An address to listen on; port 0 lets the system choose. Throws BAD_ADDRESS. */
export function checkListenAddress(text: string): string {
  const { protocol, peer } = parse(text)
  if (protocol !== 'ip4' && protocol !== 'ip6') throw bad(text, 'listening needs an IP address')
  if (peer !== undefined) throw bad(text, 'an address to listen on names no device')
  return text
}

/** [/ip6zone/ZONE]/PROTOCOL/HOST/tcp/PORT[/tls][/p2p/ID] */
function parse(text: string): { protocol: string; port: number; peer: string | undefined } {
  const [empty, protocol = '', host = '', tcp, port = '', ...rest] = text.replace(ZONE, '').split('/')
  const isHost = Object.hasOwn(HOSTS, protocol) ? HOSTS[protocol] : undefined
  if (empty !== '' || !isHost) throw bad(text, 'it must begin with /ip4, /ip6 or /dns')
  if (!isHost(host)) throw bad(text, `this is no ${protocol} host`)
  if (tcp !== 'tcp' || !/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535)
    throw bad(text, 'the host must be followed by /tcp/PORT')
  if (rest[0] === 'tls') rest.shift()
  const peer = rest.length === 2 && rest[0] === 'p2p' && rest[1] !== '' ? rest[1] : undefined
  if (rest.length > 0 && peer === undefined) throw bad(text, 'only /tls and /p2p/ID may follow the port')
  return { protocol, port: Number(port), peer }
}

function isHostName(host: string): boolean {
  return (
    host.length <= HOST_LIMIT &&
    host
      .replace(/\.$/, '')
      .split('.')
      .every((label) => LABEL.test(label))
  )
}

function bad(text: string, why: string): PeerfoldError {
  return new PeerfoldError('BAD_ADDRESS', `bad address: ${why}`, { address: text.slice(0, 300) })
}
