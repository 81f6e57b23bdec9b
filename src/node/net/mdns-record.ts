/**
 * What a device says of itself by multicast DNS: a PTR from the service to a random instance and
 * one TXT `dnsaddr=` per address, as @libp2p/mdns writes it. Promises to survive any packet.
 * Never believes one: an id heard here is proved by the handshake or worth nothing.
 */
import type multicastDns from 'multicast-dns'
import { checkAddress, checkDeviceId } from './address.ts'

export type Answer = NonNullable<multicastDns.ResponsePacket['answers']>[number]
/** What we read of a packet, question or answer. */
export interface Packet {
  type?: 'query' | 'response' | undefined
  questions?: multicastDns.QueryPacket['questions'] | undefined
  answers?: Answer[] | undefined
}

export const SERVICE = '_peerfold._udp.local'
/** RFC 6762 section 10 advises 120 s for records that name a host. */
const TTL_SECONDS = 120
/** A TXT string longer than this cannot be written. */
const MAX_TXT_BYTES = 255
/** Bounds on what one packet may make us keep, ours. */
const MAX_ADDRESSES = 8
const MAX_ANSWERS = 64

export interface Heard {
  device: string
  /** The sender's random instance name: another one is another start. */
  instance: string
  /** Canonical, without the device id. */
  addresses: string[]
}

/** The answers of one device on one interface; `instance` is random, new per start. */
export function announcement(instance: string, device: string, addresses: readonly string[]): Answer[] {
  const name = `${instance}.${SERVICE}`
  const common = { class: 'IN', ttl: TTL_SECONDS } as const
  const texts = addresses
    .map((address) => `dnsaddr=${address}/p2p/${device}`)
    .filter((text) => text.length <= MAX_TXT_BYTES)
    .slice(0, MAX_ADDRESSES)
  return [
    { name: SERVICE, type: 'PTR', ...common, data: name },
    ...texts.map((data): Answer => ({ name, type: 'TXT', ...common, data })),
  ]
}

export function asksForUs(packet: Packet): boolean {
  return (packet.questions ?? []).some(({ name }) => sameName(name, SERVICE))
}

/** Every device that a response speaks of; empty for other services' packets and for nonsense. */
export function readAnnouncement(packet: Packet): Heard[] {
  const answers = (packet.answers ?? []).slice(0, MAX_ANSWERS)
  if (!answers.some((one) => one.type === 'PTR' && sameName(one.name, SERVICE))) return []
  const heard = new Map<string, Heard>()
  for (const answer of answers) {
    if (answer.type !== 'TXT' || !answer.name.toLowerCase().endsWith(SERVICE)) continue
    const found = readText(Array.isArray(answer.data) ? answer.data.join('') : String(answer.data))
    if (found === undefined) continue
    const entry = heard.get(found.device) ?? { device: found.device, instance: answer.name, addresses: [] }
    if (entry.addresses.length < MAX_ADDRESSES) entry.addresses.push(found.address)
    heard.set(found.device, entry)
  }
  return [...heard.values()]
}

function readText(text: string): { device: string; address: string } | undefined {
  const match = /^dnsaddr=(\/.+)\/p2p\/([^/]+)$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  try {
    return { address: checkAddress(match[1]), device: checkDeviceId(match[2]) }
  } catch {
    return undefined // an address of a transport we do not have, or nonsense
  }
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other
}
